//! The curve of a cap's maximum: over which range and time, and from a point of it to the change.

use super::command::dialog;
use super::{caps, say};
use crate::console::effect::Effect;
use crate::console::input::Key;
use crate::console::model::dialog::{CapChange, CapPart, SweepPage};
use crate::console::model::{Dialog, Model, Tone};

/// Beyond this the range is not widened.
const AROUND_MOST: u32 = 1_000_000;
/// Below this it is not narrowed: twenty values go from 1 to 20.
const AROUND_LEAST: u32 = 10;

/// Opens the curve of the cap under the cursor.
pub fn of_selected(model: &mut Model) -> Vec<Effect> {
    let Some((team, cap)) = model.capacity.selected() else { return Vec::new() };
    let around = cap.max.unwrap_or_else(|| cap.used.saturating_add(cap.reserved)).max(AROUND_LEAST);
    let title = format!("{} · {}", team.title, cap.title);
    dialog(model, Dialog::Sweep(SweepPage { cap: cap.id.clone(), title, around, days: 0, at: 0 }))
}

/// Opens the curve around what is typed, above the dialog that changes the cap.
pub fn of_change(model: &mut Model, change: Box<CapChange>) -> Vec<Effect> {
    let around = change.typed_max().or(change.old).unwrap_or(change.taken).max(AROUND_LEAST);
    let page = SweepPage { cap: change.cap.clone(), title: change.title.clone(), around, days: 0, at: 0 };
    model.dialogs.push(Dialog::Cap(change));
    dialog(model, Dialog::Sweep(page))
}

/// Takes a key for a curve.
pub fn key(model: &mut Model, mut page: SweepPage, key: Key) -> Vec<Effect> {
    let curve = model.preview.preview().and_then(|preview| preview.curve.as_ref());
    let last = curve.map_or(0, |curve| curve.points.len().saturating_sub(1));
    let value = curve.and_then(|curve| curve.points.get(page.at)).map(|point| point.value);
    let knee = curve.and_then(|curve| curve.points.iter().position(|point| Some(point.value) == curve.knee));
    match key {
        Key::Char('q') => return Vec::new(),
        Key::Enter => match value {
            Some(value) => return choose(model, &page, value),
            None => say(model, Tone::Info, "still working it out · Esc stops"),
        },
        Key::Up | Key::Char('k') => page.at = page.at.saturating_sub(1),
        Key::Down | Key::Char('j') => page.at = (page.at + 1).min(last),
        Key::Home | Key::Char('g') => page.at = 0,
        Key::End | Key::Char('G') => page.at = last,
        Key::Tab | Key::Char('n') => page.at = knee.unwrap_or(page.at),
        Key::Char('d') => (page.days, page.at) = (page.days + 1, 0),
        Key::Char('+') => (page.around, page.at) = (page.around.saturating_mul(2).min(AROUND_MOST), 0),
        Key::Char('-') => (page.around, page.at) = ((page.around / 2).max(AROUND_LEAST), 0),
        _ => {}
    }
    dialog(model, Dialog::Sweep(page))
}

/// Goes on to the change of the cap with this value; nothing is changed yet.
fn choose(model: &mut Model, page: &SweepPage, value: u32) -> Vec<Effect> {
    let typed = tui_input::Input::new(value.to_string());
    if let Some(Dialog::Cap(change)) = model.dialogs.last_mut()
        && change.cap == page.cap
    {
        (change.max, change.part, change.error) = (typed, CapPart::Reason, None);
        return Vec::new();
    }
    caps::change(model, &page.cap, typed)
}
