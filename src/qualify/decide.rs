//! The verdict: every criterion's answer, the rule of `domain-rules` 3 over them, and the score. Pure: the
//! same words, rules and day give the same verdict, whoever asks and whenever.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::criteria::{FULL, Found, Rates, budget, region, timing};
use super::lexicon::Lexicon;
use super::minimum;
use super::need::{Catalogue, clear, says_nothing};
use super::say::{self, Words};
use super::{budget as money, region as places, timing as dates};
use crate::config::Config;
use crate::config::checked::{Criteria, Minimum, Policy, Service, Source};
use crate::lead::reading::{Assumed, Match};
use crate::lead::{Answer, Code, Contact, Criterion, Factor, Facts, Mark, Region, Verdict, VerdictKind};

/// What is known of a lead besides its words.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Source id.
    pub source: &'a str,
    /// When the person asked, by the source; else when it was received.
    pub submitted_at: Timestamp,
    /// The service a person chose for it.
    pub service: Option<&'a str>,
    /// Criteria a person answered; [`Answer::Unknown`] takes nothing back.
    pub answers: &'a BTreeMap<Criterion, Answer>,
}

/// A lead to decide.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its words.
    pub contact: &'a Contact,
    /// The rest.
    pub case: Case<'a>,
}

/// What was decided, and from what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Service id, where it is clear.
    pub service: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// What was read.
    pub facts: Facts,
}

/// The texts of a service's rules.
#[derive(Debug, Clone, Default)]
struct Asked {
    need: String,
    timing: String,
    region: String,
    budget: String,
}

impl Asked {
    fn of(words: &[String], criteria: &Criteria, home: &str) -> Self {
        Self {
            need: format!("one of: {}", say::words(words)),
            timing: say::timing_rule(&criteria.timing),
            region: say::region_rule(&criteria.region, home),
            budget: say::budget_rule(&criteria.budget),
        }
    }

    /// The same with the exceptions that wrote them named.
    fn naming(mut self, by: &BTreeMap<&'static str, &str>) -> Self {
        for (text, keys) in [
            (&mut self.timing, ["timing.within", ""]),
            (&mut self.region, ["region", ""]),
            (&mut self.budget, ["budget.at_least", "budget.at_most"]),
        ] {
            if let Some(id) = keys.iter().find_map(|key| by.get(key)) {
                text.push_str(" (exception ");
                text.push_str(id);
                text.push(')');
            }
        }
        self
    }
}

/// What conditions may ask about a lead, as JSON: what was read of it, its region with what its source assumes.
pub fn known(facts: &Facts, case: &Case<'_>, config: &Config) -> serde_json::Value {
    let place = with_assumed(&facts.region, config.sources.get(case.source));
    let today = local_day(case.submitted_at, config);
    let service = case.service.unwrap_or_default();
    minimum::Known { service, source: case.source, facts, region: &place, today }.as_json()
}

/// One criterion on its way to a mark.
struct Row {
    criterion: Criterion,
    found: Found,
    policy: Policy,
    rule: String,
    weight: u16,
}

impl Row {
    fn by_person(self, answers: &BTreeMap<Criterion, Answer>, words: Words) -> Self {
        Self { found: by_person(self.found, &self.criterion, answers, words), ..self }
    }
}

/// A config's rules, prepared once for many leads.
#[derive(Debug, Clone)]
pub struct Rules {
    lexicon: Lexicon,
    catalogue: Catalogue,
    asked: BTreeMap<String, Asked>,
}

impl Rules {
    /// Prepares the catalogue, the phrases of the business's languages and the texts of the rules.
    pub fn new(config: &Config) -> Self {
        let services = config.services.values();
        let asked = |service: &Service| Asked::of(&service.words, &service.criteria, &config.business.country);
        Self {
            lexicon: Lexicon::new(&config.business.languages),
            catalogue: Catalogue::new(
                services.clone().map(|s| (s.id.as_str(), s.words.as_slice(), s.not_words.as_slice())),
            ),
            asked: services.map(|service| (service.id.clone(), asked(service))).collect(),
        }
    }

