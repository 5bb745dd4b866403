//! When a command may run, and the reason for people when it may not.

use crate::console::layout::Shape;
use crate::console::model::{Model, Place, Screen};
use crate::desk::view::SourceState;
use crate::lead::{HandoffState, Stage};

pub(super) type Available = Result<(), &'static str>;

fn need(holds: bool, reason: &'static str) -> Available {
    if holds { Ok(()) } else { Err(reason) }
}

#[allow(clippy::unnecessary_wraps)] // the table wants a reason that this one never has
pub(super) fn always(_: &Model) -> Available {
    Ok(())
}

pub(super) fn has_lead(model: &Model) -> Available {
    need(model.subject().is_some(), "no lead is under the cursor")
}

pub(super) fn has_detail(model: &Model) -> Available {
    has_lead(model)?;
    need(model.detail().is_some(), "the lead is still being read")
}

fn stage(model: &Model) -> Option<Stage> {
    model.subject_row().and_then(|row| row.stage)
}

pub(super) fn is_out(model: &Model) -> Available {
    has_lead(model)?;
    need(stage(model) == Some(Stage::Out), "only for a lead that was handed to somebody")
}

pub(super) fn can_accept(model: &Model) -> Available {
    is_out(model)?;
    let taken = model.subject_row().is_some_and(|row| row.acknowledged || row.first_at.is_some());
    need(!taken, "this lead is accepted already")
}

pub(super) fn can_snooze(model: &Model) -> Available {
    has_lead(model)?;
    let open = matches!(stage(model), Some(Stage::Out | Stage::Review | Stage::Pending));
    need(open, "only for an open lead")
}

pub(super) fn can_pause_clock(model: &Model) -> Available {
    is_out(model)?;
    let answered = model.subject_row().is_some_and(|row| row.first_at.is_some());
    need(answered, "nobody has answered yet: the clock to the first answer is never paused")
}

pub(super) fn can_edit(model: &Model) -> Available {
    has_detail(model)?;
    need(stage(model) != Some(Stage::Closed), "this lead has ended")
}

pub(super) fn has_question(model: &Model) -> Available {
    has_lead(model)?;
    need(stage(model) == Some(Stage::Review), "only for a lead in review")?;
    has_detail(model)?;
    need(model.question().is_some(), "no question is open: e edits a field and decides again")
}

pub(super) fn can_reassign(model: &Model) -> Available {
    has_lead(model)?;
    match model.handoff() {
        Some(handoff) => need(handoff.state.is_open(), "this handoff has ended"),
        None => need(stage(model) == Some(Stage::Out), "only for a lead that was handed to somebody"),
    }
}

fn handoff_in(model: &Model, states: &[HandoffState], reason: &'static str) -> Available {
    let handoff = model.handoff().ok_or("no handoff is under the cursor")?;
    need(states.contains(&handoff.state), reason)
}

pub(super) fn can_retry(model: &Model) -> Available {
    use HandoffState::{NeedsPerson, Queued, Unknown};
    handoff_in(model, &[NeedsPerson, Queued, Unknown], "only while it waits, is unknown or needs you")
}

pub(super) fn can_reroute(model: &Model) -> Available {
    use HandoffState::{NeedsPerson, Queued};
    handoff_in(model, &[NeedsPerson, Queued], "only while it is surely nowhere: waiting, or refused")?;
    let known = model.response.data.value.as_ref().is_some_and(|data| data.destinations.len() > 1);
    need(known, "there is no other destination to be seen on Response (3)")
}

pub(super) fn can_resend(model: &Model) -> Available {
    use HandoffState::{Accepted, NeedsPerson, Queued};
    handoff_in(model, &[Accepted, NeedsPerson, Queued], "only while it waits, needs you, or is there unanswered")
}

pub(super) fn can_settle(model: &Model) -> Available {
    use HandoffState::{NeedsPerson, Unknown};
    handoff_in(model, &[NeedsPerson, Unknown], "only while it is unknown or needs you")
}

