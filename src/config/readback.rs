//! The configuration read aloud: what will happen, in plain words, every number with its unit.
//! A paragraph for the business, then one for each service, team, source and destination.

use std::collections::BTreeMap;
use std::fmt;

use super::checked::{
    Cap, Channel, Config, Destination, Margin, OnUnknown, Per, Person, Policy, PostalRange, RegionRule, Remedy, Route,
    Scope, Service, Source, StoreAt, Team, Tls, Transport, Var,
};
use super::mistake::{all_of, either};
use super::units::{count, per_words, span_words, words};

/// Every paragraph.
pub fn read_aloud(config: &Config) -> Vec<String> {
    let mut out = vec![business(config)];
    out.extend(everything(config));
    out.extend(config.services.values().map(|service| self::service(config, service)));
    out.extend(config.teams.values().map(|team| self::team(config, team)));
    out.extend(config.sources.values().map(|source| self::source(config, source)));
    out.extend(config.destinations.values().map(|destination| self::destination(config, destination)));
    out.push(keeping(config));
    out
}

fn add(text: &mut String, words: fmt::Arguments<'_>) {
    text.push_str(&words.to_string());
}

fn business(config: &Config) -> String {
    let business = &config.business;
    let zone = business.zone.iana_name().unwrap_or("its own zone");
    let mut text = format!(
        "{} works {} on the clock of {zone}, with the public holidays of {}. Amounts are compared in {}",
        business.name,
        business.hours.text(),
        business.country,
        business.currency
    );
    for (code, rate) in &config.rates {
        add(&mut text, format_args!("; 1 {code} is {rate} {}", business.currency));
    }
    text.push('.');
    text
}

fn everything(config: &Config) -> Option<String> {
    let caps: Vec<String> = config.caps_of(&Scope::Everything).map(cap).collect();
    (!caps.is_empty()).then(|| format!("All handoffs together: {}.", caps.join("; ")))
}

fn service(config: &Config, service: &Service) -> String {
    let mut text = if service.words.is_empty() {
        format!("{} is recognised by no word.", service.title)
    } else {
        let not = if service.not_words.is_empty() {
            String::new()
        } else {
            format!(", but not by {}", quoted(&service.not_words))
        };
        format!("{} is recognised by {}{not}.", service.title, quoted(&service.words))
    };
    let criteria = &service.criteria;
    let mut fits = Vec::new();
    if let Some(place) = place(&criteria.region, &config.business.country) {
        fits.push(format!("in {place} ({})", unsaid(criteria.region.unknown)));
    }
    if let Some(within) = &criteria.timing.within {
        fits.push(format!("wanted within {} ({})", span_words(within), unsaid(criteria.timing.unknown)));
    }
    let budget = match (&criteria.budget.at_least, &criteria.budget.at_most) {
        (Some(least), Some(most)) => Some(format!("for {least} to {most}")),
        (Some(least), None) => Some(format!("for {least} or more")),
        (None, Some(most)) => Some(format!("for {most} at most")),
        (None, None) => None,
    };
    fits.extend(budget.map(|budget| format!("{budget} ({})", unsaid(criteria.budget.unknown))));
    if !fits.is_empty() {
        add(&mut text, format_args!(" A lead fits when it is {}.", all_of(&fits)));
    }
    text.push_str(match criteria.need_unknown {
        Policy::Pass => " When it is not clear what they want, they pass.",
        Policy::Review => " When it is not clear what they want, one of you decides.",
        Policy::Fail => " When it is not clear what they want, they are turned down.",
    });
    let [need, timing, region, budget] = criteria.weights;
    add(
        &mut text,
        format_args!(" In the score, need weighs {need}, timing {timing}, region {region} and budget {budget}."),
    );
    match &service.margin {
        Some(Margin::Share(share)) => {
            let percent = (share * rust_decimal::Decimal::ONE_HUNDRED).normalize();
            add(&mut text, format_args!(" A won one earns {percent} % of its value."));
        }
        Some(Margin::Each(money)) => add(&mut text, format_args!(" A won one earns {money}.")),
        None => {}
    }
    if service.priority != 0 {
        add(&mut text, format_args!(" Its priority is {}.", service.priority));
    }
    add_caps(&mut text, config, &Scope::Service(service.id.clone()));
    text
}

/// What happens to somebody who did not say.
const fn unsaid(policy: Policy) -> &'static str {
    match policy {
        Policy::Pass => "not stated is fine",
        Policy::Review => "not stated: one of you decides",
        Policy::Fail => "not stated: turned down",
    }
}

fn quoted(words: &[String]) -> String {
    either(&words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>())
}

