//! `[source.ID]`.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Known;
use super::business::Ground;
use super::refs::required;
use super::region;
use super::secrets::vars;
use super::services::{PRIORITY, comparable, named_title};
use crate::config::checked::{Assume, Channel, Reading, Source, WhenFull};
use crate::config::field::Field;
use crate::config::mistake::Mistakes;
use crate::config::node::Value;
use crate::config::raw::{self, Named, join};
use crate::config::units;
use crate::lead::{Money, Region};

/// A source is not read more often, whatever it allows.
const OFTEN: SignedDuration = SignedDuration::from_secs(1);
/// A source that is read more rarely would look broken.
const RARELY: SignedDuration = SignedDuration::from_hours(7 * 24);
const CHANNELS: [(&str, Channel); 3] =
    [("campaign", Channel::Campaign), ("network", Channel::Network), ("referral", Channel::Referral)];
const WHEN_FULL: [(&str, WhenFull); 3] =
    [("pause", WhenFull::Pause), ("slow", WhenFull::Slow), ("read", WhenFull::Read)];
/// Decimals of a price.
const PRICE_PLACES: u32 = 2;
const REGION: &str =
    "a country \"DE\", a subdivision \"DE-BE\", a postal code \"10405\", or { country, subdivision, postal_code }";
/// What `pays_for` names.
const PAID: &str = "the id of another source, whose campaigns cost what this one reads";
/// What `token_until` is.
const TOKEN_UNTIL: &str = "a day, like \"2027-01-31\"";
/// A preset's id, as its file is called.
pub const PRESET: &str = "the id of a preset, like \"meta-lead-ads\"";

/// Checks every source.
pub fn check(
    named: &[Named],
    known: &Known,
    ground: &Ground,
    rates: &BTreeMap<String, Decimal>,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, Source> {
    let ids: Vec<&str> = named.iter().map(|one| one.id.as_str()).collect();
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for one in named {
        if let Some(source) = source(one, known, (&ids, rates), ground, mistakes) {
            sources.insert(one.id.clone(), source);
        }
    }
    sources
}

fn source(
    named: &Named,
    known: &Known,
    (ids, rates): (&[&str], &BTreeMap<String, Decimal>),
    ground: &Ground,
    mistakes: &mut Mistakes,
) -> Option<Source> {
    let path = &named.field.path;
    let table = named.field.table("a table with preset, channel, goal and services", mistakes)?;
    let (raw, rest) = raw::Source::take(path, table.clone());
    let preset = required(raw.preset.as_ref(), &named.at, path, "preset", "\"meta-lead-ads\"", mistakes)
        .and_then(|field| field.parse(PRESET, preset_id, mistakes));
    let pays_for = raw.pays_for.as_ref().and_then(|field| field.parse(PAID, |id| paid(id, &named.id, ids), mistakes));
    let channel = match &raw.channel {
        // Figures bring nobody.
        None if raw.pays_for.is_some() => Some(Channel::Campaign),
        given => required(given.as_ref(), &named.at, path, "channel", "\"campaign\"", mistakes)
            .and_then(|field| field.one_of(&CHANNELS, mistakes)),
    };
    let vars = vars(path, rest, mistakes);
    let every = raw.every.as_ref().and_then(|field| often(field, mistakes));
    let mut length = |field: &Option<Field>| {
        let field = field.as_ref()?;
        field.parse(units::DURATION, units::duration, mistakes)
    };
    let (backfill, same_lead_for) = (length(&raw.backfill), length(&raw.same_lead_for));
    let price_per_lead = raw.price_per_lead.as_ref().and_then(|field| price(field, ground, rates, mistakes));
    Some(Source {
        id: named.id.clone(),
        title: named_title(raw.title.as_ref(), &named.id, mistakes),
        vars,
        goal: raw.goal.as_ref().and_then(|field| field.text("a few words, like \"40 actionable a month\"", mistakes)),
        services: raw.services.as_ref().map(|field| known.services.many(field, mistakes)).unwrap_or_default(),
        map: raw.map.as_ref().map(|field| map(field, mistakes)).unwrap_or_default(),
        assume: assume(raw.assume.as_ref(), known, ground, mistakes),
        priority: raw.priority.as_ref().and_then(|field| field.number(-PRIORITY, PRIORITY, mistakes)).unwrap_or(0),
        preset: preset?,
        channel: channel?,
        every: every?,
        backfill: backfill?,
        same_lead_for: same_lead_for?,
        pays_for,
        price_per_lead,
        reading: reading(&raw, every?, mistakes),
    })
}

/// What a lead costs; caps count in hundredths, so finer prices could not be kept exactly.
fn price(field: &Field, ground: &Ground, rates: &BTreeMap<String, Decimal>, mistakes: &mut Mistakes) -> Option<Money> {
    let price = field.parse(units::MONEY, units::money, mistakes)?;
    comparable(&price, field, ground, rates, mistakes);
    if price.amount.normalize().scale() > PRICE_PLACES {
        mistakes.add(field.mistake("has more than two decimals").hint("round it up to hundredths"));
        return None;
    }
    Some(price)
}

fn reading(raw: &raw::Source, every: SignedDuration, mistakes: &mut Mistakes) -> Reading {
    let every_at_most = raw.every_at_most.as_ref().and_then(|field| {
        let most = often(field, mistakes)?;
        if most < every {
            mistakes.add(field.mistake("is shorter than every").hint("make it longer, or remove it"));
        }
        Some(most)
    });
    let silent_after = raw.silent_after.as_ref();
    let pending_for = raw.pending_for.as_ref();
    let token_until = raw.token_until.as_ref();
    let when_full = raw.when_full.as_ref().and_then(|field| field.one_of(&WHEN_FULL, mistakes));
    Reading {
        every_at_most,
        silent_after: silent_after.and_then(|field| field.parse(units::WORKING_TIME, units::working_time, mistakes)),
        pending_for: pending_for
            .and_then(|field| field.parse(units::DURATION, units::duration, mistakes))
            .unwrap_or(Reading::default().pending_for),
        token_until: token_until.and_then(|field| field.parse(TOKEN_UNTIL, day, mistakes)),
        when_full: when_full.unwrap_or_default(),
        may_pause: raw.may_pause.as_ref().and_then(|field| field.flag(mistakes)).unwrap_or(false),
    }
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "is no day".to_owned())
}

