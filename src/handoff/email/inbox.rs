//! The folder in which answers and bounces to our mails arrive. It is only read: nothing is marked, moved or
//! deleted, so that people can use the same mailbox.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::clock::earlier;
use crate::config::checked::{Destination, Mailbox, Transport};
use crate::config::units::words;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::imap::{Fetched, Folder, Imap, Limits, MAIL_MAX, Server};

/// Mails fetched at once.
const MAILS_MAX: usize = 50;
/// How far back the first look goes, and one after the server has numbered its mails anew.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 14);
/// A server is asked anew to tell of mails after this: sooner than servers (RFC 2177: half an hour) and the routers
/// on the way to them forget a silent connection.
const LISTEN_MAX: Duration = Duration::from_mins(9);
/// Mails that come within this after one that was told of are looked at together.
const TOGETHER: Duration = Duration::from_secs(1);

/// A mailbox that is read.
pub struct Inbox {
    imap: Imap,
    folder: String,
    /// Looked at this often.
    pub every: SignedDuration,
}

/// How far it was read, as kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The number below is good while the folder has this one (UIDVALIDITY).
    validity: u32,
    /// The first mail that was not read.
    next: u32,
}

/// Some mails, and where the next begin.
pub struct Page {
    /// The mails, in the order of their numbers.
    pub mails: Vec<Fetched>,
    /// To be kept once what they say is.
    pub place: Place,
    /// There are more.
    pub more: bool,
}

impl Inbox {
    /// The mailbox of a destination, if it has one; its password is read now, nothing is connected. Blocks while a
    /// secret's command runs.
    ///
    /// # Errors
    /// [`Class::Auth`]: the password cannot be read. [`Class::Config`]: the CA file or the protection does not hold.
    pub fn of(destination: &Destination) -> Option<Result<Self, Failure>> {
        let Transport::Mail(mail) = &destination.by else { return None };
        mail.mailbox.as_ref().map(Self::new)
    }

    fn new(mailbox: &Mailbox) -> Result<Self, Failure> {
        let password = mailbox.password.resolve();
        let password = password.map_err(|why| Failure::new(Class::Auth, format!("mailbox password: {why}")))?;
        let server = Server {
            host: mailbox.host.clone(),
            port: mailbox.port,
            tls: mailbox.tls,
            user: SecretString::from(mailbox.user.clone()),
            password,
            ca_file: mailbox.ca_file.clone(),
        };
        let imap = Imap::new(server, Limits::default()).map_err(|why| Failure::new(Class::Config, why))?;
        Ok(Self { imap, folder: mailbox.folder.clone(), every: mailbox.every })
    }

    /// Opens the folder and changes nothing: what is in it, for people.
    ///
    /// # Errors
    /// Exactly what failed.
    pub async fn probe(&self) -> Result<String, Failure> {
        let mut folder = self.imap.open(&self.folder, false).await?;
        let how = match folder.can_tell().await {
            Ok(true) => "the server tells of new ones".to_owned(),
            Ok(false) => format!("looked at every {}", words(self.every)),
            Err(failure) => return Err(failure),
        };
        let told = format!("{}: {} mails in {}, {how}", self.imap.place(), folder.count, self.folder);
        folder.close().await;
        Ok(told)
    }

    /// Rings whenever the server tells of a new mail, and once when it has begun to. Ends when the server cannot tell:
    /// its mails have to be looked for.
    ///
    /// # Errors
    /// The connection ended, or could not be had.
    pub async fn listen(&self, ring: impl Fn()) -> Result<(), Failure> {
        let mut folder = self.imap.open(&self.folder, false).await?;
        if !folder.can_tell().await? {
            folder.close().await;
            return Ok(());
        }
        let mut first = true;
        loop {
            let listens = || {
                if std::mem::take(&mut first) {
                    ring();
                }
            };
            if folder.wait_for_news(LISTEN_MAX, listens).await? {
                ring();
                tokio::time::sleep(TOGETHER).await;
            }
        }
    }

    /// The mails from `place` on, as of `now`.
    ///
    /// # Errors
    /// The server did not answer, or refused; nothing was read.
    pub async fn read(&self, place: Place, now: Timestamp) -> Result<Page, Failure> {
        let mut folder = self.imap.open(&self.folder, false).await?;
        let page = page(&mut folder, place, now).await;
        folder.close().await;
        page
    }
}

async fn page(folder: &mut Folder, place: Place, now: Timestamp) -> Result<Page, Failure> {
    let known = place.validity == folder.validity;
    let first = if known { place.next } else { 1 };
    // Mails that were there before leadgate was are nobody's answers, and a folder may hold years of them.
    let since = (!known || place.next == 0).then(|| earlier(now, LOOK_BACK).to_zoned(jiff::tz::TimeZone::UTC).date());
    let mut uids = folder.mails(first, since).await?;
    let more = uids.len() > MAILS_MAX;
    uids.truncate(MAILS_MAX);
    let mails = fetch(folder, &uids).await?;
    let after = uids.last().map_or(first, |last| last.saturating_add(1));
    let next = if more { after } else { after.max(folder.next) };
    Ok(Page { mails, place: Place { validity: folder.validity, next }, more })
}

async fn fetch(folder: &mut Folder, uids: &[u32]) -> Result<Vec<Fetched>, Failure> {
    if uids.is_empty() {
        return Ok(Vec::new());
    }
    // What is that large is nobody's answer.
    let mut sizes = folder.sizes(uids).await?;
    sizes.retain(|(_, size)| *size <= MAIL_MAX);
    let mut mails = Vec::new();
    match folder.fetch(&sizes, |mail| mails.push(mail)).await {
        Err(failure) if failure.class == Class::Config => {
            // One mail that the server does not hand out must not keep the others from being read.
            mails.clear();
            for one in &sizes {
                match folder.fetch(std::slice::from_ref(one), |mail| mails.push(mail)).await {
                    Err(failure) if failure.class == Class::Config => {
                        tracing::warn!(uid = one.0, "a mail is passed over: {failure}");
                    }
                    other => other?,
                }
            }
        }
        other => other?,
    }
    mails.sort_by_key(|mail| mail.uid);
    Ok(mails)
}
