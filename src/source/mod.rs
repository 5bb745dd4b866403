//! Stage 1: read what a source has. A source keeps no state: it is given its cursor and a place in the
//! walk, and answers with records and where to go on. Storing them, and the cursor with them, is the
//! store's part, in one transaction (`reliability`: cursor with data).

pub mod choices;
pub mod columns;
pub mod decode;
mod extra;
mod far;
mod figures;
pub mod file;
pub mod http_json;
pub mod import;
mod job;
mod level;
mod lookup;
pub mod mailbox;
mod mapping;
mod metrics;
mod page;
mod paging;
mod parents;
pub mod pushed;
mod reach;
mod roster;
mod rows;
pub mod sample;
mod single;
mod skim;
mod tour;

use std::collections::{BTreeMap, HashSet};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::checked;
use crate::health::Facts;
use crate::lead::outcome::Failure;
use crate::lead::{Class, Consent, Metric, Record};
use crate::net::http::Http;
use crate::preset::document::PresetKind;
use crate::preset::{Direction, Fault, Library, PresetError, SourcePreset, Values};
use crate::text::clean_line;

/// Longest message about a source that cannot be set up.
const MESSAGE_MAX: usize = 1_024;

/// How far a source has been read, as its kind understands it; stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// `since`: the greatest value of the cursor field seen, by the source's own clock, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// `ETag` or the like of the last complete read; equal means nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// `id`: the greatest id seen. `until_known`: the id of the newest record of the last complete walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `resume_token`: what the far side wants to see next time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `until_known`: a walk was begun and not finished, so that behind a known record may be unknown ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// The cursor of each parent (`[each]`), by its id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub each: BTreeMap<String, Cursor>,
    /// What a kind of source keeps beyond these: how far each file was read, for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<serde_json::Value>,
}

impl Cursor {
    /// The cursor for reading again from `since` on: not later than it stands now, and never taken for
    /// "nothing has changed". Every kind of position has to be set back here.
    #[must_use]
    pub fn set_back(&self, since: Timestamp) -> Self {
        let mut back = self.clone();
        back.since = Some(self.stands_at().map_or(since, |at| at.min(since)).to_string());
        back.tag = None;
        // What is no moment cannot go back by one: such a source begins anew, as far back as its back-fill goes. A
        // file or a mailbox (`own`) misses nothing in a gap and stays where it is.
        (back.id, back.token, back.open) = (None, None, true);
        back.each = back.each.into_iter().map(|(parent, cursor)| (parent, cursor.set_back(since))).collect();
        back
    }

    /// How far it stands, where it stands at a moment.
    pub fn stands_at(&self) -> Option<Timestamp> {
        self.since.as_deref().and_then(|text| text.parse().ok())
    }
}

/// Where a walk over pages stands; opaque to everybody but the source. Lives only during one walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub serde_json::Value);

/// What a page is asked with.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// How far the source has been read.
    pub cursor: &'a Cursor,
    /// Where in the walk; `None` begins one.
    pub place: Option<&'a Place>,
    /// Which records the store has already.
    pub known: &'a dyn Known,
}

impl<'a> Ask<'a> {
    /// The first page of a walk by somebody who has nothing yet.
    pub fn first(cursor: &'a Cursor) -> Self {
        Self { cursor, place: None, known: &Nothing }
    }
}

/// Tells which records are stored already: where a source must ask once more for every new record, or is
/// walked newest first until nothing is new.
pub trait Known: Send + Sync {
    /// Those of `ids` that are stored.
    ///
    /// # Errors
    /// [`Class::Retry`]: the store did not answer.
    fn among<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<HashSet<String>, Failure>>;
}

/// Knows no record.
pub struct Nothing;

impl Known for Nothing {
    fn among<'a>(&'a self, _ids: &'a [String]) -> BoxFuture<'a, Result<HashSet<String>, Failure>> {
        Box::pin(async { Ok(HashSet::new()) })
    }
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What could be read, and what could not.
    pub records: Vec<Result<Record, Unreadable>>,
    /// What a source of figures says about campaigns; each replaces what was known of its campaign and day.
    pub metrics: Vec<Metric>,
    /// With the last page of a complete roster: the ids of all its records. A stored record that is not among
    /// them has left.
    pub roster: Option<Vec<String>>,
    /// Where to go on; `None` ends the walk.
    pub next: Option<Place>,
    /// The cursor to store together with this page; `None` keeps the old one (a walk whose order is
    /// not known moves it only at the end).
    pub cursor: Option<Cursor>,
    /// With the last page: what went wrong with a part of the source (a form that cannot be read, say) while the
    /// rest was read. To be told; the source is asked again as planned.
    pub trouble: Option<Failure>,
}