    /// Reads a lead's words: all that a verdict needs of them.
    pub fn read(&self, contact: &Contact, submitted_at: Timestamp, config: &Config) -> Facts {
        let home = config.business.country.as_str();
        let place = places::read(&contact.place, home);
        let country = place.region.country.as_deref().unwrap_or(home);
        let when = dates::read(&contact.timing, local_day(submitted_at, config), country, &self.lexicon);
        let amount = money::read(&contact.budget, country);
        let needs = self.catalogue.matches(&contact.need);
        let other_need = needs.is_empty() && !says_nothing(&contact.need);
        let assumed = [
            (when.ambiguous, Assumed::DateOrder),
            (amount.ambiguous, Assumed::AmountNotation),
            (place.assumed_country, Assumed::Country),
        ];
        let assumed = assumed.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
        let fields = minimum::read(contact, &config.minimums, country);
        Facts { timing: when.timing, region: place.region, budget: amount.budget, needs, other_need, fields, assumed }
    }

    /// Reads and decides.
    pub fn decide(&self, subject: &Subject<'_>, config: &Config) -> Decision {
        let facts = self.read(subject.contact, subject.case.submitted_at, config);
        let (service, verdict) = self.judge(&facts, &subject.case, config);
        Decision { service, verdict, facts }
    }

    /// Decides from what was read before: the service, where it is clear, and the verdict.
    pub fn judge(&self, facts: &Facts, case: &Case<'_>, config: &Config) -> (Option<String>, Verdict) {
        self.weigh(facts, case, config, Words::Said)
    }

    /// As [`Rules::decide`], with results, codes and score alone: every sentence of the verdict is empty. For
    /// what is stored and not shown, several times as fast.
    pub fn decide_mutely(&self, subject: &Subject<'_>, config: &Config) -> Decision {
        let facts = self.read(subject.contact, subject.case.submitted_at, config);
        let (service, verdict) = self.judge_mutely(&facts, &subject.case, config);
        Decision { service, verdict, facts }
    }

    /// As [`Rules::judge`], with results, codes and score alone.
    pub fn judge_mutely(&self, facts: &Facts, case: &Case<'_>, config: &Config) -> (Option<String>, Verdict) {
        self.weigh(facts, case, config, Words::Left)
    }

    fn weigh(&self, facts: &Facts, case: &Case<'_>, config: &Config, words: Words) -> (Option<String>, Verdict) {
        let source = config.sources.get(case.source);
        let chosen = Choice::new(facts, case, source, config, words);
        let Some(service) = chosen.rules else { return (None, nothing_to_ask()) };
        let place = with_assumed(&facts.region, source);
        let fitted = config.criteria_for(service, case.source, &place);
        let criteria = fitted.criteria.as_ref();
        let today = local_day(case.submitted_at, config);
        let home = config.business.country.as_str();
        let rates = Rates { rates: &config.rates, home: &config.business.currency };
        let asked = match self.asked.get(&service.id).filter(|_| fitted.by.is_empty()) {
            Some(asked) => Cow::Borrowed(asked),
            None if words == Words::Left => Cow::Owned(Asked::default()),
            None => Cow::Owned(Asked::of(&service.words, criteria, home).naming(&fitted.by)),
        };
        let rows = [
            (Criterion::Need, chosen.found, criteria.need_unknown, &asked.need),
            (
                Criterion::Timing,
                timing(&facts.timing, &criteria.timing, today, words),
                criteria.timing.unknown,
                &asked.timing,
            ),
            (Criterion::Region, region(&place, &criteria.region, home, words), criteria.region.unknown, &asked.region),
            (
                Criterion::Budget,
                budget(&facts.budget, &criteria.budget, rates, words),
                criteria.budget.unknown,
                &asked.budget,
            ),
        ];
        let known = minimum::Known { service: &service.id, source: case.source, facts, region: &place, today };
        let asks = |one: &&Minimum| one.asks(&service.id, case.source);
        let minimums = config.minimums.iter().filter(asks).map(|one| Row {
            criterion: Criterion::Field(one.id.clone()),
            found: minimum::judge(one, &known, words),
            policy: one.unknown,
            rule: words.say(|| minimum::asked(one)),
            weight: one.weight,
        });
        let usual = rows.into_iter().zip(criteria.weights).map(|((criterion, found, policy, rule), weight)| Row {
            criterion,
            found,
            policy,
            rule: words.say(|| rule.clone()),
            weight,
        });
        let rows: Vec<Row> = usual.chain(minimums).map(|row| row.by_person(case.answers, words)).collect();
        let kind = kind(rows.iter().map(|row| (row.found.answer, row.policy)));
        let (score, factors) = score(&rows);
        let marks = rows.into_iter().map(mark).collect();
        (chosen.service, Verdict { kind, marks, score, factors })
    }
}

