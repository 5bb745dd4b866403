//! Who is there: leave, shifts and coming back are overrides in the store that end by themselves or by hand, and
//! count from the next decision on. What somebody who is away has not answered goes to the others, each lead by the
//! very function that releases, so that no cap is exceeded.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::steer::Steered;
use super::{Outcome, done, for_good, not_one_of};
use crate::desk::StoreDesk;
use crate::desk::act::Refused;
use crate::desk::words::when;
use crate::engine::rules;
use crate::engine::succession::{Successor, put_in_queue};
use crate::lead::{HandoffState, LeadId};
use crate::queue::Rules;
use crate::queue::attendance::{Attendance, Presence, Said};
use crate::store::{EndpointKind, FirstStop, OverrideKind, StoreError};

/// Most leads given to others in one act; the rest is told and takes another.
const HAND_OVER_MAX: usize = 500;

/// What became of one lead that was to be given to somebody else.
enum Fate {
    /// This person has it now.
    Has(String),
    /// Nobody has room: it waits in front.
    Waits,
    /// It is on its way at this moment, or was just answered.
    Stays,
}

impl StoreDesk {
    pub(super) async fn leave(&self, person: String, until: Option<Timestamp>, reason: String) -> Outcome {
        let name = self.somebody(&person)?;
        self.to_come(until)?;
        let words = format!("{name} is away {}", self.until(until));
        let open = self.say_of(&person, Said::Leave, until, "person-leave", &reason).await?;
        Ok(done(format!("{words}{}", unanswered(open))))
    }

    pub(super) async fn shift(&self, person: String, on: bool, until: Option<Timestamp>, reason: String) -> Outcome {
        let name = self.somebody(&person)?;
        self.to_come(until)?;
        let until = until.or_else(|| Some(self.midnight()));
        let (said, told, word) =
            if on { (Said::On, "person-on", "at work") } else { (Said::Off, "person-off", "off shift") };
        let words = format!("{name} is {word} {}", self.until(until));
        let open = self.say_of(&person, said, until, told, &reason).await?;
        Ok(done(if on { words } else { format!("{words}{}", unanswered(open)) }))
    }

    /// Ends what was said of somebody; an absence that the config names is over as well.
    pub(super) async fn back(&self, person: String) -> Outcome {
        let name = self.somebody(&person)?;
        let body = json!({ "person": person });
        let planned = self.planned(&person).at(self.now());
        if planned.presence == Presence::Absent {
            let reason = format!("back before {}", planned.until.map_or_else(String::new, |at| self.moment(at)));
            let steered = Steered {
                kind: OverrideKind::Person,
                name: person,
                value: Said::Back.number(),
                until: planned.until,
                told: "person-back",
                body,
            };
            self.steer(steered, &reason).await?;
            return Ok(done(format!("{name} is back, though the configuration says otherwise")));
        }
        if self.let_go(OverrideKind::Person, person, "person-back", body).await? {
            return Ok(done(format!("{name} is back: their hours count again")));
        }
        Err(Refused::NotNow(format!("nothing was said of {name}: their hours count already")))
    }

    /// Says something of somebody; what was decided for them and not tried yet is decided anew. Returns how many leads
    /// they have and have not answered.
    async fn say_of(
        &self,
        person: &str,
        said: Said,
        until: Option<Timestamp>,
        told: &'static str,
        reason: &str,
    ) -> Result<u32, Refused> {
        let steered = Steered {
            kind: OverrideKind::Person,
            name: person.to_owned(),
            value: said.number(),
            until,
            told,
            body: json!({ "person": person, "until": until.map(|at| at.to_string()) }),
        };
        self.steer(steered, reason).await?;
        Ok(self.store.unanswered().await?.get(person).copied().unwrap_or(0))
    }

    pub(super) async fn hand_over(&self, person: String) -> Outcome {
        let name = self.somebody(&person)?;
        let open = self.store.unanswered_of(person.clone(), HAND_OVER_MAX).await?;
        if open.is_empty() {
            return Err(Refused::NotNow(format!("{name} has no lead that is not answered")));
        }
        let endpoints = self.store.endpoints(EndpointKind::Destination).await?;
        let ids = endpoints.into_iter().map(|(name, endpoint)| (name, endpoint.id)).collect();
        let stops = rules::first_stops(&self.config, &ids);
        let (mut taken, mut waits, mut stays) = (BTreeMap::<String, u32>::new(), 0_u32, 0_u32);
        for lead in open {
            match self.hand_over_one(&person, lead, &stops).await? {
                Fate::Has(to) => *taken.entry(to).or_default() += 1,
                Fate::Waits => waits += 1,
                Fate::Stays => stays += 1,
            }
        }
        let mut parts: Vec<String> = taken.iter().map(|(to, n)| format!("{} takes {n}", self.title_of(to))).collect();
        if waits > 0 {
            parts.push(format!("{waits} wait in front until somebody has room"));
        }
        if stays > 0 {
            parts.push(format!("{stays} stay with {name}: on their way just now, do it again in a moment"));
        }
        Ok(for_good(parts.join(", ")))
    }

    async fn hand_over_one(
        &self,
        from: &str,
        lead: LeadId,
        stops: &BTreeMap<String, FirstStop>,
    ) -> Result<Fate, Refused> {
        let lead = self.find(lead).await?;
        let movable =
            |state| matches!(state, HandoffState::Queued | HandoffState::Accepted | HandoffState::NeedsPerson);
        let theirs = lead.handoff.as_ref().filter(|one| one.person == from && one.first_at.is_none());
        if theirs.is_none_or(|one| !movable(one.state)) {
            return Ok(Fate::Stays);
        }
        let mut rules = rules::in_force(&self.store, &self.config).await?;
        rules.away.insert(from.to_owned());
        let successor = Successor::new(rules, stops.clone(), self.config_id, self.now());
        let (who, from) = (self.seat.who.clone(), from.to_owned());
        let done = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(to) = successor.give(tx, &lead, &from, &who).await? {
                        return Ok(Fate::Has(to));
                    }
                    put_in_queue(tx, &lead, &from, &who).await?;
                    Ok(Fate::Waits)
                })
            })
            .await;
        match done {
            // Answered, or taken by somebody else, while this act looked at the others.
            Err(StoreError::Conflict) => Ok(Fate::Stays),
            other => Ok(other?),
        }
    }

    /// A person's name, or who there is.
    fn somebody(&self, person: &str) -> Result<String, Refused> {
        let known = self.config.people.get(person).map(|person| person.name.clone());
        known.ok_or_else(|| not_one_of(person, "the people ", self.config.people.keys().map(String::as_str)))
    }

    fn to_come(&self, until: Option<Timestamp>) -> Result<(), Refused> {
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Refused::BadValue("that moment is already over".into()));
        }
        Ok(())
    }

    /// What the config alone says of somebody.
    fn planned(&self, person: &str) -> Attendance {
        let rules = Rules::new(Arc::clone(&self.config), &BTreeMap::new(), std::collections::BTreeSet::new());
        rules.attendance.get(person).cloned().unwrap_or_default()
    }

    fn moment(&self, at: Timestamp) -> String {
        when(at, self.now(), &self.seat.zone)
    }

    fn until(&self, until: Option<Timestamp>) -> String {
        until.map_or_else(|| "until they are back".into(), |at| format!("until {}", self.moment(at)))
    }
}

fn unanswered(open: u32) -> String {
    match open {
        0 => String::new(),
        1 => "; 1 lead they have is not answered".into(),
        open => format!("; {open} leads they have are not answered"),
    }
}
