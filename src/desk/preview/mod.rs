//! What a change of the rules would have done, before it is saved: the past through the very `simulate` of the
//! command line, and today through the very function that releases.

mod figures;
mod sweep;
mod today;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::act::Refused;
use super::store_desk::StoreDesk;
use super::view::{FlippedLead, Preview};
use super::{DeskError, Progress};
use crate::config::{self, Config};
use crate::engine::rules;
use crate::queue::Rules;
use crate::simulate::sweep::VALUES_MOST;
use crate::simulate::{Done, Flip, Question, SimulateError, draft_rules, simulate};

/// Flipped leads that are named one by one.
const FLIPS_NAMED: usize = 200;
/// Most days looked back.
const DAYS_MOST: u32 = 366;
/// Days a cap's maximum is tried on.
const CAP_DAYS: u32 = 14;
/// Maximums a sweep tries.
const SWEPT: u32 = 20;
/// Name of the usual draft, beside the configuration.
const DRAFT: &str = "leadgate.draft.toml";
/// Most files offered for a beginning of a path.
const FILES_OFFERED: usize = 50;
/// Most entries of a folder looked at.
const ENTRIES_MOST: usize = 5_000;

/// A change of the rules, and how many days it is tried on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreviewAsk {
    /// One cap gets another maximum; 0 closes it.
    Cap {
        /// Cap id.
        cap: String,
        /// The new maximum.
        max: u32,
        /// Whole local days before today; at most 366.
        days: u32,
    },
    /// One cap gets each of these maximums in turn: the curve of it.
    Sweep {
        /// Cap id.
        cap: String,
        /// The maximums, ascending; at most [`VALUES_MOST`].
        values: Vec<u32>,
        /// Whole local days before today; at most 366.
        days: u32,
    },
    /// Another configuration file takes the place of the one in force.
    Draft {
        /// Its path; a relative one begins at the folder of the configuration.
        file: String,
        /// Whole local days before today; at most 366.
        days: u32,
    },
}

impl PreviewAsk {
    /// A cap's maximum tried on the last fortnight: two of each weekday.
    pub fn cap(cap: &str, max: u32) -> Self {
        Self::Cap { cap: cap.to_owned(), max, days: CAP_DAYS }
    }

    /// Twenty maximums from nothing up to twice `around`, tried on so many days.
    pub fn sweep(cap: &str, around: u32, days: u32) -> Self {
        let most = around.max(SWEPT / 2).saturating_mul(2);
        let step = most.div_ceil(SWEPT).max(1);
        let values = (1..=SWEPT).map(|at| at.saturating_mul(step)).collect();
        Self::Sweep { cap: cap.to_owned(), values, days }
    }

    /// Days it is tried on.
    pub const fn days(&self) -> u32 {
        match self {
            Self::Cap { days, .. } | Self::Sweep { days, .. } | Self::Draft { days, .. } => *days,
        }
    }
}

impl From<SimulateError> for DeskError {
    fn from(error: SimulateError) -> Self {
        match error {
            SimulateError::Store(error) => error.into(),
            SimulateError::Cancelled => Self::Stopped,
            SimulateError::Failed(words) => Self::Unknown(words),
        }
    }
}

impl StoreDesk {
    pub(super) async fn previewed(&self, ask: PreviewAsk, progress: Progress) -> Result<Preview, DeskError> {
        let (now, since) = (self.now(), self.days_ago(ask.days()));
        let live = rules::in_force(&self.store, &self.config).await?;
        let (title, draft) = match &ask {
            PreviewAsk::Cap { cap, max, .. } => {
                self.known_cap(cap).map_err(|refused: Refused| DeskError::NotFound(refused.to_string()))?;
                let was = live.caps.get(cap).and_then(|cap| cap.max).map_or("no cap".to_owned(), |max| max.to_string());
                (format!("{cap} from {was} to {max}"), live.clone().with_max(cap, Some(*max)))
            }
            PreviewAsk::Sweep { cap, values, .. } => {
                return self.swept(cap, values, live, (since, now), &progress).await;
            }
            PreviewAsk::Draft { file, .. } => {
                let (path, draft) = self.draft(file).await?;
                (path.display().to_string(), draft_rules(&self.store, &self.config, &draft).await?)
            }
        };
        progress.expect(self.store.past_count(since, now).await?);
        let question =
            Question { live: live.clone(), config_id: self.config_id, draft: draft.clone(), since, until: now };
        let done = simulate(&self.store, question, &progress).await?;
        let today = match &ask {
            PreviewAsk::Cap { cap, .. } => Some((self.today(&live, cap).await?, self.today(&draft, cap).await?)),
            PreviewAsk::Sweep { .. } | PreviewAsk::Draft { .. } => None,
        };
        let only_flow = matches!(ask, PreviewAsk::Cap { .. });
        Ok(Preview {
            title,
            since,
            until: now,
            leads: done.leads,
            flipped: done.flipped,
            flips: self.named(&done.flips).await?,
            figures: figures::lines(&done, &self.config.business.currency, only_flow),
            parts: self.parts(&done, &draft),
            today,
            notes: notes(&done),
            curve: None,
        })
    }

    /// The local midnight so many days before today.
    fn days_ago(&self, days: u32) -> Timestamp {
        let zone = &self.config.business.zone;
        let today = zone.to_datetime(self.now()).date();
        let first = today.checked_sub(i64::from(days.min(DAYS_MOST)).days()).unwrap_or(today);
        first.to_zoned(zone.clone()).map_or_else(|_| self.now(), |midnight| midnight.timestamp())
    }

