//! The writing half of the language: `text {{ expression | filter(argument) }} text`. No statements, no
//! loops, no file or environment access; fuel and output are bounded. Lead text is data: it is never
//! parsed as a template, and the body it lands in is a tree, so it cannot break JSON.
//!
//! Names are checked when a preset is compiled. A known name that has no value is empty, not an error.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Expression, UndefinedBehavior, Value};
use serde::Serialize;

use super::fault::{Fault, did_you_mean};
use super::filter;

/// Steps one expression may take.
const FUEL: u64 = 10_000;
/// Depth one expression may recurse to.
const RECURSION: usize = 32;
/// Longest text a template may give, in bytes.
pub const OUTPUT_MAX: usize = 256 * 1024;

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    filter::install(&mut engine);
    engine
});

/// The names a template may use: a root is open (any name below it) or known by a sample of its value.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    roots: BTreeMap<String, Names>,
    refused: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
enum Names {
    Open,
    Sample(serde_json::Value),
}

impl Scope {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a root below which every name is allowed.
    #[must_use]
    pub fn open(mut self, root: &str) -> Self {
        self.roots.insert(root.to_owned(), Names::Open);
        self
    }

    /// Adds a root with the names of `sample`, as deep as its objects go. A value that does not
    /// serialise allows nothing below the root.
    #[must_use]
    pub fn sample(mut self, root: &str, sample: &impl Serialize) -> Self {
        let sample = serde_json::to_value(sample).unwrap_or(serde_json::Value::Object(serde_json::Map::new()));
        self.roots.insert(root.to_owned(), Names::Sample(sample));
        self
    }

    /// Adds a root with these names, each open below.
    #[must_use]
    pub fn names<'a>(self, root: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let sample: serde_json::Map<_, _> =
            names.into_iter().map(|name| (name.to_owned(), serde_json::Value::Null)).collect();
        self.sample(root, &sample)
    }

    /// Refuses one dotted name, saying why.
    #[must_use]
    pub fn refuse(mut self, dotted: impl Into<String>, why: impl Into<String>) -> Self {
        self.refused.insert(dotted.into(), why.into());
        self
    }

    fn check(&self, dotted: &str) -> Result<(), String> {
        let mut parts = dotted.split('.');
        let root = parts.next().unwrap_or_default();
        if let Some((name, why)) = self.refused.iter().find(|(name, _)| covers(name, dotted)) {
            return Err(format!("`{name}` cannot be used here: {why}"));
        }
        let mut sample = match self.roots.get(root) {
            None => {
                let known = self.roots.keys().map(String::as_str);
                return Err(format!("unknown name `{root}`{}", did_you_mean(root, known)));
            }
            Some(Names::Open) => return Ok(()),
            Some(Names::Sample(sample)) => sample,
        };
        for part in parts {
            let serde_json::Value::Object(names) = sample else { return Ok(()) };
            let Some(below) = names.get(part) else {
                let near = did_you_mean(part, names.keys().map(String::as_str));
                return Err(format!("unknown name `{dotted}`{near}"));
            };
            sample = below;
        }
        Ok(())
    }
}

