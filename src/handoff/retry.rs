//! What comes after an attempt, and after an unknown outcome: pure rules over instants, so that they can
//! be read, tested and explained. The engine stores what they say; it decides nothing of this itself.

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::config::checked::OnUnknown;
use crate::lead::Class;

/// Waits between attempts by HTTP, in seconds; the last one repeats.
const HTTP_WAITS: [i64; 6] = [5, 30, 120, 600, 1_800, 3_600];
/// Waits between attempts by mail, in seconds; the last one repeats.
const MAIL_WAITS: [i64; 7] = [60, 300, 900, 1_800, 3_600, 7_200, 14_400];
/// A wait is spread by this share to either side, so that many handoffs do not come back at once.
const JITTER: f64 = 0.2;
/// Bounds of a wait the far side asked for, in seconds.
const ASKED_WAIT: (u64, u64) = (1, 26 * 3_600);
/// Wait when the far side throttles without saying for how long, in seconds.
const THROTTLE_WAIT_SECS: u64 = 60;
/// The retry deadline is never nearer than this.
const DEADLINE_MIN: SignedDuration = SignedDuration::from_mins(15);
/// Absences needed for that proof.
const MISSES_NEEDED: u32 = 2;

/// How a handoff travels; decides the waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A request to an API.
    Http,
    /// A mail.
    Mail,
}

/// An attempt that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// How it travelled.
    pub by: By,
    /// How it ended.
    pub class: Class,
    /// Whether the far side's name for it is known.
    pub has_reference: bool,
    /// Attempts made so far, this one included, throttled ones not.
    pub number: u32,
    /// When it ended.
    pub now: Timestamp,
    /// Until when it is tried; see [`deadline`].
    pub deadline: Timestamp,
    /// How long the far side asked us to wait, in seconds.
    pub wait_secs: Option<u64>,
    /// In `0.0..1.0`.
    pub random: f64,
}

/// What happens next to a handoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The far side has it.
    Accepted,
    /// Back to the queue, due at `at`.
    Queued {
        /// When it is due.
        at: Timestamp,
        /// False where the attempt does not count (throttled, or the destination is at fault).
        counts: bool,
        /// What this means for the destination's other handoffs.
        destination: Pause,
    },
    /// It may exist: ask at `at`.
    Unknown {
        /// When to ask.
        at: Timestamp,
    },
    /// A person must decide.
    NeedsPerson,
}

/// What an answer means for the whole destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Nothing.
    No,
    /// Nothing more is sent there until then.
    Until(Timestamp),
    /// Nothing more is sent there until a person has seen to it.
    ForPerson,
    /// The far side wants no more: switched off.
    Off,
}

/// Until when a handoff is tried: half of the promised answer time after the decision, at least 15 min.
pub fn deadline(decided_at: Timestamp, answer_within: SignedDuration) -> Timestamp {
    later(decided_at, (answer_within / 2).max(DEADLINE_MIN))
}

/// What comes after `attempt`.
///
/// The last try is made at the deadline itself. Auth, config and gone keep the handoff queued: nothing is
/// wrong with it, and it goes out when the destination is open again.
pub fn after(attempt: &Attempt) -> Next {
    let Attempt { now, deadline, wait_secs, .. } = *attempt;
    let queued = |at, counts, destination| Next::Queued { at, counts, destination };
    match attempt.class {
        Class::Ok => Next::Accepted,
        Class::Exists if attempt.has_reference => Next::Accepted,
        Class::Exists | Class::Unknown => Next::Unknown { at: now },
        Class::Twin | Class::Reject => Next::NeedsPerson,
        Class::Auth | Class::Config => queued(now, false, Pause::ForPerson),
        Class::Gone => queued(now, false, Pause::Off),
        Class::Throttle | Class::Retry if now >= deadline => Next::NeedsPerson,
        Class::Throttle => {
            let until = later(now, asked(wait_secs.unwrap_or(THROTTLE_WAIT_SECS)));
            queued(until, false, Pause::Until(until))
        }
        Class::Retry => {
            let wait = backoff(attempt.by, attempt.number, attempt.random);
            let wait = wait_secs.map_or(wait, |secs| wait.max(asked(secs)));
            queued(later(now, wait).min(deadline), true, Pause::No)
        }
    }
}

