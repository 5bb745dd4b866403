//! `leadgate report`: the figures in four formats, the leads behind one of them, or every lead as a row.

use std::io::Write;

use super::moment::moment;
use super::report_args::{By, Format, ReportArgs};
use super::session::Session;
use super::{CliError, json, report_export, report_mail};
use crate::desk::{Desk as _, FiguresAsk, StoreDesk};
use crate::report::model::{Dimension, View};
use crate::report::{csv, html, table};

/// `leadgate report`.
pub async fn report(
    desk: &StoreDesk,
    ask: &ReportArgs,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let format = if as_json { Format::Json } else { ask.format };
    let zone = &desk.seat().zone;
    let first = |text: &String| moment(text, desk.now_for_lists(), zone, -1).map(|at| at.to_zoned(zone.clone()).date());
    let figures = FiguresAsk {
        since: ask.since.as_ref().map(first).transpose()?,
        until: ask.until,
        view: if ask.calendar { View::Calendar } else { View::Cohort },
        by: splits(&ask.by),
        as_of: ask.as_of,
        working: true,
    };
    if let Some(figure) = &ask.leads {
        return leads(desk, &figures, figure, as_json, out).await;
    }
    if let Some(to) = &ask.export {
        return report_export::write(desk, &figures, to, ask.force, as_json, out).await;
    }
    if ask.mail {
        return report_mail::send(desk, figures, &ask.to, session, as_json, out).await;
    }
    let report = desk.full_report(&figures).await?;
    let text = match format {
        Format::Table => table::full(&report),
        Format::Json => {
            let text = serde_json::to_string_pretty(&report).map_err(|error| CliError::Failed(error.to_string()))?;
            format!("{text}\n")
        }
        Format::Csv => csv::csv(&report).map_err(|error| CliError::Failed(error.to_string()))?,
        Format::Html => html::page(&report).map_err(|error| CliError::Failed(error.to_string()))?,
    };
    match &ask.output {
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            let failed = |error| CliError::Failed(format!("cannot write {}: {error}", path.display()));
            std::fs::write(path, &text).map_err(failed)?;
            writeln!(out, "{}", path.display())?;
        }
    }
    Ok(0)
}

async fn leads(
    desk: &StoreDesk,
    ask: &FiguresAsk,
    figure: &str,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let leads = desk.leads_behind(ask, figure).await?;
    if as_json {
        let ids: Vec<String> = leads.iter().map(ToString::to_string).collect();
        json(out, &serde_json::json!({ "figure": figure, "n": ids.len(), "leads": ids }))?;
    } else {
        for lead in &leads {
            writeln!(out, "{lead}")?;
        }
    }
    Ok(0)
}

/// Each split once, in the order they were asked for.
fn splits(by: &[By]) -> Vec<Dimension> {
    let mut found = Vec::new();
    for one in by {
        let more: &[Dimension] = match one {
            By::All => &Dimension::ALL,
            By::One(by) => std::slice::from_ref(by),
        };
        for by in more {
            if !found.contains(by) {
                found.push(*by);
            }
        }
    }
    found
}
