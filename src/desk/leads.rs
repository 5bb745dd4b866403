//! Lists of leads and one lead in full.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::store_desk::{StoreDesk, stages_of};
use super::view::{Ask, Event, HandoffRow, LeadDetail, LeadRow, List, Rows};
use super::{DeskError, words};
use crate::engine::decide::{Decided, Stored};
use crate::engine::rules;
use crate::lead::{Budget, Code, HandoffId, HandoffState, LeadId, Quality, Region, Stage, Token};
use crate::queue::forecast::forecast;
use crate::response::{ClockState, clock_state};
use crate::store::{EndpointKind, Filter, ListRow, StoredHandoff, Told};

/// Leads of a lane a forecast looks at.
const FORECAST_HEADS: usize = 500;
/// A forecast holds so long where nothing happens.
const FORECAST_FOR: SignedDuration = SignedDuration::from_secs(15);
/// Rows of the open list that are sorted together, where nobody asks for more.
const OPEN_MOST: u32 = 1_000;

/// When held leads leave the queue.
pub(super) type Leaves = Arc<BTreeMap<LeadId, Timestamp>>;

/// A forecast and what it was worked out from.
#[derive(Debug)]
pub(super) struct Foreseen {
    version: i64,
    at: Timestamp,
    leaves: Leaves,
}

impl StoreDesk {
    pub(super) async fn list(&self, ask: Ask) -> Result<Rows, DeskError> {
        let limit = if ask.list == List::Open { OPEN_MOST.max(ask.limit) } else { ask.limit.max(1) };
        let filter = Filter {
            list: ask.list,
            person: ask.person.clone(),
            text: if ask.list == List::Open { String::new() } else { ask.text.to_lowercase() },
            after: ask.after.as_deref().and_then(place),
            limit,
        };
        let counts = self.store.stage_counts().await?;
        let total = stages_of(ask.list).iter().filter_map(|stage| counts.get(stage)).sum();
        let found = self.store.list(filter).await?;
        let next = (ask.list != List::Open && found.len() >= limit as usize)
            .then(|| {
                found
                    .last()
                    .map(|row| format!("{}:{}", row.priority, if row.lead == 0 { row.inquiry } else { row.lead }))
            })
            .flatten();
        let leaves = if ask.list == List::Held { self.forecast().await? } else { Leaves::default() };
        let mut rows: Vec<LeadRow> = found.iter().map(|row| self.row(row, &leaves)).collect();
        if ask.list == List::Open {
            let now = self.now();
            let text = ask.text.to_lowercase();
            rows.retain(|row| text.is_empty() || matches(row, &text));
            rows.sort_by_key(|row| (row.need(now), row.answer_by.unwrap_or(Timestamp::MAX), row.lead));
            rows.truncate(ask.limit.max(1) as usize);
        }
        Ok(Rows { rows, total, next })
    }

    /// About when held leads leave the queue. Worked out once for everybody who asks until something happens.
    pub(super) async fn forecast(&self) -> Result<Leaves, DeskError> {
        let mut kept = self.leaves.lock().await;
        let (version, now) = (self.store.version().await?, self.now());
        let fresh = |one: &&Foreseen| one.version == version && now.duration_since(one.at).abs() < FORECAST_FOR;
        if let Some(one) = kept.as_ref().filter(fresh) {
            return Ok(Arc::clone(&one.leaves));
        }
        let rules = rules::in_force(&self.store, &self.config).await?;
        let (lanes, uses) = self.store.queue_state(rules::counts(&rules, now), FORECAST_HEADS).await?;
        let work = tokio::task::spawn_blocking(move || forecast(&rules, lanes, &uses, now));
        let leaves = work.await.map_err(|error| DeskError::Store(format!("the forecast stopped: {error}")))?;
        let leaves = Arc::new(leaves);
        *kept = Some(Foreseen { version, at: now, leaves: Arc::clone(&leaves) });
        Ok(leaves)
    }

    pub(super) fn row(&self, row: &ListRow, leaves: &BTreeMap<LeadId, Timestamp>) -> LeadRow {
        let stored: Stored = serde_json::from_str(&row.facts).unwrap_or_default();
        let stage = Stage::from_number(row.stage);
        let handoff = row.handoff.as_ref();
        LeadRow {
            lead: (row.lead != 0).then_some(LeadId(row.lead)),
            inquiry: row.inquiry,
            stage,
            name: if row.lead == 0 { format!("record {}", row.inquiry) } else { row.name.clone() },
            service: row.service.as_deref().map_or_else(|| "?".into(), |id| self.config.service_title(id).to_owned()),
            place: place_words(&self.decider.region(&row.source, &stored.facts.region)),
            budget: budget_words(&stored.facts.budget),
            score: row.score.and_then(|score| u8::try_from(score).ok()),
            source: row.source.clone(),
            received_at: row.received_at,
            owner: handoff.map(|handoff| self.title_of(&handoff.person)),
            handoff: handoff.map(|handoff| HandoffId(handoff.id)),
            state: handoff.and_then(|handoff| HandoffState::from_number(handoff.state)),
            answer_by: handoff.and_then(|handoff| handoff.answer_by),
            at_risk_from: handoff.and_then(|handoff| handoff.at_risk_at),
            first_at: handoff.and_then(|handoff| handoff.first_at),
            acknowledged: handoff.is_some_and(|handoff| handoff.ack_at.is_some()),
            snoozed_until: row.snoozed_until,
            codes: codes(row, stage, &stored),
            forecast: leaves.get(&LeadId(row.lead)).copied(),
        }
    }

