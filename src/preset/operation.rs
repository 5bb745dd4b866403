//! One request, as presets describe it: where, with what, and which answers are good. The same shape for
//! reading leads, making tickets and asking after them.

mod mail;
mod written;

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::HeaderName;
use url::Url;

use super::answer::{StatusDoc, Statuses};
use super::condition::{Condition, ConditionDoc};
use super::fault::{Fault, did_you_mean};
use super::filter;
use super::read::{Names, PathDoc, Reader};
use super::template::{Context, Scope, Template};
use super::tree::Tree;

pub(crate) use mail::MESSAGE;
pub use mail::MailDoc;
pub(crate) use written::operation_doc;
pub use written::{OperationDoc, QueryDoc, Scalar, one_or_many};

/// Longest URL.
const URL_MAX: usize = 8 * 1024;
/// The methods a preset may use.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

#[derive(Debug)]
enum Query {
    Plain(Vec<Template>),
    Raw(Template),
}

/// A compiled operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name in rules and messages.
    pub name: String,
    /// Method.
    pub method: Method,
    path: Template,
    query: Vec<(Template, Query)>,
    first_page_only: Vec<Template>,
    headers: Vec<(HeaderName, Template)>,
    body: Option<Tree>,
    form: Vec<(Template, Template)>,
    mail: Option<mail::Mail>,
    /// Good statuses.
    pub ok: Statuses,
    /// All must hold.
    pub ok_if: Vec<Condition>,
    /// None may hold.
    pub fail_if: Vec<Condition>,
    /// What is read from the answer (or from each row), by name.
    pub get: BTreeMap<String, Reader>,
    /// The rows of a list.
    pub rows: Option<Reader>,
    /// Which rows are ours.
    pub same: Option<Condition>,
    /// How long after a write an absence proves nothing.
    pub lag: jiff::SignedDuration,
    /// Skip when this is known.
    pub unless: Option<String>,
    /// Skip when this is not known.
    pub needs: Option<String>,
    /// How well it knows a first response.
    pub quality: Option<crate::lead::Quality>,
}

/// Method, address, headers and body of one request, without the endpoint's own parts.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Where.
    pub url: Url,
    /// The operation's headers.
    pub headers: Vec<(HeaderName, String)>,
    /// Body with its type.
    pub body: Option<(&'static str, Vec<u8>)>,
}

impl Operation {
    /// Compiles. `scope` holds the names its templates may use.
    ///
    /// # Errors
    /// Names the part and what is wrong with it.
    pub fn compile(name: &str, doc: &OperationDoc, scope: &Scope, names: Names<'_>) -> Result<Self, Fault> {
        compile(name, doc, scope, names).map_err(|fault| fault.within(name))
    }

    /// Renders one request below `base`.
    ///
    /// # Errors
    /// A template failed, a header or query value would hold a line break, or the URL is too long.
    pub fn render(&self, base: &Url, context: &Context) -> Result<Rendered, Fault> {
        let mut url = self.address(base, context)?;
        self.add_query(&mut url, context)?;
        if url.as_str().len() > URL_MAX {
            return Err(Fault::new(format!("{}: the address is longer than {URL_MAX} bytes", self.name)));
        }
        let mut headers = Vec::new();
        for (name, template) in &self.headers {
            let text = one_line(template.text(context)?, name.as_str())?;
            if !text.is_empty() {
                headers.push((name.clone(), text));
            }
        }
        Ok(Rendered { url, headers, body: self.body(context)? })
    }

    /// Takes out of an address what only the first page is asked with; the rest stays byte for byte.
    ///
    /// # Errors
    /// A name that cannot be rendered.
    pub fn for_later_page(&self, url: &mut Url, context: &Context) -> Result<(), Fault> {
        let mut names = Vec::new();
        for name in &self.first_page_only {
            names.push(name.text(context)?);
        }
        if let (false, Some(query)) = (names.is_empty(), url.query()) {
            let first_only = |pair: &&str| {
                let pair = url::form_urlencoded::parse(pair.as_bytes()).next();
                pair.is_some_and(|(name, _)| names.iter().any(|first| *first == name))
            };
            let kept: Vec<&str> = query.split('&').filter(|pair| !first_only(pair)).collect();
            let kept = kept.join("&");
            url.set_query(Some(kept.as_str()).filter(|kept| !kept.is_empty()));
        }
        Ok(())
    }

