//! `[keep]`, `[report]`, `[store]`, `[rates]`.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;
use url::Url;

use super::Known;
use super::business::{Ground, currency};
use super::owner;
use super::secrets::{in_address, secret};
use crate::config::checked::{Destination, Keep, Reporting, Source, StoreAt, Windows};
use crate::config::field::Field;
use crate::config::mistake::{Mistake, Mistakes};
use crate::config::node::Value;
use crate::config::raw::{self, join};
use crate::config::units;

const RATE: &str = "a number above 0, like 1.05";
const POSTGRES: &str = "an address with its user, like \"postgres://leadgate@db.example.com/leadgate\"";
/// The database file in the data directory.
const FILE: &str = "leadgate.db";

/// What one unit of another currency is worth.
pub fn rates(field: Option<&Field>, ground: &Ground, mistakes: &mut Mistakes) -> BTreeMap<String, Decimal> {
    let mut rates = BTreeMap::new();
    let Some(table) = field.and_then(|field| field.table("one number for each currency, like CHF = 1.05", mistakes))
    else {
        return rates;
    };
    for (code, entry) in table {
        let path = join("rates", code);
        let Ok(known) = currency(code) else {
            let mistake = Mistake::at(entry.key.clone(), &path, "is not a currency");
            mistakes.add(mistake.allowed("three letters of ISO 4217, like CHF"));
            continue;
        };
        if known == ground.currency {
            let mistake = Mistake::at(entry.key.clone(), &path, "is your own currency");
            mistakes.add(mistake.hint("remove it: one is worth one"));
            continue;
        }
        let field = Field::new(path, entry.node.clone());
        let number = match &field.node.value {
            Value::Integer(number) => Some(Decimal::from(*number)),
            Value::Decimal(text) => text.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if number > Decimal::ZERO => drop(rates.insert(known, number)),
            Some(_) => mistakes.add(field.mistake("is not above 0").allowed(RATE)),
            None => mistakes.add(field.mistake("is not a number").allowed(RATE)),
        }
    }
    rates
}

/// How long what is kept.
pub fn keep(field: Option<&Field>, mistakes: &mut Mistakes) -> Option<Keep> {
    let raw = field.map(|field| raw::Keep::read(field, mistakes)).unwrap_or_default();
    let raw_payloads = raw.raw_payloads.as_ref();
    let raw_payloads = raw_payloads.and_then(|field| field.parse(units::DURATION, units::duration_or_none, mistakes));
    let closed_leads = raw.closed_leads.as_ref();
    let closed_leads = closed_leads.and_then(|field| field.parse(units::DURATION, units::duration, mistakes));
    Some(Keep { raw_payloads: raw_payloads?, closed_leads: closed_leads? })
}

/// Longest window of the figures, in days.
const WINDOW_MAX: i64 = 3_660;
pub(super) const WINDOW: &str = "whole days, like \"60 days\", up to ten years";

/// What the figures go by.
pub fn report(
    field: Option<&Field>,
    known: &Known,
    sources: &BTreeMap<String, Source>,
    destinations: &BTreeMap<String, Destination>,
    mistakes: &mut Mistakes,
) -> Option<Reporting> {
    let raw = field.map(|field| raw::Report::read(field, mistakes)).unwrap_or_default();
    let credited_by = raw.returns_credited_by.as_ref();
    let credited_by = credited_by.map(|field| priced(field, known, sources, mistakes)).unwrap_or_default();
    let mail = owner::check(&raw, destinations.values(), mistakes);
    let mut days = |field: Option<&Field>, usual: u16| match field {
        None => Some(usual),
        Some(field) => field.parse(WINDOW, window, mistakes),
    };
    let usual = Windows::default();
    let decided_after = days(raw.decided_after.as_ref(), usual.decided_after);
    let returned_within = days(raw.returned_within.as_ref(), usual.returned_within);
    let credited_for = days(raw.credited_for.as_ref(), usual.credited_for);
    let windows =
        Windows { decided_after: decided_after?, returned_within: returned_within?, credited_for: credited_for? };
    Some(Reporting { windows, credited_by, mail })
}

/// Sources by their ids, each with a price: without one nobody knows what a return is worth.
fn priced(field: &Field, known: &Known, sources: &BTreeMap<String, Source>, mistakes: &mut Mistakes) -> Vec<String> {
    let ids = known.sources.many(field, mistakes);
    for id in &ids {
        if sources.get(id).is_some_and(|source| source.price_per_lead.is_none()) {
            let mistake = field.mistake(format!("names {id}, which has no price_per_lead"));
            mistakes
                .add(mistake.hint("say what one of its leads costs, or enter its credits: leadgate cost add --credit"));
        }
    }
    ids
}

pub(super) fn window(text: &str) -> Result<u16, String> {
    let secs = units::duration(text)?.as_secs();
    if secs % 86_400 != 0 {
        return Err("is not a number of whole days".into());
    }
    let days = secs / 86_400;
    u16::try_from(days).ok().filter(|_| days <= WINDOW_MAX).ok_or_else(|| "is longer than ten years".into())
}

/// Where the data lives.
pub fn store(field: Option<&Field>, data_dir: &Path, mistakes: &mut Mistakes) -> Option<StoreAt> {
    let raw = field.map(|field| raw::Store::read(field, mistakes)).unwrap_or_default();
    let password = raw.password.as_ref().and_then(|field| secret(field, mistakes));
    let Some(field) = &raw.url else {
        if let Some(field) = &raw.password {
            mistakes.add(field.silent("belongs to nothing: there is no url").hint("add url, or remove it"));
        }
        return Some(StoreAt::Sqlite(data_dir.join(FILE)));
    };
    let text = field.text(POSTGRES, mistakes)?;
    let Ok(url) = Url::parse(&text) else {
        mistakes.add(field.silent("is not an address").allowed(POSTGRES));
        return None;
    };
    if url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password") {
        mistakes.add(in_address(field, "PGPASSWORD"));
        return None;
    }
    let problem = if !matches!(url.scheme(), "postgres" | "postgresql") {
        Some("is not PostgreSQL")
    } else if url.username().is_empty() {
        // Without one the driver would log in as "anonymous".
        Some("names no user")
    } else if url.host_str().is_none_or(str::is_empty) {
        Some("names no host")
    } else if url.path().trim_matches('/').is_empty() {
        Some("names no database")
    } else {
        None
    };
    if let Some(problem) = problem {
        mistakes.add(field.mistake(problem).allowed(POSTGRES));
        return None;
    }
    Some(StoreAt::Postgres { url: text, password })
}
