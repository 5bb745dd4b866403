//! A team read aloud: what it takes, who takes how much, and what is promised.

use rust_decimal::Decimal;

use super::add;
use super::terms::{hours, place};
use crate::config::checked::{
    Absence, Cap, Config, Destination, OnUnknown, Per, Person, Remedy, Route, Scope, Team, Transport, Unit,
};
use crate::config::mistake::{all_of, either};
use crate::config::units::{per_words, words};
use crate::lead::Money;

/// What a team takes and promises.
pub fn team(config: &Config, team: &Team) -> String {
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
        text.push_str(&one_person(config, team, person));
    }
    if let Some(fallback) = team.fallback.as_ref().and_then(|id| config.people.get(id)) {
        add(&mut text, format_args!(" What nobody else can take goes to {}.", fallback.name));
    }
    if let Some(lead) = team.lead.as_ref().and_then(|id| config.people.get(id)) {
        add(&mut text, format_args!(" {} leads it.", lead.name));
    }
    if team.same_owner {
        text.push_str(" A known customer goes to whom they had before, unless that person is away.");
    }
    let outside = if team.hand_off_outside_hours { "is handed off all the same" } else { "waits" };
    add(&mut text, format_args!(" Outside its hours ({}) a lead {outside}.", hours(team.hours.text())));
    if let Some(route) = config.routes.get(&team.route) {
        text.push(' ');
        text.push_str(&promise(config, route));
    }
    text
}

fn one_person(config: &Config, team: &Team, person: &Person) -> String {
    let scope = Scope::Person(person.id.clone());
    let (open, new): (Vec<&Cap>, Vec<&Cap>) = config.caps_of(&scope).partition(|cap| cap.per == Per::Open);
    let mut text = person.name.clone();
    match (new.as_slice(), open.as_slice()) {
        ([], []) => text.push_str(" takes as many as come"),
        ([], _) => text.push_str(" takes new ones"),
        (new, _) if new.iter().any(|cap| cap.max == Some(0)) => text.push_str(" takes no new ones"),
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
        add(&mut text, format_args!(", on shift {}", hours(person.hours.text())));
    }
    if !person.services.is_empty() {
        let services: Vec<&str> = person.services.iter().map(|id| config.service_title(id)).collect();
        add(&mut text, format_args!(", only for {}", either(&services)));
    }
    if let Some(place) = place(&person.region, &config.business.country) {
        add(&mut text, format_args!(", only in {place}"));
    }
    let away: Vec<String> = person.absent.iter().copied().map(absence).collect();
    if !away.is_empty() {
        add(&mut text, format_args!(", away {}", all_of(&away)));
    }
    text.push('.');
    text
}

fn absence(absence: Absence) -> String {
    if absence.first == absence.last {
        return format!("on {}", absence.first);
    }
    format!("from {} to {}", absence.first, absence.last)
}

/// A cap as part of a sentence.
pub fn cap(cap: &Cap) -> String {
    let mut text = match (&cap.by_day, cap.max) {
        _ if let Some(stop) = &cap.stop_loss => {
            format!("as much as comes, unless it costs too much ({}, of at least {})", stop.words(), stop.at_least)
        }
        (Some(days), _) => by_day(cap, days),
        (None, None) => "no limit".to_owned(),
        (None, Some(0)) => "closed".to_owned(),
        (None, Some(max)) => format!("at most {}{}", amount(cap, max), over(cap)),
    };
    if let Some(only) = &cap.only {
        add(&mut text, format_args!(" of those where {} holds or is not known", only.text()));
    }
    if cap.smooth {
        text.push_str(", spread over the day");
    }
    if cap.spread {
        text.push_str(", spread over the working days");
    }
    if cap.soft {
        text.push_str(" (it only warns)");
    }
    if cap.credits_returns {
        text.push_str("; a return that is the source's fault gives its place back");
    }
    if let Some(next) = &cap.on_full.next {
        add(&mut text, format_args!(" (beyond that team {next} is asked)"));
    }
    if let Some(code) = &cap.on_full.decline {
        add(&mut text, format_args!(" (beyond that they are declined, {code})"));
    }
    if cap.on_full.hook.is_some() {
        text.push_str("; an address is told when it fills");
    }
    match (cap.hold_for, cap.hold_at_most) {
        (Some(time), Some(most)) => {
            add(&mut text, format_args!(" (beyond that up to {most} wait, {} at most)", words(time)));
        }
        (Some(time), None) => add(&mut text, format_args!(" (beyond that they wait, {} at most)", words(time))),
        (None, Some(most)) => add(&mut text, format_args!(" (beyond that up to {most} wait)")),
        (None, None) => {}
    }
    text
}

