//! A sample of a source, for people: each field beside its path and what it found, what was never found, what
//! could not be read, and what the qualifier says of the first record.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Config;
use crate::engine::decide::{Decided, Decider, Stored};
use crate::lead::{Answer, Code, Metric, Record, Verdict};
use crate::source::sample::{FieldSeen, Sample, Sampled};
use crate::text::clean_line;

/// Longest value shown, in characters.
const VALUE_MAX: usize = 100;
/// Longest name of a campaign shown.
const CAMPAIGN_MAX: usize = 80;
/// Most unreadable records told one by one.
const UNREADABLE_MAX: usize = 5;
/// Fields that say nothing about a person.
const PLAIN: &[&str] = &["submitted_at", "consent", "country", "subdivision", "campaign"];

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Everything is shown.
    Open,
    /// Of personal data only its form is shown.
    Veiled,
}

impl Privacy {
    /// Open on a terminal, or where somebody asks for it.
    pub fn of(show: bool) -> Self {
        if show || io::stdout().is_terminal() { Self::Open } else { Self::Veiled }
    }

    /// A reason as it may be shown: the value it quotes first may be somebody's.
    fn reason(self, why: &str) -> String {
        let clean = clean_line(why, 2 * VALUE_MAX);
        if self == Self::Open {
            return clean;
        }
        let parts: Vec<String> = clean
            .split('`')
            .enumerate()
            .map(|(at, part)| if at == 1 { veiled(part) } else { part.to_owned() })
            .collect();
        parts.join("`")
    }

    /// A value of a field as it may be shown.
    pub fn shown(self, field: &str, text: &str) -> String {
        let clean = clean_line(text, VALUE_MAX);
        let plain = PLAIN.contains(&field) || (field == "id" && !clean.contains('@'));
        if self == Self::Open || plain { clean } else { veiled(&clean) }
    }
}

/// The form of a text: letters are x, digits are 0.
fn veiled(text: &str) -> String {
    let form = |char: char| match char {
        _ if char.is_numeric() => '0',
        _ if char.is_alphabetic() => 'x',
        _ => char,
    };
    text.chars().map(form).collect()
}

/// What becomes of a record under the present config.
pub enum Judged {
    /// It makes no lead.
    Aside(Code),
    /// The service it is for and the verdict.
    Verdict(Option<String>, Verdict),
}

/// Cleans and decides a record as the engine would, storing nothing.
pub fn judge(config: &Arc<Config>, source: &str, record: &Record, now: Timestamp) -> Judged {
    let decider = Decider::new(config);
    let arrival = decider.arrival(source, Ok(record.clone()), now);
    let submitted_at = arrival.submitted_at;
    match arrival.what {
        Err(code) => Judged::Aside(code),
        Ok(person) => {
            let stored: Stored = serde_json::from_str(&person.facts).unwrap_or_default();
            let of = Decided { stored: &stored, kind: person.verdict, source, submitted_at, same_config: true };
            Judged::Verdict(person.service.clone(), decider.verdict(of))
        }
    }
}

/// How many records there are, and what became of them: one line.
pub fn headline(sample: &Sample) -> String {
    if let Some(first) = sample.metrics.first() {
        return figures(sample, first);
    }
    let (readable, unreadable) = (sample.readable().count(), sample.unreadable().count());
    let looked = sample.records.len();
    let most = if looked < sample.on_page { format!(" (the first {looked} looked at)") } else { String::new() };
    let mut parts = vec![format!("{readable} readable")];
    if unreadable > 0 {
        parts.push(format!("{unreadable} unreadable"));
    }
    if sample.passed_over() > 0 {
        parts.push(format!("{} passed over by the preset", sample.passed_over()));
    }
    let records = if sample.on_page == 1 { "record" } else { "records" };
    format!("{} {records} on the first page{most}: {}", sample.on_page, parts.join(", "))
}

