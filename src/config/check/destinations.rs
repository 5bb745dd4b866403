//! `[destination.ID]`: a mail server, or a preset with its variables.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::mail;
use super::secrets::vars;
use super::sources::{PRESET, often, preset_id};
use crate::config::checked::{Destination, Transport};
use crate::config::mistake::{Mistake, Mistakes};
use crate::config::raw::{self, Named};
use crate::config::units;

/// How long a far side may go on with a request whose answer was lost, unless the config says otherwise.
const GRACE: SignedDuration = SignedDuration::from_mins(1);
/// Nothing a server does takes longer.
const GRACE_MAX: SignedDuration = SignedDuration::from_hours(1);
const GRACES: &str = "a length of time from \"1ms\" to \"1h\", like \"1m\"";

/// Checks every destination.
pub fn check(named: &[Named], mistakes: &mut Mistakes) -> BTreeMap<String, Destination> {
    named.iter().filter_map(|named| Some((named.id.clone(), destination(named, mistakes)?))).collect()
}

fn destination(named: &Named, mistakes: &mut Mistakes) -> Option<Destination> {
    let path = &named.field.path;
    let table = named.field.table("a table with smtp, or with preset", mistakes)?;
    let mut ask_every = SignedDuration::from_mins(1);
    let mut grace = GRACE;
    let by = match (table.get("smtp"), table.get("preset")) {
        (Some(_), Some(preset)) => {
            let mistake = Mistake::at(preset.key.clone(), path, "has both smtp and preset");
            mistakes.add(mistake.hint("a mail server and a ticket system are two destinations: write two tables"));
            return None;
        }
        (Some(_), None) => Transport::Mail(mail::check(&named.field, mistakes)?),
        (None, Some(_)) => {
            let (raw, rest) = raw::Desk::take(path, table.clone());
            let preset = raw.preset.and_then(|field| field.parse(PRESET, preset_id, mistakes));
            if let Some(every) = raw.ask_every.as_ref().and_then(|field| often(field, mistakes)) {
                ask_every = every;
            }
            if let Some(said) = raw.grace.as_ref().and_then(|field| field.parse(GRACES, patience, mistakes)) {
                grace = said;
            }
            let vars = vars(path, rest, mistakes);
            Transport::Preset { preset: preset?, vars }
        }
        (None, None) => {
            let mistake = Mistake::at(named.at.clone(), path, "says neither smtp nor preset");
            mistakes.add(
                mistake.absence().hint("add smtp = \"smtps://user@mail.example.com\", or preset = \"request-tracker\""),
            );
            return None;
        }
    };
    Some(Destination { id: named.id.clone(), by, ask_every, grace })
}

fn patience(text: &str) -> Result<SignedDuration, String> {
    let grace = units::duration(text)?;
    if grace > GRACE_MAX { Err("is out of range".to_owned()) } else { Ok(grace) }
}
