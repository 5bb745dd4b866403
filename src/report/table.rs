//! The report as tables for a terminal; the reasons of missing figures stand below them.

use unicode_width::UnicodeWidthStr;

use super::model::{Report, Row};
use super::say::{self, NO_VALUE, between, money, part, quantile, share, share_in_full};
use crate::desk::view::Speed;
use crate::lead::Money;
use crate::text::fit;

/// Widest name of a line, in columns.
const NAME_MAX: usize = 34;
/// Most lines of a split that are printed; the whole of it is in CSV and JSON.
const LINES_MAX: usize = 60;

/// The whole report.
pub fn full(report: &Report) -> String {
    let mut text = head(report);
    let mut reasons: Vec<String> = Vec::new();
    let splits = report.splits.iter().map(|split| (split.by.word(), &split.rows[..]));
    for (by, rows) in splits.chain(report.splits.is_empty().then_some(("", &[][..]))) {
        let shown: Vec<&Row> = rows.iter().take(LINES_MAX).chain([&report.total]).collect();
        block(&mut text, by, "funnel", FUNNEL, shown.iter().map(|row| funnel(row)));
        let money = shown.iter().filter(|_| by.is_empty() || by == "source" || by == "campaign");
        block(&mut text, by, "cost and value", MONEY, money.map(|row| value(row, &report.currency)));
        block(&mut text, by, "first response", SPEED, shown.iter().map(|row| speed(row)));
        if rows.len() > LINES_MAX {
            put(&mut text, format_args!("{} more lines: see --format csv\n", rows.len() - LINES_MAX));
        }
        for row in shown {
            reasons.extend(why(row));
        }
    }
    capacity(&mut text, report);
    quality(&mut text, report);
    returns(&mut text, report);
    method(&mut text, report);
    reasons.dedup();
    if !reasons.is_empty() {
        put(&mut text, format_args!("\n{NO_VALUE} and what to know\n"));
        for reason in reasons {
            put(&mut text, format_args!("{reason}\n"));
        }
    }
    text
}

/// How leads were counted: the view, the windows in force, who gets the credit.
pub fn frame_lines(report: &Report) -> [String; 2] {
    let windows = format!(
        "mature: decided, or handed off {} days ago · returns settle after {} days · {}",
        report.windows.decision_days, report.windows.return_days, report.attribution
    );
    [report.view_label.clone(), windows]
}

fn head(report: &Report) -> String {
    let mut text = format!("{} · {} to {} ({})\n", report.business, report.since, report.until, report.zone);
    for line in frame_lines(report) {
        put(&mut text, format_args!("{line}\n"));
    }
    if let Some(at) = report.costs_as_of {
        put(&mut text, format_args!("costs as they were known at {at}\n"));
    }
    if report.unallocated != 0 {
        let money = Money::from_minor(report.unallocated, &report.currency);
        put(&mut text, format_args!("{money} of the total belong to no source\n"));
    }
    text
}

