//! What happens when nobody says yes or answers in time, as rows: the rungs of a handoff with their moments,
//! worked out when its clocks start. A rung is done once, whatever stops in between.

use std::collections::HashMap;

use jiff::Timestamp;

use super::db::args;
use super::{AlertKind, Store, StoreError, Tx};
use crate::config::checked::Remedy;
use crate::lead::{HandoffId, HandoffState, LeadId, Stage};

/// One thing that happens when a clock runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// Nobody said yes: it goes to somebody else, once for each lead.
    Pool,
    /// The time to answer is over.
    Missed,
    /// A step of the route's `then`.
    Step(Remedy),
    /// Nobody has said how it ended.
    Outcome,
}

impl Rung {
    /// The word it is stored as and told by.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Missed => "missed",
            Self::Outcome => "outcome",
            Self::Step(remedy) => remedy.name(),
        }
    }

    /// Reads a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "pool" => Some(Self::Pool),
            "missed" => Some(Self::Missed),
            "outcome" => Some(Self::Outcome),
            word => Remedy::ALL.into_iter().find(|remedy| remedy.name() == word).map(Self::Step),
        }
    }
}

/// A rung whose moment has come, with how its handoff stands.
#[derive(Debug, Clone)]
pub struct DueRung {
    /// The handoff.
    pub handoff: HandoffId,
    /// Its number on the ladder.
    pub n: i64,
    /// What is to happen.
    pub rung: Rung,
    /// The lead.
    pub lead: LeadId,
    /// Person id.
    pub person: String,
    /// Team id.
    pub team: String,
    /// State of the handoff.
    pub state: HandoffState,
    /// Stage of the lead.
    pub stage: Option<Stage>,
    /// Somebody said yes.
    pub acknowledged: bool,
    /// Somebody answered.
    pub answered: bool,
}

/// The next rung of a handoff, for the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextRung {
    /// What happens.
    pub rung: Rung,
    /// When.
    pub at: Timestamp,
}

impl NextRung {
    /// Reads a word and microseconds, as the lists ask for them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (word, at) = text.rsplit_once(' ')?;
        Some(Self { rung: Rung::parse(word)?, at: Timestamp::from_microsecond(at.parse().ok()?).ok()? })
    }
}

/// What accepting a handoff goes by.
pub(super) struct Before {
    /// Name of its destination.
    pub(super) destination: String,
    /// The lead was given to somebody else for want of a yes.
    pub(super) was_in_pool: bool,
    /// The first-response clock that runs since an earlier round: nobody has answered since.
    pub(super) running: Option<Running>,
    /// It holds capacity of a cap whose window moves.
    pub(super) rolls: bool,
}

/// The ladder of a handoff that its destination has.
pub(super) struct Ladder<'a> {
    pub(super) lead: LeadId,
    pub(super) handoff: HandoffId,
    /// What happens when.
    pub(super) rungs: &'a [(Rung, Timestamp)],
    pub(super) before: &'a Before,
}

/// The first-response clock of an earlier round.
pub(super) struct Running {
    pub(super) answer_by: Timestamp,
    pub(super) at_risk_at: Option<Timestamp>,
}

impl Store {
    /// Rungs whose moment has come, the earliest first.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rungs_due(&self, most: u32) -> Result<Vec<DueRung>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select l.handoff_id, l.n, l.rung, h.lead_id, h.person, h.team, h.state, d.stage, h.ack_at, \
                           h.first_at from ladder l join handoff h on h.id = l.handoff_id join lead d on d.id = h.lead_id \
                           where l.done_at is null and l.due_at <= $1 order by l.due_at, l.handoff_id, l.n limit $2";
                let rows = tx.all(sql, args![tx.now(), i64::from(most)]).await?;
                rows.iter().map(due_rung).collect()
            })
        })
        .await
    }

    /// When the next rung is due.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_rung_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.earliest("select min(due_at) from ladder where done_at is null").await
    }

    pub(super) async fn earliest(&self, sql: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move { Ok(tx.one(sql, vec![]).await?.map(|row| row.at_opt(0)).transpose()?.flatten()) })
        })
        .await
    }

    /// Moves a rung to a later moment: outside hours nobody is called.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn put_off_rung(&self, rung: &DueRung, until: Timestamp) -> Result<(), StoreError> {
        let (handoff, n) = (rung.handoff.0, rung.n);
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update ladder set due_at = $1 where handoff_id = $2 and n = $3 and done_at is null";
                tx.run(sql, args![until, handoff, n]).await.map(drop)
            })
        })
        .await
    }
}

