//! What screens and reports read. Lists page by key, never by offset; counts come from indexes.

use jiff::Timestamp;

use super::db::{Arg, args};
use super::{Row, Store, StoreError, Tx};
use crate::desk::view::List;
use crate::lead::{HandoffState, LeadId};

/// Most rows looked at for a text filter before saying "searched so far".
const EXAMINED: u32 = 20_000;

/// A list and where to go on.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which list.
    pub list: List,
    /// Only this person's open handoffs.
    pub person: Option<String>,
    /// Text looked for, lower case; empty for all.
    pub text: String,
    /// Last row of the page before: (priority, id).
    pub after: Option<(i64, i64)>,
    /// At most this many; of the open list, at most this many out, in review and pending each.
    pub limit: u32,
}

/// One row of a list, as stored.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// The lead, 0 for a quarantined record.
    pub lead: i64,
    /// The record, for quarantined ones.
    pub inquiry: i64,
    /// Stage number, 0 for a quarantined record.
    pub stage: i64,
    /// Name.
    pub name: String,
    /// Service id.
    pub service: Option<String>,
    /// Facts and marks, JSON.
    pub facts: String,
    /// Score.
    pub score: Option<i64>,
    /// Source id.
    pub source: String,
    /// Received.
    pub received_at: Timestamp,
    /// Snoozed until.
    pub snoozed_until: Option<Timestamp>,
    /// End or record code.
    pub end_code: Option<String>,
    /// The lane's codes, JSON.
    pub lane_codes: Option<String>,
    /// Priority.
    pub priority: i64,
    /// Latest handoff: (id, state, answer by, at risk from, first, acknowledged, person, code).
    pub handoff: Option<ListHandoff>,
}

/// The handoff part of a list row.
#[derive(Debug, Clone)]
pub struct ListHandoff {
    /// Number.
    pub id: i64,
    /// State number.
    pub state: i64,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// At risk from.
    pub at_risk_at: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Acknowledged.
    pub ack_at: Option<Timestamp>,
    /// Person id.
    pub person: String,
    /// Last code.
    pub code: Option<String>,
}

/// Counts of one source's leads received in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunnelCounts {
    /// Source id.
    pub source: String,
    /// Leads.
    pub inquiries: u64,
    /// Of these qualified.
    pub qualified: u64,
    /// Of these handed off.
    pub handed_off: u64,
    /// Of these contacted.
    pub contacted: u64,
    /// Of these won.
    pub won: u64,
    /// Of these returned.
    pub returned: u64,
}

/// One handed-off lead's times.
#[derive(Debug, Clone)]
pub struct SpeedRow {
    /// Source id.
    pub source: String,
    /// Person id.
    pub person: String,
    /// Team id.
    pub team: String,
    /// Destination id.
    pub destination: String,
    /// When the person asked.
    pub asked_at: Timestamp,
    /// When the destination took it.
    pub accepted_at: Timestamp,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Ended.
    pub closed_at: Option<Timestamp>,
}

// Left joins only: the lead stays the outer loop, in the order of its index.
const LEADS: &str = "select l.id, l.stage, c.name, l.service, l.facts, l.score, e.name, l.received_at, \
    l.snoozed_until, l.end_code, la.codes, l.priority, h.id, h.state, h.answer_by, h.at_risk_at, h.first_at, h.ack_at, \
    h.person, h.code from lead l left join contact c on c.lead_id = l.id left join endpoint e on e.id = l.source_id \
    left join lane la on la.id = l.lane left join handoff h on h.id = \
    (select max(x.id) from handoff x where x.lead_id = l.id and x.state <> 8)";