fn block(text: &mut String, by: &str, what: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut all = vec![head.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    all.extend(rows);
    if all.len() > 1 {
        let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
        put(text, format_args!("\n{what}{by}\n{}", align(&all)));
    }
}

const FUNNEL: &[&str] = &[
    "",
    "shown",
    "clicks",
    "inquiries",
    "qualified",
    "",
    "handed off",
    "",
    "contacted",
    "",
    "actionable",
    "",
    "won",
    "",
    "returned",
    "assisted",
];

fn funnel(row: &Row) -> Vec<String> {
    let told = |count: Option<u64>| count.map_or_else(|| NO_VALUE.to_owned(), |count| count.to_string());
    let (counts, rates) = (&row.counts, &row.rates);
    vec![
        name(row),
        told(row.impressions),
        told(row.clicks),
        counts.inquiries.to_string(),
        counts.qualified.to_string(),
        share(&rates.qualified),
        counts.handed_off.to_string(),
        share(&rates.handed_off),
        counts.contacted.to_string(),
        share(&rates.contacted),
        counts.actionable.to_string(),
        share(&rates.actionable),
        counts.won.to_string(),
        share(&rates.won),
        format!("{} ({} theirs)", counts.returned, counts.returned_fault),
        row.assisted.to_string(),
    ]
}

const MONEY: &[&str] = &[
    "",
    "gross",
    "credits",
    "net",
    "per inquiry",
    "per qualified",
    "per actionable",
    "per won",
    "margin",
    "ratio",
    "break-even",
    "mature",
    "verdict",
];

fn value(row: &Row, currency: &str) -> Vec<String> {
    let (cost, value) = (&row.cost, &row.value);
    let ratio = value.ratio.value.map_or_else(|| NO_VALUE.to_owned(), |ratio| format!("{ratio:.2}"));
    let bounds = value.low.zip(value.high).map_or_else(String::new, |(low, high)| format!(" ({low:.2}–{high:.2})"));
    vec![
        name(row),
        money(&cost.gross, currency),
        Money::from_minor(cost.credits, currency).to_string(),
        money(&cost.net, currency),
        money(&cost.per_inquiry, currency),
        money(&cost.per_qualified, currency),
        money(&cost.per_actionable, currency),
        money(&cost.per_won, currency),
        money(&value.margin, currency),
        format!("{ratio}{bounds}"),
        value.break_even.value.map_or_else(|| NO_VALUE.to_owned(), |won| format!("{won} won")),
        format!("{}/{}", value.won_mature, value.mature),
        value.verdict.map_or(NO_VALUE, super::model::Verdict::word).to_owned(),
    ]
}

const SPEED: &[&str] = &[
    "",
    "n",
    "median",
    "p90",
    "≤ 5 min",
    "≤ 1 h",
    "≤ 24 h",
    "never",
    "working median",
    "p90",
    "target met",
    "no target",
];

fn speed(row: &Row) -> Vec<String> {
    let wall = &row.speed;
    let none = Speed::default();
    let working = row.speed_business.as_ref().unwrap_or(&none);
    vec![
        name(row),
        wall.n.to_string(),
        quantile(wall.median_secs, wall.median_over_secs),
        quantile(wall.p90_secs, wall.p90_over_secs),
        part(wall.within[0]),
        part(wall.within[1]),
        part(wall.within[2]),
        part((wall.never, wall.n)),
        quantile(working.median_secs, working.median_over_secs),
        quantile(working.p90_secs, working.p90_over_secs),
        part(wall.target),
        row.no_target.to_string(),
    ]
}

fn name(row: &Row) -> String {
    fit(&row.title, NAME_MAX)
}

/// Why figures are missing or odd, and the rule behind the verdict.
pub fn why(row: &Row) -> Vec<String> {
    let mut found: Vec<String> = row.flags.iter().map(|flag| format!("{}: {flag}", row.title)).collect();
    let costs =
        [&row.cost.gross, &row.cost.per_inquiry, &row.cost.per_qualified, &row.cost.per_actionable, &row.cost.per_won];
    let reasons = costs.into_iter().filter_map(|one| one.why.as_ref());
    let shares = [&row.rates.click, &row.rates.inquiry].into_iter().filter_map(|one| one.why.as_ref());
    for why in reasons.chain(shares).chain(&row.value.margin.why).chain(&row.value.ratio.why) {
        let line = format!("{}: {why}", row.title);
        if !found.contains(&line) {
            found.push(line);
        }
    }
    if row.value.margin_unknown > 0 {
        found.push(format!("{}: the margin of {} won is not known", row.title, row.value.margin_unknown));
    }
    found.push(format!("{}: {}", row.title, row.value.rule));
    found
}

const CAPACITY: &[&str] =
    &["", "demand", "capacity", "flood index", "handed off", "utilisation", "open now", "at most", "capacity is"];

fn capacity(text: &mut String, report: &Report) {
    let Some(figures) = &report.capacity else { return };
    let rows = figures.lines.iter().map(|line| {
        vec![
            fit(&line.title, NAME_MAX),
            line.demand.to_string(),
            say::count(&line.capacity),
            say::index(&line.flood_index),
            line.handed_off.to_string(),
            say::used(&line.utilisation),
            say::count(&line.open),
            say::count(&line.open_at_most),
            fit(&line.basis, 60),
        ]
    });
    block(text, "", "capacity", CAPACITY, rows);
    for note in &figures.notes {
        put(text, format_args!("{note}\n"));
    }
}

fn quality(text: &mut String, report: &Report) {
    let head = [
        "criterion",
        "met where known",
        "95 %",
        "n",
        "unknown",
        "it alone rejects",
        "let pass by hand",
        "of these out",
        "won",
        "returned",
    ];
    let rows = report.quality.iter().map(|one| {
        vec![
            one.name.clone(),
            share(&one.met),
            one.met.low.zip(one.met.high).map_or_else(|| NO_VALUE.to_owned(), |(low, high)| between(low, high)),
            one.met.whole.to_string(),
            share(&one.unknown),
            one.alone.to_string(),
            one.overridden.to_string(),
            one.overridden_handed_off.to_string(),
            one.overridden_won.to_string(),
            one.overridden_returned.to_string(),
        ]
    });
    block(text, "criterion", "quality, and what each clause alone rejects", &head, rows);
}

fn returns(text: &mut String, report: &Report) {
    let returns = &report.returns;
    let rows = returns.by_code.iter().map(|(code, count, fault)| {
        vec![code.clone(), count.to_string(), if *fault { "the source's" } else { "ours" }.to_owned()]
    });
    block(text, "", "returns", &["reason", "returned", "fault"], rows);
    let settled = share_in_full(&returns.mature);
    put(
        text,
        format_args!("\nreturned of those that can no longer be: {settled}; {} may still be\n", returns.immature),
    );
}

fn method(text: &mut String, report: &Report) {
    let phases = report.phases.iter().map(|one| vec![one.source.clone(), one.phase.clone(), one.means.clone()]);
    block(text, "", "phases", &["source", "phase", ""], phases);
    let changes = report.changes.iter().map(|change| {
        vec![
            change.at.strftime("%Y-%m-%d").to_string(),
            change.source.clone().unwrap_or_else(|| "all".into()),
            share_in_full(&change.before),
            share_in_full(&change.after),
            fit(&change.what, 60),
        ]
    });
    block(
        text,
        "",
        "what was changed (qualified, up to 28 days before and after)",
        &["day", "source", "before", "after", ""],
        changes,
    );
}

/// Aligns cells in columns: the first to the left, the others to the right.
pub fn align(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column].saturating_sub(cell.width()));
            if column == 0 {
                line.push_str(cell);
                line.push_str(&pad);
            } else {
                line.push_str("  ");
                line.push_str(&pad);
                line.push_str(cell);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Appends to a text.
fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.push_str(&words.to_string());
}
