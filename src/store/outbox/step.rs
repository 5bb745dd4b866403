//! What a send asks of the store on its way: its phase, before the first byte of it, and what came of it. Many are on
//! their way at once, so that each is a row of a few statements, not a few statements of its own.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::claim::LEASE;
use super::settle::{Accepting, Settle, accept, apply, say};
use crate::clock::later;
use crate::lead::{HandoffId, HandoffState, LeadId, Phase};
use crate::store::db::args;
use crate::store::together::{Step, Together};
use crate::store::{Store, StoreError, Tx};

/// One thing a send asks; answered whether its claim still held.
pub(in crate::store) struct OutboxStep {
    /// The handoff.
    pub(super) id: HandoffId,
    /// The lead.
    pub(super) lead: LeadId,
    /// The claim it is asked under.
    pub(super) claim: i64,
    /// What is asked.
    pub(super) ask: Ask,
}

#[allow(clippy::large_enum_variant)] // one at a time, behind an Arc at once
pub(super) enum Ask {
    /// A phase begins, with the bytes that are sent where they are not stored yet.
    Enter(Phase, Option<Vec<u8>>),
    /// The claim ends, with what is said about it.
    End(Settle, String),
}

impl Step for OutboxStep {
    type Said = bool;

    fn records(&self) -> usize {
        1
    }

    fn write<'t>(tx: &'t mut Tx, steps: &'t [Arc<Self>]) -> BoxFuture<'t, Result<Vec<bool>, StoreError>> {
        Box::pin(async move {
            let held = begin(tx, steps).await? && end(tx, steps).await?;
            // Whose claim was lost is told when each is written alone.
            if !held && steps.len() > 1 {
                return Err(StoreError::Conflict);
            }
            Ok(vec![held; steps.len()])
        })
    }

    fn waits_in(store: &Store) -> &Together<Self> {
        &store.inner.outbox
    }
}

/// Phases that begin. `false`: a claim was lost, and nothing must be kept.
async fn begin(tx: &mut Tx, steps: &[Arc<OutboxStep>]) -> Result<bool, StoreError> {
    let (until, proc) = (later(tx.now(), LEASE), tx.proc);
    let phases = steps.iter().filter_map(|step| match step.ask {
        Ask::Enter(phase, _) => Some(args![step.id.0, step.claim, phase.number(), until, proc]),
        Ask::End(..) => None,
    });
    // What has left cannot be taken back: a phase never goes back within a claim.
    let sql = "update handoff set phase = case when phase > v.column3 then phase else v.column3 end, \
               lease_until = v.column4 from (ROWS) v \
               where id = v.column1 and state = 2 and claim = v.column2 and proc_id = v.column5";
    tx.each(sql, 5, phases.collect()).await
}

/// Claims that end, and what is said of them and sent by the others. `false`: as for [`begin`].
async fn end(tx: &mut Tx, steps: &[Arc<OutboxStep>]) -> Result<bool, StoreError> {
    let from = HandoffState::Sending;
    let (mut taken, mut rest, mut frozen, mut words) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        let (id, lead) = (step.id, step.lead);
        match &step.ask {
            Ask::Enter(_, None) => {}
            Ask::Enter(_, Some(bytes)) => frozen.push(args![id.0, bytes.clone()]),
            Ask::End(Settle::Accepted { reference, code, clocks, copies }, text) if copies.is_empty() => {
                let (claim, reference) = (Some(step.claim), reference.as_ref());
                taken.push(Accepting { id, lead, from, claim, reference, code, clocks });
                words.push((id, text.as_str()));
            }
            Ask::End(settle, text) => {
                rest.push((step, settle));
                words.push((id, text.as_str()));
            }
        }
    }
    let sql = "update handoff set lease_until = null from (ROWS) v \
               where id = v.column1 and state = 2 and claim = v.column2 and proc_id = v.column3";
    let proc = tx.proc;
    let claims = rest.iter().map(|(step, _)| args![step.id.0, step.claim, proc]);
    if !tx.each(sql, 3, claims.collect()).await? || !accept(tx, &taken).await? {
        return Ok(false);
    }
    tx.bulk("payload (handoff_id, bytes)", 2, frozen, "on conflict (handoff_id) do nothing").await?;
    say(tx, &words).await?;
    for (step, settle) in rest {
        apply(tx, step.id, step.lead, from, settle.clone()).await?;
    }
    Ok(true)
}
