//! Caps that stand in each other's way: one that can never be reached because others that count the same
//! leads let less through, and what a cap on money cannot count. Warnings, each with where it is written.

use super::checked::{Cap, Config, Per, Scope, Unit};

const MINUTE: u64 = 1;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A day can be an hour shorter or longer.
const SHIFT: u64 = HOUR;

/// Every warning about caps.
pub fn caps(config: &Config, out: &mut Vec<String>) {
    for cap in config.caps.iter().filter(|cap| largest(cap).is_some_and(|max| max > 0)) {
        if let Some(other) = config.caps.iter().find(|other| hides(config, cap, other)) {
            let most = passes(cap, other).unwrap_or(0);
            out.push(format!(
                "{} can never be reached: {} lets at most {} through in its window, and it allows {}",
                said(config, cap),
                said(config, other),
                whole(other, most),
                whole(cap, largest(cap).unwrap_or(0).into()),
            ));
        } else if let Some(most) = of_people(config, cap) {
            out.push(format!(
                "{} can never be reached: its people take at most {} together, and it allows {}",
                said(config, cap),
                whole(cap, most),
                whole(cap, largest(cap).unwrap_or(0).into()),
            ));
        }
    }
    for cap in &config.caps {
        days(config, cap, out);
        prices(config, cap, out);
        weights(config, cap, out);
    }
}

/// `cap day (leadgate.toml:17)`.
fn said(config: &Config, cap: &Cap) -> String {
    match config.origins.of_key(&cap.key()) {
        Some(place) => format!("cap {} ({place})", cap.id),
        None => format!("cap {}", cap.id),
    }
}

fn whole(cap: &Cap, parts: u64) -> u32 {
    cap.whole(u32::try_from(parts).unwrap_or(u32::MAX))
}

/// The largest maximum of a cap; `None` where some day is unlimited.
fn largest(cap: &Cap) -> Option<u32> {
    match cap.by_day {
        Some(days) => days.into_iter().collect::<Option<Vec<u32>>>()?.into_iter().max(),
        None => cap.max,
    }
}

/// Does `other` count all that `cap` counts, and let less of it through?
fn hides(config: &Config, cap: &Cap, other: &Cap) -> bool {
    let covers = match (&other.scope, &cap.scope) {
        (other, own) if other == own => true,
        (Scope::Everything, _) => true,
        (Scope::Team(team), Scope::Person(person)) => {
            let lent = config.teams.values().any(|one| one.fallback.as_ref() == Some(person) && one.id != *team);
            config.people.get(person).is_some_and(|person| person.team == *team) && !lent
        }
        (Scope::Destination(destination), Scope::Team(team)) => {
            let route = config.teams.get(team).and_then(|team| config.routes.get(&team.route));
            route.and_then(|route| route.to.first()) == Some(destination)
        }
        _ => false,
    };
    let same = other.only.is_none() || other.only == cap.only;
    let lets = passes(cap, other);
    other.id != cap.id
        && covers
        && same
        && !other.soft
        && other.unit == cap.unit
        && lets.zip(largest(cap)).is_some_and(|(lets, max)| lets < u64::from(max))
}

/// The most `other` lets through in one window of `cap`; `None` where that is not limited.
fn passes(cap: &Cap, other: &Cap) -> Option<u64> {
    let max = u64::from(largest(other)?);
    // The very same days: a cap of a week and one that differs by weekday.
    if let (Some(days), Per::Weeks(weeks), Per::Days(1), false) = (other.by_day, cap.per, other.per, cap.rolling) {
        return Some(days.iter().flatten().map(|max| u64::from(*max)).sum::<u64>() * u64::from(weeks));
    }
    windows(cap, other)?.checked_mul(max)
}

