//! What a person steers: an override in the store that ends by itself or by hand. Caps are set so here, and
//! sources paused in [`super::source`].

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Outcome, done, not_one_of};
use crate::config::checked::Cap;
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::store::{Note, OverrideKind};
use crate::text::clean;

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// An override about to be put in force.
pub(super) struct Steered {
    pub(super) kind: OverrideKind,
    pub(super) name: String,
    pub(super) value: i64,
    pub(super) until: Option<Timestamp>,
    /// Kind and body of the journal's entry; reason and undo are added.
    pub(super) told: &'static str,
    pub(super) body: Value,
}

impl StoreDesk {
    pub(super) async fn set_cap(&self, cap: String, max: u32, until: Option<Timestamp>, reason: String) -> Outcome {
        let known = self.known_cap(&cap)?;
        let parts = known.parts(max);
        if known.stop_loss.is_some() && max > 0 {
            let why = "a stop-loss counts no leads: 0 closes it, reset opens it for a week at least";
            return Err(Refused::BadValue(why.into()));
        }
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        let words = if max == 0 { format!("{cap} is closed") } else { format!("{cap} is now {max}") };
        let (kind, body) = (OverrideKind::Cap, json!({ "cap": cap, "max": max }));
        let steered = Steered { kind, name: cap, value: i64::from(parts), until, told: "cap-set", body };
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
    pub(super) async fn steer(&self, steered: Steered, reason: &str) -> Result<String, Refused> {
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
    pub(super) async fn let_go(
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

    pub(in crate::desk) fn known_cap(&self, cap: &str) -> Result<&Cap, Refused> {
        let known = self.config.caps.iter().find(|one| one.id == cap);
        known.ok_or_else(|| not_one_of(cap, "the caps ", self.config.caps.iter().map(|one| one.id.as_str())))
    }
}
