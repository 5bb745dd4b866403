//! Where operations go: base address, authorisation, limits and the meaning of answers, shared by every
//! operation of a preset. Secrets are rendered here once and shown nowhere.

mod sending;
mod verdict;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderName;
use serde::Deserialize;
use url::Url;

use self::verdict::Verdict;
use super::answer::{self, Kind, RuleDoc, Rules};
use super::auth::{AuthDoc, Authorisation, Credentials};
use super::fault::Fault;
use super::instant;
use super::limits::{self, Limits, LimitsDoc, Permit};
use super::operation::{Operation, header, one_line};
use super::template::{Context, Scope, Template};
use super::vars::{Mask, Values};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::{self, Answer, Http, Request, SendError};
use crate::text::clean_line;

/// Longest message of a failure.
const MESSAGE_MAX: usize = 1_024;

/// `[http]` of a preset.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpDoc {
    /// Base address; a template over `vars`.
    pub base: String,
    /// Longest time for one request: `30s`.
    pub timeout: Option<String>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Largest answer, in MiB.
    pub body_max_mib: Option<u32>,
}

/// A compiled endpoint.
#[derive(Debug)]
pub struct Endpoint {
    base: Url,
    headers: Vec<(HeaderName, String)>,
    auth: Authorisation,
    timeout: Duration,
    body_max: usize,
    /// How fast it may be asked.
    pub limits: Limits,
    /// What shares these limits.
    account: String,
    scope: OnceLock<Arc<limits::Scope>>,
    rules: Rules,
    mask: Mask,
}

/// The right to send one request now, with what it is authorised by.
#[derive(Debug)]
pub struct Turn {
    permit: Permit,
    credentials: Credentials,
}

impl Endpoint {
    /// Compiles. `ops` are the names error rules may use.
    ///
    /// # Errors
    /// Names the part and what is wrong with it.
    pub fn compile(
        http: &HttpDoc,
        auth: &AuthDoc,
        limits: &LimitsDoc,
        errors: &[RuleDoc],
        values: &Values,
        ops: &[&str],
    ) -> Result<Self, Fault> {
        let scope = values.scope(Scope::new(), false);
        let context = values.context();
        let within = |part: &'static str| move |fault: Fault| fault.within(part);
        let base = Template::compile(&http.base, &scope).map_err(within("http.base"))?.text(&context)?;
        let mut headers = Vec::new();
        for (name, text) in &http.headers {
            let (name, template) = header(name, text, &scope).map_err(within("http"))?;
            headers.push((name.clone(), one_line(template.text(&context)?, name.as_str())?));
        }
        let auth = Authorisation::compile(auth, values, values.mask()).map_err(within("auth"))?;
        let timeout = http.timeout.as_deref().map(instant::duration).transpose().map_err(within("http.timeout"))?;
        let timeout = timeout.and_then(|timeout| Duration::try_from(timeout).ok()).filter(|t| !t.is_zero());
        let base = address(&base).map_err(within("http.base"))?;
        let limits = Limits::compile(limits, &scope)?;
        let rules = Rules::compile(errors, ops)?;
        if rules.wait_until_reset() && !limits.has_daily_reset() {
            return Err(Fault::about("until_reset", "errors: `until_reset` needs limits.resets_at"));
        }
        // Without credentials there is no account in common: a dead address never holds up another one.
        let own = || auth.account().unwrap_or_else(|| values.owner().to_owned());
        let account = limits.scope(&context)?.unwrap_or_else(own);
        Ok(Self {
            account: format!("{} {account}", http::host_of(&base)),
            scope: OnceLock::new(),
            mask: auth.mask(),
            base,
            headers,
            auth,
            timeout: timeout.unwrap_or(http::TOTAL_TIMEOUT),
            body_max: http.body_max_mib.map_or(http::BODY_MAX, |mib| mib as usize * 1024 * 1024),
            limits,
            rules,
        })
    }

