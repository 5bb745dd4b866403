//! What `leadgate parse` prints: one JSON object for one text, the readers' own words and nothing else.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::lexicon::Lexicon;
use super::{budget, region, timing};

/// `{"input","earliest","latest","urgency"}` of a text written on `today` in `country`; `"ambiguous": true`
/// where day and month were told apart by habit.
pub fn timing(text: &str, today: Date, country: &str, lexicon: &Lexicon) -> Value {
    let read = timing::read(text, today, country, lexicon);
    let mut out = json!({
        "input": text,
        "earliest": read.timing.earliest,
        "latest": read.timing.latest,
        "urgency": read.timing.urgency,
    });
    mark(&mut out, "ambiguous", read.ambiguous);
    out
}

/// `{"input","min","max","currency","qualifier"}` of a text written in `country`; `"ambiguous": true` where
/// the notation was taken by habit.
pub fn budget(text: &str, country: &str) -> Value {
    let read = budget::read(text, country);
    let mut out = json!({
        "input": text,
        "min": read.budget.min.map(number),
        "max": read.budget.max.map(number),
        "currency": read.budget.currency,
        "qualifier": read.budget.qualifier,
    });
    mark(&mut out, "ambiguous", read.ambiguous);
    out
}

/// `{"input","country","subdivision","postal_code"}` of a place in one line; `home` is the business's
/// country. `"assumed_country": true` where none was written.
pub fn region(text: &str, home: &str) -> Value {
    let read = region::read_line(text, home);
    let mut out = json!({
        "input": text,
        "country": read.region.country,
        "subdivision": read.region.subdivision,
        "postal_code": read.region.postal_code,
    });
    mark(&mut out, "assumed_country", read.assumed_country);
    out
}

fn mark(out: &mut Value, name: &str, is: bool) {
    if is && let Some(fields) = out.as_object_mut() {
        fields.insert(name.to_owned(), Value::Bool(true));
    }
}

/// A JSON number: whole where it is whole.
fn number(amount: Decimal) -> Value {
    if amount.fract().is_zero() { json!(amount.to_i64()) } else { json!(amount.to_f64()) }
}