    pub(super) async fn detail(&self, lead: LeadId) -> Result<LeadDetail, DeskError> {
        let missing = || DeskError::NotFound(format!("there is no lead {lead}"));
        let stored = self.store.lead(lead).await?.ok_or_else(missing)?;
        let row = self.store.list_one(lead).await?.ok_or_else(missing)?;
        let leaves = if stored.stage == Stage::Held { self.forecast().await? } else { Leaves::default() };
        let row = self.row(&row, &leaves);
        let facts: Stored = serde_json::from_str(&stored.facts).unwrap_or_default();
        let verdict = self.decider.verdict(Decided {
            stored: &facts,
            kind: stored.verdict,
            source: &stored.source,
            submitted_at: stored.submitted_at,
            same_config: stored.config == self.config_id,
        });
        let handoffs = self.store.handoffs_of(lead).await?;
        let told = self.store.story(lead).await?;
        let arrival = self.store.handoff_facts(lead).await.ok();
        let (now, zone) = (self.now(), &self.seat.zone);
        let open = handoffs.iter().find(|handoff| handoff.state != HandoffState::Dropped);
        Ok(LeadDetail {
            next: words::next_for(&row, open, now, zone),
            question: self.question_of(&stored),
            lead,
            row,
            contact: stored.contact,
            region: facts.facts.region,
            assumed: facts.facts.assumed,
            verdict,
            config_hash: self.store.config_hash(stored.config).await?.unwrap_or_default(),
            source: self.config.sources.get(&stored.source).map_or(stored.source, |source| source.title.clone()),
            campaign: arrival.as_ref().and_then(|facts| facts.campaign.clone()),
            referral: arrival.and_then(|facts| facts.referral),
            handoffs: handoffs.iter().map(|handoff| self.handoff(handoff)).collect(),
            timeline: told.iter().map(|one| self.event(one, false)).collect(),
        })
    }

    /// Handoffs as the lists show them: those that need somebody first.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn handoffs(&self, most: u32) -> Result<Vec<HandoffRow>, DeskError> {
        let mut found = self.store.handoffs_latest(i64::MAX, most).await?;
        let rank = |state: HandoffState| match state {
            HandoffState::Unknown => 0,
            HandoffState::NeedsPerson => 1,
            HandoffState::Sending | HandoffState::Queued => 2,
            HandoffState::Accepted => 3,
            _ => 4,
        };
        found.sort_by_key(|row| (rank(row.state), row.answer_by.unwrap_or(Timestamp::MAX), row.id));
        Ok(found.iter().map(|row| self.handoff(row)).collect())
    }

    /// Destinations of the config that are stopped or on trial, each in one sentence.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn stopped(&self) -> Result<Vec<String>, DeskError> {
        let rows = self.store.endpoints(EndpointKind::Destination).await?;
        let known = rows.into_iter().filter(|(name, _)| self.config.destinations.contains_key(name));
        let told = known.filter_map(|(name, row)| {
            let why = row.error.filter(|_| row.class.is_some())?;
            Some(format!("destination {name} is stopped, tried again at {}: {why}", row.due_at))
        });
        Ok(told.collect())
    }

    /// The present, as lists show ages.
    pub fn now_for_lists(&self) -> Timestamp {
        self.now()
    }

    pub(super) fn event(&self, told: &Told, name_lead: bool) -> Event {
        let text = words::sentence(told, &self.config);
        let lead = told.lead.filter(|_| name_lead).map(|lead| format!("{}: ", LeadId(lead)));
        Event {
            at: told.at,
            who: self.title_of(&told.who),
            text: lead.unwrap_or_default() + &text,
            lead: told.lead.map(LeadId),
        }
    }

    /// How the first-response clock of a handoff stands now, in its team's working time.
    fn clock_of(&self, row: &StoredHandoff) -> ClockState {
        let hours = self.config.teams.get(&row.team).map_or(&self.config.business.hours, |team| &team.hours);
        let until = row.closed_at.unwrap_or_else(|| self.now());
        clock_state(hours, row.answer_by, row.at_risk_at, row.first_at, until)
    }

    pub(super) fn handoff(&self, row: &StoredHandoff) -> HandoffRow {
        let clocked = row.accepted_at.zip(row.first_at);
        let business = clocked.and_then(|(accepted, first)| {
            let hours = &self.config.teams.get(&row.team)?.hours;
            Some(hours.elapsed(accepted, first).as_secs())
        });
        let due = match row.state {
            HandoffState::Accepted | HandoffState::Tracking => row.poll_at,
            HandoffState::Queued | HandoffState::Unknown => Some(row.due_at),
            _ => None,
        };
        HandoffRow {
            id: HandoffId(row.id),
            lead: LeadId(row.lead),
            name: row.name.clone(),
            token: Token::parse(&row.token).unwrap_or_else(|_| Token::from_entropy(0)),
            destination: row.destination.clone(),
            team: row.team.clone(),
            person: row.person.clone(),
            round: row.round,
            state: row.state,
            code: row.code.as_deref().and_then(|code| code.parse().ok()),
            last_text: row.last_text.clone(),
            attempt: row.attempt,
            due_at: due,
            decided_at: row.decided_at,
            accepted_at: row.accepted_at,
            answer_by: row.answer_by,
            at_risk_from: row.at_risk_at,
            clock: self.clock_of(row),
            paused: row.paused.filter(|(_, until)| *until > self.now()),
            ack_at: row.ack_at,
            first_at: row.first_at,
            first_quality: row.first_quality.and_then(|number| match number {
                1 => Some(Quality::Exact),
                2 => Some(Quality::Derived),
                3 => Some(Quality::Approximate),
                _ => None,
            }),
            first_business_secs: business,
            number: row.number.clone().or_else(|| row.reference.clone()),
            url: row.url.clone(),
            next: words::next_of(row, self.now(), &self.seat.zone),
        }
    }
}

