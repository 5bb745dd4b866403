//! Who gets a lead next that its owner does not answer: found by the very function that releases, under the lock of
//! a release, so that no cap is exceeded. The desk's acts and the ladder take it from here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::rules;
use crate::lead::HandoffId;
use crate::queue::{self, Give, HeldLead, LaneHeads, Rules};
use crate::store::{Count, FirstStop, Note, Reassign, StoreError, StoredLead, Tx};

/// What the next owner of a lead is found by.
pub(crate) struct Successor {
    rules: Arc<Rules>,
    counts: Vec<Count>,
    stops: BTreeMap<String, FirstStop>,
    config: i64,
}

impl Successor {
    /// Under these rules, in which whoever may not get it is away.
    pub(crate) fn new(rules: Rules, stops: BTreeMap<String, FirstStop>, config: i64, now: Timestamp) -> Self {
        let counts = rules::counts(&rules, now);
        Self { rules: Arc::new(rules), counts, stops, config }
    }

    /// Nor may these.
    pub(crate) fn without(mut self, people: Vec<String>) -> Self {
        Arc::make_mut(&mut self.rules).away.extend(people);
        self
    }

    /// Who has room for the lead of this handoff, under every cap, as if the handoff held nothing; changes nothing.
    ///
    /// # Errors
    /// The database did not answer.
    pub(crate) async fn room(
        &self,
        tx: &mut Tx,
        lead: &StoredLead,
        handoff: HandoffId,
    ) -> Result<Option<Give>, StoreError> {
        let uses = tx.uses_without(&self.counts, handoff).await?;
        let lane = tx.lane_of(lead.id).await?;
        Ok(lane.and_then(|lane| {
            let held = HeldLead { lead: lead.id, rev: lead.rev, priority: 0 };
            let lane = LaneHeads { id: 0, lane, leads: vec![held] };
            queue::plan(&self.rules, &[lane], &mut uses.clone(), tx.now(), 1).give.pop()
        }))
    }

    /// Gives the lead to somebody who has room: their id, or `None` where nobody has and nothing was changed.
    ///
    /// # Errors
    /// The database did not answer, or the lead moved meanwhile ([`StoreError::Conflict`]).
    pub(crate) async fn give(
        &self,
        tx: &mut Tx,
        lead: &StoredLead,
        from: &str,
        who: &str,
    ) -> Result<Option<String>, StoreError> {
        let handoff = lead.handoff.as_ref().ok_or(StoreError::Conflict)?;
        let give = self.room(tx, lead, handoff.id).await?;
        let Some((give, stop)) = give.and_then(|give| self.stops.get(&give.team).map(|stop| (give, stop))) else {
            return Ok(None);
        };
        let goes = Reassign {
            person: &give.person,
            team: &give.team,
            route: &stop.route,
            destination: stop.destination,
            deadline: stop.deadline,
            caps: &give.caps,
            config: self.config,
            valid_until: give.valid_until,
        };
        let new = tx.reassign(lead, &goes).await?;
        let body = json!({ "person": give.person, "from": from });
        tx.note(Note::new("reassigned").by(who).lead(lead.id).handoff(new).body(body));
        Ok(Some(give.person))
    }
}

/// Takes the lead from its owner: it waits in front until somebody has room.
///
/// # Errors
/// As [`Successor::give`].
pub(crate) async fn put_in_queue(tx: &mut Tx, lead: &StoredLead, from: &str, who: &str) -> Result<(), StoreError> {
    let handoff = lead.handoff.as_ref().ok_or(StoreError::Conflict)?;
    tx.take_from_owner(handoff.id, lead.id).await?;
    tx.note(Note::new("handed-over").by(who).lead(lead.id).handoff(handoff.id).body(json!({ "from": from })));
    Ok(())
}
