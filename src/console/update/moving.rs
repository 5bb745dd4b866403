//! Cursors, scrolling, screens and the way back.

use super::{refresh, say};
use crate::console::commands::Id;
use crate::console::effect::Effect;
use crate::console::layout;
use crate::console::model::{Model, Opened, Screen, Tone};
use crate::console::view;
use crate::desk::view::List;

/// How far a movement goes.
#[derive(Debug, Clone, Copy)]
enum Step {
    By(isize),
    First,
    Last,
}

impl Step {
    fn of(id: Id, page: usize) -> Option<Self> {
        let page = page.max(1) as isize;
        Some(match id {
            Id::Up => Self::By(-1),
            Id::Down => Self::By(1),
            Id::PageUp => Self::By(-page),
            Id::PageDown => Self::By(page),
            Id::First => Self::First,
            Id::Last => Self::Last,
            _ => return None,
        })
    }

    fn from(self, index: usize, last: usize) -> usize {
        match self {
            Self::By(step) => index.saturating_add_signed(step).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// Moves the cursor, or scrolls the opened lead.
pub fn step(model: &mut Model, id: Id) -> Vec<Effect> {
    let height = layout::list_rows(model);
    let Some(step) = Step::of(id, height) else { return Vec::new() };
    if let Some(opened) = model.opened {
        let last =
            view::lead_length(model).saturating_sub(usize::from(layout::lead_pane(model).height.saturating_sub(2)));
        let scroll = step.from(opened.scroll.min(last), last);
        model.opened = Some(Opened { scroll, ..opened });
        return Vec::new();
    }
    let filter = model.filter().to_owned();
    macro_rules! walk {
        ($cursor:expr, $keys:expr) => {{
            let keys = $keys;
            let to = step.from($cursor.index, keys.len().saturating_sub(1));
            $cursor.go(to, &keys, height);
        }};
    }
    match model.screen {
        Screen::Inbox => {
            let keys = model.inbox.keys();
            model.inbox.seen(height);
            walk!(model.inbox.state_mut().cursor, keys);
            model.inbox.seen(height);
            return refresh::more(model).into_iter().collect();
        }
        Screen::Capacity => {
            walk!(model.capacity.cursor, model.capacity.keys());
            model.capacity.follow(height);
        }
        Screen::Response => {
            walk!(model.response.cursor, model.response.keys());
            model.response.follow(height);
        }
        Screen::Sources => walk!(model.sources.cursor, source_keys(model, &filter)),
        Screen::Report => walk!(model.report.cursor, report_keys(model)),
        Screen::Journal => walk!(model.journal.cursor, journal_keys(model, &filter)),
        Screen::Referrals => {}
    }
    Vec::new()
}

fn source_keys(model: &Model, filter: &str) -> Vec<String> {
    model.sources.shown(filter).into_iter().map(|line| line.id.clone()).collect()
}

fn report_keys(model: &Model) -> Vec<String> {
    model.report.lines().into_iter().map(|line| line.key.clone()).collect()
}

fn journal_keys(model: &Model, filter: &str) -> Vec<crate::desk::view::Event> {
    model.journal.shown(filter).into_iter().cloned().collect()
}

/// After data, filter or size changed: every cursor back onto its thing.
pub fn settle(model: &mut Model) {
    let height = layout::list_rows(model);
    let filter = model.filter().to_owned();
    match model.screen {
        Screen::Inbox => {
            let keys = model.inbox.keys();
            model.inbox.state_mut().cursor.settle(&keys, height);
        }
        Screen::Capacity => {
            let keys = model.capacity.keys();
            model.capacity.cursor.settle(&keys, height);
            model.capacity.follow(height);
        }
        Screen::Response => model.response.arrange(model.now, &filter, height),
        Screen::Sources => {
            let keys = source_keys(model, &filter);
            model.sources.cursor.settle(&keys, height);
        }
        Screen::Report => {
            let keys = report_keys(model);
            model.report.cursor.settle(&keys, height);
        }
        Screen::Journal => {
            let keys = journal_keys(model, &filter);
            model.journal.cursor.settle(&keys, height);
        }
        Screen::Referrals => {}
    }
}

/// Goes to a screen. What was read of it before is shown until the new answer comes.
pub fn screen(model: &mut Model, screen: Screen) -> Vec<Effect> {
    if model.screen == screen && model.opened.is_none() {
        return Vec::new();
    }
    model.screen = screen;
    model.opened = None;
    settle(model);
    let mut effects = Vec::new();
    refresh::reload(model, &mut effects);
    effects
}

/// Goes to the list so many places on.
pub fn list(model: &mut Model, by: isize) -> Vec<Effect> {
    let places = List::ALL.len() as isize;
    let to = (model.inbox.list as isize + by).rem_euclid(places);
    go_to_list(model, List::ALL[to as usize])
}

fn go_to_list(model: &mut Model, list: List) -> Vec<Effect> {
    model.inbox.list = list;
    model.opened = None;
    settle(model);
    let mut effects = Vec::new();
    refresh::reload(model, &mut effects);
    effects
}

/// Only mine, or everyone's.
pub fn mine(model: &mut Model) -> Vec<Effect> {
    model.inbox.mine = !model.inbox.mine;
    let mut effects = Vec::new();
    refresh::reload(model, &mut effects);
    effects
}

/// Applies a filter to this screen.
pub fn filter(model: &mut Model, text: &str) -> Vec<Effect> {
    text.clone_into(&mut model.filters[model.screen.index()]);
    if model.screen == Screen::Inbox {
        return vec![refresh::rows(model)];
    }
    settle(model);
    Vec::new()
}

/// One step back: the opened lead, the filter, the list, the screen.
pub fn back(model: &mut Model) -> Vec<Effect> {
    if model.opened.take().is_some() {
        model.dialogs.extend(model.came_from.take());
        return Vec::new();
    }
    if !model.filter().is_empty() {
        return filter(model, "");
    }
    if model.screen != Screen::Inbox {
        return screen(model, Screen::Inbox);
    }
    if model.inbox.list != List::Open {
        return go_to_list(model, List::Open);
    }
    say(model, Tone::Info, "this is the first screen · q quits");
    Vec::new()
}