fn list_row(row: &Row) -> Result<ListRow, StoreError> {
    let handoff = match row.int_opt(12)? {
        None => None,
        Some(id) => Some(ListHandoff {
            id,
            state: row.int(13)?,
            answer_by: row.at_opt(14)?,
            at_risk_at: row.at_opt(15)?,
            first_at: row.at_opt(16)?,
            ack_at: row.at_opt(17)?,
            person: row.text(18)?,
            code: row.text_opt(19)?,
        }),
    };
    Ok(ListRow {
        lead: row.int(0)?,
        inquiry: 0,
        stage: row.int(1)?,
        name: row.text_opt(2)?.unwrap_or_else(|| "(erased)".into()),
        service: row.text_opt(3)?,
        facts: row.text(4)?,
        score: row.int_opt(5)?,
        source: row.text(6)?,
        received_at: row.at(7)?,
        snoozed_until: row.at_opt(8)?,
        end_code: row.text_opt(9)?,
        lane_codes: row.text_opt(10)?,
        priority: row.int(11)?,
        handoff,
    })
}

fn aside_row(row: &Row) -> Result<ListRow, StoreError> {
    Ok(ListRow {
        lead: 0,
        inquiry: row.int(0)?,
        stage: 0,
        name: String::new(),
        service: None,
        facts: "{}".into(),
        score: None,
        source: row.text(2)?,
        received_at: row.at(1)?,
        snoozed_until: None,
        end_code: row.text_opt(3)?,
        lane_codes: None,
        priority: 0,
        handoff: None,
    })
}

