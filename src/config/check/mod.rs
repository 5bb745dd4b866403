//! From what is written to what is meant: one small named validation per rule, each mistake with its
//! place, what may stand there and what to do. A mistake never hides another: every part is checked,
//! and references are held against the ids that are written, right or wrong.

mod alerts;
mod business;
mod caps;
mod destinations;
mod exceptions;
mod housekeeping;
mod listen;
mod mail;
mod minimums;
mod owner;
mod people;
mod places;
mod refs;
mod region;
mod returns;
mod routes;
mod secrets;
mod services;
mod sources;
mod stop_loss;
mod teams;

use std::path::Path;

use super::Origins;
use super::canonical;
use super::checked::Config;
use super::field::Field;
use super::mistake::Mistakes;
use super::node::{Node, Place, Sheet, Table, Value};
use super::raw::{Named, Root, family, refuse_rest};
use refs::Ids;

/// The families of tables, as written.
struct Families {
    services: Vec<Named>,
    minimums: Vec<Named>,
    exceptions: Vec<Named>,
    teams: Vec<Named>,
    people: Vec<Named>,
    caps: Vec<Named>,
    sources: Vec<Named>,
    destinations: Vec<Named>,
    routes: Vec<Named>,
}

/// Every id that may be named somewhere.
struct Known {
    services: Ids,
    teams: Ids,
    people: Ids,
    sources: Ids,
    destinations: Ids,
    routes: Ids,
}

/// Checks a merged document. `None` when something is wrong; then `mistakes` says what.
pub fn check(mut table: Table, data_dir: &Path, mistakes: &mut Mistakes) -> Option<Config> {
    places::anchor(&mut table);
    let mut body = canonical::text(&table);
    let place = Place { sheet: Sheet::new("", Path::new(""), ""), start: 0, end: 0 };
    let document = Field::new(String::new(), Node { value: Value::Table(Table::new()), place });
    let (root, rest) = Root::take("", table);
    refuse_rest("", &rest, Root::KEYS, mistakes);

    let mut members = |field: &Option<Field>| family(field.as_ref(), mistakes);
    let families = Families {
        services: members(&root.service),
        minimums: members(&root.minimum),
        exceptions: members(&root.exception),
        teams: members(&root.team),
        people: members(&root.person),
        caps: members(&root.cap),
        sources: members(&root.source),
        destinations: members(&root.destination),
        routes: members(&root.route),
    };
    let known = Known {
        services: Ids::new("service", &families.services),
        teams: Ids::new("team", &families.teams),
        people: Ids::new("person", &families.people),
        sources: Ids::new("source", &families.sources),
        destinations: Ids::new("destination", &families.destinations),
        routes: Ids::new("route", &families.routes).with(routes::DEFAULT),
    };

    let mut ground = business::check(root.business.as_ref().unwrap_or(&document), mistakes);
    ground.postal = places::check(root.places.as_ref(), mistakes);
    body.push_str(&ground.postal.line());
    let rates = housekeeping::rates(root.rates.as_ref(), &ground, mistakes);
    let minimums = minimums::check(&families.minimums, &known, mistakes);
    let services = services::check(&families.services, &ground, &rates, mistakes);
    let mut caps =
        caps::check(&families.caps, &known, &minimums::names(&families.minimums), (&ground, &rates), mistakes);
    let teams = teams::check(&families.teams, &known, &ground, &mut caps, mistakes);
    let people = people::check(&families.people, &known, &ground, &teams, &mut caps, mistakes);
    let sources = sources::check(&families.sources, &known, &ground, &rates, mistakes);
    let around =
        exceptions::Around { known: &known, ground: &ground, rates: &rates, services: &services, sources: &sources };
    let exceptions = exceptions::check(&families.exceptions, &around, mistakes);
    let destinations = destinations::check(&families.destinations, mistakes);
    let routes = routes::check(&families.routes, &known, mistakes);
    let alerts = alerts::check(root.alerts.as_ref(), mistakes);
    let listen = listen::check(root.listen.as_ref(), mistakes);
    let keep = housekeeping::keep(root.keep.as_ref(), mistakes);
    let report = housekeeping::report(root.report.as_ref(), &known, &sources, &destinations, mistakes);
    let store = housekeeping::store(root.store.as_ref(), data_dir, mistakes);
    caps.sort_by(|a, b| a.id.cmp(&b.id));

    if !mistakes.is_empty() {
        return None;
    }
    Some(Config {
        hash: canonical::hash(&body),
        body,
        origins: Origins::default(),
        business: ground.business?,
        services,
        minimums,
        exceptions,
        teams: teams.into_iter().map(|(id, team)| (id, team.team)).collect(),
        people,
        caps,
        sources,
        destinations,
        routes,
        rates,
        alerts,
        listen,
        keep: keep?,
        report: report?,
        store: store?,
    })
}
