//! `kind = "oauth2"`: access that runs out and is renewed. One renewal at a time for an account, however many
//! sources use it; a refresh token that the far side replaced is kept before it is used (`sources` 11.7).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as Plain, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::plan::{LoginPlan, Tokens};
use crate::clock::later;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::net::tokens::{Grant, TokenError, TokenStore};

/// Access that ends sooner than this is renewed first.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// A refusal is repeated to whoever asks within this time, instead of asking for it again.
const REFUSED_FOR: SignedDuration = SignedDuration::from_secs(60);

/// The access of one account.
#[derive(Debug)]
pub(super) struct Login {
    plan: LoginPlan,
    /// Under which names the grant is kept: every source that was set up with this account.
    owners: Plain<BTreeSet<String>>,
    /// When the sign-in itself ends, as far as the far side told.
    until: Plain<Option<Timestamp>>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    access: Option<Access>,
    /// How many times access was got.
    generation: u64,
    /// What replaced the grant, while it could not be kept.
    unsaved: Option<Grant>,
    refused: Option<Refused>,
}

#[derive(Debug)]
struct Access {
    token: SecretString,
    until: Option<Timestamp>,
}

#[derive(Debug)]
struct Refused {
    failure: Failure,
    at: Timestamp,
    /// The mark of the refresh token that was refused.
    grant: Option<String>,
}

impl Login {
    /// The access of the account that `plan` describes; nothing is asked yet.
    pub(super) fn new(plan: LoginPlan) -> Self {
        Self { plan, owners: Plain::default(), until: Plain::default(), state: Arc::default() }
    }

