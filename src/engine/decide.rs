//! From a record to a decision: intake and qualification composed, and where the lead goes. Pure; used by
//! polling, by a person's edits and by every replay alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::shadow::Shade;
use crate::config::Config;
use crate::intake::{self, Clean};
use crate::lead::{Answer, Code, Consent, Contact, Criterion, Facts, Record, Region, Stage, Verdict, VerdictKind};
use crate::qualify;
use crate::queue::Lane;
use crate::source::Unreadable;
use crate::store::{Arrival, KnownPerson, Redecided, StoredLead};

/// What is stored beside a lead: readings, results and codes, and what people decided about it. No
/// personal data, and no sentences: those are worked out again by [`Decider::verdict`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stored {
    /// What was read.
    pub facts: Facts,
    /// Every criterion's result, and its code where it counts against the lead.
    #[serde(default)]
    pub marks: Vec<(Criterion, Answer, Option<Code>)>,
    /// A person's answers, by criterion.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub decided: BTreeMap<Criterion, Answer>,
    /// The service a person chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl Stored {
    /// Every reason that counts against the lead.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.marks.iter().filter_map(|(_, _, code)| code.as_ref())
    }
}

/// A stored decision, to be explained.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// What was stored.
    pub stored: &'a Stored,
    /// The verdict that was stored.
    pub kind: VerdictKind,
    /// Source id.
    pub source: &'a str,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// The config that decided is the present one.
    pub same_config: bool,
}

/// Cleans and decides under one config.
pub struct Decider {
    pub(super) config: Arc<Config>,
    rules: qualify::Rules,
    shade: Shade,
}

/// Where a decided lead goes.
struct Goes {
    stage: Stage,
    lane: Option<Lane>,
    priority: i64,
    expires_at: Option<Timestamp>,
}

/// What of a decision says where a lead goes.
struct Judged<'a> {
    kind: VerdictKind,
    service: Option<&'a str>,
    facts: &'a Facts,
    submitted_at: Timestamp,
}

impl<'a> Judged<'a> {
    fn of(decision: &'a qualify::Decision, submitted_at: Timestamp) -> Self {
        let (kind, service) = (decision.verdict.kind, decision.service.as_deref());
        Self { kind, service, facts: &decision.facts, submitted_at }
    }
}

/// A lead as it once was received.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// What was read and answered then.
    pub stored: &'a Stored,
    /// Its words, where they must be read anew.
    pub contact: Option<&'a Contact>,
    /// Source id.
    pub source: &'a str,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// When it was stored.
    pub received_at: Timestamp,
}

/// What would be decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The verdict.
    pub kind: VerdictKind,
    /// Every reason against it.
    pub codes: Vec<Code>,
    /// Service id, where it is clear.
    pub service: Option<String>,
    /// Where it would wait; qualified leads only.
    pub lane: Option<Lane>,
    /// Higher goes first.
    pub priority: i64,
    /// When it would give up waiting.
    pub expires_at: Option<Timestamp>,
}

impl Decider {
    /// A decider under `config`.
    pub fn new(config: &Arc<Config>) -> Self {
        Self { config: Arc::clone(config), rules: qualify::Rules::new(config), shade: Shade::default() }
    }

    /// The draft that decides new leads beside this config.
    pub const fn shade(&self) -> &Shade {
        &self.shade
    }

    /// What a record of `source` is, received at `now`.
    pub fn arrival(&self, source: &str, read: Result<Record, Unreadable>, now: Timestamp) -> Arrival {
        let record = match read {
            Ok(record) => record,
            Err(unreadable) => return aside(unreadable.id, &unreadable.raw, Some(&unreadable.why), Code::Format, now),
        };
        let mut clean = match intake::clean(&record, &self.config.business.country, now) {
            Ok(clean) => clean,
            Err(code) => {
                // Of a record that is gone nothing may be left but its id: whom that names the store knows.
                let gone = record.consent == Some(Consent::Withdrawn) && matches!(code, Code::Missing(_));
                let code = if gone { Code::ConsentNone } else { code };
                let mut kept = aside(record.id, &record.raw, None, code, now);
                kept.consent = record.consent.unwrap_or_default();
                kept.campaign = record.campaign;
                return kept;
            }
        };
        let digest = intake::digest(&clean);
        let (submitted_at, consent) = (clean.submitted_at, clean.consent);
        let (campaign, referral) = (clean.campaign.take(), clean.referral.take());
        Arrival {
            id: record.id,
            digest,
            raw: record.raw,
            submitted_at,
            campaign,
            referral,
            consent,
            what: Ok(self.person(source, clean, now)),
        }
    }

