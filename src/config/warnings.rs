//! What holds but is probably not meant: each a sentence that says what will happen.

use super::checked::{Config, Per, Scope, Transport};

/// Every warning.
pub fn of(config: &Config) -> Vec<String> {
    let mut out = Vec::new();
    sources(config, &mut out);
    services(config, &mut out);
    teams(config, &mut out);
    people(config, &mut out);
    destinations(config, &mut out);
    caps(config, &mut out);
    listen(config, &mut out);
    out
}

fn sources(config: &Config, out: &mut Vec<String>) {
    if config.sources.is_empty() {
        out.push("there is no [source.…] yet: nothing comes in".into());
    }
    for id in config.sources.keys() {
        out.extend(config.setup_gaps(id).into_iter().map(|gap| format!("source {id} cannot start yet: {gap}")));
    }
}

fn services(config: &Config, out: &mut Vec<String>) {
    for (id, service) in &config.services {
        let assumed = config.sources.values().any(|source| source.assume.service.as_ref() == Some(id));
        if service.words.is_empty() && !assumed {
            out.push(format!("service {id} has no words, and no source assumes it: no lead is ever for it"));
        }
        if !config.teams.values().any(|team| team.services.contains(id)) {
            out.push(format!("service {id} is answered by no team: leads for it have nowhere to go"));
        }
    }
}

fn teams(config: &Config, out: &mut Vec<String>) {
    for (id, team) in &config.teams {
        if config.people_of(id).next().is_none() && team.fallback.is_none() {
            out.push(format!("team {id} has no people and no fallback: its leads wait and expire"));
        } else if config.people_of(id).next().is_none() {
            out.push(format!("team {id} has no people: all its leads go to the fallback"));
        }
    }
}

fn people(config: &Config, out: &mut Vec<String>) {
    for person in config.people.values().filter(|person| person.email.is_empty()) {
        let id = &person.id;
        let route = config.teams.get(&person.team).and_then(|team| config.routes.get(&team.route));
        let by_mail = route.into_iter().flat_map(|route| &route.to).any(|id| {
            let destination = config.destinations.get(id);
            destination.is_some_and(|known| matches!(&known.by, Transport::Mail(mail) if mail.to.is_none()))
        });
        out.push(if by_mail {
            format!("person {id} has no email, and their handoffs go by mail: those will need you")
        } else {
            format!("person {id} has no email: reminders cannot reach them")
        });
    }
}

fn destinations(config: &Config, out: &mut Vec<String>) {
    for id in config.destinations.keys() {
        if !config.routes.values().any(|route| route.to.contains(id)) {
            out.push(format!("destination {id} is in no route: nothing is sent there"));
        }
    }
}

fn listen(config: &Config, out: &mut Vec<String>) {
    let Some(listen) = config.listen.as_ref().filter(|listen| !listen.is_local()) else { return };
    out.push(format!(
        "listen.bind {} can be reached from other machines, and leadgate speaks no TLS itself: without a proxy that does, the secrets of your sources and people's data cross the network in the clear",
        listen.bind
    ));
}

fn caps(config: &Config, out: &mut Vec<String>) {
    for cap in &config.caps {
        let Some(max) = cap.max else { continue };
        let smaller = config.caps.iter().find(|other| {
            let covers = other.scope == cap.scope || other.scope == Scope::Everything;
            let lets = other.max.zip(windows(cap.per, other.per));
            other.id != cap.id
                && covers
                && lets.is_some_and(|(most, windows)| u64::from(most) * windows < u64::from(max))
        });
        if let Some(other) = smaller {
            out.push(format!("cap {} can never be reached: {} is smaller", cap.id, other.id));
        }
    }
}

/// Into how many windows of `other` one window of `own` can reach; `None` where that is not plain.
fn windows(own: Per, other: Per) -> Option<u64> {
    use Per::{Days, Hours, Months, Weeks};
    match (own, other) {
        (own, other) if own == other => Some(1),
        (Hours(1), Days(1) | Weeks(1) | Months(1)) | (Days(1), Weeks(1) | Months(1)) => Some(1),
        (Weeks(1), Months(1)) => Some(2),
        (Months(1), Weeks(1)) => Some(6),
        (Weeks(1), Days(1)) => Some(7),
        (Months(1), Days(1)) => Some(31),
        (Days(1), Hours(1)) => Some(25),
        _ => None,
    }
}
