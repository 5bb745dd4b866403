//! What must be asked for before, one request each: the forms of a page, the lists of an account, the kinds of
//! owner. One level; the list is kept for a while.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::far::Far;
use super::mapping::EACH;
use super::page::Records;
use super::paging::{Bound, Paging};
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::condition::Condition;
use crate::preset::document::EachDoc;
use crate::preset::fault::Fault;
use crate::preset::{Context, Names, Operation, Scope, Values, View, instant};
use crate::text::clean_line;

/// Most parents, where a preset does not say; and in any case.
const PARENTS: usize = 500;
const PARENTS_MAX: usize = 10_000;
/// Longest id or name of a parent, in bytes.
const NAME_MAX: usize = 512;
/// Longest name shown, in characters.
const SHOWN_MAX: usize = 60;

/// One parent.
#[derive(Debug, Clone)]
pub struct Parent {
    /// Its id: what its cursor is kept by.
    pub id: String,
    /// What templates and paths see as `each`.
    pub fields: Value,
}

impl Parent {
    /// Its name and id, for people.
    pub fn shown(&self) -> String {
        match self.fields.get("name").and_then(Value::as_str) {
            Some(name) => format!("{} ({})", clean_line(name, SHOWN_MAX), clean_line(&self.id, SHOWN_MAX)),
            None => clean_line(&self.id, SHOWN_MAX),
        }
    }
}

/// The parents of one walk.
#[derive(Debug, Clone)]
pub struct Listed {
    /// In the order of the list.
    pub all: Arc<[Parent]>,
    /// There are more than are read.
    pub cut: Option<usize>,
}

/// Compiled `[each]`.
#[derive(Debug)]
pub struct Parents {
    way: Way,
    kept: Mutex<Option<(Timestamp, Listed)>>,
}

#[derive(Debug)]
enum Way {
    Fixed(Listed),
    Asked(Box<Asked>),
}

#[derive(Debug)]
struct Asked {
    list: Operation,
    paging: Paging,
    records: Records,
    drop: Vec<Condition>,
    context: Context,
    refresh: SignedDuration,
    max: usize,
}

impl Parents {
    /// Compiles.
    ///
    /// # Errors
    /// Names what is missing or cannot be meant.
    pub fn compile(doc: &EachDoc, values: &Values) -> Result<Self, Fault> {
        let within = |fault: Fault| fault.within(EACH);
        let way = if doc.values.is_empty() {
            Way::Asked(Box::new(asked(doc, values).map_err(within)?))
        } else {
            let mistaken = doc.records.is_some() || !doc.path.is_empty() || !doc.get.is_empty();
            if mistaken {
                return Err(within(Fault::new("either `values` or a list that is asked for")));
            }
            let parent = |value: &crate::preset::operation::Scalar| {
                let id = value.to_string();
                Parent { fields: json!({ "id": id }), id }
            };
            Way::Fixed(Listed { all: doc.values.iter().map(parent).collect(), cut: None })
        };
        Ok(Self { way, kept: Mutex::new(None) })
    }

    /// The names templates may use below `each`.
    pub fn names(doc: &EachDoc) -> Vec<&str> {
        if doc.values.is_empty() { doc.get.keys().map(String::as_str).collect() } else { vec!["id"] }
    }

    /// The parents; asked for anew where the list is too old.
    ///
    /// # Errors
    /// The list cannot be had.
    pub async fn list(&self, far: &Far) -> Result<Listed, Failure> {
        let asked = match &self.way {
            Way::Fixed(listed) => return Ok(listed.clone()),
            Way::Asked(asked) => asked,
        };
        let now = far.here();
        if let Some((at, listed)) = &*self.kept.lock().unwrap_or_else(PoisonError::into_inner)
            && now.duration_since(*at).abs() < asked.refresh
        {
            return Ok(listed.clone());
        }
        let listed = asked.ask(far).await?;
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, listed.clone()));
        Ok(listed)
    }

    /// The list of the walk that is under way, however old.
    pub fn present(&self) -> Option<Listed> {
        match &self.way {
            Way::Fixed(listed) => Some(listed.clone()),
            Way::Asked(_) => {
                let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.as_ref().map(|(_, listed)| listed.clone())
            }
        }
    }
}

impl Asked {
    async fn ask(&self, far: &Far) -> Result<Listed, Failure> {
        let mut all: Vec<Parent> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut more = 0;
        let mut walk = self.paging.first();
        loop {
            let page = far.page(&self.list, (&self.paging, &self.records), &walk, Map::new()).await?;
            for raw in page.texts(0, page.len()) {
                let Some(parent) = self.parent(raw).map_err(|why| wrong(&why))? else { continue };
                if !seen.insert(parent.id.clone()) {
                    continue;
                }
                if all.len() < self.max {
                    all.push(parent);
                } else {
                    more += 1;
                }
            }
            match self.paging.next(&walk, &page)? {
                Some(next) if more == 0 => walk = next,
                _ => return Ok(Listed { all: all.into(), cut: (more > 0).then_some(self.max) }),
            }
        }
    }

    fn parent(&self, raw: &str) -> Result<Option<Parent>, String> {
        let row: Value = serde_json::from_str(raw).map_err(|error| format!("one is no JSON: {error}"))?;
        let view = View::of(&row);
        for condition in &self.drop {
            if condition.holds(view, &self.context).map_err(|error| error.to_string())? {
                return Ok(None);
            }
        }
        let mut fields = Map::new();
        for (name, reader) in &self.list.get {
            let text = reader.text(view).map_err(|error| format!("{name}: {error}"))?;
            if text.as_ref().is_some_and(|text| text.len() > NAME_MAX) {
                return Err(format!("{name} is longer than {NAME_MAX} bytes"));
            }
            fields.insert(name.clone(), text.map_or(Value::Null, Value::String));
        }
        let id = fields.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or_else(|| "one has no id".to_owned())?;
        Ok(Some(Parent { id, fields: Value::Object(fields) }))
    }
}

fn asked(doc: &EachDoc, values: &Values) -> Result<Asked, Fault> {
    let names = Names::of(values);
    let scope = values.scope(Scope::new(), false);
    let pages = scope.clone().names("page", ["number", "offset", "token", "size"]);
    if !doc.get.contains_key("id") {
        return Err(Fault::new("`get` must name an `id`: cursors are kept by it"));
    }
    let records = doc.records.as_deref().ok_or_else(|| Fault::new("`records` must say where the parents are"))?;
    let records = Records::compile_in(records, values)?;
    let refresh = doc.refresh.as_deref().map(instant::duration).transpose().map_err(|fault| fault.within("refresh"))?;
    let drop =
        doc.drop.iter().map(|drop| Condition::compile(drop, names, &scope).map_err(|fault| fault.within("drop")));
    Ok(Asked {
        list: Operation::compile(EACH, &doc.operation(), &pages, names).map_err(|mut fault| {
            // Its own name stands before it already.
            fault.message = fault.message.trim_start_matches("each: ").to_owned();
            fault
        })?,
        paging: Paging::compile(&doc.paging, values, &records, Bound::Moment(SignedDuration::ZERO))?,
        drop: drop.collect::<Result<_, _>>()?,
        context: values.context(),
        refresh: refresh.unwrap_or_default(),
        max: doc.max.unwrap_or(PARENTS).clamp(1, PARENTS_MAX),
        records,
    })
}

fn wrong(why: &str) -> Failure {
    Failure::new(Class::Config, format!("the list to read one by one: {}", clean_line(why, 200)))
        .hint("each.get: check the paths in the preset")
}