    fn address(&self, base: &Url, context: &Context) -> Result<Url, Fault> {
        let path = self.path.text_with(context, |segment| filter::urlencode(&segment))?;
        let mut url = base.clone();
        if !path.is_empty() {
            let joined = format!("{}{path}", base.path().trim_end_matches('/'));
            url.set_path(&joined);
        }
        Ok(url)
    }

    fn add_query(&self, url: &mut Url, context: &Context) -> Result<(), Fault> {
        let mut raw = Vec::new();
        let mut pairs = Vec::new();
        for (key, query) in &self.query {
            let key = key.text(context)?;
            if key.is_empty() {
                continue;
            }
            match query {
                Query::Raw(template) => {
                    let text = one_line(template.text(context)?, &key)?;
                    if !text.is_empty() {
                        raw.push(format!("{key}={text}"));
                    }
                }
                Query::Plain(templates) => {
                    for template in templates {
                        for text in template.texts(context)? {
                            pairs.push((key.clone(), one_line(text, &key)?));
                        }
                    }
                }
            }
        }
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        if !raw.is_empty() {
            let before = url.query().map(|query| format!("{query}&")).unwrap_or_default();
            url.set_query(Some(&format!("{before}{}", raw.join("&"))));
        }
        Ok(())
    }

    fn body(&self, context: &Context) -> Result<Option<(&'static str, Vec<u8>)>, Fault> {
        if let Some(tree) = &self.body {
            let value = tree.render(context)?.unwrap_or_else(|| serde_json::json!({}));
            let bytes = serde_json::to_vec(&value).map_err(|error| Fault::new(format!("{}: {error}", self.name)))?;
            return Ok(Some(("application/json", bytes)));
        }
        if let Some(mail) = &self.mail {
            return Ok(Some((MESSAGE, mail.render(context)?)));
        }
        if self.form.is_empty() {
            return Ok(None);
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (key, template) in &self.form {
            let (key, text) = (key.text(context)?, template.text(context)?);
            if !key.is_empty() && !text.is_empty() {
                form.append_pair(&key, &text);
            }
        }
        Ok(Some(("application/x-www-form-urlencoded", form.finish().into_bytes())))
    }
}

fn compile(name: &str, doc: &OperationDoc, scope: &Scope, names: Names<'_>) -> Result<Operation, Fault> {
    if [doc.body.is_some(), !doc.form.is_empty(), doc.mail.is_some()].into_iter().filter(|says| *says).count() > 1 {
        return Err(Fault::new("says more than one of `body`, `form` and `mail`"));
    }
    let conditions = |docs: &[ConditionDoc], part: &str| {
        let compiled = docs.iter().map(|doc| Condition::compile(doc, names, scope).map_err(|f| f.within(part)));
        compiled.collect::<Result<Vec<_>, _>>()
    };
    let template = |text: &str, part: &str| Template::compile(text, scope).map_err(|fault| fault.within(part));
    let ok = if doc.ok.is_empty() { vec![StatusDoc::Range("2xx".to_owned())] } else { doc.ok.clone() };
    let get = doc.get.iter().map(|(key, path)| {
        Reader::compile(path, names)
            .map(|reader| (key.clone(), reader))
            .map_err(|fault| fault.within(&format!("get.{key}")))
    });
    let pairs = |pairs: &BTreeMap<String, String>, part: &str| {
        let compiled = pairs.iter().map(|(key, text)| Ok((template(key, part)?, template(text, part)?)));
        compiled.collect::<Result<Vec<_>, Fault>>()
    };
    Ok(Operation {
        name: name.to_owned(),
        method: method(doc)?,
        path: template(&doc.path, "path")?,
        query: doc.query.iter().map(|(key, query)| compile_query(key, query, scope)).collect::<Result<_, _>>()?,
        first_page_only: first_page_only(doc, scope)?,
        headers: doc.headers.iter().map(|(key, text)| header(key, text, scope)).collect::<Result<_, _>>()?,
        body: doc.body.as_ref().map(|body| Tree::compile(body, scope).map_err(|f| f.within("body"))).transpose()?,
        form: pairs(&doc.form, "form")?,
        mail: doc.mail.as_ref().map(|mail| mail::Mail::compile(mail, scope)).transpose()?,
        ok: Statuses::compile(&ok, "ok")?,
        ok_if: conditions(&doc.ok_if, "ok_if")?,
        fail_if: conditions(&doc.fail_if, "fail_if")?,
        get: get.collect::<Result<_, _>>()?,
        rows: doc.rows.as_ref().map(|rows| Reader::compile(&PathDoc::At(rows.clone()), names)).transpose()?,
        same: doc.same.as_ref().map(|same| Condition::compile(same, names, scope)).transpose()?,
        lag: doc.lag.as_deref().map_or(Ok(jiff::SignedDuration::ZERO), super::instant::duration)?,
        unless: doc.unless.clone(),
        needs: doc.needs.clone(),
        quality: doc.quality,
    })
}

fn method(doc: &OperationDoc) -> Result<Method, Fault> {
    let writes = doc.body.is_some() || !doc.form.is_empty() || doc.mail.is_some();
    let name = doc.method.as_deref().unwrap_or(if writes { "POST" } else { "GET" });
    match METHODS.iter().find(|known| **known == name).and_then(|known| known.parse().ok()) {
        Some(method) => Ok(method),
        None => {
            Err(Fault::about(name, format!("unknown method `{name}`{}", did_you_mean(name, METHODS.iter().copied()))))
        }
    }
}

fn compile_query(key: &str, query: &QueryDoc, scope: &Scope) -> Result<(Template, Query), Fault> {
    let template = |text: &str| Template::compile(text, scope).map_err(|fault| fault.within(&format!("query.{key}")));
    let query = match query {
        QueryDoc::One(text) => Query::Plain(vec![template(&text.to_string())?]),
        QueryDoc::Many(texts) => {
            Query::Plain(texts.iter().map(|text| template(&text.to_string())).collect::<Result<_, _>>()?)
        }
        QueryDoc::Raw { raw } => Query::Raw(template(raw)?),
    };
    Ok((template(key)?, query))
}

fn first_page_only(doc: &OperationDoc, scope: &Scope) -> Result<Vec<Template>, Fault> {
    let names = doc.first_page_only.iter().map(|name| {
        if !doc.query.contains_key(name) {
            let near = did_you_mean(name, doc.query.keys().map(String::as_str));
            return Err(Fault::about(name, format!("first_page_only: the query has no `{name}`{near}")));
        }
        Template::compile(name, scope)
    });
    names.collect()
}

/// Compiles one header of a preset.
///
/// # Errors
/// A name no header can have, or a text that is no template.
pub fn header(name: &str, text: &str, scope: &Scope) -> Result<(HeaderName, Template), Fault> {
    let parsed: HeaderName =
        name.parse().map_err(|_| Fault::about(name, format!("`{name}` cannot be the name of a header")))?;
    Ok((parsed, Template::compile(text, scope).map_err(|fault| fault.within(&format!("headers.{name}")))?))
}

/// Refuses what could start a second line of a request.
///
/// # Errors
/// The text holds a line break or another control character.
pub fn one_line(text: String, part: &str) -> Result<String, Fault> {
    if text.chars().any(|char| char.is_control() && char != '\t') {
        return Err(Fault::new(format!("`{part}` would hold a line break or another control character")));
    }
    Ok(text)
}