impl Store {
    /// One page of a list. A text filter looks at no more than a bounded number of rows.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn list(&self, filter: Filter) -> Result<Vec<ListRow>, StoreError> {
        self.read(move |tx| Box::pin(async move { list(tx, filter).await })).await
    }

    /// One lead's row.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn list_one(&self, lead: LeadId) -> Result<Option<ListRow>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                Ok(rows_of(tx, &format!("{LEADS} where l.id = $1"), args![lead.0]).await?.into_iter().next())
            })
        })
        .await
    }

    /// Slots of handoffs that are not accepted yet, by cap.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn reserved_by_cap(&self) -> Result<std::collections::BTreeMap<String, u32>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select c.name, cast(sum(s.amount) as bigint) from handoff h join slot s on s.handoff_id = h.id \
                           join cap c on c.id = s.cap_id where h.state in (1, 2, 6) group by c.name";
                let rows = tx.all(sql, vec![]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, u32::try_from(row.int(1)?.max(0)).unwrap_or(u32::MAX)))).collect()
            })
        })
        .await
    }

    /// How many leads are in each stage, and how many records are aside (stage 0).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn stage_counts(&self) -> Result<std::collections::BTreeMap<i64, u64>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut counts = std::collections::BTreeMap::new();
                for row in tx.all("select stage, count(*) from lead group by stage", vec![]).await? {
                    counts.insert(row.int(0)?, row.int(1)?.unsigned_abs());
                }
                let aside = tx.one_int("select count(*) from inquiry where lead_id is null", vec![]).await?;
                counts.insert(0, aside.unsigned_abs());
                Ok(counts)
            })
        })
        .await
    }

    /// Held leads by lane row.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn held_by_lane(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select la.key, count(*) from lead l join lane la on la.id = l.lane where l.stage = 2 \
                           group by la.key";
                let rows = tx.all(sql, vec![]).await?;
                rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?.unsigned_abs()))).collect()
            })
        })
        .await
    }

    /// A quarantined record: raw text and code.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn record(&self, inquiry: i64) -> Result<Option<(String, String)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select coalesce(r.body, ''), i.code from inquiry i left join raw r on r.inquiry_id = i.id \
                           where i.id = $1";
                let row = tx.one(sql, args![inquiry]).await?;
                row.map(|row| Ok((row.text(0)?, row.text(1)?))).transpose()
            })
        })
        .await
    }

    /// Funnel counts of leads received in `[since, until)`, per source.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn funnel(&self, since: Timestamp, until: Timestamp) -> Result<Vec<FunnelCounts>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select e.name, count(*), \
                    cast(coalesce(sum(case when l.verdict = 1 then 1 else 0 end), 0) as bigint), \
                    cast(coalesce(sum(case when h.accepted is not null then 1 else 0 end), 0) as bigint), \
                    cast(coalesce(sum(case when h.first is not null then 1 else 0 end), 0) as bigint), \
                    cast(coalesce(sum(case when l.end_code = 'O-WON' then 1 else 0 end), 0) as bigint), \
                    cast(coalesce(sum(case when l.end_code like 'R-%' then 1 else 0 end), 0) as bigint) \
                    from lead l join endpoint e on e.id = l.source_id left join \
                    (select lead_id, min(accepted_at) as accepted, min(first_at) as first from handoff group by lead_id) h \
                    on h.lead_id = l.id where l.received_at >= $1 and l.received_at < $2 group by e.name";
                let rows = tx.all(sql, args![since, until]).await?;
                rows.iter()
                    .map(|row| {
                        let count = |at: usize| row.int(at).map(i64::unsigned_abs);
                        Ok(FunnelCounts {
                            source: row.text(0)?,
                            inquiries: count(1)?,
                            qualified: count(2)?,
                            handed_off: count(3)?,
                            contacted: count(4)?,
                            won: count(5)?,
                            returned: count(6)?,
                        })
                    })
                    .collect()
            })
        })
        .await
    }

    /// Records received in `[since, until)` that made no lead, per source: (source, touches, aside).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn other_records(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, u64, u64)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select e.name, \
                    cast(sum(case when i.lead_id is not null then 1 else 0 end) as bigint), \
                    cast(sum(case when i.lead_id is null then 1 else 0 end) as bigint) \
                    from inquiry i join endpoint e on e.id = i.source_id \
                    where i.code not in ('I-OK', 'I-LOOK-ALIKE', 'I-TEST') and i.received_at >= $1 and i.received_at < $2 \
                    group by e.name";
                let rows = tx.all(sql, args![since, until]).await?;
                rows.iter()
                    .map(|row| Ok((row.text(0)?, row.int(1)?.unsigned_abs(), row.int(2)?.unsigned_abs())))
                    .collect()
            })
        })
        .await
    }

    /// New leads per source since each of the given instants (ascending): counts per stretch between them.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn per_stretch(&self, edges: Vec<Timestamp>) -> Result<Vec<(String, usize, u64)>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut found = Vec::new();
                for (place, pair) in edges.windows(2).enumerate() {
                    let [from, to] = pair else { continue };
                    let sql = "select e.name, count(*) from lead l join endpoint e on e.id = l.source_id \
                               where l.received_at >= $1 and l.received_at < $2 group by e.name";
                    for row in tx.all(sql, args![*from, *to]).await? {
                        found.push((row.text(0)?, place, row.int(1)?.unsigned_abs()));
                    }
                }
                Ok(found)
            })
        })
        .await
    }

    /// Times of leads whose handoff was accepted, received in `[since, until)`; one row a lead, its first
    /// accepted handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn speeds(&self, since: Timestamp, until: Timestamp) -> Result<Vec<SpeedRow>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select s.name, h.person, h.team, d.name, l.submitted_at, h.accepted_at, h.answer_by, \
                    (select min(x.first_at) from handoff x where x.lead_id = l.id), l.closed_at \
                    from handoff h join lead l on l.id = h.lead_id join endpoint s on s.id = l.source_id \
                    join endpoint d on d.id = h.destination_id where h.accepted_at is not null \
                    and l.received_at >= $1 and l.received_at < $2 and h.id = \
                    (select min(x.id) from handoff x where x.lead_id = l.id and x.accepted_at is not null)";
                let rows = tx.all(sql, args![since, until]).await?;
                rows.iter()
                    .map(|row| {
                        Ok(SpeedRow {
                            source: row.text(0)?,
                            person: row.text(1)?,
                            team: row.text(2)?,
                            destination: row.text(3)?,
                            asked_at: row.at(4)?,
                            accepted_at: row.at(5)?,
                            answer_by: row.at_opt(6)?,
                            first_at: row.at_opt(7)?,
                            closed_at: row.at_opt(8)?,
                        })
                    })
                    .collect()
            })
        })
        .await
    }

    /// Handoffs in any of these states, the oldest first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn handoffs_in(&self, states: &[HandoffState], most: u32) -> Result<Vec<StoredHandoff>, StoreError> {
        let states: Vec<i64> = states.iter().map(|state| state.number()).collect();
        self.read(move |tx| {
            Box::pin(async move {
                let list: Vec<String> = states.iter().map(i64::to_string).collect();
                let sql = format!("{HANDOFFS} where h.state in ({}) order by h.id limit $1", list.join(","));
                let rows = tx.all(&sql, args![i64::from(most)]).await?;
                rows.iter().map(stored_handoff).collect()
            })
        })
        .await
    }

    /// Handoffs in order of number, the latest first, ended ones too.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn handoffs_latest(&self, below: i64, most: u32) -> Result<Vec<StoredHandoff>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = format!("{HANDOFFS} where h.id < $1 order by h.id desc limit $2");
                let rows = tx.all(&sql, args![below, i64::from(most)]).await?;
                rows.iter().map(stored_handoff).collect()
            })
        })
        .await
    }

    /// Team and route of a handoff.
    ///
    /// # Errors
    /// The database did not answer, or there is no such handoff.
    pub async fn team_and_route(&self, id: crate::lead::HandoffId) -> Result<(String, String), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select team, route from handoff where id = $1", args![id.0]).await?;
                let row = row.ok_or(StoreError::Conflict)?;
                Ok((row.text(0)?, row.text(1)?))
            })
        })
        .await
    }

    /// All handoffs of one lead, the latest first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn handoffs_of(&self, lead: LeadId) -> Result<Vec<StoredHandoff>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = format!("{HANDOFFS} where h.lead_id = $1 order by h.id desc");
                let rows = tx.all(&sql, args![lead.0]).await?;
                rows.iter().map(stored_handoff).collect()
            })
        })
        .await
    }

    /// What the journal and the notes tell of one lead, the latest first, and its touches:
    /// (at, who, kind, body) where notes have kind `note` and their text as body.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn story(&self, lead: LeadId) -> Result<Vec<Told>, StoreError> {
        self.read(move |tx| Box::pin(story(tx, lead))).await
    }

    /// The journal's latest entries over all leads.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn latest_told(&self, most: u32) -> Result<Vec<Told>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql =
                    "select at, who, kind, body, lead_id from journal order by at desc, proc_id desc, n desc limit $1";
                let rows = tx.all(sql, args![i64::from(most)]).await?;
                rows.iter().map(told).collect()
            })
        })
        .await
    }

    /// Deletes raw payloads older than `keep`; quarantined ones stay as long.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn prune_raw(&self, keep: jiff::SignedDuration) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let before = tx.now().saturating_sub(keep).unwrap_or(Timestamp::MIN);
                let sql = "delete from raw where inquiry_id in (select r.inquiry_id from raw r join inquiry i \
                           on i.id = r.inquiry_id where r.inquiry_id <= (select min(inquiry_id) + 500 from raw) \
                           and i.received_at < $1)";
                tx.run(sql, args![before]).await
            })
        })
        .await
    }

    /// Handoffs per state.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn handoff_counts(&self) -> Result<Vec<(HandoffState, u64)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let rows = tx.all("select state, count(*) from handoff group by state order by state", vec![]).await?;
                Ok(rows
                    .iter()
                    .filter_map(|row| {
                        Some((HandoffState::from_number(row.int(0).ok()?)?, row.int(1).ok()?.unsigned_abs()))
                    })
                    .collect())
            })
        })
        .await
    }

    /// Checks what must always hold (`data-model` 11); returns the names of what does not, with row ids.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn invariants(&self) -> Result<Vec<(String, Vec<i64>)>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let mut broken = Vec::new();
                for (name, sql) in INVARIANTS {
                    let rows = tx.all(sql, vec![]).await?;
                    if !rows.is_empty() {
                        let ids = rows.iter().map(|row| row.int(0)).collect::<Result<_, _>>()?;
                        broken.push(((*name).to_owned(), ids));
                    }
                }
                Ok(broken)
            })
        })
        .await
    }
}

