//! What a person does with sources: paused and resumed, read now, and read again from an earlier moment.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::steer::Steered;
use super::{Outcome, done, for_good, not_one_of};
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::desk::words::when;
use crate::source::Cursor;
use crate::store::{Backfill, Note, OverrideKind};

/// Nobody reads further back than this in one go.
const BACKFILL_MAX: SignedDuration = SignedDuration::from_hours(24 * 731);

impl StoreDesk {
    pub(super) async fn pause_source(&self, source: String, reason: String, until: Option<Timestamp>) -> Outcome {
        self.known_source(&source)?;
        let now = self.now();
        if until.is_some_and(|until| until <= now) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        let end = until.map_or_else(String::new, |at| format!(" until {}", when(at, now, &self.seat.zone)));
        let words = |reason: &str| format!("{source} is paused{end}: {reason}");
        let (kind, body) = (OverrideKind::Source, json!({ "source": source, "until": until }));
        let steered = Steered { kind, name: source.clone(), value: 0, until, told: "source-paused", body };
        let reason = self.steer(steered, &reason).await?;
        Ok(done(words(&reason)))
    }

    pub(super) async fn resume_source(&self, source: String) -> Outcome {
        self.known_source(&source)?;
        let words = format!("{source} is read again");
        let body = json!({ "source": source });
        let ended = self.let_go(OverrideKind::Source, source, "source-resumed", body).await?;
        if ended { Ok(done(words)) } else { Err(Refused::NotNow("it is not paused".into())) }
    }

    pub(super) async fn poll_now(&self, source: String) -> Outcome {
        self.known_source(&source)?;
        let gaps = self.config.setup_gaps(&source);
        if let Some(gap) = gaps.first() {
            return Err(Refused::NotNow(format!("{source} cannot start yet: {gap}")));
        }
        let who = self.seat.who.clone();
        let words = format!("Reading {source} now");
        self.store.due_now(source.clone()).await?;
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    tx.note(Note::new("poll-now").by(&who).body(json!({ "source": source })));
                    Ok(())
                })
            })
            .await?;
        Ok(for_good(words))
    }

    /// Sets the source's cursor back; the engine reads on from there, and what is stored already is dropped.
    pub(super) async fn backfill(&self, source: String, since: Timestamp) -> Outcome {
        self.known_source(&source)?;
        let now = self.now();
        if let Some(gap) = self.config.setup_gaps(&source).first() {
            return Err(Refused::NotNow(format!("{source} cannot start yet: {gap}")));
        }
        if since >= now {
            return Err(Refused::BadValue("that is not in the past".into()));
        }
        if since.duration_until(now) > BACKFILL_MAX {
            return Err(Refused::BadValue("that is more than two years ago: take a later day".into()));
        }
        let zone = self.seat.zone.clone();
        let words = format!("{source} is read again from {} on", when(since, now, &zone));
        let (who, name) = (self.seat.who.clone(), source);
        let kept = self.store.write(move |tx| {
            Box::pin(async move {
                let Some(stands) = tx.source(&name).await? else { return Ok(Err("it was never read yet".to_owned())) };
                if let Some(open) = stands.backfill.as_ref().filter(|one| one.is_open()) {
                    let since = when(open.since, now, &zone);
                    return Ok(Err(format!("it is being read again from {since} on already: undo takes that back")));
                }
                let cursor: Cursor = serde_json::from_str(&stands.cursor).unwrap_or_default();
                let cursor = serde_json::to_string(&cursor.set_back(since)).unwrap_or_else(|_| "{}".into());
                let backfill = Backfill {
                    since,
                    at: now,
                    who: who.clone(),
                    why: "asked for".into(),
                    before: stands.cursor.clone(),
                    pages: 0,
                    records: 0,
                    fresh: 0,
                    done_at: None,
                };
                tx.set_back(&stands, &cursor, &backfill).await?;
                let body = json!({ "source": name, "since": since, "undo": { "backfill": stands.id } });
                tx.note(Note::new("backfill").by(&who).body(body));
                Ok(Ok(()))
            })
        });
        kept.await?.map_err(Refused::NotNow)?;
        Ok(done(words))
    }

    fn known_source(&self, source: &str) -> Result<(), Refused> {
        if self.config.sources.contains_key(source) {
            return Ok(());
        }
        Err(not_one_of(source, "the sources ", self.config.sources.keys().map(String::as_str)))
    }
}
