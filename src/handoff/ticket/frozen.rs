//! A ticket's requests as stored: rendered once, so that a retry sends the same bytes. Secrets, signatures
//! and times are not in them; they are added when it is sent. What an earlier request of the same ticket
//! must answer first (the number of a message) stands as a placeholder no lead can know or forge.

use reqwest::Method;
use reqwest::header::HeaderName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::lead::Token;
use crate::net::http::{Request, same_origin};
use crate::preset::endpoint::Endpoint;
use crate::preset::operation::{MESSAGE, one_line};
use crate::preset::read::text_of;

/// Largest body, in bytes.
const BODY_MAX: usize = 256 * 1024;

/// All requests of one ticket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrozenTicket {
    /// Its key.
    pub(super) token: Token,
    /// Sent first, in order.
    pub(super) before: Vec<FrozenRequest>,
    /// Makes the ticket.
    pub(super) create: FrozenRequest,
}

/// One request, as text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrozenRequest {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    form: bool,
    /// A mail: nothing is filled into it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    mail: bool,
    body: Option<String>,
}

impl FrozenRequest {
    /// Takes everything but what is secret.
    ///
    /// # Errors
    /// The body is too large or no text.
    pub(super) fn of(request: Request) -> Result<Self, String> {
        let (kind, body) = request.body.map_or((None, None), |(kind, body)| (Some(kind), Some(body)));
        if body.as_ref().is_some_and(|body| body.len() > BODY_MAX) {
            return Err(format!("its body is larger than {BODY_MAX} bytes"));
        }
        Ok(Self {
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers: request.headers.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
            form: kind == Some(FORM),
            mail: kind == Some(MESSAGE),
            body: body.map(String::from_utf8).transpose().map_err(|_| "its body is no text".to_owned())?,
        })
    }

    /// Does it go to the address the destination has now?
    pub(super) fn is_for(&self, endpoint: &Endpoint) -> bool {
        Url::parse(&self.url).is_ok_and(|url| same_origin(&url, endpoint.base()))
    }

    /// The request with the placeholders filled and the present authorisation.
    ///
    /// # Errors
    /// It belongs to another address than the destination now has, or does not read back.
    pub(super) fn thaw(
        &self,
        endpoint: &Endpoint,
        token: &Token,
        known: &Map<String, Value>,
    ) -> Result<Request, String> {
        let mut request = self.clone();
        for (name, value) in known {
            let mark = placeholder(token, name);
            let text = text_of(value).unwrap_or_default();
            let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            request.url = request.url.replace(&mark, &encoded);
            for (header, value) in &mut request.headers {
                *value = one_line(value.replace(&mark, &text), header).map_err(|fault| fault.message)?;
            }
            let body = request.body.take();
            request.body = body.map(|body| match (self.mail, self.form) {
                (true, _) => body,
                (_, true) => body.replace(&mark, &encoded),
                _ => fill(&body, &mark, value),
            });
        }
        let url = Url::parse(&request.url).map_err(|error| error.to_string())?;
        if !same_origin(&url, endpoint.base()) {
            return Err(format!("it was made for {}, not for {}", crate::net::http::host_of(&url), endpoint.host()));
        }
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| error.to_string())?;
        let headers = request.headers.into_iter().map(|(name, value)| Ok((name.parse()?, value)));
        let headers: Result<Vec<(HeaderName, String)>, reqwest::header::InvalidHeaderName> = headers.collect();
        let kind = match (self.mail, self.form) {
            (true, _) => MESSAGE,
            (_, true) => FORM,
            _ => JSON,
        };
        let body = request.body.map(|body| (kind, body.into_bytes()));
        Ok(endpoint.stored(method, url, headers.map_err(|error| error.to_string())?, body))
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What stands for a result not yet known. The token in it is random: no lead can write it.
pub(super) fn placeholder(token: &Token, name: &str) -> String {
    format!("LGFILL.{token}.{name}.")
}

/// Puts `value` into JSON text: a leaf that is the placeholder becomes the value with its type, elsewhere
/// its text stands in a longer one.
fn fill(body: &str, mark: &str, value: &Value) -> String {
    let whole = body.replace(&format!("\"{mark}\""), &value.to_string());
    let quoted = Value::String(text_of(value).unwrap_or_default()).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    whole.replace(mark, inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_placeholder_is_filled_with_its_type_and_cannot_break_the_body() {
        let token = Token::parse("LG7K3Q9V2MX4ZT").unwrap();
        let mark = placeholder(&token, "message");
        let body = json!({"messages": [mark], "note": format!("see {mark}")}).to_string();
        let filled: Value = serde_json::from_str(&fill(&body, &mark, &json!("2\"}"))).unwrap();
        assert_eq!(filled, json!({"messages": ["2\"}"], "note": "see 2\"}"}));
        let filled: Value = serde_json::from_str(&fill(&body, &mark, &json!(7))).unwrap();
        assert_eq!(filled, json!({"messages": [7], "note": "see 7"}));
    }
}
