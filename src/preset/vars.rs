//! What an operator must supply for a preset, and the check of what they did: nothing missing, nothing
//! unknown, each of its kind. Secrets stay secrets: only `[auth]` may use them and messages hide them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::fault::{Fault, did_you_mean};
use super::template::{Context, Scope};
use crate::config::Secret;
use crate::config::checked::Var;

/// Shorter secrets are not searched for in messages: hiding every `1` would hide everything.
const MASK_AT_LEAST: usize = 4;
/// Tokens got while the program runs that are hidden, the latest ones.
const LEARNT_MAX: usize = 16;

/// `[vars.NAME]` of a preset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VarDoc {
    /// What to ask a person for.
    pub prompt: String,
    /// What it must be.
    #[serde(default)]
    pub kind: VarKind,
    /// Used where the operator says nothing.
    pub default: Option<toml::Value>,
    /// A regular expression the whole text must match.
    pub pattern: Option<String>,
    /// The only allowed texts.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Asks the far side what it may be: `rows` of the answer, `get = { value, label }` of each.
    pub discover: Option<Box<super::operation::OperationDoc>>,
    /// May be left out although there is no default.
    #[serde(default)]
    pub optional: bool,
}

/// What a variable must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VarKind {
    /// Any text.
    #[default]
    Text,
    /// A secret: `{ env | file | command }`.
    Secret,
    /// An `http://` or `https://` address without user and password.
    Url,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A JSONPath (RFC 9535), for fields the operator may place.
    Path,
    /// The path of a file or folder, from the root.
    File,
}

impl VarKind {
    /// The word in a preset.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Secret => "secret",
            Self::Url => "url",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Path => "path",
            Self::File => "file",
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Secret => "a secret: { env = \"NAME\" }, { file = \"path\" } or { command = \"…\" }",
            Self::Url => "an address like https://example.org",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::Path => "a JSONPath like $.email",
            Self::File => "a path from the root (leadgate may be started anywhere)",
        }
    }
}

/// The checked variables of one source or destination.
#[derive(Debug, Clone, Default)]
pub struct Values {
    plain: BTreeMap<String, Value>,
    secrets: BTreeMap<String, SecretString>,
    secret_names: Vec<String>,
    owner: String,
    zone: Option<TimeZone>,
}

impl Values {
    /// Checks what the operator gave against what the preset asks. `resolve` reads a secret; give one
    /// that answers with a stand-in to check offline.
    ///
    /// # Errors
    /// Every fault at once, each naming its variable.
    pub fn check(
        asked: &BTreeMap<String, VarDoc>,
        given: &BTreeMap<String, Var>,
        resolve: &dyn Fn(&Secret) -> Result<SecretString, String>,
    ) -> Result<Self, Vec<Fault>> {
        let mut values = Self::default();
        let mut faults = Vec::new();
        for name in given.keys().filter(|name| !asked.contains_key(*name)) {
            let near = did_you_mean(name, asked.keys().map(String::as_str));
            faults.push(Fault::about(name, format!("the preset knows no `{name}`{near}")));
        }
        for (name, doc) in asked {
            if let Err(fault) = values.take(name, doc, given.get(name), resolve) {
                faults.push(fault);
            }
        }
        if faults.is_empty() { Ok(values) } else { Err(faults) }
    }

    /// Stand-ins for every variable, so that a preset can be compiled without an operator.
    ///
    /// # Errors
    /// A default that is not of its variable's kind.
    pub fn sample(asked: &BTreeMap<String, VarDoc>) -> Result<Self, Fault> {
        let mut values = Self::default();
        for (name, doc) in asked {
            let stand_in = match doc.kind {
                VarKind::Secret => Var::Secret(Secret::Env(String::new())),
                // A file that need not be there is not there.
                _ if doc.default.is_some() || (doc.kind == VarKind::File && doc.optional) => {
                    values.take(name, doc, None, &|_| Err(String::new()))?;
                    continue;
                }
                VarKind::Text => Var::Text(doc.choices.first().map_or("sample", String::as_str).to_owned()),
                VarKind::Url => Var::Text("https://example.org".to_owned()),
                VarKind::Integer => Var::Text("1".to_owned()),
                VarKind::Boolean => Var::Text("true".to_owned()),
                VarKind::Path => Var::Text("$.sample".to_owned()),
                VarKind::File => Var::Text(if cfg!(windows) { "C:\\sample" } else { "/sample" }.to_owned()),
            };
            let without_pattern = VarDoc { pattern: None, ..doc.clone() };
            values.take(name, &without_pattern, Some(&stand_in), &|_| Ok(SecretString::from("sample-secret")))?;
            if let Some(pattern) = &doc.pattern {
                whole_match(pattern, "")?;
            }
        }
        Ok(values)
    }

    /// The same, with the zone in which the preset's days and naive moments are.
    #[must_use]
    pub fn in_zone(self, zone: Option<TimeZone>) -> Self {
        Self { zone, ..self }
    }

