//! The source that reads mails: what people write, what forms send, and what lead providers send as ADF. A
//! mail is never deleted, and marked or moved only once the cursor says that what it held is stored.

mod adf;
mod form;
#[cfg(test)]
mod hostile;
mod letter;
mod quoted;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use self::letter::Letter;
use super::mapping::Mapping;
use super::{Ask, Batch, Cursor, Place, Source, Unreadable, reach};
use crate::clock::earlier;
use crate::config::checked::Tls;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::net::imap::{Fetched, Folder, Imap, Limits, MAIL_MAX, Server, set_of};
use crate::preset::Values;
use crate::preset::document::SourcePreset;
use crate::preset::fault::{Fault, did_you_mean};
use crate::preset::mailbox::MailboxDoc;
use crate::preset::reshape::Tables;
use crate::preset::template::{Scope, Template};
use crate::preset::vars::Mask;
use crate::text::clean_line;

/// Mails read at once.
const MAILS_MAX: usize = 100;
/// Longest list of mails that are still to be marked or moved, as text.
const PENDING_MAX: usize = 64 * 1024;

/// What happens to a mail once it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
enum After {
    Keep,
    Seen,
    Move(String),
}

/// Mails by number: what they are, or why they cannot be read.
type Letters = Vec<(u32, Result<Letter, Unreadable>)>;

/// A compiled mailbox.
pub struct Mailbox {
    imap: Imap,
    folder: String,
    after: After,
    mapping: Mapping,
    backfill: SignedDuration,
    mask: Mask,
    http: Http,
}

/// How far the folder was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// The numbers below are good while the folder has this one (UIDVALIDITY).
    validity: u32,
    /// The first number that was not read.
    next: u32,
    /// During the first walk: older mails are left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Date>,
    /// Read, and still to be marked or moved.
    #[serde(skip_serializing_if = "String::is_empty")]
    pending: String,
    /// Mails passed over, by why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    passed: BTreeMap<String, u64>,
}

impl Mailbox {
    /// Compiles a preset with an operator's variables. `backfill`: how old a mail may be at the first read.
    ///
    /// # Errors
    /// Names the part of the preset and what is wrong with it.
    pub fn compile(
        preset: &SourcePreset,
        doc: &MailboxDoc,
        values: &Values,
        backfill: SignedDuration,
        http: &Http,
        limits: Limits,
    ) -> Result<Self, Fault> {
        let values = &values.clone().in_zone(reach::zone(&preset.cursor, values)?);
        let text = |key: &str, written: &str, secrets: bool| {
            let scope = values.scope(Scope::new(), secrets);
            let context = if secrets { values.with_secrets() } else { values.context() };
            let text = Template::compile(written, &scope).and_then(|template| template.text(&context));
            text.map_err(|fault| fault.within(&format!("mailbox.{key}")))
        };
        let plain = |key: &str, written: &Option<String>| {
            Ok::<_, Fault>(written.as_deref().map(|written| text(key, written, false)).transpose()?.unwrap_or_default())
        };
        let within = |key: &'static str| move |fault: Fault| fault.within(key);
        let tls = tls(plain("tls", &doc.tls)?.trim()).map_err(within("mailbox.tls"))?;
        let port = plain("port", &doc.port)?;
        let ca_file = plain("ca_file", &doc.ca_file)?;
        let folder = plain("folder", &doc.folder)?;
        let server = Server {
            host: text("host", &doc.host, false)?.trim().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: match port.trim() {
                "" if tls == Tls::Implicit => 993,
                "" => 143,
                port => {
                    let bad = || Fault::about(port, format!("port is a number, not `{port}`")).within("mailbox");
                    port.parse().map_err(|_| bad())?
                }
            },
            tls,
            user: SecretString::from(text("user", &doc.user, true)?),
            password: SecretString::from(text("password", &doc.password, true)?),
            ca_file: (!ca_file.trim().is_empty()).then(|| ca_file.trim().into()),
        };
        Ok(Self {
            imap: Imap::new(server, limits).map_err(|why| Fault::new(why).within("mailbox"))?,
            folder: if folder.trim().is_empty() { "INBOX".to_owned() } else { folder.trim().to_owned() },
            after: after(plain("after", &doc.after)?.trim()).map_err(within("mailbox.after"))?,
            mapping: Mapping::compile(preset, values)?,
            backfill,
            mask: values.mask(),
            http: http.clone(),
        })
    }

