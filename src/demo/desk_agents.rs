//! The ticket desk's agents: they answer most tickets some seconds after they came and close some of them
//! later. When and whether is read off the seed and the ticket's number, so nothing has to run for it.

use jiff::{SignedDuration, Timestamp};

use super::dice;

/// How many of a hundred tickets the agents answer.
const ANSWERED_OF_100: u32 = 70;

/// How many of a hundred answered tickets are resolved later (won).
const RESOLVED_OF_100: u32 = 30;

/// How many of a hundred answered tickets are rejected later (lost).
const REJECTED_OF_100: u32 = 10;

/// From creation to the first answer, in milliseconds.
const ANSWER_MILLIS: std::ops::RangeInclusive<i64> = 3_000..=14_000;

/// From the answer to the end, in milliseconds.
const SETTLE_MILLIS: std::ops::RangeInclusive<i64> = 15_000..=60_000;

/// Who answers.
const AGENTS: &[&str] = &["nadja", "oskar", "petra"];

/// What the agents will do with a ticket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    /// Who does it.
    pub agent: &'static str,
    /// When they write to the person.
    pub answer: Option<Timestamp>,
    /// When they close it, and how.
    pub settle: Option<(Timestamp, &'static str)>,
}

impl Plan {
    /// What happens to the ticket number `id`, created at `created`.
    pub fn of(seed: u64, id: u64, created: Timestamp) -> Self {
        let mut rng = dice(seed, id + 500_000);
        let agent = AGENTS[rng.usize(0..AGENTS.len())];
        if rng.u32(0..100) >= ANSWERED_OF_100 {
            return Self { agent, ..Self::default() };
        }
        let later = |from: Timestamp, millis| from.saturating_add(SignedDuration::from_millis(millis)).unwrap_or(from);
        let answer = later(created, rng.i64(ANSWER_MILLIS));
        let end = later(answer, rng.i64(SETTLE_MILLIS));
        let settle = match rng.u32(0..100) {
            chance if chance < RESOLVED_OF_100 => Some((end, "resolved")),
            chance if chance < RESOLVED_OF_100 + REJECTED_OF_100 => Some((end, "rejected")),
            _ => None,
        };
        Self { agent, answer: Some(answer), settle }
    }
}
