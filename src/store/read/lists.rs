//! The lists of leads: open, held, rejected, closed, and what was kept aside.

use jiff::Timestamp;

use crate::desk::view::List;
use crate::lead::LeadId;
use crate::store::db::{Arg, args};
use crate::store::{Row, Store, StoreError, Tx};

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

// Left joins only: the lead stays the outer loop, in the order of its index.
const LEADS: &str = "select l.id, l.stage, c.name, l.service, l.facts, l.score, e.name, l.received_at, \
    l.snoozed_until, l.end_code, la.codes, l.priority, h.id, h.state, h.answer_by, h.at_risk_at, h.first_at, h.ack_at, \
    h.person, h.code from lead l left join contact c on c.lead_id = l.id left join endpoint e on e.id = l.source_id \
    left join lane la on la.id = l.lane left join handoff h on h.id = \
    (select max(x.id) from handoff x where x.lead_id = l.id and x.state <> 8)";

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
}

impl Store {
    /// The rows of these leads, in their order; those that are gone are left out.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn list_these(&self, leads: Vec<LeadId>) -> Result<Vec<ListRow>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut found = Vec::with_capacity(leads.len());
                for lead in leads {
                    found.extend(rows_of(tx, &format!("{LEADS} where l.id = $1"), args![lead.0]).await?);
                }
                Ok(found)
            })
        })
        .await
    }
}

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
