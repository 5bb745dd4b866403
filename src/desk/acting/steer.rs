//! What a person steers: sources paused and read, caps set for a while.

use jiff::Timestamp;
use serde_json::json;

use super::{Outcome, done, for_good};
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::store::{Note, OverrideKind};
use crate::text::clean;

impl StoreDesk {
    pub(super) async fn pause_source(&self, source: String, reason: String) -> Outcome {
        self.known_source(&source)?;
        let (who, reason) = (self.seat.who.clone(), clean(&reason, 200, false));
        if reason.is_empty() {
            return Err(Refused::BadValue("say why, so that others know".into()));
        }
        let words = format!("{source} is paused: {reason}");
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (id, ended) = tx.set_override(OverrideKind::Source, &source, 0, None, &who, &reason).await?;
                    let body =
                        json!({ "source": source, "reason": reason, "undo": { "override": id, "ended": ended } });
                    tx.note(Note::new("source-paused").by(&who).body(body));
                    Ok(())
                })
            })
            .await?;
        Ok(done(words))
    }

    pub(super) async fn resume_source(&self, source: String) -> Outcome {
        self.known_source(&source)?;
        let who = self.seat.who.clone();
        let words = format!("{source} is read again");
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_override(OverrideKind::Source, &source).await?;
                    if !ended.is_empty() {
                        let body = json!({ "source": source, "undo": { "ended": ended } });
                        tx.note(Note::new("source-resumed").by(&who).body(body));
                    }
                    Ok(!ended.is_empty())
                })
            })
            .await?;
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

    fn known_source(&self, source: &str) -> Result<(), Refused> {
        if self.config.sources.contains_key(source) {
            return Ok(());
        }
        let ids: Vec<&str> = self.config.sources.keys().map(String::as_str).collect();
        Err(Refused::BadValue(format!("{source:?} is not one of the sources {}", ids.join(", "))))
    }

    pub(super) async fn set_cap(&self, cap: String, max: u32, until: Option<Timestamp>, reason: String) -> Outcome {
        self.known_cap(&cap)?;
        let (who, reason) = (self.seat.who.clone(), clean(&reason, 200, false));
        if reason.is_empty() {
            return Err(Refused::BadValue("say why, so that others know".into()));
        }
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        let words = if max == 0 { format!("{cap} is closed") } else { format!("{cap} is now {max}") };
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let (id, ended) =
                        tx.set_override(OverrideKind::Cap, &cap, i64::from(max), until, &who, &reason).await?;
                    let body =
                        json!({ "cap": cap, "max": max, "reason": reason, "undo": { "override": id, "ended": ended } });
                    tx.note(Note::new("cap-set").by(&who).body(body));
                    Ok(())
                })
            })
            .await?;
        Ok(done(words))
    }

    pub(super) async fn reset_cap(&self, cap: String) -> Outcome {
        self.known_cap(&cap)?;
        let who = self.seat.who.clone();
        let words = format!("{cap} is back to the config's value");
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_override(OverrideKind::Cap, &cap).await?;
                    if !ended.is_empty() {
                        let body = json!({ "cap": cap, "undo": { "ended": ended } });
                        tx.note(Note::new("cap-reset").by(&who).body(body));
                    }
                    Ok(!ended.is_empty())
                })
            })
            .await?;
        if ended { Ok(done(words)) } else { Err(Refused::NotNow("it has the config's value already".into())) }
    }

    fn known_cap(&self, cap: &str) -> Result<(), Refused> {
        if self.config.caps.iter().any(|one| one.id == cap) {
            return Ok(());
        }
        let ids: Vec<&str> = self.config.caps.iter().map(|one| one.id.as_str()).collect();
        Err(Refused::BadValue(format!("{cap:?} is not one of the caps {}", ids.join(", "))))
    }
}