/// The source whose campaigns cost what this one reads.
fn paid(id: &str, own: &str, ids: &[&str]) -> Result<String, String> {
    if id == own || !ids.contains(&id) { Err("is not another source".into()) } else { Ok(id.to_owned()) }
}

/// A preset's id: it becomes part of a file name, so nothing else may stand in it.
pub fn preset_id(text: &str) -> Result<String, String> {
    let fits = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits { Ok(text.to_owned()) } else { Err("is not the id of a preset".into()) }
}

/// An interval between two reads.
pub fn often(field: &Field, mistakes: &mut Mistakes) -> Option<SignedDuration> {
    let bounded = |text: &str| {
        let every = units::duration(text)?;
        if every < OFTEN || every > RARELY { Err("is out of range".to_owned()) } else { Ok(every) }
    };
    field.parse("a length of time from \"1s\" to \"7 days\", like \"2m\"", bounded, mistakes)
}

/// Paths by field: the preset's own reader knows the fields and what a path may be; here only what can be told
/// with its place is checked.
fn map(field: &Field, mistakes: &mut Mistakes) -> BTreeMap<String, toml::Value> {
    let Some(table) = field.table("a table of paths, like { phone = \"$.mobile\" }", mistakes) else {
        return BTreeMap::new();
    };
    let mut map = BTreeMap::new();
    for (name, entry) in table {
        let path = Field::new(join(&field.path, name), entry.node.clone());
        match &path.node.value {
            Value::Text(text) if !text.contains("{{") && crate::preset::place::Place::parse(text).is_err() => {
                mistakes.add(path.mistake("is not a JSONPath").allowed("a JSONPath like \"$.contact.mobile\""));
            }
            Value::Text(_) | Value::List(_) | Value::Table(_) => {
                map.insert(name.clone(), plain(&path.node.value));
            }
            _ => mistakes.add(path.wrong_kind("a JSONPath, a list of them, or a table around one")),
        }
    }
    map
}

/// A value without its place.
fn plain(value: &Value) -> toml::Value {
    match value {
        Value::Text(text) | Value::Decimal(text) | Value::Date(text) => toml::Value::String(text.clone()),
        Value::Integer(number) => toml::Value::Integer(*number),
        Value::Boolean(yes) => toml::Value::Boolean(*yes),
        Value::List(list) => toml::Value::Array(list.iter().map(|node| plain(&node.value)).collect()),
        Value::Table(table) => {
            toml::Value::Table(table.iter().map(|(name, entry)| (name.clone(), plain(&entry.node.value))).collect())
        }
    }
}

fn assume(field: Option<&Field>, known: &Known, ground: &Ground, mistakes: &mut Mistakes) -> Assume {
    let raw = field.map(|field| raw::Assume::read(field, mistakes)).unwrap_or_default();
    Assume {
        service: raw.service.as_ref().and_then(|field| known.services.one(field, mistakes)),
        region: raw.region.as_ref().and_then(|field| assumed_region(field, ground, mistakes)),
    }
}

fn assumed_region(field: &Field, ground: &Ground, mistakes: &mut Mistakes) -> Option<Region> {
    match field.node.value {
        Value::Text(_) => field.parse(REGION, |text| region::word(text, &ground.country), mistakes),
        Value::Table(_) => {
            let raw = raw::AssumedRegion::read(field, mistakes);
            let (country, subdivision) = (raw.country.as_ref(), raw.subdivision.as_ref());
            Some(region::parts(country, subdivision, raw.postal_code.as_ref(), &ground.country, mistakes))
        }
        _ => {
            mistakes.add(field.wrong_kind(REGION));
            None
        }
    }
}