/// The wait after attempt `number` (1 is the first), spread by ±20 % with `random` in `0.0..1.0`.
pub fn backoff(by: By, number: u32, random: f64) -> SignedDuration {
    let waits: &[i64] = match by {
        By::Http => &HTTP_WAITS,
        By::Mail => &MAIL_WAITS,
    };
    let place = (number.max(1) as usize - 1).min(waits.len() - 1);
    let secs = waits.get(place).copied().unwrap_or_default() as f64;
    SignedDuration::from_millis((secs * (1.0 - JITTER + 2.0 * JITTER * random.clamp(0.0, 1.0)) * 1_000.0) as i64)
}

fn asked(secs: u64) -> SignedDuration {
    SignedDuration::from_secs(secs.clamp(ASKED_WAIT.0, ASKED_WAIT.1) as i64)
}

/// What looking for our key told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is there.
    Found,
    /// It was not seen.
    Absent,
    /// This destination cannot be asked at all.
    CannotAsk,
    /// It could not be asked just now.
    Failed,
}

/// A handoff whose outcome is unknown, and what was just learned of it.
#[derive(Debug, Clone, Copy)]
pub struct Doubt {
    /// What was just learned.
    pub asked: Asked,
    /// Absences that counted before this one.
    pub misses: u32,
    /// How it travels.
    pub by: By,
    /// Attempts made so far.
    pub number: u32,
    /// When the first attempt began.
    pub first_attempt: Timestamp,
    /// When the last attempt ended.
    pub last_attempt: Timestamp,
    /// The present.
    pub now: Timestamp,
    /// Until when it is tried.
    pub deadline: Timestamp,
    /// How long after a send an absence proves nothing.
    pub lag: SignedDuration,
    /// How long the far side may still be working on a request whose answer was lost.
    pub grace: SignedDuration,
    /// Until how long after the first attempt repeats are told by the far side itself, in seconds.
    pub repeats_safe_secs: Option<u64>,
    /// The operator's policy where nothing can be proved.
    pub policy: OnUnknown,
    /// In `0.0..1.0`.
    pub random: f64,
}

/// What happens next to a handoff of unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is there: adopt the oldest that was found.
    Adopt,
    /// Send the same bytes again at `at`: it is surely absent, a repeat is harmless, or policy says so.
    SendAgain {
        /// When.
        at: Timestamp,
        /// It is surely absent; else a copy may be there all the same.
        absent: bool,
    },
    /// Ask again at `at`, with `misses` absences counted so far.
    AskAgain {
        /// When.
        at: Timestamp,
        /// Absences that count.
        misses: u32,
    },
    /// A person must decide.
    NeedsPerson,
}

/// What to do about an unknown outcome: a hit is always proof; a miss is one only after the destination's
/// lag and the grace for a request that may still be running, twice, half a grace apart.
pub fn reconcile(doubt: &Doubt) -> Settled {
    let Doubt { now, deadline, misses, .. } = *doubt;
    if doubt.asked == Asked::Found {
        return Settled::Adopt;
    }
    let again = later(now, backoff(doubt.by, doubt.number, doubt.random)).min(deadline.max(now));
    if doubt.repeats_safe_secs.is_some_and(|safe| again < later(doubt.first_attempt, seconds(safe))) && now < deadline {
        return Settled::SendAgain { at: again, absent: false };
    }
    let proof_from = later(doubt.last_attempt, doubt.lag.saturating_add(doubt.grace));
    match doubt.asked {
        Asked::Found => Settled::Adopt,
        Asked::CannotAsk if doubt.policy == OnUnknown::Resend && now < deadline => {
            Settled::SendAgain { at: again, absent: false }
        }
        Asked::CannotAsk => Settled::NeedsPerson,
        Asked::Failed if now >= deadline.max(proof_from) => Settled::NeedsPerson,
        Asked::Failed => Settled::AskAgain { at: later(now, doubt.grace), misses },
        Asked::Absent if now < proof_from => Settled::AskAgain { at: proof_from, misses },
        Asked::Absent if misses + 1 < MISSES_NEEDED => {
            Settled::AskAgain { at: later(now, doubt.grace / 2), misses: misses + 1 }
        }
        Asked::Absent if now >= deadline => Settled::NeedsPerson,
        Asked::Absent => Settled::SendAgain { at: now, absent: true },
    }
}