/// A handoff as the lists show it.
#[derive(Debug, Clone)]
pub struct StoredHandoff {
    /// Number.
    pub id: i64,
    /// Lead.
    pub lead: i64,
    /// The lead's name.
    pub name: String,
    /// Key.
    pub token: String,
    /// Destination id.
    pub destination: String,
    /// Team id.
    pub team: String,
    /// Person id.
    pub person: String,
    /// Round.
    pub round: i64,
    /// State.
    pub state: HandoffState,
    /// Code.
    pub code: Option<String>,
    /// The destination's last words.
    pub last_text: String,
    /// Attempts.
    pub attempt: i64,
    /// Due.
    pub due_at: Timestamp,
    /// Decided.
    pub decided_at: Timestamp,
    /// Accepted.
    pub accepted_at: Option<Timestamp>,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// At risk from.
    pub at_risk_at: Option<Timestamp>,
    /// Acknowledged.
    pub ack_at: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Its quality's number.
    pub first_quality: Option<i64>,
    /// Reference.
    pub reference: Option<String>,
    /// Number there.
    pub number: Option<String>,
    /// URL there.
    pub url: Option<String>,
    /// Ended.
    pub closed_at: Option<Timestamp>,
    /// Asked again.
    pub poll_at: Option<Timestamp>,
}

