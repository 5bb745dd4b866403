//! Lists: leads, handoffs, sources, capacity, what happened.

use std::io::Write;

use jiff::Timestamp;

use super::args::LeadsAsk;
use super::{CliError, json};
use crate::desk::view::{Ask, CapLine, HandoffRow, LeadRow, List};
use crate::desk::words::when;
use crate::desk::{Desk, StoreDesk};
use crate::lead::Code;
use crate::report::say::span;
use crate::report::table::align;
use crate::text::fit;

/// Rows fetched at a time.
const PAGE: u32 = 500;

/// `leadgate leads`.
pub async fn leads(desk: &StoreDesk, ask: &LeadsAsk, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let lists: Vec<List> = List::ALL.into_iter().filter(|list| ask.list == "all" || ask.list == list.word()).collect();
    let mut rows = Vec::new();
    for list in lists {
        rows.extend(all_rows(desk, ask, list).await?);
    }
    if as_json {
        json(out, &rows)?;
        return Ok(0);
    }
    if rows.is_empty() {
        writeln!(out, "No leads here yet. `leadgate sources` shows what is read, and when.")?;
        return Ok(0);
    }
    let seat = desk.seat();
    let now = desk.now_for_lists();
    let head = ["id", "name", "service", "place", "budget", "score", "stage", "owner", "what"].map(str::to_owned);
    let mut lines = vec![head.to_vec()];
    lines.extend(rows.iter().map(|row| lead_line(row, now, &seat.zone)));
    write!(out, "{}", align_left(&lines))?;
    Ok(0)
}

async fn all_rows(desk: &StoreDesk, ask: &LeadsAsk, list: List) -> Result<Vec<LeadRow>, CliError> {
    let person = if ask.mine { Some(desk.seat().who.clone()) } else { None };
    let mine = person.as_ref().map(|id| desk.seat().people.iter().find(|one| one.0 == *id).map(|one| one.1.clone()));
    let mut rows: Vec<LeadRow> = Vec::new();
    let mut after = None;
    loop {
        let left = ask.limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        let page = Ask { list, person: person.clone(), text: ask.text.clone(), after, limit: left.min(PAGE) };
        let limit = if list == List::Open { left } else { page.limit };
        let found = desk.rows(Ask { limit, ..page }).await?;
        // Only open ones are asked for by person; what waits, was turned down or set aside is nobody's yet.
        let is_mine = |row: &LeadRow| mine.as_ref().is_none_or(|name| row.owner.is_some() && row.owner == *name);
        rows.extend(found.rows.into_iter().filter(is_mine));
        after = found.next;
        if after.is_none() || rows.len() >= ask.limit as usize {
            return Ok(rows);
        }
    }
}

fn lead_line(row: &LeadRow, now: Timestamp, zone: &jiff::tz::TimeZone) -> Vec<String> {
    let why: Vec<String> = row.codes.iter().map(Code::to_string).collect();
    let what = match (row.forecast, row.answer_by, row.first_at) {
        (Some(at), _, _) => format!("leaves the queue about {} {}", when(at, now, zone), why.join(" ")),
        (_, _, Some(at)) => format!("answered {}", when(at, now, zone)),
        (_, Some(by), _) => format!("answer by {}", when(by, now, zone)),
        _ => why.join(" "),
    };
    vec![
        row.lead.map_or_else(|| format!("#{}", row.inquiry), |lead| lead.to_string()),
        fit(&row.name, 28),
        fit(&row.service, 20),
        row.place.clone(),
        row.budget.clone(),
        row.score.map(|score| score.to_string()).unwrap_or_default(),
        row.stage.map_or("aside", crate::lead::Stage::word).to_owned(),
        row.owner.clone().unwrap_or_default(),
        what,
    ]
}