/// A region in words; `None` where it asks nothing.
fn place(rule: &RegionRule, home: &str) -> Option<String> {
    let mut all: Vec<String> = rule.countries.iter().chain(&rule.subdivisions).cloned().collect();
    all.extend(rule.postal_codes.iter().map(|range| postal(range, home)));
    (!all.is_empty()).then(|| either(&all))
}

fn postal(range: &PostalRange, home: &str) -> String {
    let country = if range.country == home { String::new() } else { format!("{} ", range.country) };
    match &range.to {
        Some(to) => format!("{country}{}–{to}", range.from),
        None if range.prefix => format!("{country}{}…", range.from),
        None => format!("{country}{}", range.from),
    }
}

fn team(config: &Config, team: &Team) -> String {
    let services: Vec<&str> = team.services.iter().map(|id| config.service_title(id)).collect();
    let place = place(&team.region, &config.business.country).map(|place| format!(" in {place}")).unwrap_or_default();
    let mut text = format!("Leads for {}{place} go to {}", either(&services), team.title);
    let caps: Vec<String> = config.caps_of(&Scope::Team(team.id.clone())).map(cap).collect();
    if caps.is_empty() {
        text.push_str(", as many as come.");
    } else {
        add(&mut text, format_args!(": {}.", caps.join("; ")));
    }
    for person in config.people_of(&team.id) {
        text.push(' ');
        text.push_str(&self::person(config, team, person));
    }
    if let Some(fallback) = team.fallback.as_ref().and_then(|id| config.people.get(id)) {
        add(&mut text, format_args!(" What nobody else can take goes to {}.", fallback.name));
    }
    let outside = if team.hand_off_outside_hours { "is handed off all the same" } else { "waits" };
    add(&mut text, format_args!(" Outside {} a lead {outside}.", team.hours.text()));
    if let Some(route) = config.routes.get(&team.route) {
        text.push(' ');
        text.push_str(&self::route(config, route));
    }
    text
}

fn person(config: &Config, team: &Team, person: &Person) -> String {
    let scope = Scope::Person(person.id.clone());
    let (open, new): (Vec<&Cap>, Vec<&Cap>) = config.caps_of(&scope).partition(|cap| cap.per == Per::Open);
    let mut text = person.name.clone();
    match (new.as_slice(), open.as_slice()) {
        ([], []) => text.push_str(" takes as many as come"),
        ([], _) => text.push_str(" takes new ones"),
        (new, _) => {
            let new: Vec<String> = new.iter().map(|own| cap(own)).collect();
            add(&mut text, format_args!(" takes {}", all_of(&new)));
        }
    }
    if let Some(most) = open.iter().filter_map(|cap| cap.max).min() {
        add(&mut text, format_args!(" while fewer than {most} are open"));
    }
    if person.weight != 1 {
        add(&mut text, format_args!(", and {} times the share of the others", person.weight));
    }
    if person.hours != team.hours {
        add(&mut text, format_args!(", on shift {}", person.hours.text()));
    }
    text.push('.');
    text
}

/// A cap as part of a sentence.
fn cap(cap: &Cap) -> String {
    let mut text = match (cap.max, cap.per) {
        (None, _) => "no limit".to_owned(),
        (Some(0), _) => "closed".to_owned(),
        (Some(max), Per::Open) => format!("at most {max} open at the same time"),
        (Some(max), Per::Total) => format!("at most {max} in total"),
        (Some(max), per) => match per_words(per) {
            unit if unit.starts_with(|first: char| first.is_ascii_digit()) => format!("at most {max} in {unit}"),
            unit if unit == "hour" => format!("at most {max} an hour"),
            unit => format!("at most {max} a {unit}"),
        },
    };
    if cap.smooth {
        text.push_str(", spread over the day");
    }
    match (cap.hold_for, cap.hold_at_most) {
        (Some(time), Some(most)) => {
            add(&mut text, format_args!(" (beyond that up to {most} wait, {} at most)", words(time)))
        }
        (Some(time), None) => add(&mut text, format_args!(" (beyond that they wait, {} at most)", words(time))),
        (None, Some(most)) => add(&mut text, format_args!(" (beyond that up to {most} wait)")),
        (None, None) => {}
    }
    text
}

fn add_caps(text: &mut String, config: &Config, scope: &Scope) {
    let caps: Vec<String> = config.caps_of(scope).map(cap).collect();
    if !caps.is_empty() {
        add(text, format_args!(" It takes {}.", caps.join("; ")));
    }
}

