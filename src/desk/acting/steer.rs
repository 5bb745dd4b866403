//! What a person steers: sources paused and read, caps set for a while. Each is an override in the store that
//! ends by itself or by hand.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Outcome, done, for_good, not_one_of};
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::store::{Note, OverrideKind};
use crate::text::clean;

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// An override about to be put in force.
struct Steered {
    kind: OverrideKind,
    name: String,
    value: i64,
    until: Option<Timestamp>,
    /// Kind and body of the journal's entry; reason and undo are added.
    told: &'static str,
    body: Value,
}

impl StoreDesk {
    pub(super) async fn pause_source(&self, source: String, reason: String) -> Outcome {
        self.known_source(&source)?;
        let words = |reason: &str| format!("{source} is paused: {reason}");
        let (kind, body) = (OverrideKind::Source, json!({ "source": source }));
        let steered = Steered { kind, name: source.clone(), value: 0, until: None, told: "source-paused", body };
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

    pub(super) async fn set_cap(&self, cap: String, max: u32, until: Option<Timestamp>, reason: String) -> Outcome {
        self.known_cap(&cap)?;
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        let words = if max == 0 { format!("{cap} is closed") } else { format!("{cap} is now {max}") };
        let (kind, body) = (OverrideKind::Cap, json!({ "cap": cap, "max": max }));
        let steered = Steered { kind, name: cap, value: i64::from(max), until, told: "cap-set", body };
        self.steer(steered, &reason).await?;
        Ok(done(words))
    }

    pub(super) async fn reset_cap(&self, cap: String) -> Outcome {
        self.known_cap(&cap)?;
        let words = format!("{cap} is back to the config's value");
        let body = json!({ "cap": cap });
        let ended = self.let_go(OverrideKind::Cap, cap, "cap-reset", body).await?;
        if ended { Ok(done(words)) } else { Err(Refused::NotNow("it has the config's value already".into())) }
    }

    /// Puts an override in force; returns its reason as kept.
    async fn steer(&self, steered: Steered, reason: &str) -> Result<String, Refused> {
        let (who, reason) = (self.seat.who.clone(), clean(reason, REASON_MAX, false));
        if reason.is_empty() {
            return Err(Refused::BadValue("say why, so that others know".into()));
        }
        let kept = reason.clone();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let Steered { kind, name, value, until, told, mut body } = steered;
                    let (id, ended) = tx.set_override(kind, &name, value, until, &who, &reason).await?;
                    body["reason"] = json!(reason);
                    body["undo"] = json!({ "override": id, "ended": ended });
                    tx.note(Note::new(told).by(&who).body(body));
                    Ok(())
                })
            })
            .await?;
        Ok(kept)
    }

    /// Ends what is in force; `false` when nothing was.
    async fn let_go(
        &self,
        kind: OverrideKind,
        name: String,
        told: &'static str,
        mut body: Value,
    ) -> Result<bool, Refused> {
        let who = self.seat.who.clone();
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_override(kind, &name).await?;
                    if !ended.is_empty() {
                        body["undo"] = json!({ "ended": ended });
                        tx.note(Note::new(told).by(&who).body(body));
                    }
                    Ok(!ended.is_empty())
                })
            })
            .await?;
        Ok(ended)
    }

    fn known_source(&self, source: &str) -> Result<(), Refused> {
        if self.config.sources.contains_key(source) {
            return Ok(());
        }
        Err(not_one_of(source, "the sources ", self.config.sources.keys().map(String::as_str)))
    }

    fn known_cap(&self, cap: &str) -> Result<(), Refused> {
        if self.config.caps.iter().any(|one| one.id == cap) {
            return Ok(());
        }
        Err(not_one_of(cap, "the caps ", self.config.caps.iter().map(|one| one.id.as_str())))
    }
}
