//! Caps as rows: counted anew when a cap counts something else than before, told when one fills or frees, and
//! credited for returns. All of it under the lock of a release.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::db::{Arg, args};
use super::queue::{ReleaseAsk, cap_ids};
use super::{Note, Store, StoreError, Tx};
use crate::lead::HandoffId;
use crate::queue::Plan;

/// Slots read at once when a cap is counted anew.
const COUNT_AT_ONCE: u32 = 5_000;
/// What a cap's rule says that was there before rules were kept: its slots are right.
const OLD: &str = "old";
/// What a cap counts.
#[derive(Debug, Clone)]
pub struct CapRule {
    /// Cap id.
    pub cap: String,
    /// What it counts, as a text to compare.
    pub rule: String,
    /// Its window moves.
    pub rolling: bool,
    /// It counts handoffs only while they are open.
    pub open: bool,
    /// Slots from then on matter.
    pub since: Option<Timestamp>,
}

/// The caps a handoff counts under, and what it takes of each.
pub type CountAgain = Arc<dyn Fn(&HandedOff) -> Vec<(String, u32)> + Send + Sync>;

/// A handoff that counts.
#[derive(Debug, Clone)]
pub struct HandedOff {
    /// Source id.
    pub source: String,
    /// Service id.
    pub service: Option<String>,
    /// Facts and marks of its lead, JSON.
    pub facts: String,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// Team id.
    pub team: String,
    /// Person id.
    pub person: String,
}

/// Something to be told to an address.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Row id.
    pub id: i64,
    /// Cap id.
    pub cap: String,
    /// The address.
    pub url: String,
    /// What it is told, JSON.
    pub body: String,
    /// Tries so far.
    pub tries: i64,
}

impl Store {
    /// Hooks to be told now, the oldest first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn hooks_due(&self, most: u32) -> Result<Vec<Hook>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select id, cap, url, body, tries from hook where due_at <= $1 order by due_at, id limit $2";
                let rows = tx.all(sql, args![tx.now(), i64::from(most)]).await?;
                let hook = |row: &super::Row| {
                    Ok(Hook {
                        id: row.int(0)?,
                        cap: row.text(1)?,
                        url: row.text(2)?,
                        body: row.text(3)?,
                        tries: row.int(4)?,
                    })
                };
                rows.iter().map(hook).collect()
            })
        })
        .await
    }

    /// Notes that a hook was told, or given up with its reason, or that it is tried again at `again`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn hook_told(
        &self,
        hook: &Hook,
        outcome: Result<(), String>,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let hook = hook.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let (kind, why) = match (&outcome, again) {
                    (Err(_), Some(at)) => {
                        let sql = "update hook set tries = tries + 1, due_at = $1 where id = $2 and tries = $3";
                        tx.run(sql, args![at, hook.id, hook.tries]).await?;
                        return Ok(());
                    }
                    (Ok(()), _) => ("hook-told", None),
                    (Err(why), None) => ("hook-failed", Some(why.clone())),
                };
                if tx.run("delete from hook where id = $1", args![hook.id]).await? == 1 {
                    let body = serde_json::json!({ "cap": hook.cap, "tries": hook.tries + 1, "why": why });
                    tx.note(Note::new(kind).body(body));
                }
                Ok(())
            })
        })
        .await
    }
}

