//! The report as a table for a terminal or a file.

use unicode_width::UnicodeWidthStr;

use crate::desk::view::{Figure, Report, ReportLine, Speed};
use crate::lead::Money;

/// Lays a report out as a table; reasons for missing figures stand below it.
pub fn table(report: &Report) -> String {
    let head = [
        "source",
        "inquiries",
        "qualified",
        "handed off",
        "contacted",
        "won",
        "returned",
        "cost",
        "per inquiry",
        "per qualified",
        "first response",
        "p90",
        "never",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut reasons = Vec::new();
    for line in report.sources.iter().chain([&report.total]) {
        rows.push(cells(line));
        for (what, figure) in
            [("cost per inquiry", &line.cost_per_inquiry), ("cost per qualified", &line.cost_per_qualified)]
        {
            if let Some(why) = &figure.why {
                reasons.push(format!("— {} of {}: {why}", what, line.source));
            }
        }
    }
    let mut text =
        format!("{} to {} · leads by the day they came in ({})\n\n", report.since, report.until, report.view);
    text.push_str(&align(&rows));
    if !reasons.is_empty() {
        text.push('\n');
        for reason in reasons {
            text.push_str(&reason);
            text.push('\n');
        }
    }
    text
}

fn cells(line: &ReportLine) -> Vec<String> {
    let share = |part: u64, whole: u64| {
        if whole == 0 { format!("{part}") } else { format!("{part} ({} %)", (part * 200 + whole) / (whole * 2)) }
    };
    vec![
        line.source.clone(),
        line.inquiries.to_string(),
        share(line.qualified, line.inquiries),
        share(line.handed_off, line.qualified),
        share(line.contacted, line.handed_off),
        line.won.to_string(),
        line.returned.to_string(),
        Money::from_minor(line.cost, &line.currency).to_string(),
        money(&line.cost_per_inquiry, &line.currency),
        money(&line.cost_per_qualified, &line.currency),
        quantile(line.speed.median_secs, line.speed.median_over_secs),
        quantile(line.speed.p90_secs, line.speed.p90_over_secs),
        never(&line.speed),
    ]
}

fn money(figure: &Figure, currency: &str) -> String {
    figure.value.map_or_else(|| "—".into(), |value| Money::from_minor(value, currency).to_string())
}

fn quantile(secs: Option<i64>, over: Option<i64>) -> String {
    match (secs, over) {
        (Some(secs), _) => span(secs),
        (None, Some(over)) => format!("> {}", span(over)),
        (None, None) => "—".into(),
    }
}

fn never(speed: &Speed) -> String {
    if speed.n == 0 { "—".into() } else { format!("{} of {}", speed.never, speed.n) }
}

/// A length of time in two units at most: `42 s`, `7 min`, `3 h 05`, `2 d 4 h`.
pub fn span(secs: i64) -> String {
    match secs {
        ..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs / 60),
        3_600..86_400 => format!("{} h {:02}", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3_600),
    }
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
