//! When a source is read next: a pure function of how its last reads went. A quiet source is read more
//! rarely, one that asked us to slow down as well, one without room for its people most rarely of all; the
//! first new lead brings it back. A failure waits as the far side says, else longer each time.

use jiff::SignedDuration;

use crate::config::checked::Source;
use crate::health::Rhythm;
use crate::lead::Class;
use crate::lead::outcome::Failure;
use crate::store::{Endpoint, Level};

/// First wait after a failed read; doubles up to `WAIT_MAX`.
const WAIT_FIRST: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait after failed reads.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);
/// First wait after a throttle that names no time; doubles as well.
const THROTTLED: SignedDuration = SignedDuration::from_secs(60);
/// A source with wrong credentials or settings is tried again this often.
const WAIT_PERSON: SignedDuration = SignedDuration::from_mins(60);
/// Longest wait a far side may ask for: quotas that end at midnight, somewhere.
const ASKED_MAX_SECS: u64 = 26 * 60 * 60;
/// Every so many quiet reads in a row the wait doubles.
const QUIET_READS: u32 = 6;
/// A source that is slowed for want of room waits so many times as long.
const SLOWED: i32 = 4;
/// One that is paused for want of room is still read this often.
const PAUSED: SignedDuration = SignedDuration::from_hours(12);
/// However slowly it is read, it is read so many times before the vendor forgets anything.
const READS_A_RETENTION: i32 = 10;

/// How the walk went that has just ended.
#[derive(Debug, Clone, Copy)]
pub struct Went<'a> {
    /// What ended it early.
    pub failure: Option<&'a Failure>,
    /// It brought something new.
    pub fresh: bool,
    /// It is the first one since the engine started, or ever.
    pub first: bool,
}

/// How long to wait before `source` is read again. `dice`: any number, spreads sources over time.
pub fn wait(source: &Source, taken: &Endpoint, went: Went<'_>, dice: u8) -> SignedDuration {
    match went.failure {
        Some(failure) => after_failure(failure, u32::try_from(taken.fails.max(0)).unwrap_or(u32::MAX), dice),
        None => after_success(source, taken, went, dice),
    }
}

fn after_success(source: &Source, taken: &Endpoint, went: Went<'_>, dice: u8) -> SignedDuration {
    let quiet = if went.fresh { 0 } else { taken.quiet.saturating_add(1) };
    let calm = doubled(source.every, quiet / QUIET_READS, source.every_at_most());
    // What was asked for by a throttle is taken back one good read at a time.
    let strained = doubled(calm, taken.strain.saturating_sub(1), calm * 8);
    let pressed = match taken.pressure.as_ref().map(|pressure| pressure.level) {
        None => strained,
        Some(level) => strained.max(pressed(source, level)),
    };
    let wait = bounded(source, pressed, taken.facts.retention);
    // A tenth to either side, so that many sources do not come back at once; after a start they are spread
    // over half an interval, sooner rather than later.
    let (from, over) = if went.first { (wait / 2, wait / 2) } else { (wait * 9 / 10, wait / 5) };
    from + over * i32::from(dice) / 255
}

/// The wait of a source that is held back so much.
fn pressed(source: &Source, level: Level) -> SignedDuration {
    match level {
        Level::Slow => source.every * SLOWED,
        Level::Paused => PAUSED.max(source.every),
    }
}

/// No longer than the vendor's memory allows.
fn bounded(source: &Source, wait: SignedDuration, retention: Option<SignedDuration>) -> SignedDuration {
    let most = retention.map_or(SignedDuration::MAX, |kept| kept / READS_A_RETENTION);
    wait.min(most.max(source.every))
}

/// How often a source is read, usually and while it is held back.
pub fn rhythm(source: &Source, retention: Option<SignedDuration>) -> Rhythm {
    let held = |level| bounded(source, pressed(source, level), retention);
    Rhythm { every: source.every, slowed: held(Level::Slow), paused: held(Level::Paused) }
}

fn after_failure(failure: &Failure, fails: u32, dice: u8) -> SignedDuration {
    if let Some(secs) = failure.wait_secs {
        return SignedDuration::from_secs(i64::try_from(secs.clamp(1, ASKED_MAX_SECS)).unwrap_or(60));
    }
    let wait = match failure.class {
        Class::Auth | Class::Config | Class::Gone => return WAIT_PERSON,
        Class::Throttle => doubled(THROTTLED, fails, WAIT_MAX),
        _ => doubled(WAIT_FIRST, fails, WAIT_MAX),
    };
    // Up to a fifth less: those that failed together do not come back together.
    wait - wait / 5 * i32::from(dice) / 255
}