pub(super) fn can_drop(model: &Model) -> Available {
    use HandoffState::{NeedsPerson, Queued, Unknown};
    handoff_in(model, &[NeedsPerson, Queued, Unknown], "only before it is sent")
}

pub(super) fn has_cap(model: &Model) -> Available {
    need(model.capacity.selected().is_some(), "no cap is under the cursor")
}

pub(super) fn has_people(model: &Model) -> Available {
    need(model.capacity.people().next().is_some(), "there are no people in the config")
}

pub(super) fn has_unanswered(model: &Model) -> Available {
    need(model.capacity.people().any(|(_, person)| person.unanswered > 0), "everybody has answered all they have")
}

pub(super) fn is_overridden(model: &Model) -> Available {
    has_cap(model)?;
    let changed =
        model.capacity.selected().is_some_and(|(_, cap)| cap.overridden.is_some() || cap.config_max.is_some());
    need(changed, "it stands at the config's number")
}

pub(super) fn has_source(model: &Model) -> Available {
    need(model.sources.selected().is_some(), "no source is under the cursor")
}

pub(super) fn has_figures(model: &Model) -> Available {
    need(model.report.selected().is_some(), "the figures are still being counted")
}

pub(super) fn can_poll(model: &Model) -> Available {
    has_source(model)?;
    match model.sources.selected().map(|source| source.state) {
        Some(SourceState::Paused) => Err("it is paused: p reads it again"),
        Some(SourceState::Reading) => Err("it is being read"),
        Some(SourceState::Setup) => Err("its setup is not complete"),
        _ => Ok(()),
    }
}

pub(super) fn can_backfill(model: &Model) -> Available {
    has_source(model)?;
    match model.sources.selected() {
        Some(source) if source.state == SourceState::Setup => Err("its setup is not complete"),
        Some(source) if source.state == SourceState::New => {
            Err("it was never read yet: the first read goes back by itself")
        }
        Some(source) if source.backfill.as_ref().is_some_and(|one| one.open) => {
            Err("a back-fill is going on: u takes it back")
        }
        _ => Ok(()),
    }
}

pub(super) fn is_somebody(model: &Model) -> Available {
    need(model.seat.person.is_some(), "you are not one of the config's people")
}

pub(super) fn can_open(model: &Model) -> Available {
    match model.place() {
        Place::Lead => Err("the lead is open"),
        Place::At(Screen::Inbox) => need(model.inbox.selected_row().is_some(), "nothing is under the cursor"),
        Place::At(Screen::Response) => need(model.handoff().is_some(), "no handoff is under the cursor"),
        Place::At(Screen::Sources) => has_source(model),
        Place::At(Screen::Journal) => need(model.subject().is_some(), "this entry is about no lead"),
        Place::At(Screen::Capacity) => has_cap(model),
        Place::At(Screen::Report) => model.report.wanted().map(|_| ()),
        Place::At(_) => Err("nothing to open on this screen"),
    }
}

pub(super) fn can_filter(model: &Model) -> Available {
    let lists = [Screen::Inbox, Screen::Response, Screen::Sources, Screen::Journal];
    need(model.opened.is_none() && lists.contains(&model.screen), "nothing to filter on this screen")
}

pub(super) fn can_repeat(model: &Model) -> Available {
    need(model.last_act.is_some(), "nothing to repeat yet")?;
    has_lead(model)
}

pub(super) fn can_turn_panel(model: &Model) -> Available {
    match Shape::of(model.size) {
        Shape::Stacked => Ok(()),
        Shape::Wide => Err("all of them are in sight"),
        Shape::Alone | Shape::TooSmall => Err("there is room for the list only: make the window larger"),
    }
}

pub(super) fn can_suspend(_: &Model) -> Available {
    need(cfg!(unix), "this system cannot suspend a program")
}