fn local_day(at: Timestamp, config: &Config) -> Date {
    config.business.zone.to_datetime(at).date()
}

/// Which service, and by whose rules the lead is measured.
struct Choice<'a> {
    service: Option<String>,
    rules: Option<&'a Service>,
    found: Found,
}

impl<'a> Choice<'a> {
    fn new(facts: &Facts, case: &Case<'_>, source: Option<&'a Source>, config: &'a Config, words: Words) -> Self {
        let offered =
            |id: &str| source.is_none_or(|s| s.services.is_empty() || s.services.iter().any(|offered| offered == id));
        if let Some(service) = case.service.and_then(|id| config.services.get(id)) {
            let read = words.say(|| format!("{} (chosen by a person)", service.title));
            return Self { service: Some(service.id.clone()), rules: Some(service), found: Found::met(read, FULL) };
        }
        let candidates: Vec<&Match> = facts
            .needs
            .iter()
            .filter(|found| offered(&found.service) && config.services.contains_key(&found.service))
            .collect();
        let usual = || {
            let assumed = source.and_then(|s| s.assume.service.as_deref());
            assumed.and_then(|id| config.services.get(id)).or_else(|| config.services.values().find(|s| offered(&s.id)))
        };
        let titles = || candidates.iter().map(|m| config.service_title(&m.service)).collect::<Vec<_>>().join(", ");
        if let Some(best) = clear(&candidates) {
            let read = words.say(|| format!("{} ({})", config.service_title(&best.service), best.word));
            let found = Found::met(read, FULL);
            return Self { service: Some(best.service.clone()), rules: config.services.get(&best.service), found };
        }
        if let Some(first) = candidates.first() {
            let passes_if = words.or_none(|| "one service is chosen".into());
            let found = Found { code: Some(Code::Service), ..Found::unknown(words.say(titles), passes_if) };
            return Self { service: None, rules: config.services.get(&first.service), found };
        }
        let rules = usual();
        let passes_if = rules.and_then(|service| words.or_none(|| format!("it names {}", say::words(&service.words))));
        let found = if let Some(other) = facts.needs.first() {
            let read = words.say(|| config.service_title(&other.service).to_owned());
            Found::unmet(read, Code::Service, passes_if)
        } else if let (Some(service), false) = (source.and_then(|s| s.assume.service.as_deref()), facts.other_need) {
            let read = words.say(|| format!("{} (as the source says)", config.service_title(service)));
            return Self { service: Some(service.to_owned()), rules, found: Found::met(read, FULL) };
        } else if facts.other_need {
            Found::unmet(words.say(|| "something else".into()), Code::Need, passes_if)
        } else {
            Found::unknown(words.say(|| "not known".into()), passes_if)
        };
        Self { service: None, rules, found }
    }
}

/// The source's region where the record cannot say; never against what it does say.
pub fn with_assumed<'a>(read: &'a Region, source: Option<&Source>) -> Cow<'a, Region> {
    let Some(assumed) = source.and_then(|source| source.assume.region.as_ref()) else { return Cow::Borrowed(read) };
    let country = read.country.clone().or_else(|| assumed.country.clone());
    if country != assumed.country {
        return Cow::Borrowed(read);
    }
    Cow::Owned(Region {
        country,
        subdivision: read
            .subdivision
            .clone()
            .or_else(|| assumed.subdivision.clone().filter(|_| read.postal_code.is_none())),
        postal_code: read
            .postal_code
            .clone()
            .or_else(|| assumed.postal_code.clone().filter(|_| read.subdivision.is_none())),
    })
}

