//! The report as a letter to whoever decides what is spent: what to do about each source and by which figures, then
//! what happened lately; the whole of it is the page beside it. Names of the configuration and numbers only, nothing
//! a lead wrote.

use super::html;
use super::model::{Dimension, Report, Row, Verdict};
use super::say::{NO_VALUE, money, share_in_full};
use crate::lead::Money;
use crate::text::clean_line;

/// Most sources in the text; all of them are on the page.
const SOURCES_MAX: usize = 30;
/// Largest page that is sent along, in bytes: what mail servers refuse begins at 10 MB, written out a third larger.
const PAGE_MAX: usize = 5_000_000;
/// Longest name of the business in a subject.
const NAME_MAX: usize = 40;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Subject: what to do, in numbers.
    pub subject: String,
    /// Text.
    pub text: String,
    /// The page; `None` where it is too large to be sent.
    pub page: Option<String>,
    /// What the page is called: `report-2026-11-22.html`.
    pub file: String,
}

/// The letter of `report`, split by source; `lately`: what happened in the period it goes out for, by event.
///
/// # Errors
/// The page's template failed, which its test would have shown.
pub fn sheet(report: &Report, lately: Option<(&str, &Report)>) -> Result<Sheet, minijinja::Error> {
    let page = Some(html::page(report)?).filter(|page| page.len() <= PAGE_MAX);
    let rows = report.split(Dimension::Source).map_or(&[][..], |split| &split.rows[..]);
    let mut lines = vec![
        report.business.clone(),
        format!("Leads received {} to {}, and what became of them.", report.since, report.until),
        String::new(),
    ];
    for row in rows.iter().take(SOURCES_MAX) {
        lines.extend(told(row, &row.title, report));
    }
    if rows.len() > SOURCES_MAX {
        lines.extend([format!("{} more sources are on the page.", rows.len() - SOURCES_MAX), String::new()]);
    }
    if rows.len() != 1 {
        lines.extend(told(&report.total, "all together", report));
    }
    if let Some((word, lately)) = lately {
        lines.extend([happened(word, lately), String::new()]);
    }
    lines.push(if page.is_some() {
        "The whole report is attached: one page that opens in any browser.".to_owned()
    } else {
        format!("The whole report is too large for a mail: leadgate report --since {} --format html", report.since)
    });
    let file = format!("report-{}.html", report.until);
    lines.extend([
        "Which leads are behind a figure: in leadgate, Report (5), Enter on the figure.".to_owned(),
        String::new(),
    ]);
    Ok(Sheet { subject: subject(report, rows), text: lines.join("\n"), page, file })
}

/// `Dach & Co: 1 to stop, 2 to go on with (leads to 2026-11-22)`.
fn subject(report: &Report, rows: &[Row]) -> String {
    let count = |verdict| rows.iter().filter(|row| row.value.verdict == Some(verdict)).count();
    let words = [(Verdict::Stop, "to stop"), (Verdict::Adjust, "to adjust"), (Verdict::Continue, "to go on with")];
    let said: Vec<String> = words
        .into_iter()
        .filter_map(|(verdict, words)| Some(count(verdict)).filter(|n| *n > 0).map(|n| format!("{n} {words}")))
        .collect();
    let said = if said.is_empty() { "no source is decided yet".to_owned() } else { said.join(", ") };
    format!("{}: {said} (leads to {})", clean_line(&report.business, NAME_MAX), report.until)
}

fn told(row: &Row, title: &str, report: &Report) -> [String; 5] {
    let (counts, cost, value) = (&row.counts, &row.cost, &row.value);
    let currency = &report.currency;
    let ratio = match (value.ratio.value, value.low.zip(value.high)) {
        (Some(ratio), Some((low, high))) => format!("{ratio:.2} (95 %: {low:.2} to {high:.2})"),
        (Some(ratio), None) => format!("{ratio:.2}"),
        (None, _) => format!("{NO_VALUE} ({})", value.ratio.why.as_deref().unwrap_or("not known")),
    };
    let spent = match &cost.net.why {
        Some(why) => format!("cost {NO_VALUE} ({why})"),
        None => format!(
            "cost {}, {} per qualified, {} per won",
            money(&cost.net, currency),
            money(&cost.per_qualified, currency),
            money(&cost.per_won, currency)
        ),
    };
    [
        format!("{}: {}", clean_line(title, NAME_MAX * 2), value.rule),
        format!(
            "  {} inquiries, {} qualified, {} handed off, {} contacted, {} actionable, {} won, {} returned",
            counts.inquiries,
            counts.qualified,
            counts.handed_off,
            counts.contacted,
            counts.actionable,
            counts.won,
            counts.returned
        ),
        format!("  {spent}"),
        format!("  margin : cost {ratio}; qualified {}", share_in_full(&row.rates.qualified)),
        String::new(),
    ]
}

