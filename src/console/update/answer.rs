//! Takes answers of the desk. An answer nobody waits for any more is dropped.

use super::{moving, preview, refresh, report, say};
use crate::console::effect::Effect;
use crate::console::layout;
use crate::console::message::{Data, Kind, Outcome, Reply};
use crate::console::model::inbox::ROWS_MAX;
use crate::console::model::{Model, RowKey, Tone};
use crate::desk::view::Rows;
use crate::desk::{Act, DeskError};

/// Takes one answer.
pub fn take(model: &mut Model, answer: Reply) -> Vec<Effect> {
    match answer {
        Reply::Loaded { ticket, kind, data } => {
            if data.is_ok() {
                model.heard_at = Some(model.now);
            }
            loaded(model, ticket, kind, data);
            Vec::new()
        }
        Reply::Superseded { ticket } => {
            superseded(model, ticket);
            Vec::new()
        }
        Reply::Previewing { ticket, decided, expected } => {
            preview::progress(model, ticket, decided, expected);
            Vec::new()
        }
        Reply::Previewed { ticket, answer } => {
            preview::take(model, ticket, answer);
            Vec::new()
        }
        Reply::Acted { act, outcome } => {
            acted(model, &act, outcome);
            Vec::new()
        }
    }
}

fn loaded(model: &mut Model, ticket: u64, kind: Kind, data: Result<Data, DeskError>) {
    let now = model.now;
    macro_rules! take {
        ($place:expr, $variant:ident) => {{
            if $place.awaits(ticket) {
                let answer = data.and_then(|data| match data {
                    Data::$variant(value) => Ok(value),
                    _ => Err(wrong()),
                });
                $place.take(answer, now);
            }
        }};
        ($place:expr, boxed $variant:ident) => {{
            if $place.awaits(ticket) {
                let answer = data.and_then(|data| match data {
                    Data::$variant(value) => Ok(*value),
                    _ => Err(wrong()),
                });
                $place.take(answer, now);
            }
        }};
    }
    match kind {
        Kind::Rows => rows(model, ticket, data),
        Kind::Lead => take!(model.lead, boxed Lead),
        Kind::Explain => take!(model.explained, boxed Explain),
        Kind::Shadow => take!(model.shadow, boxed Shadow),
        Kind::Foresee => take!(model.would_be, boxed WouldBe),
        Kind::Mail => take!(model.mail, boxed Mail),
        Kind::Drafts => {
            let found = data.and_then(|data| match data {
                Data::Drafts(typed, found) => Ok((typed, found)),
                _ => Err(wrong()),
            });
            preview::complete(model, found);
        }
        Kind::Record => record(model, ticket, data),
        Kind::Capacity => take!(model.capacity.data, Capacity),
        Kind::Response => take!(model.response.data, boxed Response),
        Kind::Sources => take!(model.sources.data, Sources),
        Kind::Report => take!(model.report.data, Report),
        Kind::Behind => {
            let found = data.and_then(|data| match data {
                Data::Behind(behind) => Ok(behind),
                _ => Err(wrong()),
            });
            report::found(model, ticket, found);
        }
        Kind::Beside => take!(model.report.beside, boxed Beside),
        Kind::Journal => take!(model.journal.data, Journal),
    }
    if kind != Kind::Rows {
        moving::settle(model);
    }
}

fn wrong() -> DeskError {
    DeskError::Store("the answer to another question came; this is a bug in leadgate".to_owned())
}

fn record(model: &mut Model, ticket: u64, data: Result<Data, DeskError>) {
    let Some(RowKey::Record(number)) = model.wanted else { return };
    if !model.record.awaits(ticket) {
        return;
    }
    let answer = data.and_then(|data| match data {
        Data::Record(raw, reason) => Ok((number, raw, reason)),
        _ => Err(wrong()),
    });
    model.record.take(answer, model.now);
}

fn rows(model: &mut Model, ticket: u64, data: Result<Data, DeskError>) {
    let answer = data.and_then(|data| match data {
        Data::Rows(rows) => Ok(rows),
        _ => Err(wrong()),
    });
    if let Some(at) = model.inbox.lists.iter().position(|list| list.more == Some(ticket)) {
        append(model, at, answer);
        return;
    }
    let Some(at) = model.inbox.lists.iter().position(|list| list.data.awaits(ticket)) else { return };
    let known = refresh::known(model, at);
    let good = answer.is_ok();
    let list = &mut model.inbox.lists[at];
    list.data.take(answer, model.now);
    if !good {
        return;
    }
    list.shown_for.clone_from(&list.asked_for);
    if known.is_none() {
        list.fresh.clear();
    }
    let height = layout::list_rows(model);
    model.inbox.arrange(at, model.now, height, known.as_ref());
}

fn append(model: &mut Model, at: usize, answer: Result<Rows, DeskError>) {
    let list = &mut model.inbox.lists[at];
    list.more = None;
    match (answer, list.data.value.as_mut()) {
        (Ok(page), Some(rows)) => {
            rows.rows.extend(page.rows);
            rows.rows.truncate(ROWS_MAX);
            rows.next = page.next;
            rows.total = page.total;
            let height = layout::list_rows(model);
            model.inbox.arrange(at, model.now, height, None);
        }
        (Err(error), _) => say(model, Tone::Bad, format!("the next rows could not be read: {error}")),
        (Ok(_), None) => {}
    }
}

fn superseded(model: &mut Model, ticket: u64) {
    for list in &mut model.inbox.lists {
        if list.data.awaits(ticket) {
            list.data.asked = None;
        }
        if list.more == Some(ticket) {
            list.more = None;
        }
    }
}

fn acted(model: &mut Model, act: &Act, outcome: Outcome) {
    model.acting = model.acting.saturating_sub(1);
    model.outdated = true;
    model.asked_at = None;
    match outcome {
        Outcome::Done(done) => {
            let undo = if done.can_undo { " · u takes it back" } else { "" };
            say(model, Tone::Good, format!("{}{undo}", done.sentence));
        }
        Outcome::Refused(refused) => say(model, Tone::Bad, format!("not done: {refused}")),
        Outcome::Unknown(why) => {
            let what = if matches!(act, Act::Undo) { "undo" } else { "the act" };
            say(model, Tone::Bad, format!("{why}: {what} may or may not have been done; look before doing it again"));
        }
    }
}