    fn shown(&self, failure: Failure) -> Failure {
        let message = clean_line(&self.mask.hide(&failure.message), 1_024);
        Failure { message, hint: failure.hint.map(|hint| self.mask.hide(&hint)), ..failure }
    }

    async fn page(&self, ask: Ask<'_>) -> Result<Batch, Failure> {
        let unread = |error: serde_json::Error| {
            Failure::new(Class::Config, format!("how far the mailbox was read cannot be read back: {error}"))
        };
        let own = ask.place.map(|place| &place.0).or(ask.cursor.own.as_ref());
        let mut state: State =
            own.map_or_else(|| Ok(State::default()), |own| serde_json::from_value(own.clone())).map_err(unread)?;
        let mut folder = self.imap.open(&self.folder, self.after != After::Keep).await?;
        let read = self.read_folder(&mut folder, &mut state, ask.place.is_none()).await;
        folder.close().await;
        let (mut batch, more) = read?;
        let own = serde_json::to_value(&state).map_err(unread)?;
        batch.next = more.then(|| Place(own.clone()));
        if ask.cursor.own.as_ref() != Some(&own) {
            batch.cursor = Some(Cursor { own: Some(own), ..Cursor::default() });
        }
        Ok(batch)
    }

    /// The next mails; `true` where there are more.
    async fn read_folder(
        &self,
        folder: &mut Folder,
        state: &mut State,
        begins: bool,
    ) -> Result<(Batch, bool), Failure> {
        let mut batch = Batch::default();
        if state.validity != folder.validity {
            // The server numbers its mails anew: what was read is known again by its Message-ID.
            let passed = std::mem::take(&mut state.passed);
            let since = earlier(self.http.now(), self.backfill).to_zoned(jiff::tz::TimeZone::UTC).date();
            *state = State { validity: folder.validity, since: Some(since), passed, ..State::default() };
        } else if begins && !state.pending.is_empty() {
            match self.file_away(folder, &state.pending).await {
                Ok(()) => state.pending.clear(),
                // Mails that cannot be moved do not keep others from being read.
                Err(failure) => batch.trouble = Some(failure),
            }
        }
        let mut uids = folder.mails(state.next, state.since).await?;
        let more = uids.len() > MAILS_MAX;
        uids.truncate(MAILS_MAX);
        let mut filed = Vec::new();
        for (uid, letter) in self.letters(folder, &uids).await? {
            match letter {
                Ok(Letter::Passed(why)) => *state.passed.entry(why.to_owned()).or_default() += 1,
                Ok(Letter::Read(records)) => {
                    for raw in records {
                        batch.records.extend(self.mapping.map(&raw, &Tables::default()).record);
                    }
                    filed.push(uid);
                }
                Err(unreadable) => batch.records.push(Err(unreadable)),
            }
        }
        self.note(state, &filed);
        state.next = uids.last().map_or(state.next, |last| last.saturating_add(1));
        if !more {
            state.next = state.next.max(folder.next);
            // A server that does not say which number comes next: old mails stay out by their day.
            state.since = state.since.filter(|_| state.next == 0);
        }
        Ok((batch, more))
    }

