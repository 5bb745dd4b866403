//! Exceptions in plain words.

use super::terms::place;
use super::{quoted, unsaid};
use crate::config::checked::{Changes, Config, Exception, Policy};
use crate::config::mistake::all_of;
use crate::config::units::span_words;

/// An exception: whom it is about, and what is otherwise for them.
pub fn exception(config: &Config, exception: &Exception) -> String {
    let home = &config.business.country;
    let service = exception.service.as_deref().map(|id| format!(" for {}", config.service_title(id)));
    let title = |id: &str| config.sources.get(id).map_or_else(|| id.to_owned(), |source| source.title.clone());
    let source = exception.source.as_deref().map(|id| format!(" from {}", title(id)));
    let region = exception.region.as_ref().and_then(|region| place(region, home)).map(|place| format!(" in {place}"));
    let whose = [service, source, region].into_iter().flatten().collect::<String>();
    let what = changed(&exception.changes, home);
    format!("Leads{whose} are an exception ({}): {}.", quoted(std::slice::from_ref(&exception.id)), all_of(&what))
}

fn changed(changes: &Changes, home: &str) -> Vec<String> {
    let mut what = Vec::new();
    what.extend(changes.within.as_ref().map(|within| format!("wanted within {}", span_words(within))));
    what.extend(changes.place.as_ref().map(|rule| match place(rule, home) {
        Some(place) => format!("in {place}"),
        None => "from anywhere".to_owned(),
    }));
    what.extend(changes.at_least.as_ref().map(|least| format!("for {least} or more")));
    what.extend(changes.at_most.as_ref().map(|most| format!("for {most} at most")));
    let policies = [
        ("what they want", changes.need_unknown),
        ("when", changes.timing_unknown),
        ("where", changes.region_unknown),
        ("how much", changes.budget_unknown),
    ];
    let said = |(what, policy): (&str, Option<Policy>)| Some(format!("{what} {}", unsaid(policy?)));
    what.extend(policies.into_iter().filter_map(said));
    let weights = ["need", "timing", "region", "budget"].into_iter().zip(changes.weights);
    let said_of =
        |(criterion, weight): (&str, Option<u16>)| Some(format!("{criterion} weighs {} in the score", weight?));
    what.extend(weights.filter_map(said_of));
    what
}