/// A record no mapping could read; kept raw and shown with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its id where it has one, else a hash of the raw text.
    pub id: String,
    /// What was wrong, for people.
    pub why: String,
    /// As received.
    pub raw: String,
}

/// Somewhere interest comes from.
pub trait Source: Send + Sync {
    /// Reads one page. Every bound (bytes, pages, time) is the source's own and named in its preset.
    ///
    /// # Errors
    /// A [`Failure`] whose class says what to do; nothing of the page counts then.
    fn read<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Batch, Failure>>;

    /// Waits until one more walk of this source's account may begin; over when what it gives is dropped. So a
    /// slow account with many sources never takes every place the others need.
    fn turn(&self) -> BoxFuture<'_, Option<tokio::sync::OwnedSemaphorePermit>> {
        Box::pin(async { None })
    }

    /// How often single records are read again (people who have not confirmed yet, say), and for which consents;
    /// `None`: their changes arrive with the pages.
    fn rechecks(&self) -> Option<(SignedDuration, Vec<Consent>)> {
        None
    }

    /// Reads one known record again; `None` when the far side has it no more.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn recheck<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Record>, Failure>> {
        let _ = id;
        Box::pin(async { Err(Failure::new(Class::Config, "the source reads no single records")) })
    }

    /// What is known of it besides its records: how long it keeps them, when its token or version ends.
    fn facts(&self) -> Facts {
        Facts::default()
    }

    /// Can the far side be told to bring no more people for a while, and to go on?
    fn can_hold_back(&self) -> bool {
        false
    }

    /// Tells the far side to bring no more people (`true`) or to go on; what it answered, for people.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn hold_back(&self, stop: bool) -> BoxFuture<'_, Result<String, Failure>> {
        let _ = stop;
        Box::pin(async { Err(Failure::new(Class::Config, "the source cannot be told to pause")) })
    }

    /// Asks for one page without counting it, for `check --connect`: what it found, for people.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn probe(&self) -> BoxFuture<'_, Result<String, Failure>>;
}

/// Sets a configured source up: reads its preset, checks its variables, resolves its secrets (which may
/// run commands). Nothing is asked of the far side yet.
///
/// # Errors
/// [`Class::Config`], or [`Class::Auth`] where a secret cannot be read; all faults of the variables at once.
pub fn build(source: &checked::Source, presets: &Library, http: &Http) -> Result<Box<dyn Source>, Failure> {
    if let Some(pushed) = pushed::pushed(source, presets)? {
        return Ok(Box::new(pushed));
    }
    let (preset, values) = read(source, presets, &checked_secret)?;
    kind(&preset, &values, source.backfill, http).map_err(|fault| placed(source, presets, fault))
}

/// Looks at the first page of a source and stores nothing: for `source try`, and for a source that is only being
/// set up, whose secrets `resolve` reads.
///
/// # Errors
/// As [`build`] and [`Source::read`]; a source that is told and not asked has no first page.
pub async fn look(
    source: &checked::Source,
    presets: &Library,
    http: &Http,
    resolve: &dyn Fn(&crate::config::Secret) -> Result<secrecy::SecretString, String>,
) -> Result<sample::Sample, Failure> {
    let fault = |fault| placed(source, presets, fault);
    let (preset, values) = tokio::task::block_in_place(|| read(source, presets, resolve))?;
    match preset.way_in().map_err(fault)? {
        "request" if preset.kind == PresetKind::Leads => {
            let compiled = http_json::HttpJson::compile(&preset, &values, source.backfill, http);
            let compiled = Box::new(compiled.map_err(fault)?);
            Box::pin(compiled.sample()).await
        }
        "push" => {
            Err(Failure::new(Class::Config, format!("source.{} is told by its vendor and cannot be asked", source.id))
                .hint("send a test from the vendor's side; `leadgate check` says the address it must go to"))
        }
        _ => {
            let built = kind(&preset, &values, source.backfill, http).map_err(fault)?;
            built.read(Ask::first(&Cursor::default())).await.map(sample::Sample::of_batch)
        }
    }
}

