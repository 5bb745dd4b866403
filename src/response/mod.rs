//! Stage 6: the response clocks. They start when a destination has a handoff and run in the team's working
//! time ([`crate::calendar`]); the first human answer, earliest wins, stops them. Pure: the engine asks the
//! destinations, the store keeps the stamps.

pub mod link;
pub mod mail;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::clock::later;
use crate::config::Config;
use crate::config::checked::{Remedy, Route};
use crate::config::units::words;
use crate::store::{Clocks, Rung};

/// A clock is at risk when this share of its time is left: one fifth.
const AT_RISK: (i32, i32) = (4, 5);

/// The clocks that start at `now` for a handoff of `team` on `route` (`domain-rules` 5); the destination is
/// asked about it first after `ask_every`, where it can be asked. None where team or route have left the
/// config.
pub fn clocks(config: &Config, team: &str, route: &str, ask_every: Option<SignedDuration>, now: Timestamp) -> Clocks {
    let (Some(team), Some(route)) = (config.teams.get(team), config.routes.get(route)) else {
        return Clocks::default();
    };
    let answer_by = team.hours.add(now, route.answer_within);
    let ack_by = route.acknowledge_within.and_then(|within| team.hours.add(now, within));
    Clocks {
        answer_by,
        at_risk_at: team.hours.add(now, route.answer_within * AT_RISK.0 / AT_RISK.1),
        ack_by,
        poll_at: ask_every.map(|every| later(now, every)),
        rungs: rungs(&team.hours, route, (ack_by, answer_by), now),
        policy: Some(policy(config, route)),
    }
}

/// What happens when nobody says yes, answers or tells how it ended, and when (`domain-rules` 5): the offsets of `then`
/// are working time from the moment the time to answer runs out; the time to the outcome is days of the calendar.
fn rungs(
    hours: &Calendar,
    route: &Route,
    (ack_by, answer_by): (Option<Timestamp>, Option<Timestamp>),
    now: Timestamp,
) -> Vec<(Rung, Timestamp)> {
    let pool = ack_by.map(|at| (Rung::Pool, at));
    let missed = answer_by.map(|at| (Rung::Missed, at));
    let steps = route.then.iter().filter_map(|step| {
        let at = hours.add(answer_by?, step.after)?;
        Some((Rung::Step(step.remedy), at))
    });
    let outcome = route.plan.outcome_within.map(|within| (Rung::Outcome, later(now, within)));
    pool.into_iter().chain(missed).chain(steps).chain(outcome).collect()
}

/// The promise a clock runs under, kept with it: a change of the config moves no promise.
fn policy(config: &Config, route: &Route) -> String {
    let yes = route.acknowledge_within.map_or_else(String::new, |within| format!("yes within {}, ", words(within)));
    let outcome =
        route.plan.outcome_within.map_or_else(String::new, |within| format!(", outcome within {}", words(within)));
    format!("route {} of config {}: {yes}answer within {}{outcome}", route.id, config.hash, words(route.answer_within))
}

/// How a first-response clock stands (`domain-rules` 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum ClockState {
    /// Answered in time.
    Met,
    /// Answered too late, or not yet: late by so many seconds of working time.
    Missed {
        /// Working seconds beyond the promise.
        late_secs: i64,
    },
    /// Time is left.
    Running,
    /// At most a fifth of the time is left.
    AtRisk,
    /// Nothing was promised.
    NoPolicy,
}

/// How a clock stands at `now` that was to be answered by `answer_by`, is at risk from `at_risk_at`, and was
/// answered at `first_at`. A missed one stays missed.
pub fn clock_state(
    hours: &Calendar,
    answer_by: Option<Timestamp>,
    at_risk_at: Option<Timestamp>,
    first_at: Option<Timestamp>,
    now: Timestamp,
) -> ClockState {
    let Some(by) = answer_by else { return ClockState::NoPolicy };
    let late = |at: Timestamp| ClockState::Missed { late_secs: hours.elapsed(by, at).as_secs() };
    match first_at {
        Some(first) if first <= by => ClockState::Met,
        Some(first) => late(first),
        None if now > by => late(now),
        None if at_risk_at.is_some_and(|at| now >= at) => ClockState::AtRisk,
        None => ClockState::Running,
    }
}