/// Aligns every column to the left: these are words.
fn align_left(rows: &[Vec<String>]) -> String {
    use unicode_width::UnicodeWidthStr;
    let columns = rows.first().map_or(0, Vec::len);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// `leadgate handoffs`.
pub async fn handoffs(desk: &StoreDesk, limit: u32, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let rows = desk.handoffs(limit).await?;
    if as_json {
        json(out, &rows)?;
        return Ok(0);
    }
    if rows.is_empty() {
        writeln!(out, "Nothing has been handed off yet.")?;
        return Ok(0);
    }
    let head = ["no", "lead", "name", "to", "owner", "state", "key", "ticket", "first response", "next"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(handoff_line));
    write!(out, "{}", align_left(&lines))?;
    for stopped in desk.stopped().await? {
        writeln!(out, "{stopped}")?;
    }
    Ok(0)
}

fn handoff_line(row: &HandoffRow) -> Vec<String> {
    let first = match (row.first_business_secs, row.accepted_at.zip(row.first_at)) {
        (Some(secs), Some((accepted, first))) => {
            let wall = accepted.duration_until(first).as_secs().max(0);
            format!("{} working, {} wall", span(secs), span(wall))
        }
        _ => String::new(),
    };
    vec![
        row.id.to_string(),
        row.lead.to_string(),
        fit(&row.name, 28),
        row.destination.clone(),
        row.person.clone(),
        row.state.word().to_owned(),
        row.token.to_string(),
        row.number.clone().unwrap_or_default(),
        first,
        if row.last_text.is_empty() || row.first_at.is_some() {
            row.next.clone()
        } else {
            format!("{} ({})", row.next, fit(&row.last_text, 60))
        },
    ]
}

/// `leadgate capacity`: caps, their use and people's load.
pub async fn capacity(desk: &StoreDesk, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    list_capacity(desk, false, as_json, out).await
}

/// `leadgate cap show`: every cap, those on people too, and where its value comes from.
pub async fn caps(desk: &StoreDesk, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    list_capacity(desk, true, as_json, out).await
}

async fn list_capacity(desk: &StoreDesk, every_cap: bool, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let capacity = desk.capacity().await?;
    if as_json {
        json(out, &capacity)?;
        return Ok(0);
    }
    let line = |cap| cap_line(desk, cap);
    for team in &capacity.teams {
        let open = if team.open { "working" } else { "closed" };
        writeln!(out, "{} ({open}) · {} held for it", team.title, team.held)?;
        let mut rows: Vec<Vec<String>> = team.caps.iter().map(line).collect();
        if every_cap {
            let caps = team.people.iter().flat_map(|person| &person.caps);
            rows.extend(caps.filter(|cap| team.caps.iter().all(|one| one.id != cap.id)).map(line));
        } else {
            rows.extend(team.people.iter().map(super::person::row));
        }
        write!(out, "{}", align(&rows))?;
    }
    writeln!(out, "{} held in all", capacity.held)?;
    Ok(0)
}

fn cap_line(desk: &StoreDesk, cap: &CapLine) -> Vec<String> {
    let max = cap.max.map_or_else(|| "no cap".into(), |max| max.to_string());
    let from = match (&cap.overridden, cap.config_max) {
        (Some(set), Some(config)) => {
            let at = cap.written_at.as_ref().map_or_else(String::new, |at| format!(", {at}"));
            format!("{set} (config: {config}{at})")
        }
        (Some(set), None) => set.clone(),
        (None, _) => match &cap.written_at {
            Some(at) => format!("from the config ({at})"),
            None => "from the config".into(),
        },
    };
    let frees = cap.frees_at.map(|at| format!("frees {}", when(at, desk.now_for_lists(), &desk.seat().zone)));
    let held = (cap.held > 0).then(|| format!("{} wait for it", cap.held));
    let next: Vec<String> = frees.into_iter().chain(held).collect();
    let from = cap.stop_loss.as_ref().map_or(from.clone(), |words| format!("{words} · {from}"));
    let used = format!("{} + {} of {max}", cap.used, cap.reserved);
    vec![format!("  {}", cap.id), used, cap.forecast.clone(), next.join(", "), from]
}

/// `leadgate journal`.
pub async fn journal(desk: &StoreDesk, limit: u32, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let events = desk.journal(limit).await?;
    if as_json {
        json(out, &events)?;
        return Ok(0);
    }
    for event in &events {
        let at = event.at.to_zoned(desk.seat().zone.clone());
        writeln!(out, "{}  {:<12}  {}", at.strftime("%Y-%m-%d %H:%M:%S"), fit(&event.who, 12), event.text)?;
    }
    Ok(0)
}
