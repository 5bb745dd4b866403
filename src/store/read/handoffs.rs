//! Handoffs as people see them.

use jiff::Timestamp;

use crate::lead::{Class, HandoffId, HandoffState, LeadId, Waits};
use crate::store::db::args;
use crate::store::{NextRung, Row, Store, StoreError};

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
    /// Tries that nobody answered.
    pub attempts: i64,
    /// When the next try is due.
    pub try_at: Option<Timestamp>,
    /// What happens next when nobody says yes or answers.
    pub rung: Option<NextRung>,
    /// Its destination is stopped: why, and when it is tried or asked again.
    pub stopped: Option<(Class, Timestamp)>,
    /// What it was paused for last, and until when.
    pub paused: Option<(Waits, Timestamp)>,
}

/// What one destination has of one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationLoad {
    /// Destination id.
    pub destination: String,
    /// The state.
    pub state: HandoffState,
    /// How many.
    pub count: u64,
    /// When the oldest was decided.
    pub oldest_at: Option<Timestamp>,
    /// When the first of them is due.
    pub next_at: Option<Timestamp>,
}

const HANDOFFS: &str = "select h.id, h.lead_id, coalesce(c.name, '(erased)'), h.token, e.name, h.team, h.person, h.round, \
    h.state, h.code, coalesce(s.text, ''), h.attempt, h.due_at, h.decided_at, h.accepted_at, h.answer_by, \
    h.at_risk_at, h.ack_at, h.first_at, h.first_quality, h.reference, h.number, h.url, h.closed_at, h.poll_at, \
    (select l.rung || ' ' || l.due_at from ladder l where l.handoff_id = h.id and l.done_at is null \
    and l.rung <> 'missed' and (h.state = 3 or h.state = 4 and l.rung = 'outcome') and (l.rung <> 'pool' or h.ack_at is null) \
    order by l.due_at, l.n limit 1), h.attempts, h.try_at, e.class, e.due_at, h.pause, h.paused_until from handoff h join endpoint e on e.id = h.destination_id left join contact c on c.lead_id = h.lead_id \
    left join said s on s.handoff_id = h.id";

impl Store {
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

    /// Open handoffs per destination and state.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn destination_loads(&self) -> Result<Vec<DestinationLoad>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = "select e.name, h.state, count(*), min(h.decided_at), min(h.due_at) from handoff h \
                           join endpoint e on e.id = h.destination_id where h.state in (1, 2, 3, 6, 7) \
                           group by e.name, h.state order by e.name, h.state";
                let rows = tx.all(sql, vec![]).await?;
                rows.iter().map(destination_load).collect()
            })
        })
        .await
    }

    /// The lead of a handoff; `None` where there is no such handoff.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn lead_of(&self, id: HandoffId) -> Result<Option<LeadId>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select lead_id from handoff where id = $1", args![id.0]).await?;
                row.map(|row| row.int(0).map(LeadId)).transpose()
            })
        })
        .await
    }

    /// Team and route of a handoff.
    ///
    /// # Errors
    /// The database did not answer, or there is no such handoff.
    pub async fn team_and_route(&self, id: HandoffId) -> Result<(String, String), StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let row = tx.one("select team, route from handoff where id = $1", args![id.0]).await?;
                let row = row.ok_or(StoreError::Conflict)?;
                Ok((row.text(0)?, row.text(1)?))
            })
        })
        .await
    }
}

fn state_of(number: i64) -> Result<HandoffState, StoreError> {
    HandoffState::from_number(number).ok_or_else(|| StoreError::Damaged("a handoff is in no known state".into()))
}

fn destination_load(row: &Row) -> Result<DestinationLoad, StoreError> {
    Ok(DestinationLoad {
        destination: row.text(0)?,
        state: state_of(row.int(1)?)?,
        count: row.int(2)?.unsigned_abs(),
        oldest_at: row.at_opt(3)?,
        next_at: row.at_opt(4)?,
    })
}

/// Why an endpoint is stopped, and until when; a class nobody knows any more is none.
fn stopped(row: &Row, class: usize, until: usize) -> Result<Option<(Class, Timestamp)>, StoreError> {
    let Some(name) = row.text_opt(class)? else { return Ok(None) };
    let class = serde_json::from_value(serde_json::Value::String(name)).ok();
    Ok(class.zip(Some(row.at(until)?)))
}

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
        state: state_of(row.int(8)?)?,
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
        attempts: row.int(26)?,
        try_at: row.at_opt(27)?,
        rung: row.text_opt(25)?.as_deref().and_then(NextRung::parse),
        stopped: stopped(row, 28, 29)?,
        paused: row.text_opt(30)?.as_deref().and_then(Waits::parse).zip(row.at_opt(31)?),
    })
}
