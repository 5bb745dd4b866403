//! `kind = "oauth2"` as written, made a plan of how access is asked for.

use std::sync::Arc;

use secrecy::SecretString;

use super::doc::{AuthDoc, ClientAuth, GrantKind};
use super::jwt::Jwt;
use super::plan::LoginPlan;
use super::{Parts, hidden};
use crate::preset::fault::Fault;
use crate::preset::place::Place;
use crate::preset::template::Scope;
use crate::preset::tree::Tree;
use crate::preset::vars::Mask;

/// Where a token is, unless the preset says otherwise (RFC 6749, 5.1).
const ACCESS_TOKEN: &str = "$.access_token";

impl Parts {
    /// The plan.
    ///
    /// # Errors
    /// Names the part that is missing or wrong; quotes no secret.
    pub(super) fn login_plan(&self, doc: &AuthDoc, scope: &Scope, mask: Mask) -> Result<LoginPlan, Fault> {
        let token_url = self.needed("token_url")?;
        let form = doc.token_form.iter().map(|(name, text)| {
            let text = hidden(name, text, scope, &self.context).map_err(|fault| fault.within("token_form"))?;
            Ok((name.clone(), SecretString::from(text)))
        });
        let at = doc.token_at.as_deref().unwrap_or(ACCESS_TOKEN);
        let client_id = match doc.grant {
            GrantKind::JwtBearer | GrantKind::Login => self.given("client_id").unwrap_or_default(),
            GrantKind::RefreshToken | GrantKind::ClientCredentials => self.needed("client_id")?,
        };
        Ok(LoginPlan {
            signer: self.signer(doc, scope, (&token_url, &client_id))?,
            token_url: crate::preset::endpoint::address(&token_url).map_err(|fault| fault.within("token_url"))?,
            client_id,
            client_secret: self.given("client_secret").map(SecretString::from),
            refresh_token: self.given("refresh_token").map(SecretString::from),
            client_auth: doc.client_auth,
            grant: doc.grant,
            scope: self.given("scope"),
            rotates: doc.rotates,
            form: form.filter(|one: &Result<_, Fault>| !is_empty(one)).collect::<Result<_, Fault>>()?,
            body: self.session(doc, scope)?,
            at: Arc::new(Place::parse(at).map_err(|why| Fault::about(at, format!("token_at: {why}")))?),
            mask,
        })
    }

    /// What signs, where anything does: for us as a client, or for a person who trusts our key.
    fn signer(&self, doc: &AuthDoc, scope: &Scope, (url, client): (&str, &str)) -> Result<Option<Arc<Jwt>>, Fault> {
        let client_signs = doc.client_auth == ClientAuth::Assertion;
        if !client_signs && doc.grant != GrantKind::JwtBearer {
            return Ok(None);
        }
        let key = self.given("key").unwrap_or_default();
        let jwt = Jwt::compile(doc, &key, scope, &self.context)?.claiming(&[("aud", url)]);
        Ok(Some(Arc::new(if client_signs { jwt.claiming(&[("iss", client), ("sub", client)]) } else { jwt })))
    }

    /// The JSON that begins a session.
    fn session(&self, doc: &AuthDoc, scope: &Scope) -> Result<Option<SecretString>, Fault> {
        match (&doc.token_body, doc.grant) {
            (None, GrantKind::Login) => Err(Fault::new("grant = `login` needs a token_body")),
            (Some(_), grant) if grant != GrantKind::Login => Err(Fault::new("token_body is for grant = `login`")),
            (None, _) => Ok(None),
            (Some(body), _) => {
                let body = Tree::compile(body, scope).map_err(|fault| fault.within("token_body"))?;
                // A failed filter may quote its value: that message must not leave here.
                let body = body.render(&self.context).map_err(|_| Fault::new("token_body cannot be rendered"))?;
                Ok(Some(SecretString::from(body.unwrap_or_default().to_string())))
            }
        }
    }
}

fn is_empty(one: &Result<(String, SecretString), Fault>) -> bool {
    use secrecy::ExposeSecret as _;
    one.as_ref().is_ok_and(|(_, text)| text.expose_secret().is_empty())
}
