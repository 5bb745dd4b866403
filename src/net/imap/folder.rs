//! An open folder: which mails are in it, and fetching, marking and moving them. Every answer is taken part by
//! part, and counts only once the server has said that it is whole.

use std::future::Future;
use std::time::Duration;

use async_imap::Session;
use async_imap::error::Error as ImapError;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, RequestId, Response, Status};
use futures::TryFutureExt;
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::wire::{Budget, Wire};
use super::{ANSWER_MAX, AROUND, Fetched, LOGOUT_WAIT, MAIL_PART, failure, goodbye, late, set_of};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::text::clean_line;

/// An open folder.
pub struct Folder {
    session: Session<Wire>,
    budget: Budget,
    wait: Duration,
    place: String,
    /// Numbers of mails are good while this stays.
    pub validity: u32,
    /// Mails in it.
    pub count: u32,
    /// The number the next mail gets; 0 where the server does not say.
    pub next: u32,
}

/// What a part of an answer is for whoever waits.
enum Said {
    /// The client may speak.
    GoOn,
    /// The command of this tag has ended.
    Ends(RequestId),
    /// Something else.
    Other,
}

/// One step under its time limit.
pub(super) async fn settle<T>(
    wait: Duration,
    place: &str,
    step: impl Future<Output = Result<T, ImapError>>,
) -> Result<T, Failure> {
    let answer = timeout(wait, step).await.map_err(|_| late(place))?;
    answer.map_err(|error| failure(place, &error))
}

impl Folder {
    /// Opens a folder, by name and whether mails may be changed in it.
    pub(super) async fn open(
        session: Session<Wire>,
        budget: Budget,
        wait: Duration,
        place: String,
        (name, change): (&str, bool),
    ) -> Result<Self, Failure> {
        let mut open = Self { session, budget, wait, place, validity: 0, count: 0, next: 0 };
        let about = if change {
            settle(wait, &open.place, open.session.select(name)).await
        } else {
            settle(wait, &open.place, open.session.examine(name)).await
        };
        let about = about.map_err(|failure| match failure.class {
            Class::Config => {
                let message = format!("{}: no folder `{}`", open.place, clean_line(name, 100));
                Failure::new(Class::Config, message).hint(format!("the server says: {}", failure.message))
            }
            _ => failure,
        })?;
        // A connection that ended looks like a folder without a number.
        let Some(validity) = about.uid_validity else {
            let message = format!("{}: the folder was opened without its number (UIDVALIDITY)", open.place);
            return Err(Failure::new(Class::Retry, message));
        };
        (open.validity, open.count, open.next) = (validity, about.exists, about.uid_next.unwrap_or(0));
        Ok(open)
    }