/// A person's word counts more than a reading.
fn by_person(found: Found, criterion: &Criterion, answers: &BTreeMap<Criterion, Answer>, words: Words) -> Found {
    let read = |found: &Found| words.say(|| format!("{} (decided by a person)", found.read));
    match answers.get(criterion) {
        Some(Answer::Met) => {
            Found { asked: found.asked, ..Found::met(read(&found), if found.fit > 0 { found.fit } else { FULL }) }
        }
        Some(Answer::Unmet) => {
            let code = found.code.clone().filter(|_| found.answer == Answer::Unmet);
            let code = code.unwrap_or_else(|| unmet_code(criterion));
            Found { asked: found.asked, ..Found::unmet(read(&found), code, found.passes_if) }
        }
        _ => found,
    }
}

fn unmet_code(criterion: &Criterion) -> Code {
    match criterion {
        Criterion::Need => Code::Need,
        Criterion::Timing => Code::Timing,
        Criterion::Region => Code::Region,
        Criterion::Budget => Code::BudgetLow,
        Criterion::Field(name) => Code::Minimum(name.clone()),
    }
}

fn mark(row: Row) -> Mark {
    let Row { criterion, found, policy, rule, .. } = row;
    let code = match (found.answer, policy) {
        (Answer::Met, _) | (Answer::Unknown, Policy::Pass) => None,
        (Answer::Unmet, _) => found.code,
        (Answer::Unknown, _) => Some(found.code.unwrap_or_else(|| Code::UnknownField(criterion.name().to_owned()))),
    };
    let passes_if = if found.answer == Answer::Met { None } else { found.passes_if };
    Mark { criterion, answer: found.answer, read: found.read, rule, code, passes_if, straddles: found.straddles }
}

/// Any unmet, or unknown where that fails: disqualified; else any unknown under review: review; else qualified.
fn kind(answers: impl Iterator<Item = (Answer, Policy)>) -> VerdictKind {
    answers.fold(VerdictKind::Qualified, |kind, answer| match (kind, answer) {
        (_, (Answer::Unmet, _) | (Answer::Unknown, Policy::Fail)) | (VerdictKind::Disqualified, _) => {
            VerdictKind::Disqualified
        }
        (_, (Answer::Unknown, Policy::Review)) => VerdictKind::Review,
        (kind, _) => kind,
    })
}

/// Σ weight·fit / Σ weight over what is asked and known.
fn score(rows: &[Row]) -> (Option<u8>, Vec<Factor>) {
    let (mut sum, mut weights) = (0_u32, 0_u32);
    let mut factors = Vec::with_capacity(rows.len());
    for Row { criterion, found, weight, .. } in rows {
        if !found.asked || found.answer == Answer::Unknown {
            continue;
        }
        let fit = if found.answer == Answer::Met { found.fit } else { 0 };
        sum += u32::from(*weight) * fit;
        weights += u32::from(*weight);
        let points = (u32::from(*weight) * fit + FULL / 2) / FULL;
        factors.push(Factor { criterion: criterion.clone(), weight: *weight, points: points as u16 });
    }
    let score = (weights > 0).then(|| ((sum + weights / 2) / weights.max(1)) as u8);
    (score, factors)
}

/// A config without services cannot qualify anybody.
fn nothing_to_ask() -> Verdict {
    let found = Found::unknown("not known".into(), Some("a service is configured".into()));
    let row =
        Row { criterion: Criterion::Need, found, policy: Policy::Review, rule: "a service".to_owned(), weight: 0 };
    let marks = vec![mark(row)];
    Verdict { kind: VerdictKind::Review, marks, score: None, factors: Vec::new() }
}
