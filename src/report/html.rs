//! The report as one page that opens from disk: no scripts, nothing fetched, charts drawn in place. Every text
//! goes through the template's escaping, because campaign names are anybody's.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use super::chart::{Line, line_chart, spark};
use super::model::{Maybe, Report, Row, STEPS, Share, Verdict};
use super::say::{self, NO_VALUE, money, part, quantile, share, share_in_full};
use crate::lead::Money;

const PAGE: &str = include_str!("page.html");
/// Most lines of a split on the page; all of them are in CSV and JSON.
const LINES_MAX: usize = 100;

#[derive(Serialize)]
struct Cell {
    text: String,
    /// What it means or why it is missing, under the pointer and for screen readers.
    note: String,
}

#[derive(Serialize)]
struct Bar {
    name: String,
    count: String,
    width: f64,
    share: String,
    full: String,
}

#[derive(Serialize)]
struct LineOf {
    title: String,
    key: String,
    spark: String,
    funnel: Vec<Cell>,
    money: Vec<Cell>,
    speed: Vec<Cell>,
    verdict: Option<Sign>,
    rule: String,
    flags: Vec<String>,
}

#[derive(Serialize)]
struct Sign {
    word: &'static str,
    /// The colour's class; never the only sign.
    class: &'static str,
    /// A shape beside the colour.
    shape: &'static str,
}

#[derive(Serialize)]
struct SplitOf {
    by: &'static str,
    money: bool,
    rows: Vec<LineOf>,
    more: usize,
}

/// The page.
///
/// # Errors
/// The template failed, which its test would have shown.
pub fn page(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page.html", PAGE)?;
    let splits: Vec<SplitOf> = report
        .splits
        .iter()
        .map(|split| SplitOf {
            by: split.by.word(),
            money: split.by.has_cost(),
            rows: split.rows.iter().take(LINES_MAX).map(|row| line(row, report)).collect(),
            more: split.rows.len().saturating_sub(LINES_MAX),
        })
        .collect();
    let unallocated =
        (report.unallocated != 0).then(|| Money::from_minor(report.unallocated, &report.currency).to_string());
    environment.get_template("page.html")?.render(context! {
        business => report.business.clone(),
        currency => report.currency.clone(),
        since => report.since.to_string(),
        until => report.until.to_string(),
        zone => report.zone.clone(),
        view => report.view_label.clone(),
        made => report.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        as_of => report.costs_as_of.map(|at| at.to_string()),
        attribution => report.attribution.clone(),
        windows => Value::from(Serde(report.windows)),
        unallocated => unallocated,
        total => Value::from(Serde(line(&report.total, report))),
        bars => Value::from(Serde(bars(&report.total))),
        tiles => Value::from(Serde(tiles(report))),
        chart => chart(report),
        spend => spend(report),
        splits => Value::from(Serde(splits)),
        capacity => Value::from(Serde(capacity(report))),
        notes => Value::from(Serde(report.capacity.as_ref().map(|figures| &figures.notes))),
        quality => Value::from(Serde(quality(report))),
        returns => Value::from(Serde(&report.returns.by_code)),
        settled => share_in_full(&report.returns.mature),
        immature => report.returns.immature,
        phases => Value::from(Serde(&report.phases)),
        changes => Value::from(Serde(changes(report))),
    })
}

/// The lines of the capacity: what it is of, its figures, and what the capacity was added up from.
fn capacity(report: &Report) -> Vec<(String, Vec<Cell>, String)> {
    let why = |why: &Option<String>| why.clone().unwrap_or_default();
    let lines = report.capacity.iter().flat_map(|figures| &figures.lines);
    lines
        .map(|line| {
            let cells = vec![
                cell(line.demand.to_string(), ""),
                cell(say::count(&line.capacity), why(&line.capacity.why)),
                cell(say::index(&line.flood_index), why(&line.flood_index.why)),
                cell(line.handed_off.to_string(), ""),
                cell(say::used(&line.utilisation), why(&line.utilisation.why)),
                cell(say::count(&line.open), why(&line.open.why)),
                cell(say::count(&line.open_at_most), why(&line.open_at_most.why)),
            ];
            (line.title.clone(), cells, line.basis.clone())
        })
        .collect()
}