    fn person(&self, source: &str, clean: Clean, now: Timestamp) -> KnownPerson {
        let none = BTreeMap::new();
        let case = qualify::Case { source, submitted_at: clean.submitted_at, service: None, answers: &none };
        let subject = qualify::Subject { contact: &clean.contact, case };
        let decision = self.rules.decide_mutely(&subject, &self.config);
        let shadow = self.shade.says(&subject, &decision.verdict);
        let decided = Judged::of(&decision, clean.submitted_at);
        let goes = self.goes(source, &decided, clean.consent, now);
        let (service, score, kind) = (decision.service.clone(), decision.verdict.score, decision.verdict.kind);
        let stored = Stored { facts: decision.facts, marks: marks(&decision.verdict), ..Stored::default() };
        KnownPerson {
            contact: clean.contact,
            keys: clean.keys,
            stage: goes.stage,
            service,
            verdict: kind,
            score,
            facts: text(&stored),
            lane: goes.lane.as_ref().map(Lane::key),
            priority: goes.priority,
            expires_at: goes.expires_at,
            shadow,
        }
    }

    /// What a record would become, read and decided, without anything that is stored.
    ///
    /// # Errors
    /// Why it would become no lead.
    pub fn try_record(
        &self,
        source: &str,
        record: &Record,
        now: Timestamp,
    ) -> Result<(Contact, qualify::Decision), Code> {
        let clean = intake::clean(record, &self.config.business.country, now)?;
        let none = BTreeMap::new();
        let case = qualify::Case { source, submitted_at: clean.submitted_at, service: None, answers: &none };
        let decision = self.rules.decide(&qualify::Subject { contact: &clean.contact, case }, &self.config);
        Ok((clean.contact, decision))
    }

    /// Decides a stored lead again: after an edit, or with a person's answer in `stored`.
    pub fn again(
        &self,
        lead: &StoredLead,
        contact: Contact,
        mut stored: Stored,
        config: i64,
        now: Timestamp,
    ) -> Redecided {
        let case = qualify::Case {
            source: &lead.source,
            submitted_at: lead.submitted_at,
            service: stored.service.as_deref(),
            answers: &stored.decided,
        };
        let decision = self.rules.decide_mutely(&qualify::Subject { contact: &contact, case }, &self.config);
        let consent = if lead.stage == Stage::Pending { Consent::Pending } else { Consent::Request };
        let mut goes = self.goes(&lead.source, &Judged::of(&decision, lead.submitted_at), consent, now);
        if matches!(lead.stage, Stage::Out | Stage::Closed) {
            // With somebody already, or ended: the verdict is corrected, the lead stays where it is.
            goes = Goes { stage: lead.stage, lane: None, priority: goes.priority, expires_at: None };
        }
        let (service, score, kind) = (decision.service.clone(), decision.verdict.score, decision.verdict.kind);
        stored.facts = decision.facts;
        stored.marks = marks(&decision.verdict);
        Redecided {
            facts: text(&stored),
            contact,
            service,
            verdict: kind,
            score,
            stage: goes.stage,
            lane: goes.lane.as_ref().map(Lane::key),
            priority: goes.priority,
            expires_at: goes.expires_at,
            config,
        }
    }

    /// Every criterion of a stored lead under the present config, whatever config decided it.
    pub fn today(&self, lead: &StoredLead, stored: &Stored) -> Verdict {
        let case = qualify::Case {
            source: &lead.source,
            submitted_at: lead.submitted_at,
            service: stored.service.as_deref(),
            answers: &stored.decided,
        };
        self.rules.judge(&stored.facts, &case, &self.config).1
    }

    /// The verdict in full, by the very function that decided. Under a config that has changed since, the
    /// stored results and codes stand and the rules say that they are of another version.
    pub fn verdict(&self, of: Decided<'_>) -> Verdict {
        let stored = of.stored;
        let case = qualify::Case {
            source: of.source,
            submitted_at: of.submitted_at,
            service: stored.service.as_deref(),
            answers: &stored.decided,
        };
        let (_, mut verdict) = self.rules.judge(&stored.facts, &case, &self.config);
        if of.same_config {
            return verdict;
        }
        verdict.kind = of.kind;
        for mark in &mut verdict.marks {
            let Some((_, answer, code)) = stored.marks.iter().find(|(criterion, ..)| *criterion == mark.criterion)
            else {
                continue;
            };
            if (*answer, code) != (mark.answer, &mark.code) {
                mark.answer = *answer;
                mark.code.clone_from(code);
                mark.passes_if = None;
                "decided by rules that have changed since".clone_into(&mut mark.rule);
            }
        }
        verdict
    }

