//! What one does with caps and sources.

use tui_input::Input;

use super::command::{act, dialog};
use crate::console::commands::Id;
use crate::console::effect::Effect;
use crate::console::model::dialog::{CapChange, CapPart, Purpose, Type};
use crate::console::model::screens::CapItem;
use crate::console::model::{Dialog, Model};
use crate::desk::Act;
use crate::desk::view::{CapLine, TeamCapacity};

/// Opens the dialog for the cap under the cursor, or resets it.
pub fn cap(model: &mut Model, id: Id) -> Vec<Effect> {
    let Some((team, cap)) = model.capacity.selected() else { return Vec::new() };
    if id == Id::ResetCap {
        let cap = cap.id.clone();
        return act(model, Act::ResetCap(cap));
    }
    // A fifth is the smallest change a team notices; the number can be typed over.
    let now = cap.max.unwrap_or(cap.used + cap.reserved);
    let step = (now / 5).max(1);
    let proposed = match id {
        Id::RaiseCap => now.saturating_add(step),
        Id::LowerCap => now.saturating_sub(step),
        _ => now,
    };
    // Asked to type a value, one types it; the old one stands beside.
    let (part, max) = match id {
        Id::ChangeCap => (CapPart::Max, Input::default()),
        _ => (CapPart::Reason, Input::new(proposed.to_string())),
    };
    let change = changing(team, cap, max, part);
    dialog(model, Dialog::Cap(Box::new(change)))
}

/// Opens the dialog for a cap with this maximum filled in.
pub fn change(model: &mut Model, cap: &str, max: Input) -> Vec<Effect> {
    let found = model.capacity.items().find_map(|item| match item {
        CapItem::Cap(team, line) if line.id == cap => Some((team, line)),
        _ => None,
    });
    let Some(change) = found.map(|(team, line)| changing(team, line, max, CapPart::Reason)) else { return Vec::new() };
    dialog(model, Dialog::Cap(Box::new(change)))
}

fn changing(team: &TeamCapacity, cap: &CapLine, max: Input, part: CapPart) -> CapChange {
    CapChange {
        cap: cap.id.clone(),
        title: format!("{} · {}", team.title, cap.title),
        old: cap.max,
        taken: cap.used.saturating_add(cap.reserved),
        max,
        reason: Input::default(),
        part,
        error: None,
    }
}

/// Pauses, resumes, reads or reads again the source under the cursor.
pub fn source(model: &mut Model, id: Id) -> Vec<Effect> {
    let Some(source) = model.sources.selected() else { return Vec::new() };
    let (name, paused) = (source.id.clone(), source.paused.is_some());
    match id {
        Id::PollNow => act(model, Act::PollNow(name)),
        Id::Backfill => {
            let title = format!("Read {} again from when on?", source.title);
            let hint = "12 h, 7 d, yesterday, monday or 2026-11-01 · nobody who is known becomes a lead twice";
            dialog(model, Dialog::Type(Type::new(title, hint, Purpose::Backfill(name), "")))
        }
        _ if paused => act(model, Act::ResumeSource(name)),
        _ => {
            let title = format!("Pause {}: why?", source.title);
            let hint = "people see it beside the source; end it with `until tomorrow` and it is read again by itself";
            dialog(model, Dialog::Type(Type::new(title, hint, Purpose::Pause(name), "")))
        }
    }
}