const HANDOFFS: &str = "select h.id, h.lead_id, coalesce(c.name, '(erased)'), h.token, e.name, h.team, h.person, h.round, \
    h.state, h.code, coalesce(p.last_text, ''), h.attempt, h.due_at, h.decided_at, h.accepted_at, h.answer_by, \
    h.at_risk_at, h.ack_at, h.first_at, h.first_quality, h.reference, h.number, h.url, h.closed_at, h.poll_at \
    from handoff h join endpoint e on e.id = h.destination_id left join contact c on c.lead_id = h.lead_id \
    left join payload p on p.handoff_id = h.id";

fn stored_handoff(row: &Row) -> Result<StoredHandoff, StoreError> {
    Ok(StoredHandoff {
        id: row.int(0)?,
        lead: row.int(1)?,
        name: row.text(2)?,
        token: row.text(3)?,
        destination: row.text(4)?,
        team: row.text(5)?,
        person: row.text(6)?,
        round: row.int(7)?,
        state: HandoffState::from_number(row.int(8)?)
            .ok_or_else(|| StoreError::Damaged("a handoff is in no known state".into()))?,
        code: row.text_opt(9)?,
        last_text: row.text(10)?,
        attempt: row.int(11)?,
        due_at: row.at(12)?,
        decided_at: row.at(13)?,
        accepted_at: row.at_opt(14)?,
        answer_by: row.at_opt(15)?,
        at_risk_at: row.at_opt(16)?,
        ack_at: row.at_opt(17)?,
        first_at: row.at_opt(18)?,
        first_quality: row.int_opt(19)?,
        reference: row.text_opt(20)?,
        number: row.text_opt(21)?,
        url: row.text_opt(22)?,
        closed_at: row.at_opt(23)?,
        poll_at: row.at_opt(24)?,
    })
}

/// One entry of a story.
#[derive(Debug, Clone)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What kind; `note` for a note, `touch` for a touch.
    pub kind: String,
    /// Details, JSON; a note's text.
    pub body: String,
    /// Which lead.
    pub lead: Option<i64>,
}

fn told(row: &Row) -> Result<Told, StoreError> {
    Ok(Told { at: row.at(0)?, who: row.text(1)?, kind: row.text(2)?, body: row.text(3)?, lead: row.int_opt(4)? })
}

