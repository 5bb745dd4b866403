//! `leadgate person …`: who is there, and saying who is not.

use std::io::Write;

use super::moment::moment;
use super::person_args::PersonAct;
use super::session::Session;
use super::{CliError, act, json};
use crate::desk::view::{PersonLine, TeamCapacity};
use crate::desk::{Act, Desk, StoreDesk};
use crate::report::table::align;

/// `leadgate person …`.
pub async fn run(
    desk: &StoreDesk,
    what: &PersonAct,
    session: &Session,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8, CliError> {
    let (now, zone) = (session.clock.now(), &session.config.business.zone);
    let to_come = |until: &Option<String>| until.as_ref().map(|text| moment(text, now, zone, 1)).transpose();
    let asked = match what {
        PersonAct::Show { id } => return show(desk, id.as_deref(), as_json, out).await,
        PersonAct::Leave { id, until, reason } => {
            Act::Leave { person: id.clone(), until: to_come(until)?, reason: reason.clone() }
        }
        PersonAct::Shift { id, at_work, until, reason } => {
            Act::Shift { person: id.clone(), on: at_work == "on", until: to_come(until)?, reason: reason.clone() }
        }
        PersonAct::Back { id } => Act::Back(id.clone()),
        PersonAct::HandOver { id } => Act::HandOver(id.clone()),
    };
    let status = act::perform(desk, asked, as_json, out).await?;
    if let PersonAct::Leave { id, .. } = what
        && !as_json
    {
        writeln!(out, "`leadgate person hand-over {id}` gives those to the others, `leadgate undo` takes this back.")?;
    }
    Ok(status)
}

async fn show(desk: &StoreDesk, id: Option<&str>, as_json: bool, out: &mut dyn Write) -> Result<u8, CliError> {
    let teams = desk.capacity().await?.teams;
    let wanted = |person: &&PersonLine| id.is_none_or(|id| person.id == id);
    let everybody: Vec<&PersonLine> = teams.iter().flat_map(|team| &team.people).filter(wanted).collect();
    if let Some(id) = id.filter(|_| everybody.is_empty()) {
        let known: Vec<&str> = teams.iter().flat_map(|team| &team.people).map(|person| person.id.as_str()).collect();
        return Err(CliError::Failed(format!("{id:?} is not one of the people {}", known.join(", "))));
    }
    if as_json {
        json(out, &everybody)?;
        return Ok(0);
    }
    for team in teams.iter().filter(|team| team.people.iter().any(|person| wanted(&person))) {
        writeln!(out, "{}", head(team))?;
        let rows: Vec<Vec<String>> = team.people.iter().filter(wanted).map(row).collect();
        write!(out, "{}", align(&rows))?;
    }
    Ok(0)
}

fn head(team: &TeamCapacity) -> String {
    format!("{} ({})", team.title, if team.open { "working" } else { "closed" })
}

/// One person of a list.
pub fn row(person: &PersonLine) -> Vec<String> {
    let of = |count: u32, max: Option<u32>| max.map_or_else(|| count.to_string(), |max| format!("{count} / {max}"));
    vec![
        format!("  {}", person.name),
        format!("new {}", of(person.new, person.new_max)),
        format!("open {}", of(person.open, person.open_max)),
        format!("unanswered {}", person.unanswered),
        person.there.clone(),
    ]
}