fn covers(name: &str, dotted: &str) -> bool {
    dotted == name || dotted.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

/// The values of a render.
#[derive(Debug, Clone)]
pub struct Context(Value);

impl Context {
    /// Takes the roots from anything that serialises to a table.
    pub fn from_serialize(roots: &impl Serialize) -> Self {
        Self(Value::from(minijinja::value::Serde(roots)))
    }
}

#[derive(Debug)]
enum Part {
    Text(String),
    Expression(Box<Expression<'static, 'static>>),
}

/// A compiled text.
#[derive(Debug)]
pub struct Template {
    parts: Vec<Part>,
    source: String,
}

impl Template {
    /// Compiles.
    ///
    /// # Errors
    /// Names the text, and what in it is unknown or malformed.
    pub fn compile(source: &str, scope: &Scope) -> Result<Self, Fault> {
        let fault = |message: String| Fault::about(source, message);
        if source.contains("{%") || source.contains("{#") {
            return Err(fault("only {{ … }} is understood here, no {% … %} and no {# … #}".to_owned()));
        }
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some(end) = expression_end(after) else {
                return Err(fault(format!("`{{{{` without `}}}}` in `{source}`")));
            };
            let (inside, tail) = after.split_at(end);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Expression(Box::new(expression(inside.trim(), scope).map_err(fault)?)));
            rest = tail.strip_prefix("}}").unwrap_or(tail);
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts, source: source.to_owned() })
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Is it the same whatever the context?
    pub fn is_constant(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// Is it exactly one expression, so that its value keeps its type?
    pub fn is_one_expression(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Expression(_)])
    }

    /// Renders to text. Nothing and null are empty; lists and tables are refused.
    ///
    /// # Errors
    /// A filter refused its value, or a bound was reached.
    pub fn text(&self, context: &Context) -> Result<String, Fault> {
        self.text_with(context, |value| value)
    }

    /// Renders to text, passing what each expression gave (not the literal parts) through `escape`.
    ///
    /// # Errors
    /// As [`Template::text`].
    pub fn text_with(&self, context: &Context, escape: impl Fn(String) -> String) -> Result<String, Fault> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expression(expression) => {
                    let value = self.eval(expression, context)?;
                    out.push_str(&escape(self.as_text(&value)?));
                }
            }
            self.bound(out.len())?;
        }
        Ok(out)
    }

    /// Renders to JSON: a lone expression keeps its type, everything else is text.
    ///
    /// # Errors
    /// As [`Template::text`].
    pub fn json(&self, context: &Context) -> Result<serde_json::Value, Fault> {
        let [Part::Expression(expression)] = self.parts.as_slice() else {
            return self.text(context).map(serde_json::Value::String);
        };
        let value = self.eval(expression, context)?;
        if let Some(text) = value.as_str() {
            self.bound(text.len())?;
        }
        if value.is_undefined() {
            return Ok(serde_json::Value::Null);
        }
        serde_json::to_value(&value).map_err(|error| self.failed(&error.to_string()))
    }

    /// Renders to the texts of a repeated parameter: a list gives one each, empty ones are left out.
    ///
    /// # Errors
    /// As [`Template::text`].
    pub fn texts(&self, context: &Context) -> Result<Vec<String>, Fault> {
        let mut texts = Vec::new();
        match self.parts.as_slice() {
            [Part::Expression(expression)] => {
                let value = self.eval(expression, context)?;
                if value.kind() == ValueKind::Seq {
                    let items = value.try_iter().map_err(|error| self.failed(&error.to_string()))?;
                    for item in items {
                        texts.push(self.as_text(&item)?);
                    }
                } else {
                    texts.push(self.as_text(&value)?);
                }
            }
            _ => texts.push(self.text(context)?),
        }
        texts.retain(|text| !text.is_empty());
        self.bound(texts.iter().map(String::len).sum())?;
        Ok(texts)
    }

    fn eval(&self, expression: &Expression<'static, 'static>, context: &Context) -> Result<Value, Fault> {
        expression.eval(context.0.clone()).map_err(|error| {
            let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            self.failed(&detail)
        })
    }

    fn as_text(&self, value: &Value) -> Result<String, Fault> {
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => Ok(String::new()),
            // As JSON writes it, and every far side reads it: the engine's own notation is Python's.
            ValueKind::Bool => Ok(value.is_true().to_string()),
            ValueKind::String | ValueKind::Number => Ok(value.to_string()),
            other => Err(self.failed(&format!("gave a {other} where text is expected"))),
        }
    }

    fn bound(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > OUTPUT_MAX { Err(self.failed(&format!("gave more than {OUTPUT_MAX} bytes"))) } else { Ok(()) }
    }

    fn failed(&self, why: &str) -> Fault {
        Fault::about(&self.source, format!("`{}`: {why}", self.source))
    }
}

fn expression(text: &str, scope: &Scope) -> Result<Expression<'static, 'static>, String> {
    if text.is_empty() {
        return Err("an empty {{ }}".to_owned());
    }
    for (kind, word) in words(text) {
        if kind == Word::Filter && !filter::NAMES.contains(&word.as_str()) {
            return Err(format!("unknown filter `{word}`{}", did_you_mean(&word, filter::NAMES.iter().copied())));
        }
        if kind == Word::Plain && word == "is" {
            return Err("tests (`is …`) are not understood here".to_owned());
        }
    }
    let compiled = ENGINE.compile_expression_owned(text.to_owned()).map_err(|error| {
        let why = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        format!("`{text}` is not an expression: {why}")
    })?;
    let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
    names.sort();
    names.iter().try_for_each(|name| scope.check(name))?;
    Ok(compiled)
}

/// Where the expression that starts a text ends: the first `}}` outside quotes.
fn expression_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(_), b'\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), byte) if open == *byte && !escaped => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        escaped = false;
    }
    None
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Plain,
    Filter,
}