async fn story(tx: &mut Tx, lead: LeadId) -> Result<Vec<Told>, StoreError> {
    let sql = "select at, who, kind, body, lead_id from journal where lead_id = $1 order by at desc, proc_id, n desc limit 500";
    let mut story = tx.all(sql, args![lead.0]).await?.iter().map(told).collect::<Result<Vec<_>, _>>()?;
    let sql = "select at, who, kind, body, lead_id from note where lead_id = $1 and kind = 'note'";
    for row in tx.all(sql, args![lead.0]).await? {
        story.push(told(&row)?);
    }
    let sql = "select i.received_at, e.name, i.code, coalesce(i.campaign, ''), i.lead_id, coalesce(i.referral, '') \
               from inquiry i join endpoint e on e.id = i.source_id where i.lead_id = $1";
    for row in tx.all(sql, args![lead.0]).await? {
        let body = serde_json::json!({ "source": row.text(1)?, "code": row.text(2)?, "campaign": row.text(3)?,
            "referral": row.text(5)? });
        story.push(Told {
            at: row.at(0)?,
            who: "leadgate".into(),
            kind: "touch".into(),
            body: body.to_string(),
            lead: Some(lead.0),
        });
    }
    story.sort_by_key(|told| std::cmp::Reverse(told.at));
    Ok(story)
}

const INVARIANTS: &[(&str, &str)] = &[
    (
        "a lead is out without an open handoff",
        "select id from lead l where stage = 3 and not exists \
         (select 1 from handoff h where h.lead_id = l.id and h.closed_at is null)",
    ),
    (
        "a lead has two handoffs on their way",
        "select lead_id from handoff where state in (1, 2, 6) group by lead_id having count(*) > 1",
    ),
    (
        "a held lead has a handoff on its way",
        "select h.id from handoff h join lead l on l.id = h.lead_id where l.stage = 2 and h.state in (1, 2, 6)",
    ),
    ("a held lead waits in no lane", "select id from lead where stage = 2 and lane is null"),
    (
        "a closed lead has an open handoff",
        "select h.id from handoff h join lead l on l.id = h.lead_id where l.stage = 4 and h.closed_at is null",
    ),
    (
        "a handoff on its way holds no slot",
        "select h.id from handoff h where state in (1, 2, 6) and not exists \
         (select 1 from slot s where s.handoff_id = h.id)",
    ),
    (
        "a slot belongs to no handoff",
        "select s.handoff_id from slot s left join handoff h on h.id = s.handoff_id where h.id is null",
    ),
    (
        "an accepted record has no lead",
        "select id from inquiry where lead_id is null and code in ('I-OK', 'I-DUP', 'I-DUP-OPEN')",
    ),
    (
        "an e-mail or phone belongs to no lead",
        "select k.key from contact_key k left join lead l on l.id = k.lead_id where l.id is null",
    ),
    (
        "a process counts other entries than it wrote",
        "select p.id from proc p where p.n <> (select count(*) from journal j where j.proc_id = p.id)",
    ),
    (
        "the journal tells another number of records than were stored",
        "select j.n from journal j where j.kind = 'intake' and j.count <> \
         (select count(*) from inquiry i where i.proc_id = j.proc_id and i.event = j.n)",
    ),
    (
        "a first response is not the earliest mark",
        "select h.id from handoff h join mark m on m.handoff_id = h.id where m.kind = 'first' and not exists \
         (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) group by h.id, h.first_at having min(m.at) <> h.first_at",
    ),
    (
        "an erased lead still has its contact",
        "select c.lead_id from contact c join lead l on l.id = c.lead_id where l.end_code = 'erased'",
    ),
];

async fn list(tx: &mut Tx, filter: Filter) -> Result<Vec<ListRow>, StoreError> {
    let mut found = Vec::new();
    let mut after = filter.after;
    let mut examined = 0;
    loop {
        let page = if filter.text.is_empty() { filter.limit } else { 500 };
        let rows = page_of(tx, &filter, after, page).await?;
        let full = rows.len() >= page as usize;
        examined += page;
        after = rows.last().map(|row| (row.priority, if row.lead == 0 { row.inquiry } else { row.lead }));
        found.extend(rows.into_iter().filter(|row| matches(row, &filter.text)));
        if filter.list == List::Open {
            return Ok(found);
        }
        if found.len() >= filter.limit as usize || !full || examined >= EXAMINED {
            found.truncate(filter.limit as usize);
            return Ok(found);
        }
    }
}