    /// Fetches and opens mails, in the order of their numbers.
    async fn letters(&self, folder: &mut Folder, uids: &[u32]) -> Result<Letters, Failure> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let sizes = folder.sizes(uids).await?;
        let (mails, large): (Vec<_>, Vec<_>) = sizes.into_iter().partition(|(_, size)| *size <= MAIL_MAX);
        let mut letters = Vec::new();
        for (uid, size) in large {
            letters.push((
                uid,
                Err(self.unreadable(folder, uid, &format!("it has {size} bytes: the most is {MAIL_MAX}"))),
            ));
        }
        if let Err(failure) = self.open(folder, &mails, &mut letters).await {
            if failure.class != Class::Config {
                return Err(failure);
            }
            // One mail that the server does not hand out must not keep the others from being read.
            letters.retain(|(uid, _)| !mails.iter().any(|mail| mail.0 == *uid));
            for mail in &mails {
                match self.open(folder, std::slice::from_ref(mail), &mut letters).await {
                    Err(failure) if failure.class == Class::Config => {
                        letters.push((mail.0, Err(self.unreadable(folder, mail.0, &failure.message))));
                    }
                    other => other?,
                }
            }
        }
        letters.sort_by_key(|(uid, _)| *uid);
        Ok(letters)
    }

    /// Fetches and opens some mails. Each is opened at once: what is kept is what was written, not what was sent
    /// along.
    async fn open(&self, folder: &mut Folder, mails: &[(u32, u32)], letters: &mut Letters) -> Result<(), Failure> {
        if mails.is_empty() {
            return Ok(());
        }
        let mut none = Vec::new();
        let take = |mail: Fetched| match letter::open(&mail.bytes, mail.received) {
            Some(letter) => letters.push((mail.uid, Ok(letter))),
            None => none.push(mail.uid),
        };
        folder.fetch(mails, take).await?;
        letters.extend(none.into_iter().map(|uid| (uid, Err(self.unreadable(folder, uid, "it is not a mail")))));
        Ok(())
    }

    fn unreadable(&self, folder: &Folder, uid: u32, why: &str) -> Unreadable {
        let id = format!("mail {uid} of {} ({})", folder.validity, self.folder);
        Unreadable { why: format!("{id}: {}", self.mask.hide(why)), raw: id.clone(), id }
    }

    /// Remembers mails to be marked or moved once what they held is stored.
    fn note(&self, state: &mut State, uids: &[u32]) {
        if self.after == After::Keep || uids.is_empty() {
            return;
        }
        let set = set_of(uids);
        if state.pending.len() + set.len() >= PENDING_MAX {
            tracing::warn!("{}: some mails stay where they are: too many are waiting to be filed", self.imap.place());
            return;
        }
        if !state.pending.is_empty() {
            state.pending.push(',');
        }
        state.pending.push_str(&set);
    }

    async fn file_away(&self, folder: &mut Folder, set: &str) -> Result<(), Failure> {
        match &self.after {
            After::Keep => Ok(()),
            After::Seen => folder.mark_seen(set).await,
            After::Move(target) => folder.move_to(set, target).await,
        }
    }
}

fn tls(word: &str) -> Result<Tls, Fault> {
    match word {
        "" | "implicit" => Ok(Tls::Implicit),
        "starttls" => Ok(Tls::StartTls),
        "plain" => Ok(Tls::Plain),
        other => {
            let near = did_you_mean(other, ["implicit", "starttls", "plain"]);
            Err(Fault::about(other, format!("tls is `implicit`, `starttls` or `plain`, not `{other}`{near}")))
        }
    }
}

fn after(word: &str) -> Result<After, Fault> {
    match (word, word.strip_prefix("move:").map(str::trim)) {
        ("" | "keep", _) => Ok(After::Keep),
        ("seen", _) => Ok(After::Seen),
        (_, Some(folder)) if !folder.is_empty() => Ok(After::Move(folder.to_owned())),
        _ => Err(Fault::about(word, format!("after is `keep`, `seen` or `move:FOLDER`, not `{word}`"))),
    }
}

impl Source for Mailbox {
    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move { self.page(ask).await.map_err(|failure| self.shown(failure)) })
    }

    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(async move {
            let probe = async {
                let mut folder = self.imap.open(&self.folder, false).await?;
                let now: Timestamp = self.http.now();
                let since = earlier(now, self.backfill).to_zoned(jiff::tz::TimeZone::UTC).date();
                let recent = folder.mails(1, Some(since)).await?.len();
                let told = format!(
                    "{}: {} mails in {}, {recent} of them since {since}",
                    self.imap.place(),
                    folder.count,
                    self.folder
                );
                folder.close().await;
                Ok(told)
            };
            probe.await.map_err(|failure| self.shown(failure))
        })
    }
}
