//! The past decided again, twice: by the rules in force and by the draft.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::flow::{Flow, Wanted};
use super::outcome::{Difference, Outcome, Part};
use super::pace::Paces;
use crate::config::Config;
use crate::config::checked::MinimumRule;
use crate::engine::Decider;
use crate::engine::decide::{Past, Replayed, Stored};
use crate::lead::{Code, LeadId, Region, VerdictKind};
use crate::queue::Rules;
use crate::store::PastLead;

/// Most flipped leads kept one by one; more are counted.
const FLIPS_MOST: usize = 10_000;

/// A lead whose verdict the draft changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// The lead.
    pub lead: LeadId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Source id.
    pub source: String,
    /// By the rules in force.
    pub from: VerdictKind,
    /// By the draft.
    pub to: VerdictKind,
    /// Service by the rules in force, and by the draft.
    pub service: (Option<String>, Option<String>),
    /// Reasons against it by the rules in force that the draft drops.
    pub no_longer: Vec<Code>,
    /// Reasons against it that the draft adds.
    pub now: Vec<Code>,
}

/// One config with everything that decides.
struct Side {
    decider: Decider,
    rules: Rules,
    flow: Flow,
    outcome: Outcome,
}

/// The past under two configs.
pub struct Replay {
    live: Side,
    draft: Side,
    config: Arc<Config>,
    /// Leads whose verdict the draft changes, the first [`FLIPS_MOST`].
    pub flips: Vec<Flip>,
    /// How many verdicts the draft changes.
    pub flipped: u64,
    /// Leads looked at.
    pub leads: u64,
    /// Leads that other rules than today's decided; they are compared with what today's say.
    pub older_rules: u64,
    /// Leads whose stored verdict is not what the same rules say again: zero, unless something is broken.
    pub astray: u64,
    /// Leads that must be read anew and whose words are gone: they keep what was read.
    pub words_gone: u64,
    reread: bool,
}

impl Replay {
    /// A replay of rules in force against a draft.
    pub fn new(live: Rules, draft: Rules) -> Self {
        let (config, other) = (Arc::clone(&live.config), Arc::clone(&draft.config));
        let reread = !reads_alike(&config, &other);
        let side = |rules: Rules| Side {
            decider: Decider::new(&rules.config),
            rules,
            flow: Flow::default(),
            outcome: Outcome::default(),
        };
        Self {
            live: side(live),
            draft: side(draft),
            config,
            flips: Vec::new(),
            flipped: 0,
            leads: 0,
            older_rules: 0,
            astray: 0,
            words_gone: 0,
            reread,
        }
    }

    /// Must the leads' words be read anew? Then pages must bring them.
    pub fn needs_words(&self) -> bool {
        self.reread
    }

    /// Decides a page of leads both ways, in order of their ids. `config_id`: the version in force.
    ///
    /// # Errors
    /// What is stored of a lead cannot be understood.
    pub fn take(&mut self, page: &[PastLead], config_id: i64) -> Result<(), String> {
        for lead in page {
            let stored: Stored =
                serde_json::from_str(&lead.facts).map_err(|error| format!("lead {}: {error}", lead.id))?;
            self.one(lead, &stored, lead.config == config_id);
        }
        Ok(())
    }

    fn one(&mut self, lead: &PastLead, stored: &Stored, same_config: bool) {
        let past = Past {
            stored,
            contact: None,
            source: &lead.source,
            submitted_at: lead.submitted_at,
            received_at: lead.received_at,
        };
        let live = self.live.decider.replay(&past);
        let contact = lead.contact.as_ref().filter(|_| self.reread);
        self.words_gone += u64::from(self.reread && contact.is_none());
        let draft = self.draft.decider.replay(&Past { contact, ..past });
        self.leads += 1;
        self.older_rules += u64::from(!same_config);
        self.astray += u64::from(same_config && (live.kind, &live.service) != (lead.verdict, &lead.service));
        if (live.kind, &live.service) != (draft.kind, &draft.service) {
            self.flipped += 1;
            if self.flips.len() < FLIPS_MOST {
                self.flips.push(flip(lead, &live, &draft));
            }
        }
        let day = self.config.business.zone.to_datetime(lead.received_at).date();
        let region = region_key(&stored.facts.region);
        self.live.count(lead, live, &region, day);
        self.draft.count(lead, draft, &region, day);
    }

    /// Releases and answers what qualified, both ways, up to `until`. `goes_on` is asked now and then; a no
    /// ends it with `None`.
    pub fn finish(mut self, paces: &Paces, until: Timestamp, goes_on: &dyn Fn() -> bool) -> Option<Done> {
        let mut done = self.told(paces);
        done.difference.now = self.live.finish(paces, until, goes_on)?;
        done.difference.draft = self.draft.finish(paces, until, goes_on)?;
        Some(done)
    }