    /// That zone.
    pub const fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// The names a template may use: `vars.…`; secrets only where `secrets` is true.
    pub fn scope(&self, scope: Scope, secrets: bool) -> Scope {
        let names = self.plain.keys().chain(&self.secret_names);
        let mut scope = scope.names("vars", names.map(String::as_str));
        if !secrets {
            for name in &self.secret_names {
                scope = scope.refuse(format!("vars.{name}"), "it is a secret, which only [auth] may use");
            }
        }
        scope
    }

    /// The value of the root `vars`, without secrets.
    pub fn root(&self) -> Value {
        Value::Object(self.plain.clone().into_iter().collect())
    }

    /// A context of `vars` alone, with secrets: for `[auth]` only.
    pub fn with_secrets(&self) -> Context {
        let mut all: serde_json::Map<_, _> = self.plain.clone().into_iter().collect();
        for (name, secret) in &self.secrets {
            all.insert(name.clone(), Value::String(secret.expose_secret().to_owned()));
        }
        Context::from_serialize(&BTreeMap::from([("vars", all)]))
    }

    /// A context of `vars` alone, without secrets.
    pub fn context(&self) -> Context {
        Context::from_serialize(&BTreeMap::from([("vars", self.root())]))
    }

    /// A secret by name.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        self.secrets.get(name)
    }

    /// A plain variable by name, as text.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.plain.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// What must never be shown.
    pub fn mask(&self) -> Mask {
        let mut hidden: Vec<SecretString> = Vec::new();
        for secret in self.secrets.values() {
            let text = secret.expose_secret();
            let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            for form in [text.to_owned(), text.trim().to_owned(), encoded] {
                if form.len() >= MASK_AT_LEAST && !hidden.iter().any(|have| have.expose_secret() == form) {
                    hidden.push(SecretString::from(form));
                }
            }
        }
        Mask { hidden, learnt: Arc::default() }
    }

    /// The same, belonging to this source or destination: what a sign-in of theirs is kept under.
    #[must_use]
    pub fn owned_by(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    /// The source or destination these belong to; empty where nobody said.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    fn take(
        &mut self,
        name: &str,
        doc: &VarDoc,
        given: Option<&Var>,
        resolve: &dyn Fn(&Secret) -> Result<SecretString, String>,
    ) -> Result<(), Fault> {
        let wrong = || Fault::about(name, format!("`{name}` must be {}", doc.kind.expected()));
        if doc.kind == VarKind::Secret {
            self.secret_names.push(name.to_owned());
        }
        match (given, doc.kind) {
            (Some(Var::Secret(secret)), VarKind::Secret) => {
                let secret = resolve(secret).map_err(|why| Fault::about(name, format!("`{name}`: {why}")))?;
                self.secrets.insert(name.to_owned(), secret);
            }
            (Some(Var::Secret(_)), _) | (Some(Var::Text(_)), VarKind::Secret) => return Err(wrong()),
            (Some(Var::Text(text)), _) => {
                self.plain.insert(name.to_owned(), typed(name, doc, text)?);
            }
            (None, kind) => match (&doc.default, kind) {
                (Some(default), kind) if kind != VarKind::Secret => {
                    let text = scalar(default).ok_or_else(wrong)?;
                    let value = if text.is_empty() { Value::Null } else { typed(name, doc, &text)? };
                    self.plain.insert(name.to_owned(), value);
                }
                _ if doc.optional && kind == VarKind::Secret => {}
                _ if doc.optional => {
                    self.plain.insert(name.to_owned(), Value::Null);
                }
                _ => return Err(Fault::about(name, format!("`{name}` is missing: {}", doc.prompt))),
            },
        }
        Ok(())
    }
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn typed(name: &str, doc: &VarDoc, text: &str) -> Result<Value, Fault> {
    let wrong = || Fault::about(name, format!("`{name}` must be {}, not `{text}`", doc.kind.expected()));
    let value = match doc.kind {
        VarKind::Text => Value::String(text.to_owned()),
        VarKind::File if std::path::Path::new(text.trim()).is_absolute() => Value::String(text.trim().to_owned()),
        VarKind::Integer => Value::from(text.trim().parse::<i64>().map_err(|_| wrong())?),
        VarKind::Boolean => Value::from(text.trim().parse::<bool>().map_err(|_| wrong())?),
        VarKind::Path => {
            super::place::Place::parse(text).map_err(|_| wrong())?;
            Value::String(text.to_owned())
        }
        VarKind::Url => {
            let url = Url::parse(text.trim()).map_err(|_| wrong())?;
            if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
                return Err(wrong());
            }
            Value::String(text.trim().to_owned())
        }
        // A secret never comes here: it is taken before.
        VarKind::File | VarKind::Secret => return Err(wrong()),
    };
    if !doc.choices.is_empty() && !doc.choices.iter().any(|choice| choice == text) {
        let near = did_you_mean(text, doc.choices.iter().map(String::as_str));
        return Err(Fault::about(name, format!("`{name}` cannot be `{text}`{near}")));
    }
    if let Some(pattern) = &doc.pattern
        && !whole_match(pattern, text)?
    {
        return Err(Fault::about(name, format!("`{name}` must look like {pattern}, not `{text}`: {}", doc.prompt)));
    }
    Ok(value)
}

