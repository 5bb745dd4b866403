//! Where operations go: base address, authorisation, limits and the meaning of answers, shared by every
//! operation of a preset. Secrets are rendered here once and shown nowhere.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::{AUTHORIZATION, HeaderName};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::answer::{self, Kind, Meaning, RuleDoc, Rules};
use super::fault::{Fault, did_you_mean};
use super::instant;
use super::limits::{Limits, LimitsDoc};
use super::operation::{Operation, header, one_line};
use super::read::View;
use super::template::{Context, Scope, Template};
use super::vars::{Mask, Values};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::{self, Answer, Http, Request, SendError};
use crate::text::clean_line;

/// Longest message of a failure.
const MESSAGE_MAX: usize = 1_024;
/// Longest part of a far side's own words in a message.
const WORDS_MAX: usize = 300;
/// Bytes of an answer looked at for those words.
const WORDS_LOOKED_AT: usize = 8 * 1024;

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

/// `[auth]` of a preset. Every value is a template over `vars`, secrets included.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthDoc {
    /// `none`, `basic`, `bearer` or `header`.
    pub kind: String,
    /// `basic`: user.
    pub user: Option<String>,
    /// `basic`: password.
    pub password: Option<String>,
    /// `bearer`: token.
    pub token: Option<String>,
    /// `header`: its name.
    pub name: Option<String>,
    /// `header`: its value.
    pub value: Option<String>,
}

/// A compiled endpoint.
#[derive(Debug)]
pub struct Endpoint {
    base: Url,
    headers: Vec<(HeaderName, String)>,
    auth: Option<(HeaderName, SecretString)>,
    timeout: Duration,
    body_max: usize,
    /// How fast it may be asked.
    pub limits: Limits,
    rules: Rules,
    mask: Mask,
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
        let mut mask = values.mask();
        let auth = authorisation(auth, values, &mut mask).map_err(within("auth"))?;
        let timeout = http.timeout.as_deref().map(instant::duration).transpose().map_err(within("http.timeout"))?;
        let timeout = timeout.and_then(|timeout| Duration::try_from(timeout).ok()).filter(|t| !t.is_zero());
        Ok(Self {
            base: address(&base).map_err(within("http.base"))?,
            headers,
            auth,
            timeout: timeout.unwrap_or(http::TOTAL_TIMEOUT),
            body_max: http.body_max_mib.map_or(http::BODY_MAX, |mib| mib as usize * 1024 * 1024),
            limits: Limits::compile(limits)?,
            rules: Rules::compile(errors, ops)?,
            mask,
        })
    }

    /// The base address.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        http::host_of(&self.base)
    }

    /// The whole request of an operation. Redirects are followed for reads only.
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
            secret_headers: self.auth.iter().cloned().collect(),
            body: rendered.body,
            timeout: self.timeout,
            body_max: self.body_max,
            follow: kind == Kind::Read,
        })
    }

    /// A write as it was stored, with the present authorisation; never follows a redirect.
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
            secret_headers: self.auth.iter().cloned().collect(),
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
        let answer = http.send(request).await.map_err(|error| self.failed(Kind::Read, &error))?;
        match self.judge(operation, Kind::Read, &answer, context, http.now()) {
            None => Ok(answer),
            Some(failure) => Err(failure),
        }
    }

    /// What is wrong with an answer; `None` where it is good. Parses the body only where a rule, a
    /// condition or a bad status asks for it.
    pub fn judge(
        &self,
        operation: &Operation,
        kind: Kind,
        answer: &Answer,
        context: &Context,
        now: jiff::Timestamp,
    ) -> Option<Failure> {
        let good_status = operation.ok.contains(answer.status);
        let asks = !operation.ok_if.is_empty() || !operation.fail_if.is_empty() || self.rules.look_into_json();
        let json: Option<Value> = (asks || !good_status).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
        let bad = !good_status || !conditions_hold(operation, answer, json.as_ref(), context);
        let meaning = match self.rules.meaning(&operation.name, answer, json.as_ref(), !bad) {
            Some(meaning) => meaning.clone(),
            None if !bad => return None,
            None if good_status => Meaning::of(if kind == Kind::Read { Class::Retry } else { Class::Unknown }),
            None => Meaning::of(answer::by_status(kind, answer)),
        };
        if meaning.class == Class::Ok {
            return None;
        }
        Some(Failure {
            class: meaning.class,
            message: self.said(answer, json.as_ref()),
            hint: meaning.hint.or_else(|| answer::usual_hint(meaning.class).map(str::to_owned)),
            wait_secs: self.limits.wait_secs(answer, now).or(meaning.wait_secs),
        })
    }

    /// What it means that no whole answer came.
    pub fn failed(&self, kind: Kind, error: &SendError) -> Failure {
        Failure::new(answer::by_error(kind, error), self.shown(&error.message))
    }

    /// A text of the far side, or about it, that may be shown: one clean line without secrets.
    pub fn shown(&self, text: &str) -> String {
        clean_line(&self.mask.hide(text), MESSAGE_MAX)
    }

    /// `desk.example.org answered 422: No lookup value found`.
    pub fn said(&self, answer: &Answer, json: Option<&Value>) -> String {
        let looked_at = answer.body.get(..WORDS_LOOKED_AT).unwrap_or(&answer.body);
        let words = match json {
            Some(json) => spoken(json, 0).unwrap_or_else(|| json.to_string()),
            None if answer.is_html() => "an HTML page".to_owned(),
            None => String::from_utf8_lossy(looked_at).into_owned(),
        };
        let words = clean_line(&self.mask.hide(&words), WORDS_MAX);
        let host = self.host();
        self.shown(&if words.is_empty() {
            format!("{host} answered {}", answer.status)
        } else {
            format!("{host} answered {}: {words}", answer.status)
        })
    }
}

