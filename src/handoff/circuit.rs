//! When a destination is left alone: a far side that fails time after time is asked once a minute whether it is back,
//! and nothing is spent on it in between. Pure rules; the row of the destination remembers where it stands, so that a
//! restart knows.

use jiff::SignedDuration;

use crate::lead::Class;

/// Failures in a row after which a destination is left alone.
pub const OPENS_AFTER: i64 = 5;
/// Where one stands whose far side answers again: the next failure leaves it alone once more.
pub const ON_TRIAL: i64 = OPENS_AFTER - 1;
/// It is asked so often whether it is back; with the asking itself it is found within a minute.
pub const PROBE_EVERY: SignedDuration = SignedDuration::from_secs(50);

/// What an attempt says of the destination itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It works: it took this one, or had something to say about it.
    Well,
    /// It did not work; that may pass.
    Failed,
    /// It said what is wrong with it: it is paused for that, see [`super::retry::Pause`].
    Told,
}

/// What the class of an attempt says of the destination.
pub const fn sign(class: Class) -> Sign {
    match class {
        Class::Ok | Class::Exists | Class::Twin | Class::Reject => Sign::Well,
        Class::Retry | Class::Unknown => Sign::Failed,
        Class::Throttle | Class::Auth | Class::Config | Class::Gone => Sign::Told,
    }
}

/// Is a destination that stopped for this class one whose far side failed (and is asked whether it is back)?
pub const fn is_open(class: Option<Class>) -> bool {
    matches!(class, Some(Class::Retry | Class::Unknown))
}

/// Does what waits at a destination that stopped for this class go on waiting when its time is up? Somebody has to mend
/// the settings, and then everything goes out at once.
pub const fn waits_for_settings(class: Option<Class>) -> bool {
    matches!(class, Some(Class::Auth | Class::Config | Class::Gone))
}

/// Sends at the same time: one while the destination is on trial, then 2, 4, … up to what it takes.
#[derive(Debug, Clone, Copy)]
pub struct Ramp {
    most: usize,
    now: usize,
}

impl Ramp {
    /// For a destination that takes `most` at the same time.
    pub fn to(most: usize) -> Self {
        Self { most: most.max(1), now: usize::MAX }
    }

    /// How many now; `on_trial`: something is wrong with it, or was a moment ago.
    pub fn next(&mut self, on_trial: bool) -> usize {
        self.now = if on_trial { 1 } else { self.now.saturating_mul(2) };
        self.now.min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_attempt_says_of_its_destination() {
        for (class, says) in [
            (Class::Ok, Sign::Well),
            (Class::Exists, Sign::Well),
            (Class::Reject, Sign::Well),
            (Class::Twin, Sign::Well),
            (Class::Retry, Sign::Failed),
            (Class::Unknown, Sign::Failed),
            (Class::Throttle, Sign::Told),
            (Class::Auth, Sign::Told),
            (Class::Config, Sign::Told),
            (Class::Gone, Sign::Told),
        ] {
            assert_eq!(sign(class), says, "{class:?}");
        }
        assert!(PROBE_EVERY < SignedDuration::from_mins(1), "one that is back is found within a minute");
    }

    #[test]
    fn one_that_is_back_gets_more_step_by_step() {
        let mut ramp = Ramp::to(6);
        let steps: Vec<usize> = [false, true, true, false, false, false, true].map(|trial| ramp.next(trial)).into();
        assert_eq!(steps, [6, 1, 1, 2, 4, 6, 1]);
        assert_eq!(Ramp::to(0).next(false), 1);
    }
}
