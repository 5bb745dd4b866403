//! Sending a request in its turn: the account's limits, its access, and what its answers ask of us.

use super::{Endpoint, Turn, Verdict};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::{Answer, Http, Request};
use crate::preset::limits;
use crate::preset::{Context, Kind, Operation};

impl Endpoint {
    /// Waits until the account's limits let one request leave, and gets access where it has run out.
    ///
    /// # Errors
    /// [`Class::Throttle`] where that would take long; there is no access to be had.
    pub async fn turn(&self, http: &Http) -> Result<Turn, Failure> {
        let permit = self.scope(http).turn(|| http.now()).await?;
        Ok(Turn { permit, credentials: self.auth.credentials(http).await? })
    }

    /// Waits until one more walk over this account's pages may begin; over when it is dropped.
    pub async fn walk(&self, http: &Http) -> Option<tokio::sync::OwnedSemaphorePermit> {
        self.scope(http).walk().await
    }

    fn scope(&self, http: &Http) -> &limits::Scope {
        self.scope.get_or_init(|| {
            let scope = http.shared().one(&self.account, || limits::Scope::new(&self.host()));
            scope.join(&self.limits);
            scope
        })
    }

    /// Sends a request in its turn: the answer, and what is wrong with it. Where our access has run out, it is
    /// renewed and the request sent once more; where the account is throttled, all of it is left alone for a while.
    ///
    /// # Errors
    /// No whole answer came, or no new access.
    pub async fn exchange(
        &self,
        http: &Http,
        turn: Turn,
        operation: &Operation,
        kind: Kind,
        context: &Context,
        request: &Request,
    ) -> Result<(Answer, Option<Failure>), Failure> {
        let (answer, verdict) = self.weighed(http, turn, operation, kind, context, request).await?;
        Ok((answer, verdict.map(|verdict| verdict.failure)))
    }

    /// Sends a read; `None` where a rule says that too much was asked for at once.
    ///
    /// # Errors
    /// As [`Endpoint::ask`].
    pub async fn ask_unless_too_much(
        &self,
        http: &Http,
        operation: &Operation,
        context: &Context,
        request: &Request,
    ) -> Result<Option<Answer>, Failure> {
        let turn = self.turn(http).await?;
        match self.weighed(http, turn, operation, Kind::Read, context, request).await? {
            (answer, None) => Ok(Some(answer)),
            (_, Some(verdict)) if verdict.too_much => Ok(None),
            (_, Some(verdict)) => Err(verdict.failure),
        }
    }

    async fn weighed(
        &self,
        http: &Http,
        turn: Turn,
        operation: &Operation,
        kind: Kind,
        context: &Context,
        request: &Request,
    ) -> Result<(Answer, Option<Verdict>), Failure> {
        let (answer, verdict) = self.once(http, &turn, operation, kind, context, request).await?;
        if !verdict.as_ref().is_some_and(|verdict| verdict.renew && self.auth.renews()) {
            return Ok((answer, verdict));
        }
        let Turn { permit, credentials } = turn;
        drop(permit);
        let credentials = self.auth.renewed(http, &credentials).await?;
        let turn = Turn { permit: self.scope(http).turn(|| http.now()).await?, credentials };
        self.once(http, &turn, operation, kind, context, request).await
    }

    async fn once(
        &self,
        http: &Http,
        turn: &Turn,
        operation: &Operation,
        kind: Kind,
        context: &Context,
        request: &Request,
    ) -> Result<(Answer, Option<Verdict>), Failure> {
        let sent = http.send(&turn.credentials.onto(request)).await;
        let answer = sent.map_err(|error| self.failed(kind, &error))?;
        let now = http.now();
        if let Some(date) = answer.date {
            self.auth.notice(date, now);
        }
        let verdict = self.verdict(operation, kind, &answer, context, now);
        self.heed(http, &answer, verdict.as_ref(), now);
        Ok((answer, verdict))
    }

    /// Leaves the account alone where an answer asks for it, in whatever way.
    fn heed(&self, http: &Http, answer: &Answer, verdict: Option<&Verdict>, now: jiff::Timestamp) {
        let scope = self.scope(http);
        let failure = verdict.map(|verdict| &verdict.failure);
        match failure.filter(|failure| failure.class == Class::Throttle) {
            Some(failure) => {
                scope.pause(now, failure.wait_secs.unwrap_or(limits::THROTTLE_SECS), &failure.message, true);
            }
            None if failure.is_none() => scope.well(),
            None => {}
        }
        let json = self.limits.look_into_json().then(|| serde_json::from_slice(&answer.body).ok()).flatten();
        if let Some((secs, why)) = self.limits.exhausted(answer, json.as_ref(), now) {
            scope.pause(now, secs, &self.shown(&why), false);
        }
    }
}
