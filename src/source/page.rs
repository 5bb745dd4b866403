//! One answer taken apart: the records as raw text, and the envelope around them. A record is parsed by
//! itself later, so that one broken record costs one record, and a page of any number of records never
//! stands in memory as a tree.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::decode::{self, Settings};
use super::level::{items, level};
use super::rows::Columns;
use crate::net::http::Answer;
use crate::preset::document::ExtractDoc;
use crate::preset::file::DecodeDoc;
use crate::preset::place::Place;
use crate::preset::read::PathDoc;
use crate::preset::{Fault, Names, Reader, Values, View};

/// What most answers are.
const JSON: &str = "JSON";
/// Longest hash of a page or record, in hex digits.
const HASH_DIGITS: usize = 16;

/// A page.
#[derive(Debug)]
pub struct Page {
    body: String,
    records: Vec<Range<usize>>,
    /// Was the list of records there at all?
    pub listed: bool,
    /// Everything around the records.
    pub envelope: Value,
    /// Is that the whole answer, records included?
    whole: bool,
    /// Hash of all records.
    pub hash: String,
    /// The answer it came in, its body taken out: status, headers, and the source's clock.
    pub answer: Answer,
}

/// Where the records of an answer are.
#[derive(Debug)]
pub struct Records {
    place: Place,
    members: Option<Vec<String>>,
    /// The answer is no JSON document, but this.
    decode: Option<Settings>,
    /// Rows are lists, and what their columns are called.
    columns: Option<Columns>,
}

/// Why an answer could not be taken apart; completes "… answered".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPage {
    /// A page for people: a login, a firewall.
    #[error("an HTML page instead of {0}")]
    Html(&'static str),
    /// XML, which no preset can read.
    #[error("XML instead of {0}")]
    Xml(&'static str),
    /// Nothing.
    #[error("nothing instead of JSON")]
    Empty,
    /// It ends too early.
    #[error("JSON that is cut off after {0} bytes")]
    CutOff(usize),
    /// It is no JSON.
    #[error("something that is not JSON ({0})")]
    NotJson(String),
    /// It is no table.
    #[error("something that has no rows ({0})")]
    NotRows(String),
}

/// What looks like something else than was asked for is said to be that, once it cannot be read.
fn foreign(answer: &Answer) -> Option<fn(&'static str) -> NotAPage> {
    match (answer.is_xml(), answer.is_html()) {
        (true, _) => Some(NotAPage::Xml),
        (false, true) => Some(NotAPage::Html),
        (false, false) => None,
    }
}

impl NotAPage {
    fn of(error: &serde_json::Error, read: usize) -> Self {
        if error.is_eof() {
            return Self::CutOff(read);
        }
        Self::NotJson(crate::text::clean_line(&error.to_string(), 120))
    }

    /// What helps, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Html(_) => {
                "a sign-in page or a firewall answers in its place: check the address, and whether this machine may ask"
            }
            Self::Xml(_) => {
                "JSON, JSON lines and CSV can be read: ask for one of these, by an Accept header or another address"
            }
            Self::Empty => "check the address: what is meant to be read answers with a document",
            Self::CutOff(_) => "it is asked again by itself; if it stays, ask for smaller pages",
            Self::NotJson(_) | Self::NotRows(_) => {
                "check the address; if it is right, the far side has a fault, or has changed what it sends"
            }
        }
    }
}