/// Into how many windows of `other` one window of `cap` reaches at most.
fn windows(cap: &Cap, other: &Cap) -> Option<u64> {
    if cap.per == other.per && (cap.rolling == other.rolling || matches!(cap.per, Per::Total | Per::Open)) {
        return Some(1);
    }
    let ((_, own), (shortest, _)) = match (length(cap.per), length(other.per)) {
        (Some(own), Some(theirs)) => (own, theirs),
        // What is let through in all is let through in any window; nothing else compares with the open ones.
        (_, None) if other.per == Per::Total && cap.per != Per::Open => return Some(1),
        _ => return None,
    };
    if other.rolling {
        let length = other.rolls()?.as_secs().unsigned_abs() / 60;
        return Some(own.div_ceil(length.max(1)));
    }
    if !cap.rolling && nests(cap.per, other.per) {
        return Some(1);
    }
    Some(own.div_ceil(shortest.max(1)) + u64::from(cap.rolling || !nests(other.per, cap.per)))
}

/// Does every fixed window of `inner` lie within one of `outer`?
fn nests(inner: Per, outer: Per) -> bool {
    use Per::{Days, Hours, Minutes, Months, Weeks};
    match (inner, outer) {
        (Minutes(_) | Hours(_), Days(_) | Weeks(_) | Months(_)) | (Days(1), Weeks(_) | Months(_)) => true,
        (Days(a), Days(b))
        | (Weeks(a), Weeks(b))
        | (Months(a), Months(b))
        | (Minutes(a), Minutes(b))
        | (Hours(a), Hours(b)) => b % a == 0,
        (Minutes(a), Hours(b)) => (b * 60) % a == 0,
        (Days(a), Weeks(b)) => (b * 7) % a == 0,
        _ => false,
    }
}

/// Shortest and longest a fixed window can be, in minutes.
fn length(per: Per) -> Option<(u64, u64)> {
    let days = |least: u64, most: u64| (least * DAY - SHIFT, most * DAY + SHIFT);
    match per {
        Per::Minutes(n) => Some((u64::from(n) * MINUTE, u64::from(n) * MINUTE)),
        Per::Hours(n) => Some((u64::from(n) * HOUR, u64::from(n) * HOUR)),
        // The days of a span are as many as the span has: the hour more or less is theirs as well.
        Per::Days(n) => Some((u64::from(n) * DAY, u64::from(n) * DAY)),
        Per::Weeks(n) => Some((u64::from(n) * 7 * DAY, u64::from(n) * 7 * DAY)),
        Per::Months(n) => Some((days(28, 0).0 * u64::from(n), 31 * DAY * u64::from(n))),
        Per::Total | Per::Open => None,
    }
}

/// What the people of a team take together, where that is less than the team's own cap over the same time.
fn of_people(config: &Config, cap: &Cap) -> Option<u64> {
    let Scope::Team(team) = &cap.scope else { return None };
    if config.teams.get(team)?.fallback.is_some() || cap.only.is_some() {
        return None;
    }
    let mut sum = 0_u64;
    let mut people = config.people_of(team).peekable();
    people.peek()?;
    for person in people {
        let scope = Scope::Person(person.id.clone());
        let own = config.caps_of(&scope).filter(|own| own.only.is_none() && !own.soft && own.unit == cap.unit);
        sum = sum.checked_add(own.filter_map(|own| passes(cap, own)).min()?)?;
    }
    (sum < u64::from(largest(cap)?)).then_some(sum)
}

/// A day that is not named is not limited, which may be meant.
fn days(config: &Config, cap: &Cap, out: &mut Vec<String>) {
    const NAMES: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
    let Some(days) = cap.by_day else { return };
    let open: Vec<&str> = days.iter().zip(NAMES).filter(|(max, _)| max.is_none()).map(|(_, name)| name).collect();
    if !open.is_empty() {
        let cap = said(config, cap);
        out.push(format!("{cap} says nothing of {}: no limit then; write 0 to close a day", open.join(", ")));
    }
}

/// A source that does not say what its leads cost passes every cap on money; a price above the whole cap never.
fn prices(config: &Config, cap: &Cap, out: &mut Vec<String>) {
    let Unit::Money(currency) = &cap.unit else { return };
    for (id, source) in &config.sources {
        let counted = match &cap.scope {
            Scope::Source(own) => own == id,
            Scope::Service(service) => source.services.contains(service),
            _ => true,
        };
        if !counted || source.pays_for.is_some() {
            continue;
        }
        match config.price_in(id, currency) {
            None => {
                out.push(format!("{} counts nothing of source {id}, which has no price_per_lead", said(config, cap)));
            }
            Some(price) => {
                let max = largest(cap).map(|max| rust_decimal::Decimal::new(max.into(), 2));
                if max.is_some_and(|max| price > max && !max.is_zero()) {
                    out.push(format!(
                        "{} is less than one lead of source {id} costs: it never fits",
                        said(config, cap)
                    ));
                }
            }
        }
    }
}

