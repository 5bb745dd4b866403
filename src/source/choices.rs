//! What an operator may choose from while a source is being set up: their lists, pages, accounts, asked of the
//! far side with what they have said so far.

use serde_json::Map;

use super::far::Far;
use super::http_json;
use super::single;
use crate::config::checked;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::net::http::Http;
use crate::preset::document::SourcePreset;
use crate::preset::fault::Fault;
use crate::preset::operation::OperationDoc;
use crate::preset::read::PathDoc;
use crate::preset::{Direction, Library, Names, Operation, Reader, Scope, Values, View};
use crate::text::clean_line;

/// Its name in rules and messages.
pub const DISCOVER: &str = "discover";
/// Most choices offered.
const CHOICES_MAX: usize = 500;
/// Longest label, in characters.
const LABEL_MAX: usize = 120;

/// One choice for a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the config will say.
    pub value: String,
    /// What a person reads.
    pub label: String,
}

/// Asks what `variable` of a source may be; `None` where its preset cannot tell. Variables that can be asked for
/// themselves may still be missing, all others must be there.
///
/// # Errors
/// The preset or the variables are wrong, or the far side cannot be asked.
pub async fn discover(
    source: &checked::Source,
    variable: &str,
    presets: &Library,
    http: &Http,
    resolve: &(dyn Fn(&crate::config::Secret) -> Result<secrecy::SecretString, String> + Sync),
) -> Result<Option<Vec<Choice>>, Failure> {
    let config = |message: &str| Failure::new(Class::Config, clean_line(message, super::MESSAGE_MAX));
    let preset: SourcePreset = presets.get(&source.preset).map_err(|error| config(&error.to_string()))?;
    let Some(doc) = preset.vars.get(variable).and_then(|var| var.discover.as_deref()) else { return Ok(None) };
    let mut asked = preset.vars.clone();
    for var in asked.values_mut().filter(|var| var.discover.is_some()) {
        var.optional = true;
    }
    let values = Values::check(&asked, &source.vars, resolve).map_err(|faults| {
        let told: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        config(&format!("source.{}: {}", source.id, told.join("; ")))
    })?;
    let placed = |fault: Fault| config(&presets.place(Direction::Source, &source.preset, fault).to_string());
    let offer = compile(doc, variable, &values).map_err(placed)?;
    let endpoint = http_json::endpoint(&preset, &values).map_err(placed)?;
    offer.ask(&Far::new(http, endpoint, values.root())).await.map(Some)
}

/// Compiles what the variables of a preset offer, to tell what is wrong with it.
///
/// # Errors
/// Names the variable and what is wrong with its `discover`.
pub fn check(preset: &SourcePreset, values: &Values) -> Result<(), Fault> {
    let mut offers = preset.vars.iter().filter_map(|(name, var)| var.discover.as_deref().map(|doc| (name, doc)));
    offers.try_for_each(|(name, doc)| compile(doc, name, values).map(drop))
}

struct Offer {
    operation: Operation,
    rows: Reader,
}

fn compile(doc: &OperationDoc, variable: &str, values: &Values) -> Result<Offer, Fault> {
    let within = |fault: Fault| fault.within(&format!("vars.{variable}"));
    let scope = values.scope(Scope::new(), false).refuse(format!("vars.{variable}"), "it is what is asked for");
    if !doc.get.contains_key("value") {
        return Err(within(Fault::new("discover: `get` must name a `value`")));
    }
    let rows = PathDoc::At(doc.rows.clone().unwrap_or_else(|| "$[*]".to_owned()));
    Ok(Offer {
        operation: Operation::compile(DISCOVER, doc, &scope, Names::of(values)).map_err(within)?,
        rows: Reader::compile(&rows, Names::of(values)).map_err(within)?,
    })
}

impl Offer {
    async fn ask(&self, far: &Far) -> Result<Vec<Choice>, Failure> {
        let (answer, body) = far.json(&self.operation, &far.context(Map::new())).await?;
        let view = View { body: &body, tables: None, answer: Some(&answer) };
        let mut choices: Vec<Choice> = Vec::new();
        for row in self.rows.nodes(view).into_iter().take(CHOICES_MAX) {
            let got = single::got(&self.operation, view.at(row));
            let got = got.map_err(|why| Failure::new(Class::Config, far.shown(&format!("discover: {why}"))))?;
            let text =
                |name: &str| got.get(name).and_then(crate::preset::read::text_of).filter(|text| !text.is_empty());
            let Some(value) = text("value") else { continue };
            let label = text("label").map_or_else(|| value.clone(), |label| clean_line(&label, LABEL_MAX));
            if !choices.iter().any(|choice| choice.value == value) {
                choices.push(Choice { value, label });
            }
        }
        Ok(choices)
    }
}
