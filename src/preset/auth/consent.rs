//! A person's first consent, for `leadgate source login`: where to send their browser, and what to make of the
//! code it comes back with (RFC 6749 with RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use url::Url;

use super::doc::AuthDoc;
use super::plan::LoginPlan;
use super::{Parts, hidden};
use crate::clock::later;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::net::tokens::Grant;
use crate::preset::fault::Fault;
use crate::preset::template::Scope;
use crate::preset::vars::Values;

/// Random bytes of a state or verifier.
const RANDOM_BYTES: usize = 32;

/// A consent that may be asked for.
#[derive(Debug)]
pub struct Consent {
    plan: LoginPlan,
    url: Url,
    query: Vec<(String, String)>,
    owner: String,
}

impl Consent {
    /// The consent a source needs; `None` where its kind of authorisation knows none.
    ///
    /// # Errors
    /// Names the part of `[auth]` that is wrong.
    pub fn compile(doc: &AuthDoc, values: &Values) -> Result<Option<Self>, Fault> {
        let (scope, context) = (values.scope(Scope::new(), true), values.with_secrets());
        let parts = Parts::render(doc, &scope, &context)?;
        let (Some(url), "oauth2") = (parts.given("authorize_url"), parts.kind.as_str()) else { return Ok(None) };
        let url = crate::preset::endpoint::address(&url).map_err(|fault| fault.within("auth.authorize_url"))?;
        let query = doc.authorize_query.iter().map(|(name, text)| {
            Ok((name.clone(), hidden(name, text, &scope, &context).map_err(|fault| fault.within("authorize_query"))?))
        });
        Ok(Some(Self {
            plan: parts.login_plan(doc, &scope, values.mask())?,
            url,
            query: query.collect::<Result<_, Fault>>()?,
            owner: values.owner().to_owned(),
        }))
    }

    /// Something nobody can guess: for `state` and `verifier`.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn random() -> Result<String, String> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Where the person agrees. The browser comes back to `to` with `code` and this `state`.
    pub fn url(&self, to: &str, state: &str, verifier: &str) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()));
        let mut url = self.url.clone();
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("response_type", "code");
            pairs.append_pair("client_id", &self.plan.client_id).append_pair("redirect_uri", to);
            if let Some(scope) = &self.plan.scope {
                pairs.append_pair("scope", scope);
            }
            pairs.append_pair("state", state);
            pairs.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
            pairs.extend_pairs(self.query.iter().filter(|(_, text)| !text.is_empty()));
        }
        url
    }

    /// Turns the code into a sign-in and keeps it under the source's name. Blocks for a moment.
    ///
    /// # Errors
    /// The far side refuses the code, gives nothing that lasts, or it cannot be kept.
    pub async fn redeem(&self, http: &Http, code: &str, to: &str, verifier: &str) -> Result<(), Failure> {
        let tokens = self.plan.redeem(http, code, to, verifier).await?;
        let refresh_token: SecretString = tokens.refresh_token.ok_or_else(|| {
            Failure::new(Class::Auth, format!("{} gave access, but nothing to renew it with", self.plan.host())).hint(
                "the preset's authorize_query must ask for lasting access (access_type = \"offline\" or the like)",
            )
        })?;
        let (saved_at, configured) = (http.now(), self.plan.configured_mark());
        let until = tokens.refresh_expires_in.map(|life| later(saved_at, life));
        let grant = Grant { refresh_token, configured, saved_at, until };
        tokio::task::block_in_place(|| http.tokens().save(&self.owner, &grant))
            .map_err(|error| Failure::new(Class::Config, format!("the sign-in cannot be kept: {error}")))
    }
}
