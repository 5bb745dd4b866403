//! What is asked once more about a new record: custom fields, tags, the address behind a member. Equal questions
//! are asked once a walk, and nobody is asked about who is known and has not changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::far::Far;
use super::mapping::Opened;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::preset::document::{LookupDoc, SourcePreset};
use crate::preset::fault::Fault;
use crate::preset::{Names, Operation, Reader, Scope, Values, View};

/// Its name in rules and messages.
pub const LOOKUP: &str = "lookup";
/// Most answers kept during a walk.
const KEPT_MAX: usize = 2_000;

/// Compiled lookups of a preset.
#[derive(Debug, Default)]
pub struct Lookups {
    all: Vec<Lookup>,
    kept: Mutex<HashMap<String, Arc<Value>>>,
}

#[derive(Debug)]
struct Lookup {
    name: String,
    operation: Operation,
    with: BTreeMap<String, Reader>,
    optional: bool,
    /// It was answered before: what goes wrong now is about one record.
    worked: AtomicBool,
}

/// May an answer of before be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// One of this walk.
    OfTheWalk,
    /// None: everything is asked anew.
    Anew,
}

/// Why a record was not read on.
#[derive(Debug)]
pub enum NotFound {
    /// About this record alone; completes "the record …".
    Record(String),
    /// About everybody: the page does not count.
    Everybody(Failure),
}

impl Lookups {
    /// Compiles. `tables` are the names its paths may use, `scope` what its templates see besides `record`.
    ///
    /// # Errors
    /// Names the lookup and what is wrong with it.
    pub fn compile(preset: &SourcePreset, values: &Values, tables: &[String], scope: &Scope) -> Result<Self, Fault> {
        let names = Names { values, tables };
        let one = |(name, doc): (&String, &LookupDoc)| {
            let within = |fault: Fault| fault.within(&format!("lookup.{name}"));
            let with = doc.with.iter().map(|(name, path)| Ok((name.clone(), Reader::compile(path, names)?)));
            let mut written = doc.operation();
            if doc.optional {
                super::single::allow_gone(&mut written);
            }
            let scope = scope.clone().names("record", doc.with.keys().map(String::as_str));
            Ok(Lookup {
                name: name.clone(),
                with: with.collect::<Result<_, Fault>>().map_err(|fault| within(fault.within("with")))?,
                operation: Operation::compile(LOOKUP, &written, &scope, Names::of(values)).map_err(within)?,
                optional: doc.optional,
                worked: AtomicBool::new(false),
            })
        };
        Ok(Self { all: preset.lookup.iter().map(one).collect::<Result<_, Fault>>()?, kept: Mutex::default() })
    }

    /// Is there nothing to look up?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A walk begins: what was answered before may have changed.
    pub fn forget(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Adds to the tables of a record what is looked up about it. `roots` are what templates see. What is kept
    /// of the walk is used only by the walk: whoever asks again about one record ([`Kept::Anew`]) asks because the
    /// answers may have changed.
    ///
    /// # Errors
    /// It cannot be had: for this record, or at all.
    pub async fn read_on(
        &self,
        far: &Far,
        opened: &mut Opened<'_>,
        roots: &Map<String, Value>,
        kept: Kept,
    ) -> Result<(), NotFound> {
        for lookup in &self.all {
            let found = self.find(far, lookup, opened, roots, kept).await?;
            if let Some(found) = found {
                opened.tables.to_mut().insert(&lookup.name, (*found).clone());
            }
        }
        Ok(())
    }

    async fn find(
        &self,
        far: &Far,
        lookup: &Lookup,
        opened: &Opened<'_>,
        roots: &Map<String, Value>,
        kept: Kept,
    ) -> Result<Option<Arc<Value>>, NotFound> {
        let view = View { body: &opened.body, tables: Some(&opened.tables), answer: None };
        let mut with = Map::new();
        for (name, reader) in &lookup.with {
            let text =
                reader.text(view).map_err(|error| NotFound::Record(format!("lookup.{}: {error}", lookup.name)))?;
            with.insert(name.clone(), text.map_or(Value::Null, Value::String));
        }
        if !with.is_empty() && with.values().all(Value::is_null) {
            // Nothing to ask with.
            return Ok(None);
        }
        let mut roots = roots.clone();
        roots.insert("record".to_owned(), Value::Object(with));
        let context = far.context(roots);
        let question = far.question(&lookup.operation, &context).map_err(NotFound::Everybody)?;
        let question = format!("{} {question}", lookup.name);
        if let (Kept::OfTheWalk, Some(found)) = (kept, self.answered(&question)) {
            return Ok(Some(found));
        }
        let (answer, body) = far.json(&lookup.operation, &context).await.map_err(|failure| lookup.blame(failure))?;
        lookup.worked.store(true, Ordering::Relaxed);
        if lookup.optional && super::single::is_gone(&answer) {
            return Ok(None);
        }
        let found = if lookup.operation.get.is_empty() {
            body
        } else {
            let view = View { body: &body, tables: None, answer: Some(&answer) };
            let got = super::single::got(&lookup.operation, view);
            Value::Object(got.map_err(|why| NotFound::Record(format!("lookup.{}: {why}", lookup.name)))?)
        };
        let found = Arc::new(found);
        let mut answers = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept == Kept::OfTheWalk && answers.len() < KEPT_MAX {
            answers.insert(question, Arc::clone(&found));
        }
        Ok(Some(found))
    }

    /// What was answered to a question during this walk.
    fn answered(&self, question: &str) -> Option<Arc<Value>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(question).map(Arc::clone)
    }
}

impl Lookup {
    /// Whose fault is it? One odd record must not stop the source, a wrong address must.
    fn blame(&self, failure: Failure) -> NotFound {
        let odd = matches!(failure.class, Class::Config | Class::Gone | Class::Reject | Class::Exists | Class::Twin);
        if odd && self.worked.load(Ordering::Relaxed) {
            return NotFound::Record(format!("lookup.{}: {}", self.name, failure.message));
        }
        NotFound::Everybody(Failure { message: format!("lookup.{}: {}", self.name, failure.message), ..failure })
    }
}