/// Counts every cap anew that counts something else than when it was last counted.
pub(super) async fn renew(tx: &mut Tx, ask: &ReleaseAsk) -> Result<(), StoreError> {
    let Some(again) = &ask.again else { return Ok(()) };
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    for row in tx.all("select name, rule from cap", vec![]).await? {
        known.insert(row.text(0)?, row.text_opt(1)?);
    }
    let rule = |cap: &CapRule| known.get(&cap.cap).cloned().flatten();
    let changed: Vec<&CapRule> = ask.caps.iter().filter(|cap| rule(cap).as_deref() != Some(&cap.rule)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let names: Vec<&String> = changed.iter().map(|cap| &cap.cap).collect();
    let ids = cap_ids(tx, names).await?;
    let mut anew: BTreeMap<&str, (&CapRule, i64)> = BTreeMap::new();
    for cap in changed {
        let Some(id) = ids.get(&cap.cap).copied() else { continue };
        let sql = "update cap set rule = $1, rolling = $2, full_at = null where id = $3";
        tx.run(sql, args![&cap.rule, i64::from(cap.rolling), id]).await?;
        if rule(cap).as_deref() != Some(OLD) {
            tx.run("delete from slot where cap_id = $1", args![id]).await?;
            anew.insert(&cap.cap, (cap, id));
        }
    }
    if anew.is_empty() {
        return Ok(());
    }
    let counted = count_again(tx, &anew, again).await?;
    let names: Vec<&str> = anew.keys().copied().collect();
    tx.note(Note::new("caps-counted").body(serde_json::json!({ "caps": names, "slots": counted })));
    Ok(())
}

/// Makes the slots of these caps from the handoffs that count: those of the cap of everything.
async fn count_again(
    tx: &mut Tx,
    anew: &BTreeMap<&str, (&CapRule, i64)>,
    again: &CountAgain,
) -> Result<u64, StoreError> {
    let since = anew.values().map(|(cap, _)| cap.since.unwrap_or(Timestamp::MIN)).min().unwrap_or(Timestamp::MIN);
    let (mut at, mut after, mut counted) = (since, i64::MIN, 0);
    loop {
        let sql = "select s.at, s.handoff_id, h.team, h.person, h.first_at, h.closed_at, h.accepted_at, e.name, \
                   l.service, l.facts, l.submitted_at from slot s join handoff h on h.id = s.handoff_id \
                   join lead l on l.id = h.lead_id join endpoint e on e.id = l.source_id \
                   where s.cap_id = 0 and (s.at > $1 or (s.at = $1 and s.handoff_id > $2)) \
                   order by s.at, s.handoff_id limit $3";
        let rows = tx.all(sql, args![at, after, i64::from(COUNT_AT_ONCE)]).await?;
        let mut slots: Vec<Vec<Arg>> = Vec::new();
        for row in &rows {
            (at, after) = (row.at(0)?, row.int(1)?);
            let of = HandedOff {
                team: row.text(2)?,
                person: row.text(3)?,
                source: row.text(7)?,
                service: row.text_opt(8)?,
                facts: row.text(9)?,
                submitted_at: row.at(10)?,
            };
            let is_open = row.at_opt(4)?.is_none() && row.at_opt(5)?.is_none();
            let sent_at = row.at_opt(6)?.unwrap_or(at);
            for (cap, amount) in again(&of) {
                let Some((cap, id)) = anew.get(cap.as_str()) else { continue };
                let taken = if cap.rolling { sent_at } else { at };
                if (cap.open && !is_open) || cap.since.is_some_and(|since| taken < since) {
                    continue;
                }
                slots.push(args![*id, taken, after, i64::from(amount)]);
            }
        }
        counted += tx.bulk("slot (cap_id, at, handoff_id, amount)", 4, slots, "").await?;
        if rows.len() < COUNT_AT_ONCE as usize {
            return Ok(counted);
        }
    }
}

/// Tells of every cap that filled or freed in this round: an entry of the journal, and its hook.
pub(super) async fn tell_full(tx: &mut Tx, decided: &Plan, hooks: &BTreeMap<String, String>) -> Result<(), StoreError> {
    let mut were = BTreeSet::new();
    for row in tx.all("select name from cap where full_at is not null", vec![]).await? {
        were.insert(row.text(0)?);
    }
    for (cap, full) in decided.full.iter().filter(|(cap, _)| !were.contains(*cap)) {
        cap_ids(tx, std::iter::once(cap)).await?;
        tx.run("update cap set full_at = $1 where name = $2", args![tx.now(), cap]).await?;
        let frees_at = full.frees_at.map(|at| at.to_string());
        let body = serde_json::json!({ "cap": cap, "used": full.used, "max": full.max, "soft": full.soft,
            "frees_at": frees_at });
        tell(tx, "cap-full", cap, body, hooks).await?;
    }
    for cap in were.iter().filter(|cap| !decided.full.contains_key(*cap)) {
        tx.run("update cap set full_at = null where name = $1", args![cap]).await?;
        tell(tx, "cap-free", cap, serde_json::json!({ "cap": cap }), hooks).await?;
    }
    Ok(())
}

pub(super) async fn tell(
    tx: &mut Tx,
    kind: &'static str,
    cap: &str,
    body: serde_json::Value,
    hooks: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    if let Some(url) = hooks.get(cap) {
        let mut told = body.clone();
        told["event"] = kind.into();
        told["at"] = tx.now().to_string().into();
        let id = tx.next_id("hook").await?;
        let sql = "insert into hook (id, cap, url, body, due_at) values ($1, $2, $3, $4, $5)";
        tx.run(sql, args![id, cap, url, told.to_string(), tx.now()]).await?;
    }
    tx.note(Note::new(kind).body(body));
    Ok(())
}

impl Tx {
    /// Gives the place of a returned handoff back under these caps, in the window of now.
    pub(crate) async fn credit(&mut self, handoff: HandoffId, caps: &[String]) -> Result<(), StoreError> {
        if caps.is_empty() {
            return Ok(());
        }
        self.lock_caps().await?;
        for cap in caps {
            let sql = "insert into slot (cap_id, at, handoff_id, amount) \
                       select s.cap_id, $1, s.handoff_id, -sum(s.amount) from slot s join cap c on c.id = s.cap_id \
                       where c.name = $2 and s.handoff_id = $3 group by s.cap_id, s.handoff_id having sum(s.amount) > 0 \
                       on conflict (cap_id, at, handoff_id) do update set amount = slot.amount + excluded.amount";
            self.run(sql, args![self.now, cap, handoff.0]).await?;
        }
        Ok(())
    }

    /// Takes credits back with the return they were for.
    pub(crate) async fn take_credits_back(&mut self, handoff: HandoffId) -> Result<(), StoreError> {
        self.lock_caps().await?;
        self.run("delete from slot where handoff_id = $1 and amount < 0", args![handoff.0]).await.map(drop)
    }
}