fn doubled(first: SignedDuration, times: u32, most: SignedDuration) -> SignedDuration {
    first.saturating_mul(1 << times.min(16)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Facts, HeldFor, Usual};
    use crate::store::{Pressure, WalkHints};
    use jiff::Timestamp;

    const MIN: SignedDuration = SignedDuration::from_mins(1);

    fn source(every: SignedDuration) -> Source {
        let config = crate::test_config::Draft::new("Europe/Berlin", "24/7").done();
        Source { every, ..config.sources["web"].clone() }
    }

    fn taken() -> Endpoint {
        let none = None;
        Endpoint {
            id: 1,
            name: "web".into(),
            cursor: "{}".into(),
            due_at: Timestamp::UNIX_EPOCH,
            fails: 0,
            last_ok_at: none,
            last_try_at: none,
            class: None,
            error: None,
            token: 1,
            lease_until: none,
            quiet: 0,
            strain: 0,
            first_ok_at: none,
            last_new_at: none,
            doubt_at: none,
            backfill: None,
            pressure: None,
            relieved: None,
            facts: Facts::default(),
            walk: WalkHints::default(),
        }
    }

    const FRESH: Went<'_> = Went { failure: None, fresh: true, first: false };
    const QUIET: Went<'_> = Went { failure: None, fresh: false, first: false };

    #[test]
    fn a_quiet_source_is_read_more_rarely_and_a_new_lead_brings_it_back() {
        let web = source(MIN * 2);
        let middle = 127;
        let near = |wait: SignedDuration, about: SignedDuration| {
            assert!((wait - about).abs() < SignedDuration::from_secs(2), "{wait:?} {about:?}");
        };
        for (quiet, about) in [(0, 2), (4, 2), (5, 4), (11, 8), (100, 8), (u32::MAX, 8)] {
            near(wait(&web, &Endpoint { quiet, ..taken() }, QUIET, middle), MIN * about);
            near(wait(&web, &Endpoint { quiet, ..taken() }, FRESH, middle), MIN * 2);
        }
        let hourly = source(MIN * 60);
        near(wait(&hourly, &Endpoint { quiet: 100, ..taken() }, QUIET, 128), MIN * 60);
    }

    #[test]
    fn many_are_spread() {
        let web = source(MIN * 10);
        assert_eq!(wait(&web, &taken(), FRESH, 0), MIN * 9);
        assert_eq!(wait(&web, &taken(), FRESH, 255), MIN * 11);
        let first = Went { first: true, ..FRESH };
        assert_eq!(wait(&web, &taken(), first, 0), MIN * 5);
        assert_eq!(wait(&web, &taken(), first, 255), MIN * 10);
    }

    #[test]
    fn failures_wait_longer_each_time_and_as_asked() {
        let web = source(MIN);
        let after = |class, wait_secs, fails| {
            let failure = Failure { wait_secs, ..Failure::new(class, "x") };
            let went = Went { failure: Some(&failure), ..QUIET };
            wait(&web, &Endpoint { fails, ..taken() }, went, 0).as_secs()
        };
        for (fails, secs) in [(0, 5), (1, 10), (3, 40), (8, 900), (i64::MAX, 900)] {
            assert_eq!(after(Class::Retry, None, fails), secs);
        }
        assert_eq!(after(Class::Throttle, None, 0), 60);
        assert_eq!(after(Class::Throttle, None, 9), 900);
        assert_eq!(after(Class::Throttle, Some(600), 9), 600);
        assert_eq!(after(Class::Throttle, Some(0), 9), 1);
        assert_eq!(after(Class::Retry, Some(u64::MAX), 0), 26 * 3_600);
        assert_eq!(after(Class::Auth, None, 3), 3_600);
    }

    #[test]
    fn a_source_that_was_throttled_is_asked_more_gently_until_it_is_well() {
        let web = source(MIN);
        let at = |strain| wait(&web, &Endpoint { strain, ..taken() }, FRESH, 255).as_secs();
        assert_eq!([at(0), at(1), at(2), at(3)], [66, 66, 132, 264]);
    }

    #[test]
    fn pressure_slows_but_never_past_what_the_vendor_keeps() {
        let web = source(MIN);
        let pressed = |level, retention| {
            let now = Timestamp::UNIX_EPOCH;
            let pressure = Pressure {
                level,
                fill: 140,
                since: now,
                level_at: now,
                looked_at: None,
                until: None,
                told_at: None,
                refused: None,
                usual: Usual::default(),
                held: HeldFor::default(),
            };
            let facts = Facts { retention, ..Facts::default() };
            wait(&web, &Endpoint { pressure: Some(pressure), facts, ..taken() }, FRESH, 0)
        };
        assert_eq!(pressed(Level::Slow, None), MIN * 4 * 9 / 10);
        assert_eq!(pressed(Level::Paused, None), MIN * 720 * 9 / 10);
        let day = SignedDuration::from_hours(24);
        assert_eq!(pressed(Level::Paused, Some(day)), day / 10 * 9 / 10);
        assert_eq!(pressed(Level::Paused, Some(MIN)), MIN * 9 / 10);
    }
}