    /// Asks, gives every part of the answer to `take`, and sees to it that the server said the answer was
    /// whole: a connection that ends, or a refusal after half of it, must not look like "that was all".
    /// `room`: bytes each part may have.
    async fn ask(&mut self, command: &str, room: u64, mut take: impl FnMut(&Response<'_>)) -> Result<(), Failure> {
        self.budget.set(room);
        let tag = settle(self.wait, &self.place, self.session.run_command(command)).await?;
        loop {
            let part = settle(self.wait, &self.place, self.session.read_response().map_err(ImapError::Io)).await?;
            let Some(part) = part else { return Err(failure(&self.place, &ImapError::ConnectionLost)) };
            self.budget.set(room);
            match part.parsed() {
                Response::Done { tag: done, status, outcome } if *done == tag => {
                    let told = format!("{:?} {}", outcome.code, outcome.information.as_deref().unwrap_or_default());
                    return match status {
                        Status::Ok => Ok(()),
                        _ => Err(failure(&self.place, &ImapError::No(told))),
                    };
                }
                Response::Data { status: Status::Bye, outcome } => {
                    return Err(goodbye(&self.place, outcome.information.as_deref()));
                }
                other => take(other),
            }
        }
    }

    /// The numbers of the mails from `first` on, or of those received since a day; in order.
    ///
    /// # Errors
    /// The server did not answer, or refused.
    pub async fn mails(&mut self, first: u32, since: Option<jiff::civil::Date>) -> Result<Vec<u32>, Failure> {
        let since = since.map(|day| format!(" SINCE {}", day.strftime("%-d-%b-%Y")));
        let query = format!("UID SEARCH UNDELETED UID {}:*{}", first.max(1), since.unwrap_or_default());
        let mut found: Vec<u32> = Vec::new();
        self.ask(&query, ANSWER_MAX, |part| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = part {
                found.extend(uids);
            }
        })
        .await?;
        // `n:*` gives the last one even where it is before `n`.
        found.retain(|uid| *uid >= first);
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The sizes of some mails, by number.
    ///
    /// # Errors
    /// As [`Folder::mails`].
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<Vec<(u32, u32)>, Failure> {
        let mut sizes = Vec::new();
        let query = format!("UID FETCH {} (UID RFC822.SIZE)", set_of(uids));
        self.ask(&query, ANSWER_MAX, |part| {
            let Response::Fetch(_, parts) = part else { return };
            let (mut uid, mut size) = (None, None);
            for part in parts {
                match part {
                    AttributeValue::Uid(number) => uid = Some(*number),
                    AttributeValue::Rfc822Size(bytes) => size = Some(*bytes),
                    _ => {}
                }
            }
            sizes.extend(uid.zip(size));
        })
        .await?;
        Ok(sizes)
    }

    /// Fetches mails, by number and size, without marking them as seen.
    ///
    /// # Errors
    /// As [`Folder::mails`], and where an answer holds more than it may.
    pub async fn fetch(&mut self, mails: &[(u32, u32)], mut take: impl FnMut(Fetched)) -> Result<(), Failure> {
        let uids: Vec<u32> = mails.iter().map(|mail| mail.0).collect();
        let largest = mails.iter().map(|mail| u64::from(mail.1)).max().unwrap_or_default();
        // A read may bring the beginning of what comes next along.
        let room = largest.max(u64::from(MAIL_PART)) * 2 + AROUND;
        let query = format!("UID FETCH {} (UID INTERNALDATE BODY.PEEK[]<0.{MAIL_PART}>)", set_of(&uids));
        self.ask(&query, room, |part| {
            let Response::Fetch(_, parts) = part else { return };
            let (mut uid, mut received, mut bytes) = (None, None, None);
            for part in parts {
                match part {
                    AttributeValue::Uid(number) => uid = Some(*number),
                    AttributeValue::InternalDate(text) => received = moment(text),
                    AttributeValue::BodySection { section: None, data: Some(data), .. } => {
                        bytes = Some(data.get(..data.len().min(MAIL_PART as usize)).unwrap_or_default().to_vec());
                    }
                    _ => {}
                }
            }
            if let (Some(uid), Some(bytes)) = (uid, bytes) {
                take(Fetched { uid, received, bytes });
            }
        })
        .await
    }

    /// Can the server tell of new mails by itself (IDLE, RFC 2177)?
    ///
    /// # Errors
    /// As [`Folder::mails`].
    pub async fn can_tell(&mut self) -> Result<bool, Failure> {
        self.budget.set(ANSWER_MAX);
        let can = settle(self.wait, &self.place, self.session.capabilities()).await?;
        Ok(can.has_str("IDLE"))
    }

    /// Waits for the server to tell of a new mail, at most so long: whether it did. `listens` is called once the
    /// server has agreed to tell, so that what came before can be looked for.
    ///
    /// # Errors
    /// As [`Folder::mails`]; the connection is of no further use then.
    pub async fn wait_for_news(&mut self, most: Duration, listens: impl FnOnce()) -> Result<bool, Failure> {
        self.budget.set(ANSWER_MAX);
        let mut before = self.count;
        let tag = settle(self.wait, &self.place, self.session.run_command("IDLE")).await?;
        loop {
            match self.said(self.wait).await?.ok_or_else(|| late(&self.place))? {
                Said::GoOn => break,
                Said::Ends(_) => {
                    let message = format!("{}: the server does not tell of new mails", self.place);
                    return Err(Failure::new(Class::Config, message));
                }
                Said::Other => {}
            }
        }
        listens();
        let until = Instant::now() + most;
        while self.count <= before {
            // One that went makes room for one that comes.
            before = before.min(self.count);
            if self.said(until.saturating_duration_since(Instant::now())).await?.is_none() {
                break;
            }
        }
        let news = self.count > before;
        settle(self.wait, &self.place, self.session.run_command_untagged("DONE")).await?;
        loop {
            match self.said(self.wait).await?.ok_or_else(|| late(&self.place))? {
                Said::Ends(done) if done == tag => return Ok(news),
                _ => {}
            }
        }
    }

    /// One part of what the server says, asked or not, if it says anything in time; how many mails there are now is
    /// noted.
    async fn said(&mut self, within: Duration) -> Result<Option<Said>, Failure> {
        let Ok(part) = timeout(within, self.session.read_response()).await else { return Ok(None) };
        let part = part.map_err(|error| failure(&self.place, &ImapError::Io(error)))?;
        let Some(part) = part else { return Err(failure(&self.place, &ImapError::ConnectionLost)) };
        self.budget.set(ANSWER_MAX);
        match part.parsed() {
            Response::MailboxData(MailboxDatum::Exists(count)) => self.count = *count,
            Response::Expunge(_) => self.count = self.count.saturating_sub(1),
            Response::Data { status: Status::Bye, outcome } => {
                return Err(goodbye(&self.place, outcome.information.as_deref()));
            }
            Response::Continue { .. } => return Ok(Some(Said::GoOn)),
            Response::Done { tag, .. } => return Ok(Some(Said::Ends(tag.clone()))),
            _ => {}
        }
        Ok(Some(Said::Other))
    }

    /// Marks mails as seen.
    ///
    /// # Errors
    /// As [`Folder::mails`].
    pub async fn mark_seen(&mut self, set: &str) -> Result<(), Failure> {
        self.ask(&format!("UID STORE {set} +FLAGS.SILENT (\\Seen)"), ANSWER_MAX, |_| {}).await
    }

    /// Moves mails to another folder of the same account. Without the server's own move a mail would have to be
    /// copied and deleted: that is refused.
    ///
    /// # Errors
    /// As [`Folder::mails`]; [`Class::Config`] where the server cannot, or there is no such folder.
    pub async fn move_to(&mut self, set: &str, folder: &str) -> Result<(), Failure> {
        self.budget.set(ANSWER_MAX);
        let can = settle(self.wait, &self.place, self.session.capabilities()).await?;
        if !can.has_str("MOVE") {
            let message = format!("{}: the server cannot move mails", self.place);
            return Err(Failure::new(Class::Config, message).hint("use after = \"keep\" or \"seen\""));
        }
        let moved = settle(self.wait, &self.place, self.session.uid_mv(set, folder)).await;
        moved.map_err(|failure| failure.hint(format!("is there a folder `{}`?", clean_line(folder, 100))))
    }

    /// Says goodbye, out of politeness.
    pub async fn close(mut self) {
        drop(timeout(LOGOUT_WAIT, self.session.logout()).await);
    }
}

/// `14-Sep-2026 10:00:00 +0200`.
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_dates_are_read() {
        for text in ["14-Sep-2026 10:00:00 +0200", " 4-Sep-2026 10:00:00 +0000"] {
            assert!(moment(text).is_some(), "{text}");
        }
    }
}