impl Tx {
    /// How things stand before destinations have these handoffs.
    pub(super) async fn before_accepting(
        &mut self,
        of: impl Iterator<Item = HandoffId>,
    ) -> Result<HashMap<HandoffId, Before>, StoreError> {
        let sql = "select h.id, e.name, (select count(*) from ladder l join handoff g on g.id = l.handoff_id \
                   where g.lead_id = h.lead_id and l.rung = 'pool' and l.outcome = 'given'), r.answer_by, r.at_risk_at, \
                   (select count(*) from slot s join cap c on c.id = s.cap_id where s.handoff_id = h.id and c.rolling = 1) \
                   from (ROWS) v join handoff h on h.id = v.column1 join endpoint e on e.id = h.destination_id \
                   left join handoff r on r.id = \
                   (select o.id from handoff o where o.lead_id = h.lead_id and o.id <> h.id and o.state = 8 \
                   and o.answer_by is not null and o.first_at is null order by o.accepted_at limit 1)";
        let rows = self.over(sql, 1, of.map(|id| args![id.0]).collect()).await?;
        let before = |row: &super::Row| {
            let at_risk_at = row.at_opt(4)?;
            let running = row.at_opt(3)?.map(|answer_by| Running { answer_by, at_risk_at });
            let (was_in_pool, rolls) = (row.int(2)? > 0, row.int(5)? > 0);
            Ok((HandoffId(row.int(0)?), Before { destination: row.text(1)?, was_in_pool, running, rolls }))
        };
        rows.iter().map(before).collect()
    }

    /// Puts up the ladders of handoffs that were just taken. Where the clock already ran for an earlier round, its
    /// rungs that are left move here; the promise to say yes is the new owner's own.
    pub(super) async fn start_ladders(&mut self, taken: &[Ladder<'_>]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for Ladder { lead, handoff, rungs, before } in taken {
            let (was_in_pool, runs_already) = (before.was_in_pool, before.running.is_some());
            if runs_already {
                let sql = "update ladder set handoff_id = $1 where rung <> 'pool' and done_at is null and handoff_id in \
                           (select id from handoff where lead_id = $2 and id <> $1)";
                self.run(sql, args![handoff.0, lead.0]).await?;
            }
            let wanted = |rung: Rung| if rung == Rung::Pool { !was_in_pool } else { !runs_already };
            let rungs = (0_i64..).zip(*rungs).filter(|(_, (rung, _))| wanted(*rung));
            rows.extend(rungs.map(|(n, (rung, due_at))| args![handoff.0, n, rung.word(), *due_at]));
        }
        self.bulk("ladder (handoff_id, n, rung, due_at)", 4, rows, "").await.map(drop)
    }

    /// Takes a rung: whoever does it first does it, once.
    pub(crate) async fn take_rung(&mut self, rung: &DueRung, outcome: &str) -> Result<(), StoreError> {
        let sql = "update ladder set done_at = $1, outcome = $2, told = $3 \
                   where handoff_id = $4 and n = $5 and done_at is null";
        let told = rung.rung == Rung::Missed && outcome == "missed";
        self.guarded(sql, args![self.now, outcome, i64::from(told), rung.handoff.0, rung.n]).await?;
        if told { self.alert(AlertKind::Late, rung.lead, rung.handoff).await } else { Ok(()) }
    }

    /// Everybody who had a lead and did not answer it.
    pub(crate) async fn owners_before(&mut self, lead: LeadId) -> Result<Vec<String>, StoreError> {
        let sql = "select distinct person from handoff where lead_id = $1 and accepted_at is not null order by person";
        self.all(sql, args![lead.0]).await?.iter().map(|row| row.text(0)).collect()
    }
}

fn due_rung(row: &super::Row) -> Result<DueRung, StoreError> {
    let word = row.text(2)?;
    let damaged = || StoreError::Damaged(format!("a ladder has the unknown rung {word}"));
    Ok(DueRung {
        handoff: HandoffId(row.int(0)?),
        n: row.int(1)?,
        rung: Rung::parse(&word).ok_or_else(damaged)?,
        lead: LeadId(row.int(3)?),
        person: row.text(4)?,
        team: row.text(5)?,
        state: HandoffState::from_number(row.int(6)?)
            .ok_or_else(|| StoreError::Damaged("a handoff is in no known state".into()))?,
        stage: Stage::from_number(row.int(7)?),
        acknowledged: row.at_opt(8)?.is_some(),
        answered: row.at_opt(9)?.is_some(),
    })
}
