//! `[mailbox]`: a folder of mails at an IMAP server.

use serde::Deserialize;

/// `[mailbox]`. Every text is a template over `vars`; `user` and `password` may use secrets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailboxDoc {
    /// Host name of the server.
    pub host: String,
    /// Its port; 993, or 143 where the connection does not begin with TLS.
    pub port: Option<String>,
    /// `implicit`, `starttls`, or `plain` (this machine only).
    pub tls: Option<String>,
    /// Who signs in.
    pub user: String,
    /// With what.
    pub password: String,
    /// A PEM file of an authority to trust besides the system's.
    pub ca_file: Option<String>,
    /// The folder; `INBOX`.
    pub folder: Option<String>,
    /// What happens to a mail that was read: `keep`, `seen`, or `move:FOLDER`.
    pub after: Option<String>,
}
