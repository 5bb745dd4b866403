//! Nobody read a source for long: it is read again from its last success.

use jiff::{SignedDuration, Timestamp};

use crate::config::checked;
use crate::store::{Backfill, Endpoint};

/// A source is not said to have a gap before nobody has read it for so long.
const GAP_AT_LEAST: SignedDuration = SignedDuration::from_hours(2);
/// Nor before so many of its intervals have passed.
const GAP_READS: i32 = 6;

/// The gap between the last success and now, where it is one: longer than reading late or failing a few
/// times explains. Reading more rarely on purpose is none.
pub fn gap(source: &checked::Source, taken: &Endpoint, now: Timestamp) -> Option<SignedDuration> {
    let away = taken.last_ok_at?.duration_until(now);
    let usual = source.every_at_most().max(taken.last_ok_at?.duration_until(taken.due_at));
    (away > (usual * GAP_READS).max(GAP_AT_LEAST)).then_some(away)
}

/// The back-fill after a gap: from the last success.
pub fn after(taken: &Endpoint, since: Timestamp, now: Timestamp) -> Backfill {
    Backfill {
        since,
        at: now,
        who: "leadgate".into(),
        why: "nobody read it for a while".into(),
        before: taken.cursor.clone(),
        pages: 0,
        records: 0,
        fresh: 0,
        done_at: None,
    }
}