    /// Changes one field of a contact as a person typed it; returns what the person can now be known by.
    ///
    /// # Errors
    /// What is wrong with the value, for people.
    pub fn set_field(
        &self,
        contact: &mut Contact,
        field: &str,
        value: &str,
    ) -> Result<Vec<(&'static str, String)>, String> {
        // What a further criterion asks about may be told of a lead whose record did not have it.
        if self.config.minimums.iter().any(|minimum| minimum.field == field) {
            contact.extra.entry(field.to_owned()).or_default();
        }
        intake::set_field(contact, field, value, &self.config.business.country)
    }

    fn goes(&self, source: &str, judged: &Judged<'_>, consent: Consent, now: Timestamp) -> Goes {
        let stage = match judged.kind {
            _ if consent == Consent::Pending => Stage::Pending,
            VerdictKind::Qualified => Stage::Held,
            VerdictKind::Review => Stage::Review,
            VerdictKind::Disqualified => Stage::Disqualified,
        };
        let service = judged.service;
        let priority = self.priority(source, service);
        if stage != Stage::Held {
            return Goes { stage, lane: None, priority, expires_at: None };
        }
        let lane = self.lane(source, service, judged.facts, judged.submitted_at);
        let expires_at = self.hold_limit(&lane).and_then(|limit| now.checked_add(limit).ok());
        Goes { stage, lane: Some(lane), priority, expires_at }
    }

    /// Decides a lead of the past as it would be decided under this config, from what was read of it then; its
    /// words are read anew where they are given (a draft that changes what is looked for in them). Nothing of
    /// today enters: it is as if it had just been received.
    pub fn replay(&self, past: &Past<'_>) -> Replayed {
        let case = qualify::Case {
            source: past.source,
            submitted_at: past.submitted_at,
            service: past.stored.service.as_deref(),
            answers: &past.stored.decided,
        };
        let read = past.contact.map(|contact| self.rules.read(contact, past.submitted_at, &self.config));
        let facts = read.as_ref().unwrap_or(&past.stored.facts);
        let (service, verdict) = self.rules.judge_mutely(facts, &case, &self.config);
        let judged = Judged { kind: verdict.kind, service: service.as_deref(), facts, submitted_at: past.submitted_at };
        let goes = self.goes(past.source, &judged, Consent::Request, past.received_at);
        let codes = verdict.marks.into_iter().filter_map(|mark| mark.code).collect();
        Replayed {
            kind: verdict.kind,
            codes,
            service,
            lane: goes.lane,
            priority: goes.priority,
            expires_at: goes.expires_at,
        }
    }

    /// The region a territory is asked about: what the record says, else what its source's people are
    /// assumed to want.
    pub fn region(&self, source: &str, said: &Region) -> Region {
        let assumed = self.config.sources.get(source).and_then(|source| source.assume.region.clone());
        let Some(assumed) = assumed.filter(|one| said.country.is_none() || said.country == one.country) else {
            return said.clone();
        };
        Region {
            country: said.country.clone().or(assumed.country),
            subdivision: said.subdivision.clone().or(assumed.subdivision),
            postal_code: said.postal_code.clone().or(assumed.postal_code),
        }
    }
}

fn marks(verdict: &Verdict) -> Vec<(Criterion, Answer, Option<Code>)> {
    verdict.marks.iter().map(|mark| (mark.criterion.clone(), mark.answer, mark.code.clone())).collect()
}

fn text(stored: &Stored) -> String {
    serde_json::to_string(stored).unwrap_or_else(|_| "{}".into())
}

/// A record that makes no lead: kept raw with its reason.
fn aside(id: String, raw: &str, why: Option<&str>, code: Code, now: Timestamp) -> Arrival {
    let kept = match why {
        Some(why) => serde_json::json!({ "why": why, "raw": raw }).to_string(),
        None => raw.to_owned(),
    };
    let mut digest = [0_u8; 8];
    blake3::Hasher::new().update(raw.as_bytes()).finalize_xof().fill(&mut digest);
    Arrival {
        id,
        digest,
        raw: kept,
        submitted_at: now,
        campaign: None,
        referral: None,
        consent: Consent::Request,
        what: Err(code),
    }
}