    /// As [`Replay::finish`], with what the draft qualified released under each of `rules` in turn: rules that decide
    /// as the draft does, which a cap's maximum never changes. The draft of what is returned is the last of them.
    /// `told` hears of each.
    pub fn finish_each(
        mut self,
        rules: &[Rules],
        paces: &Paces,
        until: Timestamp,
        goes_on: &dyn Fn() -> bool,
        told: &dyn Fn(),
    ) -> Option<(Done, Vec<Outcome>)> {
        let mut done = self.told(paces);
        done.difference.now = self.live.finish(paces, until, goes_on)?;
        let Side { mut flow, outcome, .. } = self.draft;
        let mut outcomes = Vec::with_capacity(rules.len());
        for rules in rules {
            let mut one = outcome.clone();
            flow.run(rules, paces, until, &mut one, goes_on)?;
            outcomes.push(one);
            told();
        }
        done.difference.draft = outcomes.last().cloned().unwrap_or_default();
        Some((done, outcomes))
    }

    /// What was found so far, without figures.
    fn told(&mut self, paces: &Paces) -> Done {
        self.flips.sort_by_key(|flip| flip.lead);
        Done {
            difference: Difference::default(),
            flips: std::mem::take(&mut self.flips),
            flipped: self.flipped,
            leads: self.leads,
            older_rules: self.older_rules,
            astray: self.astray,
            words_gone: self.words_gone,
            answers: paces.answers as u64,
        }
    }
}

/// What a replay found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The figures.
    #[serde(flatten)]
    pub difference: Difference,
    /// Leads whose verdict the draft changes, in order of receipt; the first ten thousand.
    pub flips: Vec<Flip>,
    /// How many verdicts the draft changes.
    pub flipped: u64,
    /// Leads looked at.
    pub leads: u64,
    /// Leads that older rules decided; compared with what today's say.
    pub older_rules: u64,
    /// Leads whose stored verdict is not what the same rules say again.
    pub astray: u64,
    /// Leads that keep what was read, because their words are gone.
    pub words_gone: u64,
    /// Answers of people their pace was measured from.
    pub answers: u64,
}

impl Side {
    fn count(&mut self, lead: &PastLead, decided: Replayed, region: &str, day: Date) {
        let qualified = u64::from(decided.kind == VerdictKind::Qualified);
        let outcome = &mut self.outcome;
        let parts = [
            outcome.sources.entry(lead.source.clone()).or_default(),
            outcome.regions.entry(region.to_owned()).or_default(),
            &mut outcome.all,
        ];
        for part in parts {
            part.leads += 1;
            part.qualified += qualified;
        }
        match decided.kind {
            VerdictKind::Qualified => *outcome.qualified_per_day.entry(day).or_default() += 1,
            VerdictKind::Review => outcome.review += 1,
            VerdictKind::Disqualified => outcome.disqualified += 1,
        }
        if let Some(lane) = decided.lane {
            self.flow.wants(Wanted {
                lead: lead.id,
                at: lead.received_at,
                lane,
                region: region.to_owned(),
                priority: decided.priority,
                expires_at: decided.expires_at,
            });
        }
    }

    fn finish(mut self, paces: &Paces, until: Timestamp, goes_on: &dyn Fn() -> bool) -> Option<Outcome> {
        self.flow.run(&self.rules, paces, until, &mut self.outcome, goes_on)?;
        Some(self.outcome)
    }
}

/// Do two configs look for the same things in a text?
fn reads_alike(one: &Config, other: &Config) -> bool {
    let words = |config: &Config| -> Vec<(String, Vec<String>, Vec<String>)> {
        let services = config.services.values();
        services.map(|service| (service.id.clone(), service.words.clone(), service.not_words.clone())).collect()
    };
    let fields = |config: &Config| -> Vec<(String, String, Option<Vec<String>>)> {
        let words = |rule: &MinimumRule| match rule {
            MinimumRule::OneOf(words) => Some(words.clone()),
            _ => None,
        };
        config.minimums.iter().map(|one| (one.id.clone(), one.field.clone(), words(&one.rule))).collect()
    };
    let business = |config: &Config| (config.business.languages.clone(), config.business.country.clone());
    words(one) == words(other)
        && fields(one) == fields(other)
        && business(one) == business(other)
        && one.business.zone == other.business.zone
}

fn flip(lead: &PastLead, live: &Replayed, draft: &Replayed) -> Flip {
    let only = |these: &[Code], those: &[Code]| these.iter().filter(|code| !those.contains(code)).cloned().collect();
    Flip {
        lead: lead.id,
        received_at: lead.received_at,
        source: lead.source.clone(),
        from: live.kind,
        to: draft.kind,
        service: (live.service.clone(), draft.service.clone()),
        no_longer: only(&live.codes, &draft.codes),
        now: only(&draft.codes, &live.codes),
    }
}

fn region_key(region: &Region) -> String {
    match (&region.subdivision, &region.country, &region.postal_code) {
        (Some(subdivision), ..) => subdivision.clone(),
        (None, Some(country), Some(code)) => format!("{country} {}", code.chars().take(2).collect::<String>()),
        (None, Some(country), None) => country.clone(),
        _ => "?".to_owned(),
    }
}

impl Part {
    /// Counts a release of `late` promise.
    pub(super) fn gave(&mut self, late: bool) {
        self.handed_off += 1;
        self.late += u64::from(late);
    }
}