/// The kind of source a preset describes, compiled.
fn kind(
    preset: &SourcePreset,
    values: &Values,
    backfill: SignedDuration,
    http: &Http,
) -> Result<Box<dyn Source>, Fault> {
    if preset.kind == PresetKind::Metrics {
        return Ok(Box::new(metrics::Metrics::compile(preset, values, backfill, http)?));
    }
    preset.way_in()?;
    let limits = crate::net::imap::Limits::default();
    Ok(match (&preset.file, &preset.mailbox) {
        (Some(doc), None) => Box::new(file::FileSource::compile(preset, doc, values, http)?),
        (None, Some(doc)) => Box::new(mailbox::Mailbox::compile(preset, doc, values, backfill, http, limits)?),
        _ => Box::new(http_json::HttpJson::compile(preset, values, backfill, http)?),
    })
}

/// The preset of a source and its checked variables.
fn read(
    source: &checked::Source,
    presets: &Library,
    resolve: &dyn Fn(&crate::config::Secret) -> Result<secrecy::SecretString, String>,
) -> Result<(SourcePreset, Values), Failure> {
    let preset: SourcePreset = presets
        .get_mapped(&source.preset, &source.map)
        .map_err(|error| unfit(&format!("source.{}: {error}", source.id)))?;
    let values = Values::check(&preset.vars, &source.vars, resolve).map_err(|faults| {
        let told: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        unfit(&format!("source.{}: {}", source.id, told.join("; ")))
    })?;
    fits(source, &preset).map_err(|why| unfit(&format!("source.{}: {why}", source.id)))?;
    Ok((preset, values.owned_by(&source.id)))
}

/// Does the preset read what the source is there for?
///
/// # Errors
/// Says which key of the configuration helps.
pub fn fits(source: &checked::Source, preset: &SourcePreset) -> Result<(), String> {
    match (preset.kind, &source.pays_for) {
        (PresetKind::Metrics, None) => Err(format!(
            "the preset {} reads what campaigns cost, not leads: `pays_for` says for which source",
            preset.id
        )),
        (PresetKind::Leads, Some(of)) => {
            Err(format!("the preset {} reads leads, not what campaigns of {of} cost: leave `pays_for` out", preset.id))
        }
        _ => Ok(()),
    }
}

fn unfit(message: &str) -> Failure {
    Failure::new(Class::Config, clean_line(message, MESSAGE_MAX))
}

fn placed(source: &checked::Source, presets: &Library, fault: Fault) -> Failure {
    let placed = presets.place(Direction::Source, &source.preset, fault);
    unfit(&format!("source.{}: {placed}", source.id))
}

fn checked_secret(secret: &crate::config::Secret) -> Result<secrecy::SecretString, String> {
    secret.resolve()
}

/// Compiles every source preset with stand-ins for its variables: all that can be said offline.
pub fn check_presets(presets: &Library, http: &Http) -> Vec<PresetError> {
    let backfill = SignedDuration::from_hours(24);
    let check = |id: &str| -> Result<(), PresetError> {
        let preset: SourcePreset = presets.get(id)?;
        let place = |fault: Fault| presets.place(Direction::Source, id, fault);
        preset.way_in().map_err(place)?;
        let values = Values::sample(&preset.vars).map_err(place)?;
        if preset.push.is_some() {
            return pushed::Pushed::check(&preset, &values).map_err(place);
        }
        crate::preset::sunset::check(&preset, &values).map_err(place)?;
        kind(&preset, &values, backfill, http).map(|_| ()).map_err(place)
    };
    presets.ids(Direction::Source).filter_map(|id| check(id).err()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_goes_back_or_begins_anew() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let parent = Cursor { since: Some("2026-11-20T00:00:00Z".into()), tag: Some("t".into()), ..Cursor::default() };
        let stands = Cursor {
            id: Some("4711".into()),
            token: Some("next".into()),
            own: Some(serde_json::json!({ "offset": 7 })),
            each: BTreeMap::from([("form".to_owned(), parent.clone())]),
            ..parent
        };
        let back = stands.set_back(at("2026-11-01T00:00:00Z"));
        assert_eq!((back.id, back.token, back.tag, back.open), (None, None, None, true));
        assert_eq!(back.since.as_deref(), Some("2026-11-01T00:00:00Z"));
        assert_eq!(back.each["form"].since.as_deref(), Some("2026-11-01T00:00:00Z"));
        assert_eq!(back.own, stands.own, "files are read on");
        let forward = stands.set_back(at("2026-12-01T00:00:00Z"));
        assert_eq!(forward.since, stands.since, "never forward");
    }
}
