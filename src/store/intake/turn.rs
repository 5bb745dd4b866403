//! What a record turns out to be, given who already owns its e-mail and phone: a pure decision.

use jiff::{SignedDuration, Timestamp};

use super::known::Owner;
use super::{Arrival, KnownPerson};
use crate::lead::{Code, Consent, Stage};

/// What a record turned out to be.
pub(super) enum Turn {
    Fresh,
    Touch(i64, Code),
    LookAlike,
    Confirm(i64),
    Withdraw(i64),
    Aside(Code),
}

/// What a record is, given who already owns its e-mail and phone (`domain-rules` 3).
pub(super) fn turn(
    arrival: &Arrival,
    person: &KnownPerson,
    hits: &[&Owner],
    now: Timestamp,
    same_lead_for: SignedDuration,
) -> Turn {
    let hits: Vec<&Owner> = hits.iter().copied().filter(|hit| !hit.aged).collect();
    let Some(first) = hits.first() else {
        return if matches!(arrival.consent, Consent::Withdrawn | Consent::None) {
            Turn::Aside(Code::ConsentNone)
        } else {
            Turn::Fresh
        };
    };
    if first.suppressed {
        return Turn::Aside(Code::Suppressed);
    }
    if matches!(arrival.consent, Consent::Withdrawn | Consent::None) {
        return match first.stage {
            Stage::Closed => Turn::Aside(Code::ConsentNone),
            // Somebody has it: their timeline shows it, what it means is theirs to decide.
            Stage::Out => Turn::Touch(first.lead, Code::ConsentNone),
            _ => Turn::Withdraw(first.lead),
        };
    }
    if hits.iter().any(|hit| hit.lead != first.lead) {
        return Turn::LookAlike;
    }
    if first.stage == Stage::Pending && arrival.consent.contactable() {
        return Turn::Confirm(first.lead);
    }
    // Given up for want of a confirmation: who confirms after all, or signs up once more, is somebody new.
    let again = arrival.consent.contactable() || first.closed_at.is_some_and(|closed| arrival.submitted_at > closed);
    if first.lapsed && again {
        return Turn::Fresh;
    }
    let open = first.stage != Stage::Closed;
    let same_service = person.service.is_none() || first.service.is_none() || person.service == first.service;
    let recent = first.closed_at.is_none_or(|closed| closed.duration_until(now) < same_lead_for);
    match (same_service, open, recent) {
        (true, true, _) => Turn::Touch(first.lead, Code::DuplicateOpen),
        (true, false, true) => Turn::Touch(first.lead, Code::Duplicate),
        _ => Turn::Fresh,
    }
}
