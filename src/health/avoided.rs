//! What holding a source back left out (`domain-rules` 4): how many reads, and, while its vendor was told to
//! bring no more people, about how many leads and how much spend. Read later is not left out: nobody counts
//! as avoided who was only read more rarely.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What a source brought and cost before it was held back: what the estimate goes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usual {
    /// Days that were counted; 0 where nothing is known.
    pub days: u32,
    /// New leads who asked on these days.
    pub leads: u64,
    /// What it cost on these days, in minor units of the business's currency; `None` where no cost is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spend: Option<i64>,
}

/// How long a source was held back, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeldFor {
    /// Seconds it was read more rarely.
    pub slowed: i64,
    /// Seconds it was hardly read.
    pub paused: i64,
    /// Seconds its vendor was told to bring no more people.
    pub told: i64,
}

/// How often a source is read, usually and while it is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Its interval.
    pub every: SignedDuration,
    /// The interval while it is slowed.
    pub slowed: SignedDuration,
    /// The interval while it is hardly read.
    pub paused: SignedDuration,
}

/// What was left out, about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avoided {
    /// Reads.
    pub reads: u64,
    /// Leads: the usual number a day times the days that the vendor was told to pause.
    pub leads: u64,
    /// Spend, in minor units of the business's currency, counted in the same way; `None` where no cost is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spend: Option<i64>,
}

const DAY_SECS: i128 = 86_400;

impl Avoided {
    /// The estimate, each figure rounded by itself.
    pub fn of(usual: Usual, held: HeldFor, rhythm: Rhythm) -> Self {
        let reads = |secs: i64, every: SignedDuration| secs.max(0) as f64 / every.as_secs_f64().max(1.0);
        let skipped = |secs: i64, every| reads(secs, rhythm.every) - reads(secs, every);
        let skipped = skipped(held.slowed, rhythm.slowed) + skipped(held.paused, rhythm.paused);
        // In i128: an amount times a time does not fit into 64 bits.
        let share = |amount: i128| {
            let days = i128::from(usual.days) * DAY_SECS;
            let all = amount.saturating_mul(i128::from(held.told.max(0)));
            all.saturating_add(days / 2).checked_div(days).unwrap_or(0)
        };
        Self {
            reads: skipped.max(0.0).round() as u64,
            leads: u64::try_from(share(i128::from(usual.leads))).unwrap_or(u64::MAX),
            spend: usual.spend.map(|spend| i64::try_from(share(i128::from(spend))).unwrap_or(i64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm = Rhythm {
        every: SignedDuration::from_mins(5),
        slowed: SignedDuration::from_mins(20),
        paused: SignedDuration::from_hours(12),
    };
    const DAY: i64 = 86_400;

    #[test]
    fn only_what_the_vendor_was_told_is_avoided() {
        let usual = Usual { days: 28, leads: 280, spend: Some(140_000) };
        let held = HeldFor { slowed: DAY, paused: DAY, told: 0 };
        let avoided = Avoided::of(usual, held, RHYTHM);
        // A day has 288 reads; slowed there are 72 of them, hardly read 2.
        assert_eq!(avoided, Avoided { reads: 216 + 286, leads: 0, spend: Some(0) });
        let told = Avoided::of(usual, HeldFor { told: 36 * 3_600, ..held }, RHYTHM);
        assert_eq!((told.leads, told.spend), (15, Some(7_500)));
    }

    #[test]
    fn nothing_known_avoids_nothing_and_a_clock_set_back_counts_as_no_time() {
        let held = HeldFor { slowed: -DAY, paused: -1, told: DAY };
        assert_eq!(Avoided::of(Usual::default(), held, RHYTHM), Avoided::default());
        let usual = Usual { days: 1, leads: u64::MAX, spend: Some(i64::MAX) };
        let told = HeldFor { told: i64::MAX, ..HeldFor::default() };
        assert_eq!(Avoided::of(usual, told, RHYTHM).spend, Some(i64::MAX));
    }
}
