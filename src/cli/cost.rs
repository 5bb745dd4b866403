//! `leadgate cost` and `leadgate note`: what was spent, at which rate, and what was changed.

use std::io::{Read, Write};
use std::path::Path;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::args::Args;
use super::report_args::{CostAct, CostAdd, NoteAct};
use super::session::{Session, who};
use super::{CliError, json};
use crate::lead::Money;
use crate::store::{Cost, CostKind, Rate};

/// Largest file of costs, in bytes.
const FILE_MAX: u64 = 16 * 1024 * 1024;
/// Most costs of one file.
const ROWS_MAX: usize = 100_000;
/// Most mistakes told of one file.
const MISTAKES_MAX: usize = 20;
/// Longest note, in characters.
const NOTE_MAX: usize = 1_000;
/// The word for a cost of no source.
const NONE: &str = "none";
/// Longest stretch a cost is spread over, in days: ten years.
const SPREAD_MAX: i32 = 3_660;

/// A row of a file of costs.
#[derive(Debug, Deserialize)]
struct Line {
    source: String,
    amount: String,
    #[serde(default)]
    currency: String,
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    campaign: String,
    #[serde(default)]
    kind: String,
}

/// `leadgate cost …`.
pub async fn run(session: &Session, args: &Args, act: &CostAct, out: &mut dyn Write) -> Result<u8, CliError> {
    match act {
        CostAct::Add(add) => self::add(session, args, add, out).await,
        CostAct::Import { file, dry_run } => import(session, args, file, *dry_run, out).await,
        CostAct::Rate { currency, rate, from } => {
            let currency = read_currency(currency)?;
            if *rate <= Decimal::ZERO {
                return Err(CliError::Failed(format!("a rate of {rate} makes no sense: it must be above 0")));
            }
            let rate = Rate { currency, day: from.unwrap_or_else(|| today(session)), rate: rate.normalize() };
            session.store.activate(&session.config).await?;
            session.store.add_rate(rate.clone(), who(args)).await?;
            if args.json {
                let rate =
                    serde_json::json!({ "ok": true, "currency": rate.currency, "from": rate.day, "rate": rate.rate });
                json(out, &rate)?;
            } else {
                let home = &session.config.business.currency;
                writeln!(out, "1 {} is {} {home} from {} on", rate.currency, rate.rate, rate.day)?;
            }
            Ok(0)
        }
    }
}

/// `leadgate note add`.
pub async fn note(session: &Session, args: &Args, act: &NoteAct, out: &mut dyn Write) -> Result<u8, CliError> {
    let NoteAct::Add { text, source } = act;
    let text = crate::text::clean_line(text, NOTE_MAX);
    if text.is_empty() {
        return Err(CliError::Failed("the note is empty: say what was changed".into()));
    }
    if let Some(source) = source {
        known_source(session, source)?;
    }
    session.store.activate(&session.config).await?;
    session.store.note_change(source.clone(), text.clone(), who(args)).await?;
    if args.json {
        json(out, &serde_json::json!({ "ok": true, "source": source, "text": text }))?;
    } else {
        writeln!(out, "noted{}: {text}", source.as_ref().map_or_else(String::new, |one| format!(" for {one}")))?;
    }
    Ok(0)
}

async fn add(session: &Session, args: &Args, add: &CostAdd, out: &mut dyn Write) -> Result<u8, CliError> {
    let money = read_money(&add.amount, &session.config.business.currency)?;
    let kind = match (add.fee, add.credit) {
        (true, _) => CostKind::Fee,
        (_, true) => CostKind::Credit,
        _ => CostKind::Spend,
    };
    let days = (add.day.unwrap_or_else(|| today(session)), add.to);
    let cost = read_cost(session, &add.source, &money, days, add.campaign.as_deref(), kind)?;
    session.store.activate(&session.config).await?;
    session.store.add_costs(vec![cost], who(args)).await?;
    let (day, to) = days;
    if args.json {
        let told =
            serde_json::json!({ "ok": true, "source": add.source, "amount": money.to_string(), "day": day, "to": to });
        json(out, &told)?;
    } else {
        let until = to.map_or_else(String::new, |to| format!(" to {to}"));
        writeln!(out, "{money} for {} on {day}{until}", add.source)?;
    }
    Ok(0)
}

async fn import(
    session: &Session,
    args: &Args,
    file: &Path,
    dry_run: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let costs = read_file(session, &read_text(file)?)?;
    let mut sums: std::collections::BTreeMap<(&str, &str), i64> = std::collections::BTreeMap::new();
    for cost in &costs {
        *sums.entry((cost.kind.word(), &cost.currency)).or_default() += cost.amount;
    }
    let sums: Vec<String> = sums
        .into_iter()
        .map(|((kind, currency), minor)| format!("{kind} {}", Money::from_minor(minor, currency)))
        .collect();
    let count = costs.len();
    if !dry_run {
        session.store.activate(&session.config).await?;
        session.store.add_costs(costs, who(args)).await?;
    }
    if args.json {
        json(out, &serde_json::json!({ "ok": true, "entered": !dry_run, "costs": count, "sums": sums }))?;
    } else {
        let verb = if dry_run { "would enter" } else { "entered" };
        writeln!(out, "{verb} {count} costs: {}", sums.join(", "))?;
    }
    Ok(0)
}