    /// Adds a name under which the grant is kept.
    pub(super) fn owned_by(&self, owner: &str) {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).insert(owner.to_owned());
    }

    /// When somebody has to sign in again, as far as the far side told.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_end(&self, until: Option<Timestamp>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Access that is good now, and its number.
    pub(super) async fn token(self: &Arc<Self>, http: &Http) -> Result<(SecretString, u64), Failure> {
        let now = http.now();
        let state = self.state.lock().await;
        let good = |access: &&Access| access.until.is_none_or(|until| now < until);
        if let Some(access) = state.access.as_ref().filter(good) {
            return Ok((access.token.clone(), state.generation));
        }
        drop(state);
        self.renewed(http, None).await
    }

    /// New access in place of the one numbered `seen`, unless somebody got it already.
    pub(super) async fn renew(self: &Arc<Self>, http: &Http, seen: u64) -> Result<(SecretString, u64), Failure> {
        self.renewed(http, Some(seen)).await
    }

    /// A renewal once begun ends, even when whoever asked for it goes away: the far side may have replaced the
    /// token by then.
    async fn renewed(self: &Arc<Self>, http: &Http, seen: Option<u64>) -> Result<(SecretString, u64), Failure> {
        let (login, http) = (Arc::clone(self), http.clone());
        let renewing = tokio::spawn(async move {
            let mut state = Arc::clone(&login.state).lock_owned().await;
            let now = http.now();
            if let Some(access) = &state.access {
                let other = seen.is_none_or(|seen| seen != state.generation);
                if other && access.until.is_none_or(|until| now < until) {
                    return Ok((access.token.clone(), state.generation));
                }
            }
            state.access = None;
            let token = login.ask(&http, &mut state).await?;
            state.generation += 1;
            Ok((token, state.generation))
        });
        renewing.await.unwrap_or_else(|_| Err(Failure::new(Class::Retry, "renewing the sign-in was broken off")))
    }

    async fn ask(&self, http: &Http, state: &mut State) -> Result<SecretString, Failure> {
        if self.plan.needs_no_grant() {
            return self.first(http, state, None).await;
        }
        let _guard = self.guard(http).await?;
        if let Some(grant) = state.unsaved.clone() {
            self.keep(http, state, grant).await?;
        }
        let grant = self.grant(http).await?;
        let used = self.plan.mark(&grant.refresh_token);
        match self.first(http, state, Some(&grant.refresh_token)).await {
            Err(failure) if failure.class == Class::Auth => {
                // Somebody else may have renewed it meanwhile: a sign-in by hand, another machine.
                let newer = self.grant(http).await?;
                if self.plan.mark(&newer.refresh_token) == used {
                    return Err(failure);
                }
                self.first(http, state, Some(&newer.refresh_token)).await
            }
            other => other,
        }
    }

    /// One request for access.
    async fn first(
        &self,
        http: &Http,
        state: &mut State,
        refresh: Option<&SecretString>,
    ) -> Result<SecretString, Failure> {
        let now = http.now();
        let mark = refresh.map(|token| self.plan.mark(token));
        if let Some(refused) = &state.refused
            && refused.grant == mark
            && now.duration_since(refused.at).abs() < REFUSED_FOR
        {
            return Err(refused.failure.clone());
        }
        state.refused = None;
        let tokens = self.plan.ask(http, refresh).await.map_err(|failure| {
            let failure = self.with_hint(failure);
            if failure.class == Class::Auth {
                state.refused = Some(Refused { failure: failure.clone(), at: now, grant: mark });
            }
            failure
        })?;
        let Tokens { access_token, refresh_token, expires_in, refresh_expires_in } = tokens;
        let ends = refresh_expires_in.map(|life| later(now, life)).filter(|_| refresh.is_some());
        let changed = refresh_token.filter(|new| refresh.is_some_and(|old| old.expose_secret() != new.expose_secret()));
        if let Some(refresh_token) = changed.filter(|_| self.plan.rotates) {
            let grant = Grant { refresh_token, configured: self.plan.configured_mark(), saved_at: now, until: ends };
            self.set_end(ends);
            self.keep(http, state, grant).await?;
        }
        if ends.is_some() {
            self.set_end(ends);
        }
        let until = expires_in.map(|life| {
            let margin = MARGIN.min(life / 10);
            now.saturating_add(life - margin).unwrap_or(Timestamp::MAX)
        });
        state.access = Some(Access { token: access_token.clone(), until });
        Ok(access_token)
    }

    /// What the far side gave us last: the newest kept under any of our names that is not older than what the
    /// configuration holds, else that.
    async fn grant(&self, http: &Http) -> Result<Grant, Failure> {
        let configured = self.plan.configured_mark();
        let names = self.names();
        let kept =
            blocking(http, move |tokens| names.iter().map(|name| tokens.load(name)).collect::<Result<Vec<_>, _>>());
        let kept = kept.await?.into_iter().flatten().filter(|grant| grant.configured == configured);
        let newest = kept.max_by_key(|grant| grant.saved_at);
        let own = || {
            let refresh_token = self.plan.refresh_token.clone()?;
            Some(Grant { refresh_token, configured, saved_at: Timestamp::MIN, until: None })
        };
        let grant = newest.or_else(own).ok_or_else(|| {
            self.with_hint(Failure::new(Class::Auth, format!("nobody has signed in at {} yet", self.plan.host())))
        })?;
        self.set_end(grant.until);
        Ok(grant)
    }

    async fn keep(&self, http: &Http, state: &mut State, grant: Grant) -> Result<(), Failure> {
        // Lost only with the program itself: until it is kept, every use begins with keeping it.
        state.unsaved = Some(grant.clone());
        let names = self.names();
        blocking(http, move |tokens| names.iter().try_for_each(|name| tokens.save(name, &grant))).await?;
        state.unsaved = None;
        Ok(())
    }

    async fn guard(&self, http: &Http) -> Result<Option<Box<dyn Send>>, Failure> {
        let Some(first) = self.names().into_iter().next().filter(|_| self.plan.rotates) else { return Ok(None) };
        blocking(http, move |tokens| tokens.guard(&first)).await.map(Some)
    }

    fn names(&self) -> Vec<String> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn with_hint(&self, failure: Failure) -> Failure {
        if failure.class != Class::Auth || failure.hint.is_some() {
            return failure;
        }
        let name = self.names().into_iter().next().unwrap_or_else(|| "NAME".to_owned());
        failure.hint(format!("leadgate source login {name}"))
    }
}

async fn blocking<T: Send + 'static>(
    http: &Http,
    work: impl FnOnce(&dyn TokenStore) -> Result<T, TokenError> + Send + 'static,
) -> Result<T, Failure> {
    let tokens = Arc::clone(http.tokens());
    let done = tokio::task::spawn_blocking(move || work(&*tokens)).await;
    let done = done.map_err(|_| Failure::new(Class::Retry, "the sign-in's file could not be used"))?;
    done.map_err(|error| {
        let class = if matches!(error, TokenError::File { .. }) { Class::Retry } else { Class::Config };
        Failure::new(class, format!("the sign-in cannot be kept or read back: {error}"))
            .hint("nothing is asked until it can: look at the data directory")
    })
}
