//! Asking a mail server to say what became of a mail it took (RFC 3461). After a 250 a mail may lie for days
//! without anybody being told, unless this was asked for.

use lettre::Address;
use lettre::transport::smtp::extension::{MailParameter, RcptParameter};

/// Replies that say that a parameter is not taken, whatever was offered.
pub(super) const fn not_understood(code: u16) -> bool {
    matches!(code, 455 | 501 | 504 | 555)
}

/// With MAIL: only the headers come back, under this name.
pub(super) fn of_sender(envid: Option<&str>) -> Vec<MailParameter> {
    let Some(envid) = envid else { return Vec::new() };
    let with = |keyword: &str, value: &str| MailParameter::Other {
        keyword: keyword.to_owned(),
        value: Some(value.to_owned()),
    };
    vec![with("RET", "HDRS"), with("ENVID", envid)]
}

/// With RCPT: failures and delays, with the address as we wrote it.
pub(super) fn of_recipient(envid: Option<&str>, to: &Address) -> Vec<RcptParameter> {
    if envid.is_none() {
        return Vec::new();
    }
    let with = |keyword: &str, value: String| RcptParameter::Other { keyword: keyword.to_owned(), value: Some(value) };
    vec![with("NOTIFY", "FAILURE,DELAY".to_owned()), with("ORCPT", format!("rfc822;{to}"))]
}