    /// The base address.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// When a person has to sign in again or make a new token, as far as is known; and whether
    /// the token was made by hand.
    pub fn token_ends(&self) -> Option<(Timestamp, bool)> {
        self.auth.ends()
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        http::host_of(&self.base)
    }

    /// The whole request of an operation, but for its authorisation. Redirects are followed for reads only.
    ///
    /// # Errors
    /// It cannot be rendered: nothing was sent.
    pub fn request(&self, operation: &Operation, kind: Kind, context: &Context) -> Result<Request, Fault> {
        let rendered = operation.render(&self.base, context)?;
        let mut headers = self.headers.clone();
        headers.extend(rendered.headers);
        Ok(Request {
            method: operation.method.clone(),
            url: rendered.url,
            headers,
            secret_headers: Vec::new(),
            body: rendered.body,
            timeout: self.timeout,
            body_max: self.body_max,
            follow: kind == Kind::Read,
        })
    }

    /// A write as it was stored; never follows a redirect.
    pub fn stored(
        &self,
        method: reqwest::Method,
        url: Url,
        headers: Vec<(HeaderName, String)>,
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Request {
        Request {
            method,
            url,
            headers,
            secret_headers: Vec::new(),
            body,
            timeout: self.timeout,
            body_max: self.body_max,
            follow: false,
        }
    }

    /// Sends a read and gives the answer if it is a good one.
    ///
    /// # Errors
    /// Everything else, with its class.
    pub async fn ask(&self, http: &Http, operation: &Operation, context: &Context) -> Result<Answer, Failure> {
        let request = self
            .request(operation, Kind::Read, context)
            .map_err(|fault| Failure::new(Class::Config, self.shown(&fault.message)))?;
        self.ask_request(http, operation, context, &request).await
    }

    /// The same for a request somebody has changed (a next link).
    ///
    /// # Errors
    /// As [`Endpoint::ask`].
    pub async fn ask_request(
        &self,
        http: &Http,
        operation: &Operation,
        context: &Context,
        request: &Request,
    ) -> Result<Answer, Failure> {
        let turn = self.turn(http).await?;
        match self.exchange(http, turn, operation, Kind::Read, context, request).await? {
            (answer, None) => Ok(answer),
            (_, Some(failure)) => Err(failure),
        }
    }

    /// What it means that no whole answer came.
    pub fn failed(&self, kind: Kind, error: &SendError) -> Failure {
        let failure = Failure::new(answer::by_error(kind, error), self.shown(&error.message));
        Failure { hint: error.hint.map(str::to_owned), ..failure }
    }

    /// A text of the far side, or about it, that may be shown: one clean line without secrets.
    pub fn shown(&self, text: &str) -> String {
        clean_line(&self.mask.hide(text), MESSAGE_MAX)
    }
}

/// An `http://` or `https://` address without user and password.
pub(super) fn address(text: &str) -> Result<Url, Fault> {
    let bad = |why: &str| Fault::new(format!("`{}` {why}", clean_line(text, 200)));
    let url = Url::parse(text).map_err(|error| bad(&format!("is not an address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(bad("must start with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::new("the address must not hold a user or password: use the preset's variables"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret, SecretString};
    use serde_json::{Value, json};

    use super::*;
    use crate::config::Secret;
    use crate::config::checked::Var;
    use crate::preset::Names;

    fn values(auth: &str) -> Values {
        let asked = toml::from_str(
            "auth = { prompt = \"\" }\nkey = { prompt = \"\", kind = \"secret\", optional = true }\nlist = { prompt = \"\", default = \"a/b c\" }",
        );
        let given = BTreeMap::from([
            ("auth".to_owned(), Var::Text(auth.to_owned())),
            ("key".to_owned(), Var::Secret(Secret::Env(String::new()))),
        ]);
        Values::check(&asked.unwrap(), &given, &|_| Ok(SecretString::from("canary-1"))).unwrap()
    }

    fn endpoint(values: &Values, base: &str) -> Result<Endpoint, Fault> {
        let auth: AuthDoc = toml::from_str(
            "kind = \"{{ vars.auth }}\"\nuser = \"leadgate\"\npassword = \"{{ vars.key }}\"\ntoken = \"{{ vars.key }}\"\nname = \"X-Key\"\nvalue = \"Token {{ vars.key }}\"",
        )
        .unwrap();
        let http: HttpDoc = toml::from_str(&format!("base = \"{base}\"\ntimeout = \"5s\"")).unwrap();
        Endpoint::compile(&http, &auth, &LimitsDoc::default(), &[], values, &["request"])
    }

    fn request(doc: &str, lead: &Value) -> Result<Request, Fault> {
        let values = values("none");
        let scope = values.scope(Scope::new().open("lead"), false);
        let doc = toml::from_str(doc).unwrap();
        let operation = Operation::compile("request", &doc, &scope, Names::of(&values))?;
        let context = Context::from_serialize(&json!({"lead": lead, "vars": values.root()}));
        endpoint(&values, "https://x.org/api/?v=1")?.request(&operation, Kind::Write, &context)
    }

    #[tokio::test]
    async fn every_way_to_authorise_is_kept_out_of_sight() {
        let http = Http::new(crate::clock::StubClock::at(jiff::Timestamp::UNIX_EPOCH)).unwrap();
        let sent = async |endpoint: &Endpoint| {
            let credentials = endpoint.auth.credentials(&http).await.unwrap();
            credentials.onto(&Request::get(endpoint.base().clone())).secret_headers
        };
        for (kind, name, value) in [
            ("basic", "authorization", "Basic bGVhZGdhdGU6Y2FuYXJ5LTE="),
            ("bearer", "authorization", "Bearer canary-1"),
            ("header", "x-key", "Token canary-1"),
        ] {
            let endpoint = endpoint(&values(kind), "https://x.org").unwrap();
            let headers = sent(&endpoint).await;
            let [(header, secret)] = headers.as_slice() else { panic!("{kind}") };
            assert_eq!((header.as_str(), secret.expose_secret()), (name, value));
            assert!(!format!("{endpoint:?}").contains("canary"), "{kind}");
            assert!(!endpoint.shown(&format!("you sent {value} and canary-1")).contains("canary"));
        }
        assert!(sent(&endpoint(&values("none"), "https://x.org").unwrap()).await.is_empty());
        assert!(endpoint(&values("baisc"), "https://x.org").unwrap_err().message.contains("did you mean `basic`"));
        for base in ["ftp://x.org", "x.org", "https://a:b@x.org"] {
            assert!(endpoint(&values("none"), base).unwrap_err().message.starts_with("http.base"), "{base}");
        }
    }

    #[test]
    fn a_request_is_encoded_and_never_grows_a_second_line() {
        let doc = r#"
            path = "/lists/{{ vars.list }}/x"
            headers = { X-Name = "{{ lead.name }}", X-None = "{{ lead.none }}" }
            [query]
            id = "{{ lead.ids }}"
            q = "since>'{{ lead.name }}'"
            none = "{{ lead.none }}"
            range = { raw = "(start:{{ lead.n }},end:2)" }
            fields = ["a", "b"]
            "#;
        let sent = request(doc, &json!({"name": "Ada", "ids": [1, 2], "n": 7})).unwrap();
        assert_eq!(
            sent.url.as_str(),
            "https://x.org/api/lists/a%2Fb%20c/x?v=1&fields=a&fields=b&id=1&id=2&q=since%3E%27Ada%27&range=(start:7,end:2)"
        );
        assert_eq!(sent.headers, [("x-name".parse().unwrap(), "Ada".to_owned())]);
        assert!(!sent.follow, "a write never follows a redirect");
        let fault = request(doc, &json!({"name": "Ada\r\nX-Evil: 1"})).unwrap_err();
        assert!(fault.message.contains("line break"), "{fault}");
    }

    #[test]
    fn bodies_are_json_or_form_and_decide_the_method() {
        let sent = request("body = { a = \"{{ lead.n }}\", b = \"{{ lead.none }}\" }", &json!({"n": 7})).unwrap();
        assert_eq!((sent.method.as_str(), sent.body.unwrap().1), ("POST", b"{\"a\":7}".to_vec()));
        let sent = request("form = { a = \"x y\", b = \"{{ lead.none }}\" }", &json!({})).unwrap();
        assert_eq!(sent.body.unwrap().1, b"a=x+y");
        assert!(request("method = \"GTE\"", &json!({})).unwrap_err().message.contains("did you mean `GET`"));
        assert!(request("headers = { \"a b\" = \"x\" }", &json!({})).unwrap_err().message.contains("name of a header"));
        assert!(request("path = \"/{{ vars.key }}\"", &json!({})).unwrap_err().message.contains("only [auth]"));
    }

    #[test]
    fn an_answer_is_judged_by_its_status_its_words_and_its_conditions() {
        let values = values("none");
        let endpoint = endpoint(&values, "https://x.org").unwrap();
        let doc = toml::from_str("ok = [200]\nfail_if = \"$.errors\"").unwrap();
        let operation = Operation::compile("request", &doc, &Scope::new(), Names::of(&values)).unwrap();
        let judge = |status: u16, body: &str, kind: Kind| {
            let answer =
                Answer { status, headers: reqwest::header::HeaderMap::default(), body: body.into(), date: None };
            let now = jiff::Timestamp::UNIX_EPOCH;
            let verdict = endpoint.verdict(&operation, kind, &answer, &values.context(), now);
            verdict.map(|verdict| (verdict.failure.class, verdict.failure.message))
        };
        assert_eq!(judge(200, "{}", Kind::Read), None);
        assert_eq!(judge(200, "{\"errors\": []}", Kind::Read), None);
        let (class, message) =
            judge(200, "{\"errors\": [{\"message\": \"no \\u001b[31mgroup canary-1\"}]}", Kind::Read).unwrap();
        assert_eq!((class, message.as_str()), (Class::Retry, "x.org answered 200: no [31mgroup ***"));
        assert_eq!(judge(200, "{\"errors\": [1]}", Kind::Write).unwrap().0, Class::Unknown);
        let (class, message) = judge(401, "{\"title\": \"Invalid key\", \"status\": 401}", Kind::Read).unwrap();
        assert_eq!((class, message.as_str()), (Class::Auth, "x.org answered 401: Invalid key"));
        assert_eq!(
            judge(502, "<html><body>x</body></html>", Kind::Read).unwrap().1,
            "x.org answered 502: an HTML page"
        );
        // Only what stands where errors stand is quoted: the rest may be about people.
        for (status, body, words) in [
            (
                200,
                r#"{"errors": [{"x": 1}], "message": "call Eve", "lead": "Eve"}"#,
                "a table of errors, lead, message",
            ),
            (200, r#"{"errors": [{"x": 1}], "success": false, "message": "not ready"}"#, "not ready"),
            (200, r#"{"errors": {"code": "quota"}, "error": "spent"}"#, "spent"),
            (200, "Eve, +49 30 1", ""),
            (500, r#"{"email": "eve@example.org", "a": 1}"#, "a table of a, email"),
            (500, r#"["eve@example.org"]"#, "eve@example.org"),
            (500, "[[], {}, 7]", "a list of 3"),
            (500, "\"oops\"", "oops"),
        ] {
            let message = judge(status, body, Kind::Read).map_or_else(String::new, |(_, message)| message);
            let said = if words.is_empty() { String::new() } else { format!("x.org answered {status}: {words}") };
            assert_eq!(message, said, "{body}");
        }
        assert_eq!(judge(422, "", Kind::Write).unwrap(), (Class::Reject, "x.org answered 422".to_owned()));
    }
}