/// What a source of figures found, with the first of them.
fn figures(sample: &Sample, first: &Metric) -> String {
    let count = |name: &str, count: Option<u64>| count.map(|count| format!(", {count} {name}")).unwrap_or_default();
    let currency = first.currency.as_deref().map(|currency| format!(" {currency}")).unwrap_or_default();
    let spend = first.spend.map_or_else(|| "no cost".into(), |spend| format!("{spend}{currency} spent"));
    let name = clean_line(first.title.as_ref().unwrap_or(&first.campaign), CAMPAIGN_MAX);
    let unread = sample.unreadable().count();
    let unread = if unread == 0 { String::new() } else { format!("; {unread} unreadable") };
    format!(
        "{} campaign days on the first page{unread}. The first: {name} on {}: {spend}{}{}",
        sample.metrics.len(),
        first.day,
        count("shown", first.impressions),
        count("clicks", first.clicks),
    )
}

/// Each mapped field of one record beside its path.
pub fn record(out: &mut dyn Write, seen: &Sampled, privacy: Privacy) -> io::Result<()> {
    let width = |of: &dyn Fn(&FieldSeen) -> usize| seen.fields.iter().map(of).max().unwrap_or(0).clamp(6, 72);
    let (names, paths) = (width(&|field| field.name.chars().count()), width(&|field| field.path.chars().count()));
    let mut line = |name: &str, path: &str, value: &str| {
        writeln!(out, "{}", format!("  {name:names$}  {path:paths$}  {value}").trim_end())
    };
    for field in &seen.fields {
        match &field.text {
            Ok(Some(text)) => line(&field.name, &field.path, &privacy.shown(&field.name, text))?,
            Ok(None) => line(&field.name, &field.path, "–")?,
            Err(what) => line(&field.name, &field.path, &format!("✗ {}", privacy.reason(what)))?,
        }
    }
    if let Some(moment) = seen.moment {
        line("moment", "(cursor)", &moment.to_string())?;
    }
    match &seen.read {
        None => writeln!(out, "  The preset passes this record over.")?,
        Some(Err(unreadable)) => writeln!(out, "  ✗ {}", privacy.reason(&unreadable.why))?,
        Some(Ok(record)) if record.extra.is_empty() => {}
        Some(Ok(record)) => {
            writeln!(out, "  kept as well, by their own names:")?;
            for (name, text) in &record.extra {
                writeln!(out, "    {} = {}", clean_line(name, 60), privacy.shown("", text))?;
            }
        }
    }
    Ok(())
}

/// Paths that found nothing, and records that could not be read.
pub fn troubles(out: &mut dyn Write, sample: &Sample, privacy: Privacy) -> io::Result<()> {
    let of = sample.records.len();
    let never: Vec<_> = sample.matches().into_iter().filter(|field| field.matched == 0).collect();
    if of > 0 && !never.is_empty() {
        writeln!(out, "Never found in this sample:")?;
        let names = never.iter().map(|field| field.name.chars().count()).max().unwrap_or(0);
        for field in never {
            let records = if of == 1 { "record" } else { "records" };
            writeln!(out, "  {:names$}  `{}` matched 0 of {of} {records}", field.name, field.path)?;
        }
    }
    let unreadable = sample.unreadable().count();
    if unreadable > 0 {
        writeln!(out, "Unreadable (they would be kept aside, with their reason):")?;
        for (at, bad) in sample.unreadable().take(UNREADABLE_MAX) {
            let id = privacy.shown("id", &bad.id);
            writeln!(out, "  record {at} (id {id}): {}", privacy.reason(&bad.why))?;
        }
        if unreadable > UNREADABLE_MAX {
            writeln!(out, "  … and {} more", unreadable - UNREADABLE_MAX)?;
        }
    }
    Ok(())
}