/// The words of an expression outside quotes, those after a `|` marked as filters.
fn words(text: &str) -> Vec<(Word, String)> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut kind = Word::Plain;
    let mut quote = None;
    let mut escaped = false;
    for char in text.chars().chain([' ']) {
        if let Some(open) = quote {
            if char == open && !escaped {
                quote = None;
            }
            escaped = char == '\\' && !escaped;
            continue;
        }
        if char.is_alphanumeric() || char == '_' {
            word.push(char);
            continue;
        }
        if !word.is_empty() {
            words.push((kind, std::mem::take(&mut word)));
            kind = Word::Plain;
        }
        match char {
            '"' | '\'' => quote = Some(char),
            '|' => kind = Word::Filter,
            ' ' => {}
            _ => kind = Word::Plain,
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        Scope::new()
            .sample("card", &json!({"contact": {"email": "x", "place": {"city": "x"}}, "score": 1, "reasons": ["x"]}))
            .names("vars", ["url", "key"])
            .open("row")
            .refuse("vars.key", "it is a secret, which only [auth] may use")
    }

    fn fault(source: &str) -> String {
        Template::compile(source, &scope()).unwrap_err().message
    }

    #[test]
    fn what_is_not_known_is_refused_when_compiled() {
        assert_eq!(fault("{{ crad.score }}"), "unknown name `crad` (did you mean `card`?)");
        assert_eq!(fault("{{ card.contact.emial }}"), "unknown name `card.contact.emial` (did you mean `email`?)");
        assert!(fault("{{ card.contact.place.town }}").contains("(known: city)"));
        assert_eq!(fault("{{ card.score | trnc(3) }}"), "unknown filter `trnc` (did you mean `trunc`?)");
        assert!(fault("{{ card.score ").contains("without"));
        assert!(fault("{{ card.score + }}").contains("not an expression"));
        assert!(fault("{% for x in y %}").contains("no {% … %}"));
        assert!(fault("{{ vars.key }}").contains("only [auth]"));
        assert!(fault("{{ range(9) }}").contains("unknown name `range`"));
        assert!(fault("{{ card.score is defined }}").contains("tests"));
        assert!(fault("{{ }}").contains("empty"));
    }

    #[test]
    fn a_lone_expression_keeps_its_type_and_nothing_is_empty() {
        let context =
            Context::from_serialize(&json!({"card": {"score": 7, "contact": {"email": null}, "reasons": ["a", "b"]}}));
        let json = |source: &str| Template::compile(source, &scope()).unwrap().json(&context).unwrap();
        assert_eq!(json("{{ card.score }}"), json!(7));
        assert_eq!(json("{{ card.score }} points"), json!("7 points"));
        assert_eq!(json("{{ card.reasons }}"), json!(["a", "b"]));
        assert_eq!(json("{{ card.contact.email }}"), json!(null));
        assert_eq!(json("{{ card.contact.place.city }}"), json!(null));
        assert_eq!(json("to {{ card.contact.email | prefix('x:') }}."), json!("to ."));
        assert_eq!(json("{{ '}} ' ~ card.score }}"), json!("}} 7"));
        let texts = Template::compile("{{ card.reasons }}", &scope()).unwrap().texts(&context).unwrap();
        assert_eq!(texts, ["a", "b"]);
    }

    #[test]
    fn a_flag_is_written_as_json_writes_it() {
        let context = Context::from_serialize(&json!({"row": {"yes": true, "no": false}}));
        let of = |source: &str| Template::compile(source, &scope()).unwrap();
        assert_eq!(of("{{ row.yes }}").text(&context).unwrap(), "true");
        assert_eq!(of("all={{ row.no }}").text(&context).unwrap(), "all=false");
        assert_eq!(of("{{ row.yes | upper }}").text(&context).unwrap(), "TRUE");
        assert_eq!(of("{{ row.no }}").texts(&context).unwrap(), ["false"]);
        assert_eq!(of("{{ row.yes }}").json(&context).unwrap(), json!(true), "in a body it stays one");
    }

    #[test]
    fn lead_text_is_never_a_template_and_work_is_bounded() {
        let context = Context::from_serialize(&json!({"row": {"text": "{{ 7*7 }}", "long": "x".repeat(OUTPUT_MAX)}}));
        let text = |source: &str| Template::compile(source, &scope()).unwrap().text(&context);
        assert_eq!(text("{{ row.text }}").unwrap(), "{{ 7*7 }}");
        assert!(text("{{ row.long }}{{ row.long }}").unwrap_err().message.contains("more than"));
    }
}