/// A rung in words: what happens to whom, `remind Anna`, by the owner's name.
pub fn rung_words(rung: Rung, owner: &str) -> String {
    match rung {
        Rung::Pool => "given to somebody else unless accepted".into(),
        Rung::Missed => "the time to answer is over".into(),
        Rung::Outcome => format!("ask {owner} how it ended"),
        Rung::Step(Remedy::RemindOwner) => format!("remind {owner}"),
        Rung::Step(Remedy::TeamLead) => "tell the team lead".into(),
        Rung::Step(Remedy::Reassign) => "give it to somebody else".into(),
        Rung::Step(Remedy::Ops) => "tell operations".into(),
    }
}

/// How long until a handoff accepted then is asked about again: the destination's own interval at first, up
/// to ten of it within the hour, because the first response is what is being measured; then 30 min within a
/// day, 6 h within two weeks, daily.
pub fn ask_again_in(accepted: Timestamp, now: Timestamp, every: SignedDuration) -> SignedDuration {
    let later = match accepted.duration_until(now).as_mins() {
        ..5 => return every,
        5..15 => return every * 2,
        15..30 => return every * 5,
        30..60 => return every * 10,
        60..1_440 => SignedDuration::from_mins(30),
        1_440..20_160 => SignedDuration::from_hours(6),
        _ => SignedDuration::from_hours(24),
    };
    later.max(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn young_handoffs_are_asked_about_often_and_old_ones_rarely() {
        let accepted: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let minute = SignedDuration::from_mins(1);
        let waits = [0, 5, 15, 30, 60, 1_440, 20_160]
            .map(|age| ask_again_in(accepted, accepted + SignedDuration::from_mins(age), minute).as_mins());
        assert_eq!(waits, [1, 2, 5, 10, 30, 360, 1_440]);
        let daily = SignedDuration::from_hours(24);
        assert_eq!(ask_again_in(accepted, accepted + SignedDuration::from_hours(2), daily), daily, "never more often");
    }

    const CONFIG: &str = r#"
[business]
name = "B"
zone = "Europe/Berlin"
country = "DE"
hours = "Mo-Fr 09:00-17:00; PH off"
[service.roof]
words = ["roof"]
criteria = { anywhere = true, anybody = true }
[team.one]
services = ["roof"]
[person.anna]
team = "one"
email = "anna@example.com"
[destination.mail]
smtp = "smtp+plain://127.0.0.1:2525"
from = "Leads <leads@example.com>"
[route.default]
to = ["mail"]
answer_within = "1h"
acknowledge_within = "20m"
"#;

    #[test]
    fn clocks_run_in_the_teams_working_time() {
        let config = crate::config::load_text("test", CONFIG, std::path::Path::new("/nowhere")).unwrap().config;
        let friday: Timestamp = "2026-11-20T16:30:00+01:00".parse().unwrap();
        let minute = Some(SignedDuration::from_mins(1));
        let clocks_of = |team| clocks(&config, team, "default", minute, friday);
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let told = clocks_of("one");
        assert_eq!(told.answer_by, at("2026-11-23T09:30:00+01:00"));
        assert_eq!(told.at_risk_at, at("2026-11-23T09:18:00+01:00"));
        assert_eq!(told.ack_by, at("2026-11-20T16:50:00+01:00"));
        assert_eq!(told.poll_at, at("2026-11-20T16:31:00+01:00"));
        assert_eq!(clocks_of("nobody"), Clocks::default(), "what has left the config has no clock");
    }
}
