//! Tells the operator's own addresses when a cap fills or frees. Each is written with the change it tells of,
//! sent at least once, tried ever more rarely and given up at last; both ends are in the journal.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::SignedDuration;

use super::driver::{Report, Stage};
use super::wiring::Parts;
use crate::clock::later;
use crate::net::http::Request;
use crate::store::{Hook, StoreError};

/// Most told in one run.
const AT_ONCE: u32 = 20;
/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read; nothing in it matters.
const ANSWER_MAX: usize = 64 * 1024;
/// Tries before it is given up; the last comes about four hours after the first.
const TRIES: i64 = 8;
/// Wait after the first failure; doubled each time.
const WAIT: SignedDuration = SignedDuration::from_mins(2);

/// Tells hooks.
pub struct Tell(pub Arc<Parts>);

impl Stage for Tell {
    fn name(&self) -> String {
        "hooks".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let parts = &self.0;
            let due = parts.store.hooks_due(AT_ONCE).await?;
            for hook in &due {
                let outcome = send(parts, hook).await;
                let again = (hook.tries + 1 < TRIES).then(|| {
                    let doubled = 1_i32.checked_shl(u32::try_from(hook.tries).unwrap_or(0)).unwrap_or(i32::MAX);
                    later(parts.clock.now(), WAIT.saturating_mul(doubled))
                });
                let again = again.filter(|_| outcome.is_err());
                parts.store.hook_told(hook, outcome, again).await?;
            }
            Ok(Report { did: due.len(), next_at: None })
        })
    }
}

async fn send(parts: &Parts, hook: &Hook) -> Result<(), String> {
    let url = hook.url.parse().map_err(|_| format!("the hook of cap {} is not an address", hook.cap))?;
    let request = Request {
        method: reqwest::Method::POST,
        body: Some(("application/json", hook.body.clone().into_bytes())),
        timeout: TIMEOUT,
        body_max: ANSWER_MAX,
        follow: false,
        ..Request::get(url)
    };
    match parts.http.send(&request).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(format!("the hook of cap {} answered {}", hook.cap, answer.status)),
        Err(error) => Err(format!("the hook of cap {} was not told: {error}", hook.cap)),
    }
}