fn matches(row: &ListRow, text: &str) -> bool {
    text.is_empty()
        || row.name.to_lowercase().contains(text)
        || row.service.as_ref().is_some_and(|service| service.contains(text))
        || row.source.contains(text)
        || row.facts.to_lowercase().contains(text)
        || row.end_code.as_ref().is_some_and(|code| code.to_lowercase().contains(text))
        || LeadId(row.lead).to_string().to_lowercase().contains(text)
}

async fn page_of(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<(i64, i64)>,
    limit: u32,
) -> Result<Vec<ListRow>, StoreError> {
    let limit = i64::from(limit);
    let below = after.map_or(i64::MAX, |(_, id)| id);
    match filter.list {
        List::Open => open_rows(tx, filter.person.as_deref(), limit).await,
        List::Held => held_rows(tx, after, limit).await,
        List::Rejected => {
            let sql = format!("{LEADS} where l.stage = 5 and l.id < $1 order by l.id desc limit $2");
            rows_of(tx, &sql, args![below, limit]).await
        }
        List::Closed => {
            let sql = format!("{LEADS} where l.stage = 4 and l.id < $1 order by l.id desc limit $2");
            rows_of(tx, &sql, args![below, limit]).await
        }
        List::Quarantine => {
            let sql = "select i.id, i.received_at, e.name, i.code from inquiry i join endpoint e on e.id = i.source_id \
                       where i.lead_id is null and i.id < $1 order by i.id desc limit $2";
            let rows = tx.all(sql, args![below, limit]).await?;
            rows.iter().map(aside_row).collect()
        }
    }
}

/// Held leads in queue order after (priority, id): the rest of that priority, then the lower ones, so that
/// both seek in the index.
async fn held_rows(tx: &mut Tx, after: Option<(i64, i64)>, limit: i64) -> Result<Vec<ListRow>, StoreError> {
    let mut rows = Vec::new();
    let leads =
        if tx.is_sqlite() { LEADS.replace("from lead l ", "from lead l indexed by lead_queue ") } else { LEADS.into() };
    if let Some((priority, id)) = after {
        let sql = format!("{leads} where l.stage = 2 and l.priority = $1 and l.id > $2 order by l.id limit $3");
        rows = rows_of(tx, &sql, args![priority, id, limit]).await?;
    }
    let left = limit - i64::try_from(rows.len()).unwrap_or(limit);
    if left > 0 {
        let below = after.map_or((i64::MAX, "<="), |(priority, _)| (priority, "<"));
        let sql =
            format!("{leads} where l.stage = 2 and l.priority {} $1 order by l.priority desc, l.id limit $2", below.1);
        rows.extend(rows_of(tx, &sql, args![below.0, left]).await?);
    }
    Ok(rows)
}

async fn rows_of(tx: &mut Tx, sql: &str, values: Vec<Arg>) -> Result<Vec<ListRow>, StoreError> {
    tx.all(sql, values).await?.iter().map(list_row).collect()
}

/// Open leads: those out (most urgent first), in review and pending. Bounded by `limit` each.
async fn open_rows(tx: &mut Tx, person: Option<&str>, limit: i64) -> Result<Vec<ListRow>, StoreError> {
    let mine = "and h.person = $1 ";
    // Absent due times last, on both databases.
    let order = "order by case when h.first_at is null then 0 else 1 end, \
                 case when h.answer_by is null then 1 else 0 end, h.answer_by, l.id";
    let mut rows = match person {
        Some(person) => {
            let sql = format!("{LEADS} where l.stage = 3 {mine}{order} limit $2");
            rows_of(tx, &sql, args![person, limit]).await?
        }
        None => rows_of(tx, &format!("{LEADS} where l.stage = 3 {order} limit $1"), args![limit]).await?,
    };
    for stage in [1_i64, 6] {
        let sql = format!("{LEADS} where l.stage = $1 order by l.id desc limit $2");
        rows.extend(rows_of(tx, &sql, args![stage, limit]).await?);
    }
    Ok(rows)
}
