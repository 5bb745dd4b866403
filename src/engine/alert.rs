//! Tells the operator's web hook of answers that are late and handoffs that cannot go on. Signed as Standard Webhooks
//! 1.0 asks, at most one message a minute, each event in one message only; a message that was not taken is sent again
//! under the same id in the same words, so that a receiver can know it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use hmac::Mac as _;
use jiff::SignedDuration;
use reqwest::header::HeaderName;
use serde_json::json;

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::clock::later;
use crate::config::Secret;
use crate::config::checked::AlertHook;
use crate::net::http::Request;
use crate::preset::push::webhook_key;
use crate::store::{AlertBatch, StoreError};

/// Between two messages.
const GAP: SignedDuration = SignedDuration::from_mins(1);
/// Most alerts in one message.
const AT_ONCE: u32 = 100;
/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read; nothing in it matters.
const ANSWER_MAX: usize = 64 * 1024;
/// Tries before a message is given up; the last comes about two hours after the first.
const TRIES: i64 = 8;
/// Wait after the first failure; doubled each time.
const WAIT: SignedDuration = SignedDuration::from_mins(1);
/// What a signing secret begins with.
const KEY_PREFIX: &str = "whsec_";
/// The receiver wants no more.
const GONE: u16 = 410;

/// Tells of what needs somebody at once.
pub struct Alerts(pub Arc<Parts>);

/// Why a message was not taken.
struct Refused {
    why: String,
    for_good: bool,
}

impl Stage for Alerts {
    fn name(&self) -> String {
        "alerts".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(self.step())
    }
}

impl Alerts {
    async fn step(&self) -> Result<Report, StoreError> {
        let parts = &self.0;
        let Some(hook) = &parts.config.alerts.hook else {
            let did = parts.store.alerts_for_nobody().await?;
            return Ok(Report { did: usize::try_from(did).unwrap_or(usize::MAX), next_at: None });
        };
        let now = parts.clock.now();
        let [last, due] = parts.store.alert_moments().await?;
        let free = last.map(|at| later(at, GAP));
        match (due, free) {
            (None, _) => return Ok(Report::default()),
            (Some(due), free) if due > now || free.is_some_and(|free| free > now) => {
                return Ok(Report { did: 0, next_at: Some(free.map_or(due, |free| free.max(due))) });
            }
            _ => {}
        }
        let name = format!("alert_{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let Some(batch) = parts.store.alerts_due(name, AT_ONCE).await? else { return Ok(Report::default()) };
        let tries = batch.alerts.first().map_or(0, |alert| alert.tries);
        let outcome = self.send(hook, &batch).await;
        let again = outcome.as_ref().err().filter(|refused| !refused.for_good && tries + 1 < TRIES).map(|_| {
            let doubled = 1_i32.checked_shl(u32::try_from(tries).unwrap_or(0)).unwrap_or(i32::MAX);
            later(parts.clock.now(), WAIT.saturating_mul(doubled))
        });
        parts.store.alerts_told(batch.message, outcome.map_err(|refused| refused.why), again).await?;
        Ok(Report { did: batch.alerts.len(), next_at: Some(again.unwrap_or_else(|| later(now, GAP))) })
    }

    async fn send(&self, hook: &AlertHook, batch: &AlertBatch) -> Result<(), Refused> {
        let later_on = |why: String| Refused { why, for_good: false };
        let parts = &self.0;
        let url = hook.url.parse().map_err(|_| later_on("alerts.url is not an address".to_owned()))?;
        let body = body(batch);
        let now = parts.clock.now().as_second();
        let mut headers = vec![
            (HeaderName::from_static("webhook-id"), batch.message.clone()),
            (HeaderName::from_static("webhook-timestamp"), now.to_string()),
        ];
        if let Some(secret) = hook.secret.clone() {
            let signature = signature(secret, &format!("{}.{now}.{body}", batch.message)).await.map_err(later_on)?;
            headers.push((HeaderName::from_static("webhook-signature"), signature));
        }
        let request = Request {
            method: reqwest::Method::POST,
            headers,
            body: Some(("application/json", body.into_bytes())),
            timeout: TIMEOUT,
            body_max: ANSWER_MAX,
            follow: false,
            ..Request::get(url)
        };
        match parts.http.send(&request).await {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => {
                Err(Refused { why: format!("alerts.url answered {}", answer.status), for_good: answer.status == GONE })
            }
            Err(error) => Err(later_on(format!("alerts.url was not told: {error}"))),
        }
    }
}

/// What a message says: made of what does not change, so that it reads the same on every try. Numbers and ids of the
/// configuration; nothing of a person.
fn body(batch: &AlertBatch) -> String {
    let alerts: Vec<_> = batch
        .alerts
        .iter()
        .map(|alert| {
            json!({ "event": alert.kind.word(), "at": alert.at.to_string(), "lead": alert.lead.to_string(),
                "handoff": alert.handoff.0, "key": alert.key, "team": alert.team, "destination": alert.destination })
        })
        .collect();
    let newest = batch.alerts.last().map(|alert| alert.at.to_string());
    json!({ "type": "lead.alert", "timestamp": newest, "data": { "alerts": alerts } }).to_string()
}

/// `v1,…` over what is signed; blocks a thread of its own while a secret's command runs.
async fn signature(secret: Secret, signed: &str) -> Result<String, String> {
    let read = tokio::task::spawn_blocking(move || secret.resolve()).await;
    let secret = read.map_err(|error| error.to_string())?.map_err(|why| format!("alerts.secret: {why}"))?;
    let key = webhook_key("alerts.secret", &secret, KEY_PREFIX).map_err(|fault| fault.message)?;
    Ok(format!("v1,{}", STANDARD.encode(key.chain_update(signed.as_bytes()).finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::{HandoffId, LeadId};
    use crate::store::{Alert, AlertKind};

    #[test]
    fn a_message_names_numbers_and_no_person_and_reads_the_same_each_time() {
        let alert = Alert {
            id: 1,
            at: "2026-11-23T08:00:00Z".parse().unwrap(),
            kind: AlertKind::Late,
            lead: LeadId(7),
            handoff: HandoffId(9),
            key: "LG7K3Q9V2MX4ZT".into(),
            team: "berlin".into(),
            destination: "desk".into(),
            tries: 0,
        };
        let mut batch = AlertBatch { message: "alert_1".into(), alerts: vec![alert] };
        let first = body(&batch);
        batch.alerts[0].tries = 3;
        assert_eq!(first, body(&batch));
        let told: serde_json::Value = serde_json::from_str(&first).unwrap();
        assert_eq!(told["data"]["alerts"][0]["event"], "answer-late");
        assert_eq!(told["timestamp"], "2026-11-23T08:00:00Z");
    }
}