    async fn named(&self, flips: &[Flip]) -> Result<Vec<FlippedLead>, DeskError> {
        let mut named = Vec::new();
        for flip in flips.iter().take(FLIPS_NAMED) {
            let row = self.store.list_one(flip.lead).await?;
            named.push(FlippedLead {
                lead: flip.lead,
                name: row.map(|row| row.name).unwrap_or_default(),
                received_at: flip.received_at,
                source: self.source_title(&flip.source),
                from: flip.from,
                to: flip.to,
                no_longer: flip.no_longer.clone(),
                now: flip.now.clone(),
            });
        }
        Ok(named)
    }

    pub(in crate::desk) fn source_title(&self, id: &str) -> String {
        self.config.sources.get(id).map_or_else(|| id.to_owned(), |source| source.title.clone())
    }

    fn parts(&self, done: &Done, draft: &Rules) -> Vec<(String, Vec<super::view::PartLine>)> {
        let (now, other) = (&done.difference.now, &done.difference.draft);
        let currency = &self.config.business.currency;
        let person = |id: &str| {
            let known = draft.config.people.get(id).or_else(|| self.config.people.get(id));
            known.map_or_else(|| id.to_owned(), |person| person.name.clone())
        };
        let none = |id: &str| id.to_owned();
        let source = |id: &str| self.source_title(id);
        let table = |title: &str, lines: Vec<_>| (title.to_owned(), lines);
        let mut parts = vec![
            table("source", figures::parts(&now.sources, &other.sources, &source, currency)),
            table("region", figures::parts(&now.regions, &other.regions, &none, currency)),
            table("person", figures::parts(&now.people, &other.people, &person, currency)),
        ];
        parts.retain(|(_, lines)| !lines.is_empty());
        parts
    }

    /// Reads a draft as if it were the file of the configuration in force.
    pub(in crate::desk) async fn draft(&self, file: &str) -> Result<(PathBuf, Arc<Config>), DeskError> {
        let (mut layers, path) = self.at(file)?;
        if !path.exists() {
            let own = layers.file.as_deref().unwrap_or(Path::new("the configuration")).display();
            let how = format!("copy {own} to it and change what you like");
            return Err(DeskError::NotFound(format!("there is no file {}: {how}", path.display())));
        }
        layers.file = Some(path.clone());
        let read = tokio::task::spawn_blocking(move || config::load(&layers)).await;
        let read = read.map_err(|error| DeskError::Draft(format!("it could not be read: {error}")))?;
        let loaded = read.map_err(|errors| DeskError::Draft(errors.plain()))?;
        Ok((path, Arc::new(loaded.config)))
    }

    /// The layers of the configuration, and a path that may begin at its folder.
    fn at(&self, file: &str) -> Result<(config::Sources, PathBuf), DeskError> {
        let nowhere = || DeskError::NotFound("this configuration has no file, so no draft can take its place".into());
        let layers = self.layers.clone().ok_or_else(nowhere)?;
        let folder = layers.file.as_deref().and_then(Path::parent).ok_or_else(nowhere)?;
        // Whole, so that what is offered means the same when it is typed, and when another process reads it.
        let folder = std::path::absolute(folder)
            .map_err(|error| DeskError::NotFound(format!("the configuration's folder is not there: {error}")))?;
        let path = folder.join(file.trim());
        Ok((layers, path))
    }

    /// Drafts whose path begins like what was typed; folders end in `/`.
    pub(super) async fn draft_files(&self, typed: String) -> Result<Vec<String>, DeskError> {
        if typed.trim().is_empty() {
            let (_, path) = self.at(DRAFT)?;
            return Ok(vec![path.display().to_string()]);
        }
        let (_, path) = self.at(&typed)?;
        let found = tokio::task::spawn_blocking(move || beginning_like(&path, &typed)).await;
        found.map_err(|error| DeskError::NotFound(format!("the folder could not be read: {error}")))
    }
}

/// What stands in the folder of `path` and goes on as typed, written as typed. A folder nobody can read has nothing.
fn beginning_like(path: &Path, typed: &str) -> Vec<String> {
    let whole = typed.ends_with('/');
    let folder = if whole { Some(path) } else { path.parent() };
    let last = if whole { "" } else { path.file_name().and_then(|name| name.to_str()).unwrap_or_default() };
    let head = typed.strip_suffix(last).unwrap_or_default();
    let Some(Ok(entries)) = folder.map(std::fs::read_dir) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .take(ENTRIES_MOST)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let folder = entry.path().is_dir();
            let fits = name.starts_with(last) && (folder || entry.path().extension().is_some_and(|end| end == "toml"));
            fits.then(|| format!("{head}{name}{}", if folder { "/" } else { "" }))
        })
        .collect();
    found.sort();
    found.truncate(FILES_OFFERED);
    found
}

fn notes(done: &Done) -> Vec<String> {
    let mut notes = vec![format!(
        "Assumed: an empty queue at the beginning; people answer one after another at the pace of {} answers.",
        done.answers
    )];
    let told = [
        (done.older_rules, "were decided by older rules; they are compared with what today's rules say."),
        (done.astray, "stored verdicts are not what the same rules say again: run `leadgate doctor` and report this."),
        (done.words_gone, "have no words any more: they keep what was read of them."),
    ];
    notes.extend(told.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")));
    notes
}