fn sign(verdict: Verdict) -> Sign {
    let (class, shape) = match verdict {
        Verdict::Continue => ("good", "▲"),
        Verdict::Adjust => ("warn", "◆"),
        Verdict::Stop => ("bad", "■"),
        Verdict::CollectData => ("quiet", "○"),
    };
    Sign { word: verdict.word(), class, shape }
}

fn cell(text: impl Into<String>, note: impl Into<String>) -> Cell {
    Cell { text: text.into(), note: note.into() }
}

fn of_share(count: u64, one: &Share) -> Cell {
    cell(format!("{count} · {}", share(one)), share_in_full(one))
}

fn of_money(maybe: &Maybe<i64>, currency: &str) -> Cell {
    // The currency stands once, at the head of the column.
    let text = money(maybe, currency);
    let bare = text.strip_suffix(currency).map_or(text.as_str(), str::trim_end).to_owned();
    cell(bare, maybe.why.clone().unwrap_or_default())
}

fn line(row: &Row, report: &Report) -> LineOf {
    let (counts, rates, cost, value) = (&row.counts, &row.rates, &row.cost, &row.value);
    let told = |count: Option<u64>, why: &Option<String>| match count {
        Some(count) => cell(count.to_string(), ""),
        None => cell(NO_VALUE, why.clone().unwrap_or_default()),
    };
    let currency = &report.currency;
    let ratio = match (value.ratio.value, value.low.zip(value.high)) {
        (Some(ratio), Some((low, high))) => cell(format!("{ratio:.2} ({low:.2}–{high:.2})"), value.rule.clone()),
        (Some(ratio), None) => cell(format!("{ratio:.2}"), value.rule.clone()),
        (None, _) => cell(NO_VALUE, value.ratio.why.clone().unwrap_or_default()),
    };
    let (wall, working) = (&row.speed, row.speed_business.clone().unwrap_or_default());
    let within = |pair| cell(part(pair), format!("{} of {}", pair.0, pair.1));
    LineOf {
        title: row.title.clone(),
        key: row.key.clone(),
        spark: spark(&row.spark),
        funnel: vec![
            told(row.impressions, &rates.click.why),
            told(row.clicks, &rates.inquiry.why),
            cell(counts.inquiries.to_string(), share_in_full(&rates.inquiry)),
            of_share(counts.qualified, &rates.qualified),
            of_share(counts.handed_off, &rates.handed_off),
            of_share(counts.contacted, &rates.contacted),
            of_share(counts.actionable, &rates.actionable),
            of_share(counts.won, &rates.won),
            of_share(counts.returned, &rates.returned),
            cell(row.assisted.to_string(), "credited to another source, touched by this one"),
        ],
        money: vec![
            of_money(&cost.net, currency),
            of_money(&cost.gross, currency),
            of_money(&cost.per_inquiry, currency),
            of_money(&cost.per_qualified, currency),
            of_money(&cost.per_actionable, currency),
            of_money(&cost.per_won, currency),
            of_money(&value.margin, currency),
            ratio,
        ],
        speed: vec![
            cell(wall.n.to_string(), ""),
            cell(quantile(wall.median_secs, wall.median_over_secs), "wall clock"),
            cell(quantile(wall.p90_secs, wall.p90_over_secs), "wall clock"),
            cell(quantile(working.median_secs, working.median_over_secs), "working time"),
            within(wall.within[0]),
            within(wall.within[1]),
            within(wall.within[2]),
            within((wall.never, wall.n)),
            within(wall.target),
        ],
        verdict: value.verdict.map(sign),
        rule: value.rule.clone(),
        flags: row.flags.clone(),
    }
}

