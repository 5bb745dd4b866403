//! Further criteria: what is read of an extra field, and whether it, or a condition over all that is known,
//! holds.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::budget as numbers;
use super::criteria::{FULL, Found};
use super::say::Words;
use crate::config::checked::{Minimum, MinimumRule};
use crate::fold::fold;
use crate::lead::{Code, Contact, FieldRead};
use crate::lead::{Facts, Region};

/// What the minimums' fields say, by the id of the minimum: a number, or the operator's own word for it.
/// Nothing a person wrote is kept.
pub fn read(contact: &Contact, minimums: &[Minimum], country: &str) -> BTreeMap<String, FieldRead> {
    let mut found = BTreeMap::new();
    for minimum in minimums {
        let Some(text) = contact.extra.get(&minimum.field).filter(|text| !text.trim().is_empty()) else { continue };
        let words = match &minimum.rule {
            MinimumRule::OneOf(words) => words.as_slice(),
            _ => &[],
        };
        found.insert(minimum.id.clone(), field(text, words, country));
    }
    found
}

fn field(text: &str, words: &[String], country: &str) -> FieldRead {
    let folded = fold(text);
    if let Some(word) = words.iter().find(|word| folded.contains(&fold(word))) {
        return FieldRead::Word(word.clone());
    }
    let amount = numbers::read(text, country).budget;
    amount.max.or(amount.min).map_or(FieldRead::Other, FieldRead::Number)
}

/// A further criterion of a lead.
pub fn judge(minimum: &Minimum, case: &Known<'_>, words: Words) -> Found {
    let read = case.facts.fields.get(&minimum.id);
    match &minimum.rule {
        MinimumRule::Number { at_least, at_most } => number(minimum, read, (*at_least, *at_most), words),
        MinimumRule::OneOf(listed) => {
            let wanted = || words.or_none(|| format!("{} is {}", minimum.id, crate::names::either(listed)));
            match read {
                Some(FieldRead::Word(word)) => Found::met(words.say(|| word.clone()), FULL),
                Some(_) => {
                    Found::unmet(words.say(|| "something else".into()), Code::Minimum(minimum.id.clone()), wanted())
                }
                None => Found::unknown(words.say(not_known), wanted()),
            }
        }
        MinimumRule::Where(condition) => {
            let passes_if = || words.or_none(|| condition.text().to_owned());
            match condition.holds(&case.as_json()) {
                Some(true) => Found::met(words.say(|| "holds".into()), FULL),
                Some(false) => {
                    let read = words.say(|| "does not hold".into());
                    Found::unmet(read, Code::Minimum(minimum.id.clone()), passes_if())
                }
                None => Found::unknown(words.say(not_known), passes_if()),
            }
        }
    }
}

fn number(
    minimum: &Minimum,
    read: Option<&FieldRead>,
    (least, most): (Option<Decimal>, Option<Decimal>),
    words: Words,
) -> Found {
    let passes_if = words.or_none(|| format!("{} is {}", minimum.id, bounds(least, most)));
    let Some(FieldRead::Number(number)) = read else { return Found::unknown(words.say(not_known), passes_if) };
    let shown = words.say(|| number.normalize().to_string());
    if least.is_some_and(|least| *number < least) || most.is_some_and(|most| *number > most) {
        return Found::unmet(shown, Code::Minimum(minimum.id.clone()), passes_if);
    }
    Found::met(shown, FULL)
}

fn not_known() -> String {
    "not known".to_owned()
}

fn bounds(least: Option<Decimal>, most: Option<Decimal>) -> String {
    let shown = |number: Decimal| number.normalize().to_string();
    match (least, most) {
        (Some(least), Some(most)) => format!("{} to {}", shown(least), shown(most)),
        (Some(least), None) => format!("at least {}", shown(least)),
        (None, Some(most)) => format!("at most {}", shown(most)),
        (None, None) => "a number".to_owned(),
    }
}

/// What is asked, for people.
pub fn asked(minimum: &Minimum) -> String {
    match &minimum.rule {
        MinimumRule::Number { at_least, at_most } => bounds(*at_least, *at_most),
        MinimumRule::OneOf(words) => crate::names::either(words),
        MinimumRule::Where(condition) => condition.text().to_owned(),
    }
}

/// What a condition may ask about.
pub struct Known<'a> {
    /// Service id; empty where it is not clear.
    pub service: &'a str,
    /// Source id.
    pub source: &'a str,
    /// What was read.
    pub facts: &'a Facts,
    /// Where, with what the source assumes.
    pub region: &'a Region,
    /// The day the person asked.
    pub today: Date,
}

impl Known<'_> {
    /// As conditions see it: absent where not known.
    pub fn as_json(&self) -> Value {
        let (timing, budget) = (&self.facts.timing, &self.facts.budget);
        let days = timing.earliest.and_then(|day| self.today.until(day).ok()).map(|span| span.get_days());
        let number = |number: Option<Decimal>| number.and_then(|number| number.to_f64());
        let fields: BTreeMap<&str, Value> = self
            .facts
            .fields
            .iter()
            .filter_map(|(id, read)| {
                let value = match read {
                    FieldRead::Number(number) => json!(number.to_f64()),
                    FieldRead::Word(word) => json!(word),
                    FieldRead::Other => return None,
                };
                Some((id.as_str(), value))
            })
            .collect();
        json!({
            "service": (!self.service.is_empty()).then_some(self.service), "source": self.source, "field": fields,
            "timing": { "earliest": timing.earliest, "latest": timing.latest, "urgency": timing.urgency, "days": days },
            "region": self.region,
            "budget": { "min": number(budget.min), "max": number(budget.max), "currency": budget.currency,
                "qualifier": budget.qualifier },
        })
    }
}
