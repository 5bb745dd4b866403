//! `leadgate report` and `leadgate cost`.

use std::io::Write;

use rust_decimal::Decimal;

use super::args::{Args, CostAct, ReportArgs};
use super::session::{Session, who};
use super::{CliError, json};
use crate::desk::{Desk, ReportAsk, StoreDesk};
use crate::lead::Money;
use crate::report::table::table;
use crate::store::Cost;

/// `leadgate report`.
pub async fn report(desk: &StoreDesk, ask: &ReportArgs, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let report = desk.report(ReportAsk { since: ask.since, until: ask.until }).await?;
    if as_json {
        json(out, &report)?;
    } else {
        write!(out, "{}", table(&report))?;
    }
    Ok(0)
}

/// `leadgate cost add`.
pub async fn cost(session: &Session, args: &Args, act: &CostAct, out: &mut dyn Write) -> Result<u8, CliError> {
    let CostAct::Add { source, amount, day, campaign } = act;
    if !session.config.sources.contains_key(source) {
        let ids: Vec<&str> = session.config.sources.keys().map(String::as_str).collect();
        return Err(CliError::Failed(format!("{source:?} is not one of the sources {}", ids.join(", "))));
    }
    let money = read_money(amount, &session.config.business.currency)?;
    let minor = money.minor().ok_or_else(|| CliError::Failed(format!("{money} is too large")))?;
    let today = session.clock.now().to_zoned(session.config.business.zone.clone()).date();
    let day = day.unwrap_or(today);
    let cost = Cost {
        source: Some(source.clone()),
        campaign: campaign.clone(),
        day,
        until: None,
        amount: minor,
        currency: money.currency.clone(),
        kind: crate::store::CostKind::Spend,
    };
    session.store.activate(&session.config).await?;
    session.store.add_costs(vec![cost], who(args)).await?;
    if args.json {
        json(out, &serde_json::json!({ "ok": true, "source": source, "amount": money.to_string(), "day": day }))?;
    } else {
        writeln!(out, "{money} for {source} on {day}")?;
    }
    Ok(0)
}

/// `320`, `320.50`, `320 EUR`.
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
        for bad in ["", "EUR", "12 EURO", "1 EUR 2", "1.2.3"] {
            assert!(read_money(bad, "EUR").unwrap_err().to_string().contains("e.g."), "{bad}");
        }
    }
}