fn whole_match(pattern: &str, text: &str) -> Result<bool, Fault> {
    let whole = format!("^(?:{pattern})$");
    let regex = regex::Regex::new(&whole)
        .map_err(|error| Fault::about(pattern, format!("`{pattern}` is not a regular expression: {error}")))?;
    Ok(regex.is_match(text))
}

/// Hides secrets in text that will be shown or logged.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    hidden: Vec<SecretString>,
    /// Tokens got while the program runs; the oldest are forgotten, as the far side forgets them.
    learnt: Arc<RwLock<VecDeque<SecretString>>>,
}

impl Mask {
    /// The text with every secret replaced by `***`.
    pub fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        let learnt = self.learnt.read().unwrap_or_else(PoisonError::into_inner);
        for secret in self.hidden.iter().chain(learnt.iter()) {
            if shown.contains(secret.expose_secret()) {
                shown = shown.replace(secret.expose_secret(), "***");
            }
        }
        shown
    }

    /// Hides a token that was just got, in every copy of this mask.
    pub fn learn(&self, secret: &SecretString) {
        let text = secret.expose_secret();
        let mut learnt = self.learnt.write().unwrap_or_else(PoisonError::into_inner);
        if text.len() >= MASK_AT_LEAST && !learnt.iter().any(|have| have.expose_secret() == text) {
            learnt.push_back(secret.clone());
            if learnt.len() > LEARNT_MAX {
                learnt.pop_front();
            }
        }
    }

    /// Hides one more, e.g. a header made of secrets.
    pub fn add(&mut self, secret: &str) {
        if secret.len() >= MASK_AT_LEAST {
            self.hidden.push(SecretString::from(secret.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> BTreeMap<String, VarDoc> {
        toml::from_str(
            r#"
            url = { prompt = "Where", kind = "url" }
            key = { prompt = "API key", kind = "secret" }
            list = { prompt = "List", kind = "integer", default = 1 }
            page = { prompt = "Page id", pattern = '\d+' }
            auth = { prompt = "How", choices = ["none", "basic"], default = "none" }
            extra = { prompt = "More", kind = "path", optional = true }
            "#,
        )
        .unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, Var> {
        let mut given: BTreeMap<String, Var> =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), Var::Text((*text).to_owned()))).collect();
        given.insert("key".into(), Var::Secret(Secret::Env("K".into())));
        given
    }

    #[allow(clippy::unnecessary_wraps)] // the signature of every resolver
    fn resolve(_: &Secret) -> Result<SecretString, String> {
        Ok(SecretString::from("hunter2/="))
    }

    fn faults(pairs: &[(&str, &str)]) -> String {
        let faults = Values::check(&asked(), &given(pairs), &resolve).unwrap_err();
        faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let told = faults(&[("ur", "x"), ("list", "one"), ("auth", "basci"), ("page", "a1"), ("extra", "email")]);
        for part in [
            "knows no `ur` (did you mean `url`?)",
            "`url` is missing: Where",
            "`list` must be a whole number, not `one`",
            "`auth` cannot be `basci` (did you mean `basic`?)",
            "`page` must look like",
            "`extra` must be a JSONPath",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(faults(&[("url", "ftp://x"), ("page", "1")]).contains("an address like"));
        assert!(faults(&[("url", "https://me:pw@x.org"), ("page", "1")]).contains("an address like"));
    }

    #[test]
    fn a_plain_secret_is_refused_and_a_missing_one_told() {
        let mut plain = given(&[("url", "https://x.org/"), ("page", "1")]);
        plain.insert("key".into(), Var::Text("hunter2".into()));
        let told = Values::check(&asked(), &plain, &resolve).unwrap_err();
        assert!(told[0].message.contains("a secret: { env") && !told[0].message.contains("hunter2"));
        let failing = |_: &Secret| Err("the environment variable K is not set".to_owned());
        let told = Values::check(&asked(), &given(&[("url", "https://x.org"), ("page", "1")]), &failing).unwrap_err();
        assert!(told[0].message.contains("K is not set"));
    }

    #[test]
    fn secrets_are_for_auth_and_hidden_everywhere_else() {
        let values = Values::check(&asked(), &given(&[("url", "https://x.org/"), ("page", "12")]), &resolve).unwrap();
        assert_eq!(values.text("url").unwrap(), "https://x.org/");
        assert_eq!(values.root()["list"], 1);
        assert!(!values.root().to_string().contains("hunter2"));
        assert_eq!(values.mask().hide("bad key hunter2/= (hunter2%2F%3D)"), "bad key *** (***)");
        assert!(Values::sample(&asked()).is_ok());
    }
}