/// A service that weighs more than a whole window takes never leaves the queue.
fn weights(config: &Config, cap: &Cap, out: &mut Vec<String>) {
    let Some(max) = largest(cap).filter(|max| *max > 0 && cap.unit == Unit::Weight && !cap.soft) else { return };
    for (id, service) in config.services.iter().filter(|(_, service)| service.weight > max) {
        let of_team = |team: &String| config.teams.get(team).is_some_and(|team| team.services.contains(id));
        let counted = match &cap.scope {
            Scope::Service(own) => own == id,
            Scope::Team(team) => of_team(team),
            Scope::Person(person) => config.people.get(person).is_some_and(|person| of_team(&person.team)),
            Scope::Source(source) => config.sources.get(source).is_some_and(|source| source.services.contains(id)),
            Scope::Everything | Scope::Destination(_) => true,
        };
        if counted {
            let cap = said(config, cap);
            out.push(format!("{cap} takes {max}, and a lead of service {id} weighs {}: it never fits", service.weight));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_config::Draft;

    #[test]
    fn a_service_that_weighs_more_than_a_window_takes_is_named() {
        let draft = Draft::new("Europe/Berlin", "24/7").service("roof").service("solar").team("a", &["roof"], "");
        let mut draft = draft.team("b", &["roof", "solar"], "").person("p0", "b", "", 1);
        draft.0.services.get_mut("solar").unwrap().weight = 3;
        let warned = |scope: Scope, max: u32| {
            let draft = Draft(draft.0.clone()).cap("work", scope, Some(max), Per::Days(1));
            let mut out = Vec::new();
            caps(&draft.with_cap("work", |cap| cap.unit = Unit::Weight).0, &mut out);
            out
        };
        let words = "cap work takes 2, and a lead of service solar weighs 3: it never fits";
        for scope in [Scope::Everything, Scope::Team("b".into()), Scope::Person("p0".into())] {
            assert_eq!(warned(scope.clone(), 2), [words], "{scope:?}");
            assert_eq!(warned(scope, 3), Vec::<String>::new());
        }
        for other in [Scope::Team("a".into()), Scope::Service("roof".into())] {
            assert_eq!(warned(other, 2), Vec::<String>::new(), "it counts no such lead");
        }
        assert_eq!(warned(Scope::Everything, 0), Vec::<String>::new(), "closed is meant");
    }

    fn cap(max: u32, per: Per) -> Cap {
        Cap::new("x".into(), Scope::Everything, Some(max), per)
    }

    #[test]
    fn what_passes_through_nested_windows() {
        let day = |max| cap(max, Per::Days(1));
        assert_eq!(passes(&cap(99, Per::Weeks(1)), &day(3)), Some(21));
        assert_eq!(passes(&cap(99, Per::Months(1)), &day(3)), Some(93));
        assert_eq!(passes(&day(99), &cap(5, Per::Weeks(1))), Some(5), "a day lies in one week");
        assert_eq!(
            passes(&cap(99, Per::Weeks(1)), &cap(5, Per::Months(1))),
            Some(10),
            "a week can reach into two months"
        );
        assert_eq!(passes(&cap(99, Per::Total), &day(3)), None);
        assert_eq!(passes(&day(99), &cap(5, Per::Total)), Some(5));
        let rolling = Cap { rolling: true, ..day(3) };
        assert_eq!(passes(&cap(99, Per::Weeks(1)), &rolling), Some(21));
        assert_eq!(passes(&rolling, &day(3)), Some(6), "a window that moves touches two days");
        let by_day =
            Cap { max: None, by_day: Some([Some(2), Some(2), Some(2), Some(2), Some(1), Some(0), Some(0)]), ..day(0) };
        assert_eq!(passes(&cap(99, Per::Weeks(1)), &by_day), Some(9));
    }
}
