//! Leads with all that happened to them, page by page, for the figures. A page is one short transaction: no
//! long snapshot keeps the write-ahead log growing, and memory stays bounded.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::lead::{Consent, LeadId, VerdictKind};
use crate::store::db::{Arg, args};
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

/// One inquiry of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Source id.
    pub source: String,
    /// Campaign as the source names it.
    pub campaign: Option<String>,
    /// Referral code.
    pub referral: Option<String>,
    /// When they asked.
    pub at: Timestamp,
}

/// A lead and all that happened to it.
#[derive(Debug, Clone)]
pub struct JourneyRow {
    /// The lead.
    pub id: LeadId,
    /// The source that brought it first.
    pub source: String,
    /// Service id.
    pub service: Option<String>,
    /// Stored.
    pub received_at: Timestamp,
    /// Asked.
    pub submitted_at: Timestamp,
    /// Decided last.
    pub decided_at: Timestamp,
    /// The verdict in force.
    pub verdict: VerdictKind,
    /// How it ended.
    pub end_code: Option<String>,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// What was read and decided, JSON.
    pub facts: String,
    /// Who has it: (team, person) of the latest handoff that was not dropped.
    pub with: Option<(String, String)>,
    /// Destination of the first handoff that was accepted.
    pub destination: Option<String>,
    /// First accepted.
    pub accepted_at: Option<Timestamp>,
    /// The promise of that handoff.
    pub answer_by: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Somebody said that they reached them.
    pub reached_at: Option<Timestamp>,
    /// A sign-up was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// Value won, minor units of the business's currency.
    pub won: Option<i64>,
    /// Its inquiries in order; only the first where there is nothing else.
    pub touches: Vec<Touch>,
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

    /// Leads with ids in `(after, last]` in order, at most `most`; received in the period unless all are wanted to
    /// whom something happened. The second part is where the next page goes on; `None` at the end.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn journeys(
        &self,
        ask: JourneyAsk,
        (after, last): (i64, i64),
        most: u32,
    ) -> Result<(Vec<JourneyRow>, Option<i64>), StoreError> {
        self.read(move |tx| Box::pin(async move { page(tx, ask, (after, last), most).await })).await
    }
}

async fn page(
    tx: &mut Tx,
    ask: JourneyAsk,
    (after, last): (i64, i64),
    most: u32,
) -> Result<(Vec<JourneyRow>, Option<i64>), StoreError> {
    let within = if ask.events { "" } else { "and l.received_at >= $4 and l.received_at < $5 " };
    let sql = format!(
        "select l.id, e.name, l.service, l.received_at, l.submitted_at, l.decided_at, l.verdict, l.end_code, \
         l.closed_at, l.facts from lead l join endpoint e on e.id = l.source_id where l.id > $1 and l.id <= $2 {within}\
         order by l.id limit $3"
    );
    let mut values = args![after, last, i64::from(most)];
    if !ask.events {
        values.extend([Arg::from(ask.from), Arg::from(ask.to)]);
    }
    let rows = tx.all(&sql, values).await?;
    let mut found: BTreeMap<i64, JourneyRow> = BTreeMap::new();
    for row in &rows {
        found.insert(row.int(0)?, lead(row)?);
    }
    let (Some(low), Some(high)) = (found.keys().next().copied(), found.keys().next_back().copied()) else {
        return Ok((Vec::new(), None));
    };
    handoffs(tx, low, high, &mut found).await?;
    marks(tx, low, high, &mut found).await?;
    touches(tx, low, high, &mut found).await?;
    let next = (rows.len() >= most as usize && high < last).then_some(high);
    Ok((found.into_values().collect(), next))
}

fn lead(row: &Row) -> Result<JourneyRow, StoreError> {
    Ok(JourneyRow {
        id: LeadId(row.int(0)?),
        source: row.text(1)?,
        service: row.text_opt(2)?,
        received_at: row.at(3)?,
        submitted_at: row.at(4)?,
        decided_at: row.at(5)?,
        verdict: verdict(row.int(6)?),
        end_code: row.text_opt(7)?,
        closed_at: row.at_opt(8)?,
        facts: row.text(9)?,
        with: None,
        destination: None,
        accepted_at: None,
        answer_by: None,
        first_at: None,
        reached_at: None,
        confirmed_at: None,
        won: None,
        touches: Vec::new(),
    })
}

async fn handoffs(tx: &mut Tx, low: i64, high: i64, found: &mut BTreeMap<i64, JourneyRow>) -> Result<(), StoreError> {
    let sql = "select h.lead_id, h.state, h.team, h.person, h.accepted_at, h.answer_by, h.first_at, d.name \
               from handoff h join endpoint d on d.id = h.destination_id where h.lead_id >= $1 and h.lead_id <= $2 \
               order by h.lead_id, h.round, h.hop, h.id";
    for row in tx.all(sql, args![low, high]).await? {
        let Some(lead) = found.get_mut(&row.int(0)?) else { continue };
        if row.int(1)? != crate::lead::HandoffState::Dropped.number() {
            lead.with = Some((row.text(2)?, row.text(3)?));
        }
        if let Some(at) = row.at_opt(4)?
            && lead.accepted_at.is_none_or(|known| at < known)
        {
            (lead.accepted_at, lead.answer_by) = (Some(at), row.at_opt(5)?);
            lead.destination = Some(row.text(7)?);
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
            source: row.text(1)?,
            campaign: row.text_opt(2)?,
            referral: row.text_opt(3)?,
            at: row.at(4)?,
        });
    }
    Ok(())
}