impl Records {
    /// Compiles the JSONPath of the records.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn compile(path: &str) -> Result<Self, String> {
        let place = Place::parse(path)?;
        let members = place.list_members();
        Ok(Self { place, members, decode: None, columns: None })
    }

    /// The same for a path as a preset writes it, with variables.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn compile_in(path: &str, values: &Values) -> Result<Self, Fault> {
        let within = |fault: Fault| fault.within("records");
        let filled = Reader::compile(&PathDoc::At(path.to_owned()), Names::of(values)).map_err(within)?;
        Self::compile(filled.label()).map_err(|why| within(Fault::about(path, why)))
    }

    /// The same for answers that are CSV or JSON lines, where each row is a record, or whose rows are lists.
    ///
    /// # Errors
    /// Says what is wrong with how they are said to be written.
    pub fn decoding(self, extract: &ExtractDoc, values: &Values) -> Result<Self, Fault> {
        let decode = match extract.decode {
            DecodeDoc::Json => None,
            DecodeDoc::Jsonl | DecodeDoc::Csv => Some(Settings::compile(extract, values)?),
        };
        let columns = extract.columns.as_ref().map(Columns::compile).transpose()?.flatten();
        if let (Some(_), Some(settings)) = (&columns, &decode) {
            let why = format!(
                "extract.columns is for JSON; the columns of {} are named in extract.csv",
                settings.format.told()
            );
            return Err(Fault::new(why));
        }
        Ok(Self { decode, columns, ..self })
    }

    /// Does a path lie beside the list of records, so that it can be read without them?
    pub fn is_beside(&self, reader: &Reader) -> bool {
        let Some(list) = self.members.as_ref().map(|members| members.join(".")) else { return true };
        reader.covers().into_iter().all(|(_, path)| {
            let below = |of: &str, path: &str| path.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
            !list.is_empty() && !path.is_empty() && path != list && !below(&list, &path) && !below(&path, &list)
        })
    }

    /// Where the list was expected and is not, and the lists of tables that are there instead, each with its first
    /// member. None where the list is there, or was not looked for as a member of the answer.
    pub fn elsewhere(&self, page: &Page) -> Option<(String, Vec<(String, String)>)> {
        let members = self.members.as_ref().filter(|_| !page.listed && self.decode.is_none())?;
        let (_, above) = members.split_last()?;
        let around = above.iter().try_fold(&page.envelope, |level, member| level.get(member))?;
        let path = |name: &str| {
            let mut at = above.iter().map(String::as_str).collect::<Vec<_>>();
            at.push(name);
            format!("$.{}", at.join("."))
        };
        let first = |value: &Value| value.as_array()?.first().filter(|first| first.is_object()).map(Value::to_string);
        let lists = around.as_object()?.iter().filter_map(|(name, value)| Some((path(name), first(value)?)));
        Some((path(members.last()?), lists.collect()))
    }

    /// Takes an answer apart.
    ///
    /// # Errors
    /// It is not the JSON that was asked for.
    pub fn split(&self, mut answer: Answer) -> Result<Page, NotAPage> {
        let foreign = foreign(&answer);
        let body = std::mem::take(&mut answer.body);
        if answer.status == 204 {
            let nothing = Found::none(Value::Null);
            return Ok(Page::new(String::new(), nothing, answer));
        }
        if let Some(settings) = &self.decode {
            // A page for people would make a table without rows.
            let found = foreign.map_or_else(|| decoded(&body, settings), |not| Err(not(settings.format.told())));
            return found.map(|found| Page::new(String::new(), found, answer));
        }
        let text = decode::text(body, answer.header("content-type").and_then(decode::charset));
        let json = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if json.trim_ascii().is_empty() {
            return Err(NotAPage::Empty);
        }
        let found = match &self.members {
            Some(members) => self.list_at(json, members),
            None => self.anywhere(json),
        };
        let found = match (found, &self.columns) {
            (Ok(found), Some(columns)) => return self.named(json, found.listed(), columns, answer),
            (found, _) => found,
        };
        match found {
            Ok(Found::Parts { ranges, envelope, listed }) => {
                let shift = text.len() - json.len();
                let ranges = ranges.into_iter().map(|range| range.start + shift..range.end + shift).collect();
                Ok(Page::new(text, Found::Parts { ranges, envelope, listed }, answer))
            }
            Ok(found) => Ok(Page::new(String::new(), found, answer)),
            Err(error) => Err(foreign.map_or_else(|| NotAPage::of(&error, text.len()), |not| not(JSON))),
        }
    }

    /// The records of a document that is not an answer to anybody.
    ///
    /// # Errors
    /// It is not JSON.
    pub fn split_text(&self, body: Vec<u8>) -> Result<Vec<String>, NotAPage> {
        let headers = reqwest::header::HeaderMap::new();
        let page = self.split(Answer { status: 200, headers, body, date: None })?;
        Ok(page.texts(0, page.len()).map(str::to_owned).collect())
    }

    /// `$.a.b[*]`: every level is skimmed, only what lies beside the list is parsed.
    fn list_at(&self, json: &str, members: &[String]) -> serde_json::Result<Found> {
        let mut beside = Vec::new();
        let mut rest: &str = json;
        for member in members {
            if !rest.trim_ascii_start().starts_with('{') {
                // Not a table where one is expected: whatever it is, there are no records in it.
                serde_json::from_str::<&RawValue>(json)?;
                return Ok(Found::none(wrap(&beside, members)));
            }
            let mut below = None;
            let mut parsed = Map::new();
            for (name, raw) in level(rest)? {
                if name != *member {
                    parsed.insert(name, serde_json::from_str(raw)?);
                } else if below.replace(raw).is_some() {
                    // Taking one of two lists would lose the people of the other.
                    return Err(serde::de::Error::custom(format!("`{member}` stands there twice")));
                }
            }
            beside.push(parsed);
            match below {
                Some(raw) => rest = raw,
                None => return Ok(Found::none(wrap(&beside, members))),
            }
        }
        match rest.trim_ascii_start().as_bytes().first() {
            Some(b'[') => {
                let shift = rest.as_ptr() as usize - json.as_ptr() as usize;
                let ranges = items(rest)?.into_iter().map(|range| range.start + shift..range.end + shift);
                Ok(Found::Parts { ranges: ranges.collect(), envelope: wrap(&beside, members), listed: true })
            }
            Some(b'{') => self.anywhere(json),
            _ => {
                serde_json::from_str::<&RawValue>(rest)?;
                Ok(Found::none(wrap(&beside, members)))
            }
        }
    }

    /// Rows that are lists, by the names of their columns.
    fn named(&self, json: &str, listed: bool, columns: &Columns, answer: Answer) -> Result<Page, NotAPage> {
        let envelope: Value = serde_json::from_str(json).map_err(|error| NotAPage::NotJson(error.to_string()))?;
        let records = columns.records(&self.place.all(&envelope), &envelope).map_err(NotAPage::NotRows)?;
        let (mut body, mut ranges) = (String::new(), Vec::new());
        for record in records {
            ranges.push(body.len()..body.len() + record.len());
            body.push_str(&record);
        }
        let page = Page::new(String::new(), Found::Copies { body, ranges, envelope }, answer);
        Ok(Page { listed, ..page })
    }

    /// Any other path: the whole answer is parsed and the records are written out again.
    fn anywhere(&self, json: &str) -> serde_json::Result<Found> {
        let envelope: Value = serde_json::from_str(json)?;
        let mut body = String::new();
        let mut ranges = Vec::new();
        for node in self.place.all(&envelope) {
            let from = body.len();
            body.push_str(&node.to_string());
            ranges.push(from..body.len());
        }
        Ok(Found::Copies { body, ranges, envelope })
    }
}

