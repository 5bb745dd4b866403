//! A handoff mail as it would go out now.

use serde::{Deserialize, Serialize};

use crate::lead::LeadId;

/// A mail, before it is sent. What was sent is frozen and does not change with its template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPreview {
    /// The lead.
    pub lead: LeadId,
    /// Destination id.
    pub destination: String,
    /// Whom it goes to.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// The whole message.
    pub message: String,
    /// What to know about it: the key is invented, or a mail was sent already.
    pub note: String,
}
