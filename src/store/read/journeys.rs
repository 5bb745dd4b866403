//! Leads with all that happened to them, from the rows themselves: what the kept chunks (`kept.rs`) are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::packed::{JourneyRow, Touch};
use crate::lead::{Answer, Code, Consent, Criterion, LeadId, Region};
use crate::store::db::args;
use crate::store::leads::verdict;
use crate::store::{Row, Store, StoreError, Tx};

/// Leads of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JourneyAsk {
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub to: Timestamp,
    /// All to whom something happened in it, not only those received in it.
    pub events: bool,
}

impl Store {
    /// The ids `[first, last]` among which the leads of a period are; `None` when there are none.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn journey_ids(&self, ask: JourneyAsk) -> Result<Option<(i64, i64)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut looks = vec!["select min(id), max(id) from lead where received_at >= $1 and received_at < $2"];
                if ask.events {
                    looks.extend([
                        "select min(id), max(id) from lead where decided_at >= $1 and decided_at < $2",
                        "select min(id), max(id) from lead where closed_at >= $1 and closed_at < $2",
                        "select min(lead_id), max(lead_id) from handoff where accepted_at >= $1 and accepted_at < $2",
                        "select min(lead_id), max(lead_id) from handoff where first_at >= $1 and first_at < $2",
                    ]);
                }
                let mut found: Option<(i64, i64)> = None;
                for sql in looks {
                    let Some(row) = tx.one(sql, args![ask.from, ask.to]).await? else { continue };
                    if let (Some(low), Some(high)) = (row.int_opt(0)?, row.int_opt(1)?) {
                        found = Some(found.map_or((low, high), |(a, b)| (a.min(low), b.max(high))));
                    }
                }
                Ok(found)
            })
        })
        .await
    }
}

/// The leads with ids in `[first, last]`, in order, from the rows themselves.
pub(super) async fn between(tx: &mut Tx, first: i64, last: i64) -> Result<Vec<JourneyRow>, StoreError> {
    let sql = "select l.id, e.name, l.service, l.received_at, l.submitted_at, l.decided_at, l.verdict, l.end_code, \
               l.closed_at, l.facts from lead l join endpoint e on e.id = l.source_id where l.id >= $1 and l.id <= $2 \
               order by l.id";
    let mut found: BTreeMap<i64, JourneyRow> = BTreeMap::new();
    for row in &tx.all(sql, args![first, last]).await? {
        found.insert(row.int(0)?, lead(row)?);
    }
    let (Some(low), Some(high)) = (found.keys().next().copied(), found.keys().next_back().copied()) else {
        return Ok(Vec::new());
    };
    handoffs(tx, low, high, &mut found).await?;
    marks(tx, low, high, &mut found).await?;
    touches(tx, low, high, &mut found).await?;
    Ok(found.into_values().collect())
}

fn word(text: String) -> Arc<str> {
    text.into()
}

fn lead(row: &Row) -> Result<JourneyRow, StoreError> {
    let judged: Judged = serde_json::from_str(&row.text(9)?).unwrap_or_default();
    let yes = judged.decided.into_iter().filter(|(_, said)| *said == Answer::Met);
    Ok(JourneyRow {
        id: LeadId(row.int(0)?),
        source: word(row.text(1)?),
        service: row.text_opt(2)?.map(word),
        received_at: row.at(3)?,
        submitted_at: row.at(4)?,
        decided_at: row.at(5)?,
        verdict: verdict(row.int(6)?),
        end_code: row.text_opt(7)?.map(word),
        closed_at: row.at_opt(8)?,
        region: place(&judged.facts.region).map(word),
        overridden: yes.map(|(one, _)| one).collect(),
        marks: judged.marks.into_iter().map(|(one, answer, code)| (one, answer, code.is_some())).collect(),
        with: None,
        accepted_at: None,
        answer_by: None,
        first_at: None,
        reached_at: None,
        confirmed_at: None,
        won: None,
        touches: Vec::new(),
    })
}

/// The parts of a lead's stored decision that figures need; its writer is `engine::decide::Stored`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Judged {
    facts: Read,
    marks: Vec<(Criterion, Answer, Option<Code>)>,
    decided: BTreeMap<Criterion, Answer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Read {
    region: Region,
}