fn read_text(file: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |error: std::io::Error| CliError::Failed(format!("cannot read {}: {error}", file.display()));
    let mut bytes = Vec::new();
    let reader: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed)?)
    };
    reader.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(CliError::Failed(format!("{} is larger than {FILE_MAX} bytes: split it", file.display())));
    }
    Ok(bytes)
}

/// Every cost of a file, or every mistake with its line.
fn read_file(session: &Session, bytes: &[u8]) -> Result<Vec<Cost>, CliError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let (mut costs, mut mistakes) = (Vec::new(), Vec::new());
    for (place, line) in reader.deserialize::<Line>().enumerate() {
        if place >= ROWS_MAX {
            return Err(CliError::Failed(format!("more than {ROWS_MAX} costs in one file: split it")));
        }
        match line
            .map_err(|error| crate::text::clean_line(&error.to_string(), 300))
            .and_then(|line| one(session, &line))
        {
            Ok(cost) => costs.push(cost),
            Err(why) => mistakes.push(format!("  line {}: {why}", place + 2)),
        }
    }
    if !mistakes.is_empty() {
        let more = mistakes.len().saturating_sub(MISTAKES_MAX);
        mistakes.truncate(MISTAKES_MAX);
        let more = if more > 0 { format!("\n  … and {more} more") } else { String::new() };
        return Err(CliError::Failed(format!(
            "nothing was entered; the file needs the columns source,amount,from and may have currency,to,campaign,kind\n{}{more}",
            mistakes.join("\n")
        )));
    }
    if costs.is_empty() {
        return Err(CliError::Failed("the file has no costs".into()));
    }
    Ok(costs)
}

fn one(session: &Session, line: &Line) -> Result<Cost, String> {
    let read = || -> Result<Cost, CliError> {
        let money = read_money(format!("{} {}", line.amount, line.currency).trim(), &session.config.business.currency)?;
        let kind = if line.kind.is_empty() { Some(CostKind::Spend) } else { CostKind::parse(&line.kind) };
        let kind = kind.ok_or_else(|| CliError::Failed(format!("{:?} is not one of spend, fee, credit", line.kind)))?;
        let to = Some(line.to.as_str()).filter(|to| !to.is_empty()).map(read_day).transpose()?;
        let campaign = Some(line.campaign.as_str()).filter(|one| !one.is_empty());
        read_cost(session, &line.source, &money, (read_day(&line.from)?, to), campaign, kind)
    };
    read().map_err(|error| error.to_string())
}

fn read_day(text: &str) -> Result<Date, CliError> {
    text.parse().map_err(|_| CliError::Failed(format!("{text:?} is not a day; write e.g. 2026-11-30")))
}

fn read_cost(
    session: &Session,
    source: &str,
    money: &Money,
    (day, to): (Date, Option<Date>),
    campaign: Option<&str>,
    kind: CostKind,
) -> Result<Cost, CliError> {
    let source = if source == NONE { None } else { Some(known_source(session, source)?) };
    if to.is_some_and(|to| to < day) {
        return Err(CliError::Failed(format!("it ends before it begins ({day})")));
    }
    if to.is_some_and(|to| (to - day).get_days() > SPREAD_MAX) {
        return Err(CliError::Failed(format!("a cost is spread over {SPREAD_MAX} days at most")));
    }
    let amount = money.minor().ok_or_else(|| CliError::Failed(format!("{money} is too large")))?;
    let campaign = campaign.map(|name| crate::text::clean_line(name, 200)).filter(|name| !name.is_empty());
    Ok(Cost { source, campaign, day, until: to, amount, currency: money.currency.clone(), kind })
}

fn known_source(session: &Session, source: &str) -> Result<String, CliError> {
    if session.config.sources.contains_key(source) {
        return Ok(source.to_owned());
    }
    let ids: Vec<&str> = session.config.sources.keys().map(String::as_str).collect();
    Err(CliError::Failed(format!("{source:?} is not one of the sources {} (or {NONE})", ids.join(", "))))
}

fn today(session: &Session) -> Date {
    session.clock.now().to_zoned(session.config.business.zone.clone()).date()
}

fn read_currency(text: &str) -> Result<String, CliError> {
    if text.len() == 3 && text.chars().all(|c| c.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err(CliError::Failed(format!("{text:?} is not a currency; write its three letters, e.g. USD")))
}

/// `320`, `320.50`, `320 EUR`, `-12 EUR`.
fn read_money(text: &str, home: &str) -> Result<Money, CliError> {
    let bad = || CliError::Failed(format!("{text:?} is not an amount; write e.g. \"320 EUR\" or 320.50"));
    let mut parts = text.split_whitespace();
    let amount: Decimal = parts.next().and_then(|part| part.parse().ok()).ok_or_else(bad)?;
    let currency = parts.next().unwrap_or(home);
    let known = currency.len() == 3 && currency.chars().all(|c| c.is_ascii_alphabetic());
    if !known || parts.next().is_some() {
        return Err(bad());
    }
    Ok(Money::new(amount, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_or_refused_with_a_hint() {
        assert_eq!(read_money("320", "EUR").unwrap().to_string(), "320 EUR");
        assert_eq!(read_money("320.50 chf", "EUR").unwrap().to_string(), "320.50 CHF");
        assert_eq!(read_money("-12 EUR", "EUR").unwrap().to_string(), "-12 EUR");
        for bad in ["", "EUR", "12 EURO", "1 EUR 2", "1.2.3"] {
            assert!(read_money(bad, "EUR").unwrap_err().to_string().contains("e.g."), "{bad}");
        }
    }
}
