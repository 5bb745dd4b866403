//! Explains a decision by the functions that made it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::DeskError;
use super::figures::{cap_title, stopped_words};
use super::store_desk::StoreDesk;
use super::view::{ExplainedCriterion, Explanation, Holds, LeadDetail};
use crate::config::checked::Scope;
use crate::engine::rules;
use crate::lead::{Answer, Code, Contact, Criterion, LeadId, Mark, Record, Region, Stage, Verdict};
use crate::qualify::{self, READERS};
use crate::queue::Limit;

/// What is to be explained.
#[derive(Debug, Clone)]
pub enum ExplainAsk {
    /// A lead.
    Lead(LeadId),
    /// A record of a source as it would be decided if it came now; nothing is stored.
    Record {
        /// Source id.
        source: String,
        /// The record.
        record: Box<Record>,
    },
}

impl StoreDesk {
    /// The source's id where there is one only.
    pub fn only_source(&self) -> Option<String> {
        let mut ids = self.config.sources.keys();
        ids.next().filter(|_| ids.next().is_none()).cloned()
    }

    pub(super) async fn explained(&self, ask: ExplainAsk) -> Result<Explanation, DeskError> {
        match ask {
            ExplainAsk::Lead(lead) => self.explain_lead(lead).await,
            ExplainAsk::Record { source, record } => self.explain_record(&source, &record),
        }
    }

    async fn explain_lead(&self, lead: LeadId) -> Result<Explanation, DeskError> {
        let detail = self.detail(lead).await?;
        let in_force = detail.config_hash == self.config.hash;
        let stored = self.store.lead(lead).await?;
        let (service, source) = stored.map(|stored| (stored.service, stored.source)).unwrap_or_default();
        let held = detail.row.stage == Some(Stage::Held);
        let held_by = if held { self.holds(&detail.row.codes).await? } else { Vec::new() };
        let criteria =
            self.criteria(&detail.verdict, &detail.contact, service.as_deref(), (&source, &detail.region), in_force);
        let LeadDetail { verdict, row, config_hash, next, .. } = detail;
        Ok(Explanation {
            lead: Some(lead),
            verdict: verdict.kind,
            service,
            score: row.score,
            criteria,
            assumed: detail.assumed.iter().map(|assumed| qualify::assumption(*assumed).to_owned()).collect(),
            config_hash,
            config_in_force: in_force,
            readers: READERS,
            stage: row.stage,
            held_by,
            leaves_at: row.forecast,
            next,
        })
    }

    fn explain_record(&self, source: &str, record: &Record) -> Result<Explanation, DeskError> {
        if !self.config.sources.contains_key(source) {
            let near = crate::names::nearest(source, self.config.sources.keys().map(String::as_str));
            let near = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
            return Err(DeskError::NotFound(format!("{source:?} is not one of the sources{near}")));
        }
        let now = self.now();
        let refused =
            |code: Code| DeskError::NotFound(format!("it would become no lead: {} ({code})", code.sentence()));
        let (contact, decision) = self.decider.try_record(source, record, now).map_err(refused)?;
        let kind = decision.verdict.kind;
        let next = match kind {
            crate::lead::VerdictKind::Qualified => "It would wait in the queue for whoever is free first.",
            crate::lead::VerdictKind::Review => "A person would be asked the open question.",
            crate::lead::VerdictKind::Disqualified => "It would be kept, with every reason, and handed to nobody.",
        };
        Ok(Explanation {
            lead: None,
            verdict: kind,
            criteria: self.criteria(
                &decision.verdict,
                &contact,
                decision.service.as_deref(),
                (source, &decision.facts.region),
                true,
            ),
            service: decision.service,
            score: decision.verdict.score,
            assumed: decision.facts.assumed.iter().map(|one| qualify::assumption(*one).to_owned()).collect(),
            config_hash: self.config.hash.clone(),
            config_in_force: true,
            readers: READERS,
            stage: None,
            held_by: Vec::new(),
            leaves_at: None,
            next: next.to_owned(),
        })
    }

    fn criteria(
        &self,
        verdict: &Verdict,
        contact: &Contact,
        service: Option<&str>,
        (source, region): (&str, &Region),
        in_force: bool,
    ) -> Vec<ExplainedCriterion> {
        let place = qualify::with_assumed(region, self.config.sources.get(source));
        let fitted = service.and_then(|id| self.config.services.get(id));
        let by = fitted.map(|service| self.config.criteria_for(service, source, &place).by).unwrap_or_default();
        let explained = |mark: &Mark| {
            let key = service.map(|service| key(service, &by, mark));
            let line = |key: &str| self.config.origins.of_key(key).filter(|_| in_force).map(str::to_owned);
            let weight_key = weight_key(&by, &mark.criterion);
            let factor = verdict.factors.iter().find(|factor| factor.criterion == mark.criterion);
            ExplainedCriterion {
                criterion: mark.criterion.clone(),
                answer: mark.answer,
                written: written(contact, &mark.criterion),
                read: mark.read.clone(),
                rule: mark.rule.clone(),
                written_at: key.as_deref().and_then(line),
                key,
                code: mark.code.clone(),
                sentence: mark.code.as_ref().map(Code::sentence),
                passes_if: mark.passes_if.clone().filter(|_| mark.code.is_some()),
                points: factor.map(|factor| (factor.weight, factor.points)),
                weight_at: weight_key.as_deref().and_then(line),
                weight_key,
            }
        };
        verdict.marks.iter().map(explained).collect()
    }

