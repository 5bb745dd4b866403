//! When to ask the desk: on arrival, when something changed, when an answer failed, and now and then when
//! nothing was heard, so that a lost hint only delays.

use std::collections::HashSet;

use crate::console::effect::Effect;
use crate::console::layout;
use crate::console::message::{Load, Request};
use crate::console::model::dialog::{Page, Text};
use crate::console::model::inbox::{PAGE, ROWS_MAX};
use crate::console::model::{Dialog, Model, PROBE_SECS, RETRY_SECS, RowKey, Screen};
use crate::console::say;
use crate::desk::view::Ask;

/// Hints that follow each other faster than this are folded into one question, in milliseconds.
const FOLD_MS: i128 = 300;
/// The same for figures, which are counted from all leads of a period.
const FOLD_FIGURES_MS: i128 = 10_000;

/// Asks for whatever is due now.
pub fn due(model: &mut Model, effects: &mut Vec<Effect>) {
    let waiting = model.waiting();
    let since_asked = model.asked_at.map(|at| model.now.as_millisecond() - at.as_millisecond());
    let fold = if model.screen == Screen::Report && model.report.is_counted() { FOLD_FIGURES_MS } else { FOLD_MS };
    let folded = since_asked.is_some_and(|ms| (0..fold).contains(&i128::from(ms)));
    let heard = model.heard_at.max(model.pulse.heard_at);
    let silent = heard.is_some_and(|at| say::secs(at, model.now) >= PROBE_SECS);
    let retry_at = model.asked_at.is_none_or(|at| say::secs(at, model.now) >= RETRY_SECS);
    if waiting.since.is_none() && ((model.outdated && !folded) || (waiting.failed && retry_at) || (silent && retry_at))
    {
        reload(model, effects);
        return;
    }
    if model.screen == Screen::Report
        && let Some(wanted) = model.report.wants_beside(model.now, &model.seat.zone)
    {
        effects.push(ask(model, Load::Beside(wanted)));
    }
    want_detail(model, effects, false);
}

/// Asks for everything the visible screen shows.
pub fn reload(model: &mut Model, effects: &mut Vec<Effect>) {
    model.outdated = false;
    model.asked_at = Some(model.now);
    match model.screen {
        Screen::Inbox => effects.push(rows(model)),
        Screen::Capacity => effects.push(ask(model, Load::Capacity)),
        Screen::Response => effects.push(ask(model, Load::Response)),
        Screen::Sources => effects.push(ask(model, Load::Sources)),
        Screen::Report => {
            let load = Load::Report(model.report.ask(model.now, &model.seat.zone));
            effects.push(ask(model, load));
        }
        Screen::Referrals => {}
        Screen::Journal => effects.push(ask(model, Load::Journal)),
    }
    want_detail(model, effects, true);
    if model.dialogs.iter().any(|dialog| matches!(dialog, Dialog::Page(Page { text: Text::Shadow, .. }))) {
        effects.push(ask(model, Load::Shadow));
    }
    let explained = model.dialogs.iter().find_map(|dialog| match dialog {
        Dialog::Page(Page { text: Text::Explain(lead), .. }) => Some(*lead),
        _ => None,
    });
    if let Some(lead) = explained {
        effects.push(ask(model, Load::Explain(lead)));
    }
}

/// Asks for the lead or record under the cursor when it is another one than before, or `anew`.
fn want_detail(model: &mut Model, effects: &mut Vec<Effect>, anew: bool) {
    let wanted = match (model.opened, model.screen) {
        (Some(opened), _) => Some(opened.key),
        (None, Screen::Inbox) => model.inbox.state().cursor.key,
        (None, _) => None,
    };
    if wanted == model.wanted && !anew {
        return;
    }
    model.wanted = wanted;
    match wanted {
        Some(RowKey::Lead(lead)) => effects.push(ask(model, Load::Lead(lead))),
        Some(RowKey::Record(inquiry)) => effects.push(ask(model, Load::Record(inquiry))),
        None => {}
    }
}

/// The question for the list shown, from its first row to as far as it was read.
pub fn rows(model: &mut Model) -> Effect {
    let read = model.inbox.rows().len().clamp(PAGE as usize, ROWS_MAX);
    let query = query(model);
    model.inbox.state_mut().asked_for.clone_from(&query);
    model.inbox.state_mut().more = None;
    let ask = question(model, query, None, read as u32);
    self::ask(model, Load::Rows(ask))
}

/// The question for the next page, when the cursor is near the end of what was read.
pub fn more(model: &mut Model) -> Option<Effect> {
    let state = model.inbox.state();
    let rows = state.data.value.as_ref()?;
    let near = state.cursor.index + layout::list_rows(model) * 2 >= rows.rows.len();
    let after = rows.next.clone()?;
    if !near || state.more.is_some() || state.data.asked.is_some() || rows.rows.len() >= ROWS_MAX {
        return None;
    }
    let ask = question(model, state.shown_for.clone(), Some(after), PAGE);
    let ticket = model.next_ticket();
    model.inbox.state_mut().more = Some(ticket);
    Some(Effect::Ask(Request { ticket, load: Load::Rows(ask) }))
}

fn query(model: &Model) -> (String, bool) {
    (model.filter().trim().to_owned(), model.inbox.mine)
}

fn question(model: &Model, (text, mine): (String, bool), after: Option<String>, limit: u32) -> Ask {
    let person = if mine { model.seat.person.clone() } else { None };
    Ask { list: model.inbox.list, person, text, after, limit }
}

/// Notes a question as on its way.
pub fn ask(model: &mut Model, load: Load) -> Effect {
    let ticket = model.next_ticket();
    let now = model.now;
    match &load {
        Load::Rows(_) => model.inbox.state_mut().data.ask(ticket, now),
        Load::Lead(_) => model.lead.ask(ticket, now),
        Load::Explain(_) => model.explained.ask(ticket, now),
        Load::Shadow => model.shadow.ask(ticket, now),
        Load::Foresee(..) => model.would_be.ask(ticket, now),
        Load::Mail(_) => model.mail.ask(ticket, now),
        Load::Drafts(_) => {}
        Load::Record(_) => model.record.ask(ticket, now),
        Load::Capacity => model.capacity.data.ask(ticket, now),
        Load::Response => model.response.data.ask(ticket, now),
        Load::Sources => model.sources.data.ask(ticket, now),
        Load::Report(_) => model.report.data.ask(ticket, now),
        Load::Behind(..) => model.report.behind.ask(ticket, now),
        Load::Beside(_) => model.report.beside.ask(ticket, now),
        Load::Journal => model.journal.data.ask(ticket, now),
    }
    Effect::Ask(Request { ticket, load })
}

/// The rows known now, to tell new ones from old ones; `None` when the question was another one.
pub fn known(model: &Model, at: usize) -> Option<HashSet<RowKey>> {
    let state = &model.inbox.lists[at];
    let same = state.shown_for == state.asked_for;
    let rows = state.data.value.as_ref().filter(|_| same)?;
    Some(rows.rows.iter().map(crate::console::model::inbox::key).collect())
}