/// The subdivision, else the country with the first two of the postal code.
fn place(region: &Region) -> Option<String> {
    if let Some(subdivision) = &region.subdivision {
        return Some(subdivision.clone());
    }
    let country = region.country.clone()?;
    let postal: String = region.postal_code.iter().flat_map(|code| code.chars()).take(2).collect();
    Some(if postal.is_empty() { country } else { format!("{country} {postal}") })
}

async fn handoffs(tx: &mut Tx, low: i64, high: i64, found: &mut BTreeMap<i64, JourneyRow>) -> Result<(), StoreError> {
    let sql = "select h.lead_id, h.state, h.team, h.person, h.accepted_at, h.answer_by, h.first_at from handoff h where h.lead_id >= $1 and h.lead_id <= $2 \
               order by h.lead_id, h.round, h.hop, h.id";
    for row in tx.all(sql, args![low, high]).await? {
        let Some(lead) = found.get_mut(&row.int(0)?) else { continue };
        if row.int(1)? != crate::lead::HandoffState::Dropped.number() {
            lead.with = Some((word(row.text(2)?), word(row.text(3)?)));
        }
        if let Some(at) = row.at_opt(4)?
            && lead.accepted_at.is_none_or(|known| at < known)
        {
            (lead.accepted_at, lead.answer_by) = (Some(at), row.at_opt(5)?);
        }
        lead.first_at = [lead.first_at, row.at_opt(6)?].into_iter().flatten().min();
    }
    Ok(())
}

/// What people said: won for how much, reached when. What was taken back does not count.
async fn marks(tx: &mut Tx, low: i64, high: i64, found: &mut BTreeMap<i64, JourneyRow>) -> Result<(), StoreError> {
    let sql = "select id, lead_id, kind, at, amount, voids from mark where lead_id >= $1 and lead_id <= $2 order by id";
    let rows = tx.all(sql, args![low, high]).await?;
    let mut void = BTreeSet::new();
    for row in &rows {
        void.extend(row.int_opt(5)?);
    }
    let mut at_of = BTreeMap::new();
    for row in &rows {
        let id = row.int(0)?;
        at_of.insert(id, row.at(3)?);
        if row.text(2)? == "won"
            && !void.contains(&id)
            && let Some(lead) = found.get_mut(&row.int(1)?)
        {
            lead.won = row.int_opt(4)?;
        }
    }
    let sql = "select lead_id, at, body from journal where lead_id >= $1 and lead_id <= $2 and kind = 'contacted'";
    for row in tx.all(sql, args![low, high]).await? {
        let body: serde_json::Value = serde_json::from_str(&row.text(2)?).unwrap_or_default();
        let mark = body.pointer("/undo/mark").and_then(serde_json::Value::as_i64);
        if mark.is_some_and(|mark| void.contains(&mark)) {
            continue;
        }
        let at = mark.and_then(|mark| at_of.get(&mark).copied()).map_or_else(|| row.at(1), Ok)?;
        if let Some(lead) = found.get_mut(&row.int(0)?) {
            lead.reached_at = Some(lead.reached_at.map_or(at, |known| known.min(at)));
        }
    }
    Ok(())
}

async fn touches(tx: &mut Tx, low: i64, high: i64, found: &mut BTreeMap<i64, JourneyRow>) -> Result<(), StoreError> {
    let sql = "select i.lead_id, e.name, i.campaign, i.referral, i.submitted_at, i.consent, i.received_at \
               from inquiry i join endpoint e on e.id = i.source_id where i.lead_id >= $1 and i.lead_id <= $2 \
               order by i.lead_id, i.submitted_at, i.id";
    for row in tx.all(sql, args![low, high]).await? {
        let Some(lead) = found.get_mut(&row.int(0)?) else { continue };
        if row.int(5)? == Consent::Confirmed as i64 {
            let at = row.at(6)?;
            lead.confirmed_at = Some(lead.confirmed_at.map_or(at, |known| known.min(at)));
        }
        lead.touches.push(Touch {
            source: word(row.text(1)?),
            campaign: row.text_opt(2)?.map(word),
            referral: row.text_opt(3)?.map(word),
            at: row.at(4)?,
        });
    }
    Ok(())
}