/// The funnel of all together; its widest bar is the inquiries.
fn bars(row: &Row) -> Vec<Bar> {
    let steps = row.counts.steps();
    let most = steps[0].max(1) as f64;
    let rates = &row.rates;
    let none = Share { why: Some("the beginning".into()), ..Share::default() };
    let of = [&none, &rates.qualified, &rates.handed_off, &rates.contacted, &rates.actionable, &rates.won];
    let one = |(place, count): (usize, u64)| Bar {
        name: STEPS[place].replace('-', " "),
        count: count.to_string(),
        width: (count as f64 / most * 100.0 * 100.0).round() / 100.0,
        share: if place == 0 { String::new() } else { share(of[place]) },
        full: if place == 0 { String::new() } else { share_in_full(of[place]) },
    };
    steps.into_iter().enumerate().map(one).collect()
}

/// The few numbers an owner looks at first.
fn tiles(report: &Report) -> Vec<(String, String, String)> {
    let row = &report.total;
    let (cost, currency) = (&row.cost, &report.currency);
    let why = |maybe: &Maybe<i64>| maybe.why.clone().unwrap_or_default();
    let ratio = row.value.ratio.value.map_or_else(|| NO_VALUE.to_owned(), |ratio| format!("{ratio:.2}"));
    let bounds = row.value.low.zip(row.value.high);
    let bounds = bounds.map_or_else(
        || row.value.ratio.why.clone().unwrap_or_default(),
        |(low, high)| format!("95 %: {low:.2} to {high:.2}, {} mature", row.value.mature),
    );
    let bounds = match row.value.margin_unknown {
        0 => bounds,
        unknown => format!("{bounds}; {unknown} won have no value, which only the bounds make up for"),
    };
    vec![
        ("cost".into(), money(&cost.net, currency), why(&cost.net)),
        ("per qualified lead".into(), money(&cost.per_qualified, currency), why(&cost.per_qualified)),
        ("per won lead".into(), money(&cost.per_won, currency), why(&cost.per_won)),
        ("margin / cost".into(), ratio, bounds),
        (
            "first response, median".into(),
            quantile(row.speed.median_secs, row.speed.median_over_secs),
            format!("{} handed off, {} never answered", row.speed.n, row.speed.never),
        ),
    ]
}

fn chart(report: &Report) -> String {
    let of =
        |pick: fn(&super::model::Counts) -> u64| report.series.iter().map(|point| pick(&point.counts) as f64).collect();
    let lines = [
        Line { name: "inquiries", class: "a", values: of(|counts| counts.inquiries) },
        Line { name: "qualified", class: "b", values: of(|counts| counts.qualified) },
        Line { name: "won", class: "c", values: of(|counts| counts.won) },
    ];
    line_chart(&lines, &days(report), "")
}

fn spend(report: &Report) -> String {
    let scale = 10_f64.powi(i32::try_from(crate::lead::money::decimals(&report.currency)).unwrap_or(2));
    let values: Vec<f64> = report.series.iter().map(|point| point.cost as f64 / scale).collect();
    if values.iter().all(|value| *value == 0.0) {
        return String::new();
    }
    line_chart(&[Line { name: "cost", class: "c", values }], &days(report), &report.currency)
}

fn days(report: &Report) -> Vec<String> {
    report.series.iter().map(|point| point.from.to_string()).collect()
}

fn quality(report: &Report) -> Vec<Vec<Cell>> {
    let one = |one: &super::model::Criterion| {
        vec![
            cell(one.name.clone(), ""),
            cell(share(&one.met), share_in_full(&one.met)),
            cell(share(&one.unknown), share_in_full(&one.unknown)),
            cell(one.alone.to_string(), "only this one counts against them"),
            cell(one.overridden.to_string(), "a person said yes"),
            cell(one.overridden_handed_off.to_string(), ""),
            cell(one.overridden_won.to_string(), ""),
            cell(one.overridden_returned.to_string(), ""),
        ]
    };
    report.quality.iter().map(one).collect()
}

fn changes(report: &Report) -> Vec<[String; 5]> {
    let one = |change: &super::model::Change| {
        [
            change.at.strftime("%Y-%m-%d").to_string(),
            change.source.clone().unwrap_or_else(|| "all".into()),
            change.what.clone(),
            share_in_full(&change.before),
            share_in_full(&change.after),
        ]
    };
    report.changes.iter().map(one).collect()
}