fn route(config: &Config, route: &Route) -> String {
    let mut text = String::from("Each gets ");
    for (step, id) in route.to.iter().enumerate() {
        let how = config.destinations.get(id).map_or_else(|| id.clone(), what);
        if step > 0 {
            let before = route.to.get(step - 1).map_or("it", String::as_str);
            add(&mut text, format_args!(", or {how} if {before} surely did not take it"));
        } else {
            text.push_str(&how);
        }
    }
    text.push_str(match route.on_unknown {
        OnUnknown::Hold => "; when nobody can say whether it arrived, one of you is asked.",
        OnUnknown::Resend => "; when nobody can say whether it arrived, it is sent again.",
    });
    text.push_str(" Somebody ");
    if let Some(time) = route.acknowledge_within {
        add(&mut text, format_args!("says yes within {} and ", words(time)));
    }
    add(&mut text, format_args!("contacts the person within {} of working time", words(route.answer_within)));
    for step in &route.then {
        let when = if step.after.is_zero() { "if not".to_owned() } else { format!("{} later", words(step.after)) };
        add(
            &mut text,
            format_args!(
                "; {when}, {}",
                match step.remedy {
                    Remedy::RemindOwner => "the owner is reminded",
                    Remedy::TeamLead => "the team lead is told",
                    Remedy::Reassign => "somebody else gets it",
                    Remedy::Ops => "operations are told",
                }
            ),
        );
    }
    text.push('.');
    text
}

/// What a lead's owner gets.
fn what(destination: &Destination) -> String {
    match &destination.by {
        Transport::Mail(_) => format!("a mail ({})", destination.id),
        Transport::Preset { preset, .. } => format!("an entry in {preset} ({})", destination.id),
    }
}

fn source(config: &Config, source: &Source) -> String {
    let channel = match source.channel {
        Channel::Campaign => "a paid campaign",
        Channel::Network => "your own network",
        Channel::Referral => "the referral programme",
    };
    let mut text = format!("{} is {channel}, read with {} every {}", source.title, source.preset, words(source.every));
    match &source.goal {
        Some(goal) => add(&mut text, format_args!("; its goal: {goal}.")),
        None => text.push('.'),
    }
    let services: Vec<&str> = source.services.iter().map(|id| config.service_title(id)).collect();
    if !services.is_empty() {
        add(&mut text, format_args!(" Its people may want {}.", either(&services)));
    }
    if let Some(service) = &source.assume.service {
        add(&mut text, format_args!(" Where they do not say what, it is {}.", config.service_title(service)));
    }
    if let Some(region) = &source.assume.region {
        let code = region.postal_code.as_ref().or(region.subdivision.as_ref()).or(region.country.as_ref());
        add(&mut text, format_args!(" Where they do not say where, it is {}.", code.map_or("unknown", String::as_str)));
    }
    add(
        &mut text,
        format_args!(
            " The first read goes back {}; somebody who asks again within {} of closing is no new lead.",
            words(source.backfill),
            words(source.same_lead_for)
        ),
    );
    if source.priority != 0 {
        add(&mut text, format_args!(" Its priority is {}.", source.priority));
    }
    text.push_str(&variables(&source.vars));
    add_caps(&mut text, config, &Scope::Source(source.id.clone()));
    if !config.setup_gaps(&source.id).is_empty() {
        text.push_str(" It cannot start yet.");
    }
    text
}

fn variables(vars: &BTreeMap<String, Var>) -> String {
    let told = vars.iter().map(|(name, var)| match var {
        Var::Text(text) => format!("{name} {text}"),
        Var::Secret(secret) => format!("{name} from {}", secret.origin()),
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { String::new() } else { format!(" It uses {}.", told.join(", ")) }
}

fn destination(config: &Config, destination: &Destination) -> String {
    let id = &destination.id;
    let mut text = match &destination.by {
        Transport::Preset { preset, vars } => format!("{id} writes to {preset}.{}", variables(vars)),
        Transport::Mail(mail) => {
            let (host, port, from) = (&mail.host, mail.port, &mail.from);
            let tls = match mail.tls {
                Tls::Implicit => "with TLS",
                Tls::StartTls => "with STARTTLS",
                Tls::Plain => "unprotected, on this machine",
            };
            let login = mail.user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
            let password = mail.password.as_ref();
            let password = password.map(|secret| format!(", password from {}", secret.origin())).unwrap_or_default();
            let to = mail.to.as_deref().unwrap_or("the lead's owner");
            format!("{id} sends mail through {host}, port {port}, {tls}{login}{password}: from {from} to {to}.")
        }
    };
    add_caps(&mut text, config, &Scope::Destination(id.clone()));
    text
}

fn keeping(config: &Config) -> String {
    let raw = config.keep.raw_payloads;
    let raw = if raw.is_zero() { "not kept".to_owned() } else { format!("kept for {}", words(raw)) };
    let place = match &config.store {
        StoreAt::Sqlite(path) => format!("in {}", path.display()),
        StoreAt::Postgres { url, .. } => format!("in {url}"),
    };
    let caps = count(config.caps.len() as i64, "cap");
    format!(
        "Records as received are {raw}, closed leads for {}. The data is {place}; {caps} apply.",
        words(config.keep.closed_leads)
    )
}