    /// Each thing that holds a lead and when it ends by the clock alone.
    async fn holds(&self, codes: &[Code]) -> Result<Vec<Holds>, DeskError> {
        let rules = rules::in_force(&self.store, &self.config).await?;
        let now = self.now();
        let (_, uses) = self.store.queue_state(rules::counts(&rules, now), 1).await?;
        let frees = |code: &Code| -> Option<Timestamp> {
            match code {
                Code::Cap(id) => {
                    let cap = rules.caps.get(id)?;
                    let taken = uses.get(id).cloned().unwrap_or_default();
                    Limit::of(cap, &rules, now)?.frees_at(cap, &rules, &taken, 1)
                }
                Code::OffHours => self.config.teams.values().filter_map(|team| team.hours.next_open(now)).min(),
                _ => None,
            }
        };
        let stops = self.store.stop_losses().await?;
        let title = |code: &Code| match code {
            Code::Cap(id) if let Some(stop) = stops.get(id) => {
                let words = stopped_words(stop, now, &self.seat.zone).1;
                format!("The stop-loss {id} is closed: {words}.")
            }
            Code::Cap(id) => rules.caps.get(id).map_or_else(
                || code.sentence(),
                |cap| format!("{} ({} for {})", code.sentence(), cap_title(cap), scope(&cap.scope)),
            ),
            _ => code.sentence(),
        };
        let holds = |code: &Code| Holds { code: code.clone(), sentence: title(code), frees_at: frees(code) };
        Ok(codes.iter().map(holds).collect())
    }
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "everything".into(),
        Scope::Source(id) => format!("source {id}"),
        Scope::Service(id) => format!("service {id}"),
        Scope::Team(id) => format!("team {id}"),
        Scope::Person(id) => id.clone(),
        Scope::Destination(id) => format!("destination {id}"),
    }
}

/// The key that decided a criterion: an exception's where one wrote it, else the service's.
fn key(service: &str, by: &BTreeMap<&'static str, &str>, mark: &Mark) -> String {
    let unknown = matches!((mark.answer, &mark.code), (Answer::Unknown, None) | (_, Some(Code::UnknownField(_))));
    let own = match (&mark.criterion, &mark.code) {
        (Criterion::Field(name), _) if unknown => return format!("minimum.{name}.unknown"),
        (Criterion::Field(name), _) => return format!("minimum.{name}"),
        (Criterion::Need, _) if !unknown => return format!("service.{service}.words"),
        (Criterion::Need, _) => "need.unknown",
        (Criterion::Timing, _) if unknown => "timing.unknown",
        (Criterion::Timing, _) => "timing.within",
        (Criterion::Region, _) if unknown => "region.unknown",
        (Criterion::Region, _) => "region",
        (Criterion::Budget, _) if unknown => "budget.unknown",
        (Criterion::Budget, Some(Code::BudgetHigh)) => "budget.at_most",
        (Criterion::Budget, _) => "budget.at_least",
    };
    match by.get(own) {
        Some(exception) => format!("exception.{exception}.criteria.{own}"),
        None => format!("service.{service}.criteria.{own}"),
    }
}

/// The key of the exception that says what a criterion weighs.
fn weight_key(by: &BTreeMap<&'static str, &str>, criterion: &Criterion) -> Option<String> {
    let own = match criterion {
        Criterion::Need => "weights.need",
        Criterion::Timing => "weights.timing",
        Criterion::Region => "weights.region",
        Criterion::Budget => "weights.budget",
        Criterion::Field(_) => return None,
    };
    by.get(own).map(|exception| format!("exception.{exception}.criteria.{own}"))
}

pub(super) fn written(contact: &Contact, criterion: &Criterion) -> String {
    match criterion {
        Criterion::Need => contact.need.clone(),
        Criterion::Timing => contact.timing.clone(),
        Criterion::Budget => contact.budget.clone(),
        Criterion::Region => {
            let place = &contact.place;
            let parts = [&place.postal_code, &place.city, &place.subdivision, &place.country];
            let said: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            said.join(" ")
        }
        Criterion::Field(name) => contact.extra.get(name).cloned().unwrap_or_default(),
    }
}