/// What a maximum counts in: `20`, `5000 EUR`, `12 by weight`.
fn amount(cap: &Cap, max: u32) -> String {
    match &cap.unit {
        Unit::Lead => max.to_string(),
        Unit::Money(currency) => Money::new(Decimal::new(max.into(), 2), currency).to_string(),
        Unit::Weight => format!("{max} by weight"),
    }
}

/// Over what: ` a day`, ` in 2 hours`, ` open at the same time`.
fn over(cap: &Cap) -> String {
    match (cap.per, per_words(cap.per)) {
        (Per::Open, _) => " open at the same time".into(),
        (Per::Total, _) => " in total".into(),
        (_, unit) if cap.rolling => format!(" in any {unit}"),
        (_, unit) if unit.starts_with(|first: char| first.is_ascii_digit()) => format!(" in {unit}"),
        (_, unit) if unit == "hour" => " an hour".into(),
        (_, unit) => format!(" a {unit}"),
    }
}

/// `at most 10 a day on mo, tu, 5 on fr, no limit on sa, su`.
fn by_day(cap: &Cap, days: &[Option<u32>; 7]) -> String {
    const NAMES: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
    let mut parts: Vec<(Option<u32>, Vec<&str>)> = Vec::new();
    for (max, name) in days.iter().zip(NAMES) {
        match parts.iter_mut().find(|(known, _)| known == max) {
            Some((_, names)) => names.push(name),
            None => parts.push((*max, vec![name])),
        }
    }
    let say = |(max, names): &(Option<u32>, Vec<&str>)| {
        let most = match max {
            None => "no limit".to_owned(),
            Some(0) => "closed".to_owned(),
            Some(max) => format!("at most {}{}", amount(cap, *max), over(cap)),
        };
        format!("{most} on {}", names.join(", "))
    };
    all_of(&parts.iter().map(say).collect::<Vec<_>>())
}

/// Adds what limits a source, a service or a destination.
pub fn add_caps(text: &mut String, config: &Config, scope: &Scope) {
    let caps: Vec<String> = config.caps_of(scope).map(cap).collect();
    if !caps.is_empty() {
        add(text, format_args!(" It takes {}.", caps.join("; ")));
    }
}

fn promise(config: &Config, route: &Route) -> String {
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
        let what = match step.remedy {
            Remedy::RemindOwner => "the owner is reminded",
            Remedy::TeamLead => "the team lead is told",
            Remedy::Reassign => "somebody else gets it",
            Remedy::Ops => "operations are told",
        };
        if step.after.is_zero() {
            add(&mut text, format_args!("; if not, {what} at once"));
        } else {
            add(&mut text, format_args!("; when {} overdue, {what}", words(step.after)));
        }
    }
    text.push('.');
    let plan = &route.plan;
    add(
        &mut text,
        format_args!(
            " Whoever is not reached is tried again after {} of working time, {} in all",
            words(plan.try_again_after),
            if plan.tries == 1 { "once".to_owned() } else { format!("{} times", plan.tries) }
        ),
    );
    if let Some(within) = plan.outcome_within {
        add(&mut text, format_args!("; after {} its owner is asked how it ended", words(within)));
    }
    match plan.return_within {
        Some(within) => add(&mut text, format_args!("; a lead may be returned within {}", words(within))),
        None => text.push_str("; a lead may be returned at any time"),
    }
    text.push_str(if plan.return_proof { ", with a note that shows why." } else { "." });
    text
}

/// What a lead's owner gets.
fn what(destination: &Destination) -> String {
    match &destination.by {
        Transport::Mail(_) if destination.id == "mail" => "a mail".into(),
        Transport::Mail(_) => format!("a mail ({})", destination.id),
        Transport::Preset { preset, .. } => format!("an entry in {preset} ({})", destination.id),
    }
}
