//! Composes what a handoff says from what the store knows: the only place where a lead's facts become a
//! [`Card`].

use jiff::Timestamp;

use super::Decider;
use super::decide::{Decided, Stored};
use super::wiring::Parts;
use crate::config::Config;
use crate::handoff::{Card, Owner};
use crate::lead::Contact;
use crate::response::link;
use crate::store::{Claimed, HandoffFacts};

/// How an instant is written in a handoff: weekday, date, time and zone, so that nobody has to guess.
const WHEN: &str = "%a %-d %b %Y %H:%M";

/// The card of a claimed handoff, as of `now`.
///
/// # Errors
/// The stored facts cannot be read, or the person has left the config: says which.
pub fn card(parts: &Parts, of: &Claimed, facts: &HandoffFacts, now: Timestamp) -> Result<Card, String> {
    let made_from = MadeFrom {
        config: &parts.config,
        decider: &parts.decider,
        config_id: parts.config_id,
        link_key: &parts.store.link_key(),
    };
    made_from.card(of, facts, now)
}

/// What a card is made from.
pub struct MadeFrom<'a> {
    /// The config.
    pub config: &'a Config,
    /// Reads stored facts.
    pub decider: &'a Decider,
    /// The config's row.
    pub config_id: i64,
    /// Signs the link that says yes.
    pub link_key: &'a [u8; 32],
}

impl MadeFrom<'_> {
    /// The card of a handoff, as of `now`.
    ///
    /// # Errors
    /// As [`card`].
    pub fn card(&self, of: &Claimed, facts: &HandoffFacts, now: Timestamp) -> Result<Card, String> {
        let config = self.config;
        let contact: Contact = serde_json::from_str(&facts.contact)
            .map_err(|error| format!("the contact of lead {}: {error}", of.lead))?;
        let stored: Stored =
            serde_json::from_str(&facts.facts).map_err(|error| format!("the facts of lead {}: {error}", of.lead))?;
        let verdict = self.decider.verdict(Decided {
            stored: &stored,
            kind: facts.verdict,
            source: &facts.source,
            submitted_at: facts.submitted_at,
            same_config: facts.config == self.config_id,
        });
        let person =
            config.people.get(&of.person).ok_or_else(|| format!("{} is no longer in the config", of.person))?;
        let team = config.teams.get(&of.team).ok_or_else(|| format!("team {} is no longer in the config", of.team))?;
        let route =
            config.routes.get(&of.route).ok_or_else(|| format!("route {} is no longer in the config", of.route))?;
        let zone = team.hours.zone();
        let words = |at: Option<Timestamp>| {
            let name = zone.iana_name().unwrap_or("local time");
            at.map(|at| format!("{} ({name})", at.to_zoned(zone.clone()).strftime(WHEN))).unwrap_or_default()
        };
        Ok(Card {
            token: of.token.clone(),
            lead: of.lead,
            round: of.round,
            contact,
            service: facts.service.as_deref().map_or_else(String::new, |id| config.service_title(id).to_owned()),
            marks: verdict.marks,
            score: facts.score.and_then(|score| u8::try_from(score).ok()),
            source: config
                .sources
                .get(&facts.source)
                .map_or_else(|| facts.source.clone(), |source| source.title.clone()),
            campaign: facts.campaign.clone(),
            referral: facts.referral.clone(),
            submitted_at: facts.submitted_at,
            owner: Owner { id: person.id.clone(), name: person.name.clone(), email: person.email.clone() },
            team: team.title.clone(),
            decided_at: of.decided_at,
            answer_by: words(facts.answer_by.or_else(|| team.hours.add(now, route.answer_within))),
            acknowledge_by: words(route.acknowledge_within.and_then(|within| team.hours.add(now, within))),
            accept_at: config.listen.as_ref().and_then(|listen| listen.yes_at(&link::sign(self.link_key, of.id, now))),
            business: config.business.name.clone(),
        })
    }
}
