//! The report for spreadsheets: one record a line of a split, RFC 4180. A text that a spreadsheet would run as a
//! formula is quoted with an apostrophe; numbers stay numbers; a figure that does not exist is an empty cell, and
//! the last column says why.

use super::capacity::CapacityLine;
use super::model::{Maybe, Report, Row, Share};
use crate::lead::Money;

/// What a cell may not begin with: spreadsheets run it (OWASP, CSV injection).
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '|'];

/// A text cell that nothing runs.
pub fn safe(text: &str) -> String {
    let bare = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']);
    // Full-width signs are read as the plain ones by some spreadsheets.
    let runs = |text: &str| text.starts_with(FORMULA) || text.starts_with(['＝', '＋', '－', '＠']);
    if runs(text) || runs(bare) { format!("'{text}") } else { text.to_owned() }
}

/// Columns of the capacity, before the last one.
const CAPACITY: usize = 7;
const HEAD: &[&str] = &[
    "since",
    "until",
    "view",
    "split",
    "key",
    "title",
    "impressions",
    "clicks",
    "inquiries",
    "qualified",
    "handed_off",
    "contacted",
    "actionable",
    "won",
    "returned",
    "returned_fault",
    "assisted",
    "click_share",
    "inquiries_per_click",
    "qualified_share",
    "qualified_low",
    "qualified_high",
    "handed_off_share",
    "contacted_share",
    "actionable_share",
    "won_share",
    "won_low",
    "won_high",
    "returned_share",
    "returned_fault_share",
    "currency",
    "cost_gross",
    "credits",
    "cost_net",
    "per_inquiry",
    "per_qualified",
    "per_actionable",
    "per_won",
    "margin",
    "margin_unknown",
    "ratio",
    "ratio_low",
    "ratio_high",
    "break_even_won",
    "mature",
    "won_mature",
    "verdict",
    "rule",
    "speed_n",
    "median_secs",
    "median_over_secs",
    "p90_secs",
    "p90_over_secs",
    "within_5min",
    "within_1h",
    "within_24h",
    "never",
    "target_met",
    "target_of",
    "no_target",
    "working_median_secs",
    "working_p90_secs",
    "demand",
    "capacity",
    "flood_index",
    "given",
    "utilisation",
    "open",
    "open_at_most",
    "why",
];

