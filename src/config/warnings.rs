//! What holds but is probably not meant: each a sentence that says what will happen.

use super::checked::{Config, Remedy, Transport};
use super::conflicts;

/// Every warning.
pub fn of(config: &Config) -> Vec<String> {
    let mut out = Vec::new();
    sources(config, &mut out);
    services(config, &mut out);
    teams(config, &mut out);
    people(config, &mut out);
    destinations(config, &mut out);
    conflicts::caps(config, &mut out);
    ladders(config, &mut out);
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

/// Steps of a `then` that would reach nobody.
fn ladders(config: &Config, out: &mut Vec<String>) {
    let by_mail = config.destinations.values().any(|known| matches!(known.by, Transport::Mail(_)));
    for (id, route) in &config.routes {
        let says = |remedy| route.then.iter().any(|step| step.remedy == remedy);
        let mails = [Remedy::RemindOwner, Remedy::TeamLead, Remedy::Ops].into_iter().any(says);
        if mails && !by_mail {
            out.push(format!("route {id}.then tells people by mail, and there is no mail destination: nobody is told"));
        }
        if says(Remedy::Ops) && config.business.ops.is_empty() {
            out.push(format!("route {id}.then tells operations, and business.ops names nobody"));
        }
        for team in config.teams.values().filter(|team| team.route == *id && team.lead.is_none()) {
            if says(Remedy::TeamLead) {
                out.push(format!("route {id}.then tells the team lead, and team.{}.lead names nobody", team.id));
            }
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
