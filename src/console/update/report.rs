//! Keys of the Report screen: another period, view or split, another figure, and the leads behind it.

use super::command::dialog;
use super::{moving, refresh, say};
use crate::console::commands::Id;
use crate::console::effect::Effect;
use crate::console::message::Load;
use crate::console::model::dialog::{Choice, Line, Pick};
use crate::console::model::report::FIGURES;
use crate::console::model::{Dialog, Model, Screen, Tone};
use crate::console::say as words;
use crate::desk::DeskError;
use crate::desk::view::{Behind, LeadRow};
use crate::report::model::{Dimension, View};

/// Runs one of them.
pub fn run(model: &mut Model, id: Id) -> Vec<Effect> {
    let screen = &mut model.report;
    match id {
        Id::Period => screen.period = screen.period.next(),
        Id::View => {
            screen.view = if screen.view == View::Cohort { View::Calendar } else { View::Cohort };
        }
        Id::By => {
            let at = Dimension::ALL.iter().position(|by| *by == screen.by).unwrap_or(0);
            screen.by = Dimension::ALL[(at + 1) % Dimension::ALL.len()];
            (screen.cursor.key, screen.cursor.index) = (None, 0);
        }
        Id::OverTime => {
            screen.over_time = !screen.over_time;
            return Vec::new();
        }
        Id::FigureBefore => {
            screen.figure = screen.figure.saturating_sub(1);
            return Vec::new();
        }
        _ => {
            screen.figure = (screen.figure + 1).min(FIGURES.len() - 1);
            return Vec::new();
        }
    }
    moving::settle(model);
    let mut effects = Vec::new();
    refresh::reload(model, &mut effects);
    effects
}

/// Looks for the leads behind the figure under the cursor.
pub fn open(model: &mut Model) -> Vec<Effect> {
    match model.report.wanted() {
        Err(reason) => {
            say(model, Tone::Info, reason);
            Vec::new()
        }
        Ok(figure) => {
            say(model, Tone::Info, format!("looking for the leads behind {figure}…"));
            let ask = model.report.ask(model.now, &model.seat.zone);
            vec![refresh::ask(model, Load::Behind(ask, figure))]
        }
    }
}

/// Shows the leads that were looked for, unless the person went elsewhere in the meantime.
pub fn found(model: &mut Model, ticket: u64, answer: Result<Behind, DeskError>) {
    if !model.report.behind.awaits(ticket) {
        return;
    }
    model.report.behind.asked = None;
    if model.screen != Screen::Report || model.opened.is_some() || !model.dialogs.is_empty() {
        return;
    }
    match answer {
        Err(error) => say(model, Tone::Bad, format!("the leads behind it could not be read: {error}")),
        Ok(behind) => {
            model.status = None;
            let shown = behind.rows.len() as u64;
            let of = if shown < behind.total {
                format!("the latest {shown} of {}", behind.total)
            } else {
                shown.to_string()
            };
            let title = format!("{} · {of}", behind.figure);
            let lines = behind.rows.iter().filter_map(|row| line(model, row)).collect();
            dialog(model, Dialog::Pick(Pick::new(title, lines, false)));
        }
    }
}

fn line(model: &Model, row: &LeadRow) -> Option<Line> {
    let lead = row.lead?;
    let stage = row
        .codes
        .first()
        .map_or_else(|| row.stage.map_or_else(String::new, |stage| stage.word().to_owned()), ToString::to_string);
    let when = words::moment(row.received_at, model.now, &model.seat.zone);
    Some(Line {
        label: format!("{} · {} · {}", row.name, row.service, row.place),
        beside: format!("{stage} · {when}"),
        disabled: None,
        choice: Choice::Look(lead),
    })
}