/// The rows of an answer as records. One that cannot be read becomes a text with its line and reason, which no
/// mapping takes for a record: it is kept aside with that.
fn decoded(body: &[u8], settings: &Settings) -> Result<Found, NotAPage> {
    let items = decode::whole(body, settings).map_err(NotAPage::NotRows)?;
    let (mut body, mut ranges) = (String::new(), Vec::new());
    for item in items {
        let from = body.len();
        match item.body {
            Ok(record) => body.push_str(&record),
            Err(broken) => {
                let told = format!("line {}: {}: {}", item.line, broken.why, broken.raw.trim_end());
                body.push_str(&Value::from(told).to_string());
            }
        }
        ranges.push(from..body.len());
    }
    Ok(Found::Copies { body, ranges, envelope: Value::Null })
}

enum Found {
    Parts { ranges: Vec<Range<usize>>, envelope: Value, listed: bool },
    Copies { body: String, ranges: Vec<Range<usize>>, envelope: Value },
}

impl Found {
    /// Was the list of records there at all?
    const fn listed(&self) -> bool {
        match self {
            Self::Parts { listed, .. } => *listed,
            Self::Copies { .. } => true,
        }
    }

    const fn none(envelope: Value) -> Self {
        Self::Parts { ranges: Vec::new(), envelope, listed: false }
    }
}

