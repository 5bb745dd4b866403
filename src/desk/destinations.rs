//! How every destination stands and what it has of each state, for the people who keep handoffs moving.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::DeskError;
use super::store_desk::StoreDesk;
use super::view::{DestinationLine, Standing};
use super::words::when;
use crate::config::checked::Transport;
use crate::handoff::circuit;
use crate::lead::{Class, HandoffState};
use crate::response::link;
use crate::store::{DestinationLoad, EndpointKind};

impl StoreDesk {
    /// The address by which a destination calls for a look at its tickets.
    ///
    /// # Errors
    /// There is no such destination, it cannot be asked, or nothing listens.
    pub fn callback(&self, destination: &str) -> Result<String, DeskError> {
        let Some(known) = self.config.destinations.get(destination) else {
            return Err(DeskError::NotFound(format!("there is no destination {destination}")));
        };
        if matches!(known.by, Transport::Mail(_)) {
            return Err(DeskError::NotFound(format!("{destination} sends mail: it has no tickets to be asked about")));
        }
        let listen = self.config.listen.as_ref().ok_or_else(|| {
            DeskError::NotFound("nothing listens: say bind = \"127.0.0.1:8787\" under [listen]".to_owned())
        })?;
        Ok(listen.look_at(&link::sign_look(&self.store.link_key(), destination)))
    }

    /// Every destination of the config, and those that have left it while something is still there; the worst first.
    pub(super) async fn destination_lines(&self) -> Result<Vec<DestinationLine>, DeskError> {
        let loads = self.store.destination_loads().await?;
        let rows = self.store.endpoints(EndpointKind::Destination).await?;
        let mut lines: BTreeMap<String, DestinationLine> =
            self.config.destinations.keys().map(|id| (id.clone(), DestinationLine::of(id))).collect();
        for load in &loads {
            add(lines.entry(load.destination.clone()).or_insert_with(|| DestinationLine::of(&load.destination)), load);
        }
        for line in lines.values_mut() {
            let row = rows.get(&line.id);
            line.fails = row.map_or(0, |row| row.fails);
            line.standing = match row {
                _ if !self.config.destinations.contains_key(&line.id) => Standing::Gone,
                Some(row) => standing(row.class, row.fails),
                None => Standing::Well,
            };
            if let Some(row) = row.filter(|row| row.class.is_some()) {
                line.why.clone_from(&row.error);
                line.again_at = Some(row.due_at);
                line.next_at = line.next_at.map(|at| at.max(row.due_at));
            }
        }
        let mut lines: Vec<DestinationLine> = lines.into_values().collect();
        // Stable: among equals the order of their names stays.
        lines.sort_by_key(|line| line.standing);
        Ok(lines)
    }
}

fn add(line: &mut DestinationLine, load: &DestinationLoad) {
    match load.state {
        HandoffState::Queued => line.waiting += load.count,
        HandoffState::Sending => line.sending += load.count,
        HandoffState::Unknown => line.unknown += load.count,
        HandoffState::NeedsPerson => line.needs_you += load.count,
        _ => line.sent += load.count,
    }
    if load.state != HandoffState::Accepted {
        line.oldest_at = earlier(line.oldest_at, load.oldest_at);
    }
    if matches!(load.state, HandoffState::Queued | HandoffState::Unknown) {
        line.next_at = earlier(line.next_at, load.next_at);
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// How a destination stands whose last failure was of this class, after so many in a row.
fn standing(class: Option<Class>, fails: i64) -> Standing {
    match class {
        None if fails >= circuit::ON_TRIAL => Standing::OnTrial,
        None => Standing::Well,
        Some(Class::Throttle) => Standing::Throttled,
        Some(Class::Gone) => Standing::Refuses,
        Some(class) if circuit::is_open(Some(class)) => Standing::LeftAlone,
        Some(_) => Standing::Mend,
    }
}

/// What a handoff waits for whose destination is stopped: never "will be sent".
pub(super) fn held_up(
    destination: &str,
    (class, until): (Class, Timestamp),
    now: Timestamp,
    zone: &TimeZone,
) -> String {
    let at = if until <= now { "now".to_owned() } else { when(until, now, zone) };
    match standing(Some(class), 0) {
        Standing::Throttled => format!("waits: {destination} asked us to wait until {at}"),
        Standing::Refuses => format!("waits: {destination} wants no more, tried again {at}"),
        Standing::LeftAlone => format!("waits: {destination} is left alone, asked again {at}"),
        _ if class == Class::Auth => format!("waits: {destination} refuses our sign-in, tried again {at}"),
        _ => format!("waits: the settings of {destination} need mending, tried again {at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_a_destination_is_said_and_nothing_is_promised() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-23T08:15:00Z".parse().unwrap();
        for (class, words) in [
            (Class::Retry, "waits: desk is left alone, asked again Mon 08:15"),
            (Class::Unknown, "waits: desk is left alone, asked again Mon 08:15"),
            (Class::Throttle, "waits: desk asked us to wait until Mon 08:15"),
            (Class::Auth, "waits: desk refuses our sign-in, tried again Mon 08:15"),
            (Class::Config, "waits: the settings of desk need mending, tried again Mon 08:15"),
            (Class::Gone, "waits: desk wants no more, tried again Mon 08:15"),
        ] {
            assert_eq!(held_up("desk", (class, later), now, &TimeZone::UTC), words);
        }
        let over = held_up("desk", (Class::Retry, now), later, &TimeZone::UTC);
        assert_eq!(over, "waits: desk is left alone, asked again now");
    }

    #[test]
    fn one_failure_is_no_trouble_and_a_trial_is_one() {
        assert_eq!(standing(None, 0), Standing::Well);
        assert_eq!(standing(None, circuit::ON_TRIAL - 1), Standing::Well);
        assert_eq!(standing(None, circuit::ON_TRIAL), Standing::OnTrial);
        assert!(Standing::Mend < Standing::LeftAlone && Standing::LeftAlone < Standing::Well);
    }
}
