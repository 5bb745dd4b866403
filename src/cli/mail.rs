//! What handoff mails say: the template to start from, and a mail as it would go out.

use std::io::Write;

use clap::{Args as ClapArgs, Subcommand};

use super::{CliError, json};
use crate::desk::{Desk as _, StoreDesk};
use crate::handoff::render::shipped_mail;
use crate::lead::LeadId;

/// What to know about handoff mails.
#[derive(Debug, Subcommand)]
pub enum MailAct {
    /// Show a mail as it would go out now, filled with a real lead; nothing is sent
    Preview(PreviewAsk),
    /// Print the template that comes with leadgate, to start your own from (destination.ID.template)
    Template {
        /// The HTML one (destination.ID.html_template)
        #[arg(long)]
        html: bool,
    },
}

/// Which mail, and how it is shown.
#[derive(Debug, ClapArgs)]
pub struct PreviewAsk {
    /// Lead id
    pub lead: String,
    /// Destination id; the first that sends mail when absent
    #[arg(long)]
    pub destination: Option<String>,
    /// Print its HTML
    #[arg(long)]
    pub html: bool,
    /// Print the whole message, headers and attachments included
    #[arg(long, conflicts_with = "html")]
    pub raw: bool,
}

/// `leadgate mail template`; needs neither configuration nor store.
///
/// # Errors
/// Standard output is gone.
pub fn template(html: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let (text, page) = shipped_mail();
    out.write_all(if html { page } else { text }.as_bytes())?;
    Ok(0)
}

/// `leadgate mail preview`.
///
/// # Errors
/// There is no such lead or destination, the template cannot be filled, or standard output is gone.
pub async fn preview(desk: &StoreDesk, ask: &PreviewAsk, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let lead: LeadId = ask.lead.parse().map_err(|error: crate::lead::id::BadId| CliError::Failed(error.to_string()))?;
    let mail = desk.mail(lead, ask.destination.clone()).await?;
    if as_json {
        json(out, &mail)?;
    } else if ask.raw {
        out.write_all(mail.message.as_bytes())?;
    } else if ask.html {
        out.write_all(mail.html.as_bytes())?;
    } else {
        writeln!(out, "By {} to {}\nSubject: {}\n\n{}", mail.destination, mail.to, mail.subject, mail.text)?;
        writeln!(out, "({})", mail.note)?;
    }
    Ok(0)
}