/// The skimmed levels as one tree, the list left out.
fn wrap(levels: &[Map<String, Value>], members: &[String]) -> Value {
    let mut inner = None;
    for (level, member) in levels.iter().zip(members).rev() {
        let mut level = level.clone();
        if let Some(inner) = inner.take() {
            level.insert(member.clone(), inner);
        }
        inner = Some(Value::Object(level));
    }
    inner.unwrap_or(Value::Null)
}

impl Page {
    fn new(text: String, found: Found, answer: Answer) -> Self {
        let (body, records, envelope, listed, whole) = match found {
            Found::Parts { ranges, envelope, listed } => (text, ranges, envelope, listed, false),
            Found::Copies { body, ranges, envelope } => (body, ranges, envelope, true, true),
        };
        let mut hasher = blake3::Hasher::new();
        for range in &records {
            hasher.update(body.get(range.clone()).unwrap_or_default().as_bytes());
            hasher.update(b"\n");
        }
        let hash = short(&hasher.finalize());
        Self { body, records, listed, envelope, whole, hash, answer }
    }

    /// What paths read of the page itself: the envelope and the answer it came in.
    pub fn view(&self) -> View<'_> {
        View { body: &self.envelope, tables: None, answer: Some(&self.answer) }
    }

    /// The whole answer, records included; read again where only the envelope was kept.
    pub fn whole(&self) -> Cow<'_, Value> {
        if self.whole {
            return Cow::Borrowed(&self.envelope);
        }
        let json = self.body.strip_prefix('\u{feff}').unwrap_or(&self.body);
        serde_json::from_str(json).map_or(Cow::Borrowed(&self.envelope), Cow::Owned)
    }

    /// The last record.
    pub fn last(&self) -> Option<Value> {
        let range = self.records.last()?;
        serde_json::from_str(self.body.get(range.clone())?).ok()
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// The raw texts of the records from `first`, at most `most`.
    pub fn texts(&self, first: usize, most: usize) -> impl Iterator<Item = &str> {
        self.records.iter().skip(first).take(most).map(|range| self.body.get(range.clone()).unwrap_or_default())
    }
}

/// A short hash of a text, for records without an id.
pub fn hash(text: &str) -> String {
    short(&blake3::hash(text.as_bytes()))
}