fn happened(word: &str, lately: &Report) -> String {
    let counts = &lately.total.counts;
    let spent = lately
        .total
        .cost
        .net
        .value
        .map_or_else(String::new, |minor| format!("; {} spent", Money::from_minor(minor, &lately.currency)));
    format!(
        "The {word} {} to {} itself: {} inquiries, {} qualified, {} handed off, {} won, {} returned{spent}.",
        lately.since, lately.until, counts.inquiries, counts.qualified, counts.handed_off, counts.won, counts.returned
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Counts, Maybe, Share, Split, Value};
    use crate::report::{model, stats};

    fn row(key: &str, verdict: Option<Verdict>, rule: &str) -> Row {
        let counts = Counts { inquiries: 40, qualified: 20, handed_off: 10, won: 1, ..Counts::default() };
        let rates = model::Rates { qualified: stats::share(20, 40, ""), ..model::Rates::default() };
        let cost = model::Cost {
            net: Maybe::some(160_000),
            per_qualified: Maybe::some(8_000),
            per_won: Maybe::some(160_000),
            ..model::Cost::default()
        };
        let value = Value {
            verdict,
            rule: rule.into(),
            ratio: Maybe::some(0.31),
            low: Some(0.05),
            high: Some(0.82),
            ..Value::default()
        };
        Row { key: key.into(), title: key.to_uppercase(), counts, rates, cost, value, ..Row::default() }
    }

    fn report() -> Report {
        let none = Row {
            value: Value { ratio: Maybe::none("no cost entered"), rule: "no cost entered".into(), ..Value::default() },
            cost: model::Cost { net: Maybe::none("no cost entered"), ..model::Cost::default() },
            ..row("news", None, "")
        };
        let rows = vec![row("meta", Some(Verdict::Stop), "stop: upper bound < 1"), none];
        Report {
            business: "Dach & Co\r\nBcc: x@y.test".into(),
            since: "2026-08-24".parse().unwrap(),
            until: "2026-11-22".parse().unwrap(),
            currency: "EUR".into(),
            total: row("all", None, "adjust"),
            splits: vec![Split { by: Dimension::Source, rows }],
            returns: model::Returns { mature: Share::default(), ..model::Returns::default() },
            ..empty()
        }
    }

    fn empty() -> Report {
        serde_json::from_value(serde_json::json!({
            "schema": 1, "business": "", "since": "2026-11-16", "until": "2026-11-22", "view": "cohort",
            "view_label": "", "zone": "Europe/Berlin", "currency": "EUR", "made_at": "2026-11-23T06:00:00Z",
            "costs_as_of": null, "windows": { "decision_days": 60, "return_days": 14, "attribution_days": 30 },
            "attribution": "", "total": Row::default(), "unallocated": 0, "splits": [], "series": [], "quality": [],
            "returns": model::Returns::default(), "phases": [], "changes": []
        }))
        .unwrap()
    }

    #[test]
    fn the_letter_says_what_to_do_and_by_which_figures() {
        let (report, lately) = (report(), Report { currency: "EUR".into(), ..empty() });
        let sheet = sheet(&report, Some(("week", &lately))).unwrap();
        assert_eq!(sheet.subject, "Dach & Co Bcc: x@y.test: 1 to stop (leads to 2026-11-22)");
        assert_eq!(sheet.file, "report-2026-11-22.html");
        for words in [
            "META: stop: upper bound < 1",
            "40 inquiries, 20 qualified, 10 handed off",
            "cost 1,600 EUR, 80 EUR per qualified, 1,600 EUR per won",
            "margin : cost 0.31 (95 %: 0.05 to 0.82); qualified 50 % (95 %: 35–65 %, n = 40)",
            "cost — (no cost entered)",
            "The week 2026-11-16 to 2026-11-22 itself: 0 inquiries",
            "is attached",
        ] {
            assert!(sheet.text.contains(words), "{words}\n{}", sheet.text);
        }
        assert!(sheet.page.is_some_and(|page| page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE")));
    }

    #[test]
    fn many_sources_are_counted_and_left_to_the_page() {
        let mut many = report();
        many.splits[0].rows = (0..40).map(|n| row(&format!("s{n}"), None, "too few")).collect();
        let sheet = sheet(&many, None).unwrap();
        assert!(sheet.text.contains("10 more sources are on the page."), "{}", sheet.text);
        assert!(sheet.subject.contains("no source is decided yet"), "{}", sheet.subject);
    }
}
