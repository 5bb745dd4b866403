//! The configuration as written: one struct a table, every key optional, every value with its place.
//! The structs are the only list of keys the reader knows; a key in none of them is refused with the
//! nearest name, and `reference` is tested against them.
//!
//! Not derived by serde: a derived reader stops at the first mistake, and all of them are to be told.

use super::field::Field;
use super::mistake::{Mistake, Mistakes, either, nearest};
use super::node::{Node, Place, Table};

macro_rules! tables {
    ($( $(#[$doc:meta])* $name:ident { $( $key:ident ),* $(,)? } )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Default)]
        #[allow(missing_docs)] // every key is documented once, in `reference`
        pub struct $name { $( pub $key: Option<Field>, )* }

        #[allow(dead_code)] // tables with a preset's keys are taken, the others read
        impl $name {
            /// Its keys.
            pub const KEYS: &'static [&'static str] = &[ $( key_name(stringify!($key)), )* ];

            /// Takes the keys it knows out of a table at `path`; what is left is returned.
            pub fn take(path: &str, mut table: Table) -> (Self, Table) {
                let mut take = |key: &str| {
                    table.remove(key).map(|entry| Field::new(join(path, key), entry.node))
                };
                let read = Self { $( $key: take(key_name(stringify!($key))), )* };
                (read, table)
            }

            /// Reads a table in which no other keys may be.
            pub fn read(field: &Field, mistakes: &mut Mistakes) -> Self {
                let Some(table) = field.table(&shape(Self::KEYS), mistakes) else { return Self::default() };
                let (read, rest) = Self::take(&field.path, table.clone());
                refuse_rest(&field.path, &rest, Self::KEYS, mistakes);
                read
            }
        }
    )* };
}

tables! {
    /// The whole document.
    Root {
        business, service, minimum, exception, team, person, cap, source, destination, route, alerts, listen, places,
        keep, store, rates, report,
    }
    /// `[business]`.
    Business { name, zone, country, languages, currency, hours, extra_holidays, not_holidays, ops }
    /// `[service.ID]`.
    Service { title, words, not_words, margin, priority, weight, criteria }
    /// `[service.ID.criteria]`.
    Criteria { need, timing, region, budget, weights, anywhere, anybody }
    /// `need`.
    Need { unknown }
    /// `timing`.
    Timing { within, unknown }
    /// `region`.
    Region { countries, subdivisions, postal_codes, within_km, of, unknown }
    /// `budget`.
    Budget { at_least, at_most, unknown }
    /// `weights`.
    Weights { need, timing, region, budget }
    /// `[minimum.ID]`.
    Minimum { service, source, field, at_least, at_most, one_of, r#where, unknown, weight }
    /// `[exception.ID]`.
    Exception { service, source, region, criteria }
    /// `criteria` of an exception.
    Changed { need, timing, region, budget, weights }
    /// `[team.ID]`.
    Team { title, services, region, fallback, route, hours, extra_holidays, not_holidays, off_hours, at_most, same_owner, lead }
    /// `region` of a team or a person.
    Territory { countries, subdivisions, postal_codes, within_km, of }
    /// `[person.ID]`.
    Person { name, team, email, hours, weight, new_at_most, open_at_most, services, region, absent }
    /// `[cap.ID]`.
    Cap {
        team, person, source, service, destination, r#where, max, per, rolling, unit, kind, smooth, spread,
        credit_returns, on_full, stop_loss,
    }
    /// `stop_loss`.
    StopLoss { cost_per_qualified, on_verdict, at_least }
    /// `on_full`.
    OnFull { hold, at_most, next, decline, hook }
    /// `[source.ID]`; other keys are the preset's.
    Source {
        title, preset, every, every_at_most, channel, goal, services, assume, map, priority, backfill, same_lead_for,
        silent_after, when_full, may_pause, pays_for, pending_for, token_until, price_per_lead,
    }
    /// `assume`.
    Assume { service, region }
    /// `region` of `assume`.
    AssumedRegion { country, subdivision, postal_code }
    /// `[destination.ID]` by mail.
    Mail {
        smtp, password, ca_file, from, to, template, html_template, attach, reply_to, bounces_to, mailbox,
        connections, mails_per_connection,
    }
    /// `[destination.ID.mailbox]`.
    Mailbox { imap, password, every }
    /// `[destination.ID]` by preset; other keys are the preset's.
    Desk { preset, ask_every, grace }
    /// `[route.ID]`.
    Route {
        to, on_unknown, acknowledge_within, answer_within, then, try_again_after, tries, outcome_within, return_within,
        return_proof,
    }
    /// `[alerts]`.
    Alerts { bell, desktop, url, secret }
    /// `[listen]`.
    Listen { bind, allow_remote, public_url, behind_proxy, metrics_token, per_source, per_peer }
    /// `[places]`.
    Places { postal_file }
    /// `[keep]`.
    Keep { raw_payloads, closed_leads }
    /// `[report]`.
    Report { decided_after, returned_within, credited_for, returns_credited_by, mail_to, every, weekday, at, over }
    /// `[store]`.
    Store { url, password }
    /// Where a secret is.
    SecretAt { env, file, command }
}

/// The key of a member: those whose name Rust keeps for itself are written `r#name` there.
const fn key_name(member: &str) -> &str {
    match member.as_bytes() {
        [b'r', b'#', ..] => member.split_at(2).1,
        _ => member,
    }
}

/// `a.b`.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn shape(keys: &[&str]) -> String {
    format!("a table with {}", either(keys))
}

/// Refuses every key of `rest`, with the nearest of `known`.
pub fn refuse_rest(path: &str, rest: &Table, known: &[&str], mistakes: &mut Mistakes) {
    for (key, entry) in rest {
        let mistake = Mistake::at(entry.key.clone(), &join(path, key), "is not a key of this configuration");
        mistakes.add(match nearest(key, known.iter().copied()) {
            Some(near) => mistake.hint(format!("did you mean \"{near}\"?")),
            None => mistake.hint(format!("known here: {}", known.join(", "))),
        });
    }
}

/// One table of a family like `[team.…]`.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// The table.
    pub field: Field,
    /// Where the id is written.
    pub at: Place,
}

/// Longest id.
const ID_LENGTH: usize = 64;

/// The tables of a family, by id; ids that cannot be one are refused.
pub fn family(field: Option<&Field>, mistakes: &mut Mistakes) -> Vec<Named> {
    let Some(field) = field else { return Vec::new() };
    let allowed = format!("one table for each, like [{}.example]", field.path);
    let Some(table) = field.table(&allowed, mistakes) else { return Vec::new() };
    let mut named = Vec::with_capacity(table.len());
    for (id, entry) in table {
        let path = join(&field.path, id);
        let letters =
            id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
        if id.is_empty() || id.len() > ID_LENGTH || !letters {
            let mistake = Mistake::at(entry.key.clone(), &path, "has a name that cannot be used");
            mistakes.add(mistake.allowed(format!(
                "lower-case letters, digits, - and _, at most {ID_LENGTH}, like [{}.my-example]",
                field.path
            )));
            continue;
        }
        let node: &Node = &entry.node;
        named.push(Named { id: id.clone(), field: Field::new(path, node.clone()), at: entry.key.clone() });
    }
    named
}