/// What the qualifier says.
pub fn judged(out: &mut dyn Write, config: &Config, judged: &Judged) -> io::Result<()> {
    let (service, verdict) = match judged {
        Judged::Aside(code) => {
            return writeln!(out, "The first readable one would make no lead: {code} ({})", code.sentence());
        }
        Judged::Verdict(service, verdict) => (service, verdict),
    };
    let service = service.as_deref().map_or("no service", |id| config.service_title(id));
    let score = verdict.score.map(|score| format!(", score {score}")).unwrap_or_default();
    let kind = word(verdict);
    writeln!(out, "The qualifier says of the first readable one: {kind} for {service}{score}")?;
    for mark in &verdict.marks {
        let sign = match mark.answer {
            Answer::Met => "✓",
            Answer::Unmet => "✗",
            Answer::Unknown => "?",
        };
        let code = mark.code.as_ref().map(|code| format!("  {code}")).unwrap_or_default();
        writeln!(out, "  {sign} {:<7} {}  [{}]{code}", mark.criterion.name(), mark.read, mark.rule)?;
    }
    Ok(())
}

const fn word(verdict: &Verdict) -> &'static str {
    match verdict.kind {
        crate::lead::VerdictKind::Qualified => "qualified",
        crate::lead::VerdictKind::Review => "to be reviewed",
        crate::lead::VerdictKind::Disqualified => "disqualified",
    }
}

/// The whole sample as JSON: counts, matches, the first `most` records, unreadable ones, the verdict.
pub fn told(sample: &Sample, most: usize, raw: bool, privacy: Privacy, verdict: Option<&Judged>) -> Value {
    let records = sample.records.iter().take(most).map(|seen| {
        let fields = seen.fields.iter().map(|field| {
            let value = field.text.as_ref().ok().cloned().flatten().map(|text| privacy.shown(&field.name, &text));
            json!({ "field": field.name, "path": field.path, "value": value, "error": field.text.as_ref().err().map(|what| privacy.reason(what)) })
        });
        let read = match &seen.read {
            None => json!("passed over"),
            Some(Ok(_)) => json!("readable"),
            Some(Err(bad)) => json!({ "unreadable": privacy.reason(&bad.why) }),
        };
        let extra = seen.read.as_ref().and_then(|read| read.as_ref().ok()).map(|record| {
            let shown = record.extra.iter().map(|(name, text)| (name.clone(), json!(privacy.shown("", text))));
            Value::Object(shown.collect())
        });
        let raw = raw.then(|| seen.raw.clone());
        json!({ "fields": fields.collect::<Vec<_>>(), "moment": seen.moment, "read": read, "extra": extra, "raw": raw })
    });
    let matches = sample.matches().into_iter();
    let matches = matches.map(|field| json!({ "field": field.name, "path": field.path, "matched": field.matched }));
    let unreadable = sample
        .unreadable()
        .take(UNREADABLE_MAX)
        .map(|(at, bad)| json!({ "record": at, "id": privacy.shown("id", &bad.id), "why": privacy.reason(&bad.why) }));
    let verdict = verdict.map(|judged| match judged {
        Judged::Aside(code) => json!({ "aside": code }),
        Judged::Verdict(service, verdict) => json!({ "service": service, "verdict": verdict }),
    });
    json!({
        "on_page": sample.on_page, "looked_at": sample.records.len(), "readable": sample.readable().count(),
        "passed_over": sample.passed_over(), "unreadable_count": sample.unreadable().count(),
        "veiled": privacy == Privacy::Veiled, "matches": matches.collect::<Vec<_>>(),
        "records": records.collect::<Vec<_>>(), "unreadable": unreadable.collect::<Vec<_>>(), "first": verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_text_says_nothing_about_a_person() {
        assert_eq!(Privacy::Veiled.shown("email", "ada.l@example.org"), "xxx.x@xxxxxxx.xxx");
        assert_eq!(Privacy::Veiled.shown("phone", "+49 170 1234"), "+00 000 0000");
        assert_eq!(Privacy::Veiled.shown("id", "L-17"), "L-17");
        assert_eq!(Privacy::Veiled.shown("id", "ada@example.org"), "xxx@xxxxxxx.xxx");
        assert_eq!(Privacy::Veiled.shown("country", "DE"), "DE");
        assert_eq!(Privacy::Open.shown("email", "a\u{1b}@b.c"), "a@b.c", "no escape reaches the terminal");
    }
}