fn short(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(HASH_DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn split(path: &str, body: impl Into<Vec<u8>>) -> Result<Page, NotAPage> {
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: body.into(), date: None };
        Records::compile(path).unwrap().split(answer)
    }

    fn texts(path: &str, body: &str) -> Vec<String> {
        split(path, body).unwrap().texts(0, 10).map(str::to_owned).collect()
    }

    #[test]
    fn records_are_kept_as_received_and_the_rest_is_the_envelope() {
        let body = "\u{feff}{\"next\": \"/2\", \"data\": {\"total\": 2, \"results\": [ {\"a\":1.10}, {\"a\" : 2} ]}}";
        let page = split("$.data.results[*]", body).unwrap();
        assert_eq!(page.texts(0, 10).collect::<Vec<_>>(), ["{\"a\":1.10}", "{\"a\" : 2}"]);
        assert_eq!(page.texts(1, 1).collect::<Vec<_>>(), ["{\"a\" : 2}"]);
        assert_eq!(page.envelope, serde_json::json!({"next": "/2", "data": {"total": 2}}));
        assert_eq!(texts("$[*]", "[1, [2]]"), ["1", "[2]"]);
        assert_eq!(texts("$[*].results[*]", "[{\"results\": [1]}, {\"results\": [2]}]"), ["1", "2"]);
        assert_eq!(texts("$.answers[*]", "{\"answers\": {\"3\": {\"x\": 1}}}"), ["{\"x\":1}"]);
    }

    #[test]
    fn a_missing_list_is_an_empty_one() {
        for body in ["{\"total_size\": 0}", "{\"entries\": null}", "{\"entries\": \"none\"}", "[]", "null"] {
            let page = split("$.entries[*]", body).unwrap();
            assert_eq!((page.len(), page.listed), (0, false), "{body}");
        }
        assert!(split("$.entries[*]", "{\"entries\": []}").unwrap().listed);
    }

    #[test]
    fn what_is_no_page_says_what_it_is() {
        assert_eq!(split("$.a[*]", "<html>login</html>").unwrap_err(), NotAPage::Html("JSON"));
        assert_eq!(split("$.a[*]", "  ").unwrap_err(), NotAPage::Empty);
        assert_eq!(split("$.a[*]", "{\"a\": [{\"b\": 1}, {\"b\"").unwrap_err(), NotAPage::CutOff(21));
        assert!(matches!(split("$.a[*]", "{\"a\": [1, }").unwrap_err(), NotAPage::NotJson(_)));
        let deep = format!("{{\"x\": {}1{}, \"a\": []}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(split("$.a[*]", deep).unwrap_err().to_string().contains("recursion"));
    }

    #[test]
    fn a_broken_or_deep_record_leaves_the_others_alone() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let body = format!("{{\"a\": [{{\"x\": 1e400}}, {{\"x\": \"\\ud800\"}}, {deep}, {{\"x\": 1}}]}}");
        assert_eq!(split("$.a[*]", body).unwrap().len(), 4);
        let odd = "{\"next\": 1, \"a\": [{\"x\": NaN}, {\"x\": \"\\q\"}, {\"x\": 1,}, {\"x\": 1}]}";
        let page = split("$.a[*]", odd).unwrap();
        assert_eq!((page.len(), page.texts(3, 1).next().unwrap()), (4, "{\"x\": 1}"));
        assert_eq!(page.envelope, serde_json::json!({"next": 1}));
        assert!(split("$.a[*]", "{\"next\": NaN, \"a\": []}").is_err(), "where it goes on must be sure");
        let twice = split("$.a[*]", "{\"a\": [1], \"a\": [2]}").unwrap_err();
        assert!(twice.to_string().contains("`a` stands there twice"), "{twice}");
    }

    #[test]
    fn an_answer_in_rows_is_read_row_by_row() {
        let answer = |body: &[u8]| Answer { status: 200, headers: HeaderMap::new(), body: body.to_vec(), date: None };
        let extract = ExtractDoc { decode: DecodeDoc::Csv, ..ExtractDoc::default() };
        let records = Records::compile("$").unwrap().decoding(&extract, &Values::default()).unwrap();
        let page = records.split(answer(b"id;mail\n1;a@x.org\n2\n3;c@x.org\n")).unwrap();
        let texts: Vec<&str> = page.texts(0, 10).collect();
        assert_eq!(texts[0], r#"{"id":"1","mail":"a@x.org"}"#);
        assert_eq!(texts[1], r#""line 3: it has 1 cells where the header has 2: 2""#);
        assert_eq!((texts.len(), page.listed), (3, true));
        assert_eq!(records.split(answer(b"<html>login</html>")).unwrap_err(), NotAPage::Html("CSV"));
        assert!(matches!(records.split(answer(b"PK\x03\x04")), Err(NotAPage::NotRows(_))));
    }

    #[test]
    fn the_hash_is_that_of_the_records_alone() {
        let hash = |body: &str| split("$.a[*]", body).unwrap().hash;
        assert_eq!(hash("{\"a\": [1, 2], \"at\": 1}"), hash("{\"at\": 2, \"a\": [1,2]}"));
        assert_ne!(hash("{\"a\": [1, 2]}"), hash("{\"a\": [12]}"));
    }
}