/// The report as CSV.
///
/// # Errors
/// The writer failed, which memory does not.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEAD)?;
    writer.write_record(record(report, "all", &report.total))?;
    for split in &report.splits {
        for row in &split.rows {
            writer.write_record(record(report, split.by.word(), row))?;
        }
    }
    for line in report.capacity.iter().flat_map(|figures| &figures.lines) {
        writer.write_record(capacity(report, line))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn record(report: &Report, split: &str, row: &Row) -> Vec<String> {
    let (counts, rates, cost, value, speed) = (&row.counts, &row.rates, &row.cost, &row.value, &row.speed);
    let money = |maybe: &Maybe<i64>| {
        maybe.value.map_or_else(String::new, |minor| Money::from_minor(minor, &report.currency).amount.to_string())
    };
    let fraction = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
    let ratio = |share: &Share| fraction(share.value);
    let told = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
    let secs = |secs: Option<i64>| secs.map_or_else(String::new, |secs| secs.to_string());
    let within = |(part, whole): (u64, u64)| fraction((whole > 0).then(|| part as f64 / whole as f64));
    let working = row.speed_business.as_ref();
    let mut cells = vec![
        report.since.to_string(),
        report.until.to_string(),
        format!("{:?}", report.view).to_lowercase(),
        split.to_owned(),
        safe(&row.key),
        safe(&row.title),
        told(row.impressions),
        told(row.clicks),
    ];
    cells.extend(counts.steps().map(|count| count.to_string()));
    cells.extend([counts.returned, counts.returned_fault, row.assisted].map(|count| count.to_string()));
    cells.extend([ratio(&rates.click), ratio(&rates.inquiry), ratio(&rates.qualified)]);
    cells.extend([fraction(rates.qualified.low), fraction(rates.qualified.high)]);
    cells.extend([&rates.handed_off, &rates.contacted, &rates.actionable, &rates.won].map(ratio));
    cells.extend([fraction(rates.won.low), fraction(rates.won.high)]);
    cells.extend([ratio(&rates.returned), ratio(&rates.returned_fault), report.currency.clone()]);
    cells.extend([money(&cost.gross), money(&Maybe::some(cost.credits)), money(&cost.net)]);
    cells.extend([&cost.per_inquiry, &cost.per_qualified, &cost.per_actionable, &cost.per_won].map(money));
    cells.extend([money(&value.margin), value.margin_unknown.to_string()]);
    cells.extend([fraction(value.ratio.value), fraction(value.low), fraction(value.high)]);
    cells.extend([told(value.break_even.value), value.mature.to_string(), value.won_mature.to_string()]);
    cells.push(value.verdict.map_or_else(String::new, |verdict| verdict.word().to_owned()));
    cells.push(safe(&value.rule));
    cells.push(speed.n.to_string());
    cells.extend([speed.median_secs, speed.median_over_secs, speed.p90_secs, speed.p90_over_secs].map(secs));
    cells.extend(speed.within.map(within));
    cells.extend([speed.never, speed.target.0, speed.target.1, row.no_target].map(|count| count.to_string()));
    cells.extend([secs(working.and_then(|one| one.median_secs)), secs(working.and_then(|one| one.p90_secs))]);
    cells.extend(std::iter::repeat_n(String::new(), CAPACITY));
    cells.push(safe(&why(row)));
    cells
}

/// A line of the capacity, which has no other figures: its split is `capacity by team`.
fn capacity(report: &Report, line: &CapacityLine) -> Vec<String> {
    let fraction = |ratio: &Maybe<f64>| ratio.value.map_or_else(String::new, |value| format!("{value:.6}"));
    let count = |count: &Maybe<u64>| count.value.map_or_else(String::new, |value| value.to_string());
    let split = line.by.map_or_else(|| "capacity".to_owned(), |by| format!("capacity by {}", by.word()));
    let mut cells = vec![report.since.to_string(), report.until.to_string(), "calendar".to_owned(), split];
    cells.extend([safe(&line.key), safe(&line.title)]);
    cells.resize(HEAD.len() - 1 - CAPACITY, String::new());
    cells.extend([line.demand.to_string(), count(&line.capacity), fraction(&line.flood_index)]);
    cells.extend([line.handed_off.to_string(), fraction(&line.utilisation), count(&line.open)]);
    cells.push(count(&line.open_at_most));
    let reasons = [&line.flood_index.why, &line.backlog.why, &Some(line.basis.clone())];
    let mut why: Vec<&str> = reasons.into_iter().flatten().map(String::as_str).collect();
    why.dedup();
    cells.push(safe(&why.join("; ")));
    cells
}

/// Why cells are empty, and what is odd.
fn why(row: &Row) -> String {
    let mut found: Vec<&str> = row.flags.iter().map(String::as_str).collect();
    let cost = &row.cost;
    let costs =
        [&cost.gross, &cost.per_inquiry, &cost.per_qualified, &cost.per_actionable, &cost.per_won, &row.value.margin];
    let shares = [&row.rates.click, &row.rates.inquiry, &row.rates.qualified, &row.rates.won];
    let reasons = costs.into_iter().map(|one| &one.why).chain(shares.into_iter().map(|one| &one.why));
    for why in reasons.chain([&row.value.ratio.why, &row.value.break_even.why]).flatten() {
        if !found.contains(&why.as_str()) {
            found.push(why);
        }
    }
    found.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{feff}=1", "＝1", "|calc"] {
            assert!(safe(bad).starts_with('\''), "{bad:?}");
        }
        for fine in ["meta", "a=b", "1", "", "a-b", "„Dach“"] {
            assert_eq!(safe(fine), fine);
        }
    }
}