fn place(text: &str) -> Option<(i64, i64)> {
    let (priority, id) = text.split_once(':')?;
    Some((priority.parse().ok()?, id.parse().ok()?))
}

fn matches(row: &LeadRow, text: &str) -> bool {
    let id = row.lead.map(|lead| lead.to_string()).unwrap_or_default();
    let fields = [&row.name, &row.service, &row.place, &row.source, &id];
    // `?` finds everybody who needs an answer, `timing?` those who are asked when.
    let asked = row.codes.iter().any(|code| match code {
        Code::UnknownField(field) => format!("{}?", field.to_lowercase()).contains(text),
        _ => false,
    });
    fields.iter().any(|field| field.to_lowercase().contains(text))
        || row.stage == Some(Stage::Review) && (asked || Stage::Review.word().contains(text))
        || row.owner.as_ref().is_some_and(|owner| owner.to_lowercase().contains(text))
}

fn codes(row: &ListRow, stage: Option<Stage>, stored: &Stored) -> Vec<Code> {
    match stage {
        Some(Stage::Held) => {
            row.lane_codes.as_deref().and_then(|codes| serde_json::from_str(codes).ok()).unwrap_or_default()
        }
        Some(Stage::Out) => row.handoff.iter().filter_map(|one| one.code.as_deref()?.parse().ok()).collect(),
        Some(Stage::Closed) | None => row.end_code.iter().filter_map(|code| code.parse().ok()).collect(),
        _ => row.end_code.iter().filter_map(|c| c.parse().ok()).chain(stored.codes().cloned()).collect(),
    }
}

fn place_words(region: &Region) -> String {
    match (&region.postal_code, &region.country) {
        (Some(code), _) => code.clone(),
        (None, Some(country)) => country.clone(),
        (None, None) => "?".into(),
    }
}

/// A budget in a few characters: `12k EUR`, `≤5k EUR`, `8k–12k`.
fn budget_words(budget: &Budget) -> String {
    use crate::lead::Qualifier;
    use rust_decimal::Decimal;
    let short = |amount: Decimal| {
        let thousand = Decimal::from(1_000);
        if amount.abs() >= thousand {
            format!("{}k", (amount / thousand).round_dp(1).normalize())
        } else {
            amount.normalize().to_string()
        }
    };
    let currency = budget.currency.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
    match (budget.min, budget.max, budget.qualifier) {
        (None, None, _) => "–".into(),
        (Some(min), Some(max), _) if min != max => format!("{}–{}{currency}", short(min), short(max)),
        (Some(one), _, Qualifier::AtLeast) => format!("≥{}{currency}", short(one)),
        (_, Some(one), Qualifier::AtMost) => format!("≤{}{currency}", short(one)),
        (Some(one), _, _) | (None, Some(one), _) => format!("{}{currency}", short(one)),
    }
}