fn seconds(secs: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(secs).unwrap_or(i64::MAX / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECIDED: i64 = 1_795_302_000;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(DECIDED + secs).unwrap()
    }

    fn attempt(class: Class) -> Attempt {
        Attempt {
            by: By::Http,
            class,
            has_reference: false,
            number: 1,
            now: at(0),
            deadline: at(1_800),
            wait_secs: None,
            random: 0.5,
        }
    }

    fn queued(secs: i64, counts: bool, destination: Pause) -> Next {
        Next::Queued { at: at(secs), counts, destination }
    }

    #[test]
    fn every_class_has_its_consequence() {
        for (class, next) in [
            (Class::Ok, Next::Accepted),
            (Class::Exists, Next::Unknown { at: at(0) }),
            (Class::Unknown, Next::Unknown { at: at(0) }),
            (Class::Twin, Next::NeedsPerson),
            (Class::Reject, Next::NeedsPerson),
            (Class::Retry, queued(5, true, Pause::No)),
            (Class::Throttle, queued(60, false, Pause::Until(at(60)))),
            (Class::Auth, queued(0, false, Pause::ForPerson)),
            (Class::Config, queued(0, false, Pause::ForPerson)),
            (Class::Gone, queued(0, false, Pause::Off)),
        ] {
            assert_eq!(after(&attempt(class)), next, "{class:?}");
        }
        assert_eq!(after(&Attempt { has_reference: true, ..attempt(Class::Exists) }), Next::Accepted);
    }

    #[test]
    fn waits_grow_as_published_and_stay_within_a_fifth() {
        for (by, waits) in [
            (By::Http, &[5, 30, 120, 600, 1_800, 3_600, 3_600][..]),
            (By::Mail, &[60, 300, 900, 1_800, 3_600, 7_200, 14_400, 14_400][..]),
        ] {
            for (number, wait) in (1..).zip(waits) {
                assert_eq!(backoff(by, number, 0.5), SignedDuration::from_secs(*wait), "{by:?} {number}");
                assert_eq!(backoff(by, number, 0.0), SignedDuration::from_secs(*wait) * 4 / 5);
                assert_eq!(backoff(by, number, 1.0), SignedDuration::from_secs(*wait) * 6 / 5);
            }
        }
        assert_eq!(backoff(By::Http, 0, 0.5), SignedDuration::from_secs(5));
        assert_eq!(backoff(By::Http, u32::MAX, 7.0), SignedDuration::from_secs(4_320));
    }

    #[test]
    fn the_last_try_is_at_the_deadline_and_then_a_person_decides() {
        let last = Attempt { number: 5, ..attempt(Class::Retry) };
        assert_eq!(after(&last), queued(1_800, true, Pause::No));
        assert_eq!(after(&Attempt { number: 6, now: at(1_800), ..last }), Next::NeedsPerson);
        assert_eq!(after(&Attempt { now: at(1_800), ..attempt(Class::Throttle) }), Next::NeedsPerson);
        // Nothing is wrong with the lead when the destination is: it waits for the person.
        assert_eq!(after(&Attempt { now: at(9_999), ..attempt(Class::Auth) }), queued(9_999, false, Pause::ForPerson));
    }

    #[test]
    fn what_the_far_side_asks_for_is_honoured_within_bounds() {
        for (wait, class, secs) in [
            (7, Class::Throttle, 7),
            (0, Class::Throttle, 1),
            (1_000_000_000, Class::Throttle, 93_600),
            (300, Class::Retry, 300),
            (2, Class::Retry, 5),
        ] {
            let next = after(&Attempt { wait_secs: Some(wait), ..attempt(class) });
            let Next::Queued { at: due, .. } = next else { panic!("{next:?}") };
            assert_eq!(due, at(secs), "{class:?} {wait}");
        }
    }

    #[test]
    fn the_deadline_is_half_the_promise_and_at_least_a_quarter_of_an_hour() {
        assert_eq!(deadline(at(0), SignedDuration::from_hours(4)), at(7_200));
        assert_eq!(deadline(at(0), SignedDuration::from_mins(5)), at(900));
    }

    fn doubt(asked: Asked) -> Doubt {
        Doubt {
            asked,
            misses: 0,
            by: By::Http,
            number: 1,
            first_attempt: at(0),
            last_attempt: at(10),
            now: at(20),
            deadline: at(1_800),
            lag: SignedDuration::ZERO,
            grace: SignedDuration::from_mins(1),
            repeats_safe_secs: None,
            policy: OnUnknown::Hold,
            random: 0.5,
        }
    }

    #[test]
    fn an_unknown_outcome_is_settled_by_proof_or_by_policy() {
        let again = |secs| Settled::SendAgain { at: at(secs), absent: false };
        let surely = Settled::SendAgain { at: at(100), absent: true };
        let ask = |secs, misses| Settled::AskAgain { at: at(secs), misses };
        for (what, doubt, settled) in [
            ("a hit is proof at once", doubt(Asked::Found), Settled::Adopt),
            ("a hit is proof after the deadline", Doubt { now: at(9_000), ..doubt(Asked::Found) }, Settled::Adopt),
            ("an early miss proves nothing", doubt(Asked::Absent), ask(70, 0)),
            (
                "nor before the index has caught up",
                Doubt { lag: SignedDuration::from_mins(2), ..doubt(Asked::Absent) },
                ask(190, 0),
            ),
            ("the first miss that counts", Doubt { now: at(70), ..doubt(Asked::Absent) }, ask(100, 1)),
            ("the second sends again", Doubt { now: at(100), misses: 1, ..doubt(Asked::Absent) }, surely),
            (
                "proved absent too late",
                Doubt { now: at(1_800), misses: 1, ..doubt(Asked::Absent) },
                Settled::NeedsPerson,
            ),
            ("a failed question is asked again", doubt(Asked::Failed), ask(80, 0)),
            ("and keeps what counted", Doubt { misses: 1, ..doubt(Asked::Failed) }, ask(80, 1)),
            ("until the deadline", Doubt { now: at(1_800), ..doubt(Asked::Failed) }, Settled::NeedsPerson),
            ("nobody to ask: hold", doubt(Asked::CannotAsk), Settled::NeedsPerson),
            ("nobody to ask: resend", Doubt { policy: OnUnknown::Resend, ..doubt(Asked::CannotAsk) }, again(25)),
            (
                "resend ends at the deadline",
                Doubt { policy: OnUnknown::Resend, now: at(1_800), ..doubt(Asked::CannotAsk) },
                Settled::NeedsPerson,
            ),
            (
                "repeats told apart by the far side",
                Doubt { repeats_safe_secs: Some(300), ..doubt(Asked::CannotAsk) },
                again(25),
            ),
            (
                "but only for as long as it remembers",
                Doubt { repeats_safe_secs: Some(300), now: at(299), ..doubt(Asked::CannotAsk) },
                Settled::NeedsPerson,
            ),
        ] {
            assert_eq!(reconcile(&doubt), settled, "{what}");
        }
    }
}