fn conditions_hold(operation: &Operation, answer: &Answer, json: Option<&Value>, context: &Context) -> bool {
    let view = View { body: json.unwrap_or(&Value::Null), tables: None, answer: Some(answer) };
    let all = operation.ok_if.iter().all(|condition| condition.holds(view, context).unwrap_or(false));
    all && !operation.fail_if.iter().any(|condition| condition.holds(view, context).unwrap_or(true))
}

/// The words of an error answer, wherever vendors put them.
fn spoken(json: &Value, depth: usize) -> Option<String> {
    const PLACES: &[&str] =
        &["detail", "message", "description", "msg", "error_description", "title", "error", "errors"];
    const DEPTH_MAX: usize = 4;
    if depth > DEPTH_MAX {
        return None;
    }
    match json {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Array(list) => list.iter().find_map(|item| spoken(item, depth + 1)),
        Value::Object(table) => {
            PLACES.iter().find_map(|place| table.get(*place).and_then(|value| spoken(value, depth + 1)))
        }
        _ => None,
    }
}

fn address(text: &str) -> Result<Url, Fault> {
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

fn authorisation(doc: &AuthDoc, values: &Values, mask: &mut Mask) -> Result<Option<(HeaderName, SecretString)>, Fault> {
    let scope = values.scope(Scope::new(), true);
    let context = values.with_secrets();
    let kind = Template::compile(&doc.kind, &scope)?.text(&context)?;
    // Everything is compiled, whichever kind was chosen, so that a mistake never waits for its operator.
    let mut filled = BTreeMap::new();
    for (part, text) in [
        ("user", &doc.user),
        ("password", &doc.password),
        ("token", &doc.token),
        ("name", &doc.name),
        ("value", &doc.value),
    ] {
        let template = text.as_deref().map(|text| Template::compile(text, &scope)).transpose()?;
        // A failed filter may quote the value: its message must not leave this function.
        let text = template.map(|template| template.text(&context)).transpose();
        let text = text.map_err(|_| Fault::new(format!("`{part}` cannot be rendered")))?;
        filled.insert(part, text.filter(|text| !text.is_empty()));
    }
    let needed = |part: &str| {
        let text = filled.get(part).cloned().flatten();
        text.ok_or_else(|| Fault::new(format!("kind = `{kind}` needs a {part}")))
    };
    let (name, value) = match kind.as_str() {
        "none" | "" => return Ok(None),
        "basic" => {
            let pair = format!("{}:{}", needed("user")?, needed("password")?);
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            mask.add(&encoded);
            (AUTHORIZATION, format!("Basic {encoded}"))
        }
        "bearer" => (AUTHORIZATION, format!("Bearer {}", needed("token")?)),
        "header" => {
            let name = needed("name")?;
            let name = name.parse().map_err(|_| Fault::new(format!("`{name}` cannot be the name of a header")))?;
            (name, needed("value")?)
        }
        other => {
            let near = did_you_mean(other, ["none", "basic", "bearer", "header"]);
            return Err(Fault::about(other, format!("kind `{other}` is unknown{near}")));
        }
    };
    let value = one_line(value, "authorisation")
        .map_err(|_| Fault::new("a secret holds a line break: check how it was stored"))?;
    Ok(Some((name, SecretString::from(value))))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

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

    #[test]
    fn every_way_to_authorise_is_kept_out_of_sight() {
        for (kind, name, value) in [
            ("basic", "authorization", "Basic bGVhZGdhdGU6Y2FuYXJ5LTE="),
            ("bearer", "authorization", "Bearer canary-1"),
            ("header", "x-key", "Token canary-1"),
        ] {
            let endpoint = endpoint(&values(kind), "https://x.org").unwrap();
            let (header, secret) = endpoint.auth.as_ref().unwrap();
            assert_eq!((header.as_str(), secret.expose_secret()), (name, value));
            assert!(!format!("{endpoint:?}").contains("canary"), "{kind}");
            assert!(!endpoint.shown(&format!("you sent {value} and canary-1")).contains("canary"));
        }
        assert!(endpoint(&values("none"), "https://x.org").unwrap().auth.is_none());
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
            let failure = endpoint.judge(&operation, kind, &answer, &values.context(), now);
            failure.map(|failure| (failure.class, failure.message))
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
        assert_eq!(judge(422, "", Kind::Write).unwrap(), (Class::Reject, "x.org answered 422".to_owned()));
    }
}
