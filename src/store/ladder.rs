//! What happens when nobody says yes or answers in time, as rows: the rungs of a handoff with their moments,
//! worked out when its clocks start, and the notices they send. A rung is done once, whatever stops in between.

use jiff::Timestamp;

use super::db::args;
use super::{AlertKind, Note, Store, StoreError, Tx};
use crate::config::checked::Remedy;
use crate::lead::{HandoffId, HandoffState, LeadId, Stage};

/// A notice is given up after so many tries.
pub const NOTICE_TRIES: i64 = 8;
/// Most notices in one letter.
const LETTER_MAX: i64 = 200;

/// One thing that happens when a clock runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// Nobody said yes: it goes to somebody else, once for each lead.
    Pool,
    /// The time to answer is over.
    Missed,
    /// A step of the route's `then`.
    Step(Remedy),
}

impl Rung {
    /// The word it is stored as and told by.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Missed => "missed",
            Self::Step(remedy) => remedy.name(),
        }
    }

    /// Reads a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "pool" => Some(Self::Pool),
            "missed" => Some(Self::Missed),
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

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// To the owner: it is not answered.
    Remind,
    /// To the team lead: it is not answered.
    TeamLead,
    /// To operations: it is not answered.
    Ops,
    /// To the owner before: somebody else has it now.
    Taken,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Remind, Self::TeamLead, Self::Ops, Self::Taken];

    /// The word it is stored as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Remind => "remind",
            Self::TeamLead => "team-lead",
            Self::Ops => "ops",
            Self::Taken => "taken",
        }
    }
}

/// A notice that is to be sent.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Row id.
    pub id: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// Person id, or `ops`.
    pub person: String,
    /// What it says.
    pub kind: NoticeKind,
    /// The lead.
    pub lead: LeadId,
    /// The handoff.
    pub handoff: HandoffId,
    /// The key of the handoff.
    pub token: String,
    /// Service id.
    pub service: Option<String>,
    /// Whose the handoff is.
    pub owner: String,
    /// Route id.
    pub route: String,
    /// Team id.
    pub team: String,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
    /// It needs nobody any more: answered, ended or with somebody else.
    pub is_over: bool,
    /// Tries so far.
    pub tries: i64,
}

/// What accepting a handoff goes by.
pub(super) struct Before {
    /// Name of its destination.
    pub(super) destination: String,
    /// The lead was given to somebody else for want of a yes.
    pub(super) was_in_pool: bool,
    /// The first-response clock that runs since an earlier round: nobody has answered since.
    pub(super) running: Option<Running>,
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

    /// When the next notice is due.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn next_notice_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.earliest("select min(due_at) from notice where sent_at is null").await
    }

    async fn earliest(&self, sql: &'static str) -> Result<Option<Timestamp>, StoreError> {
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

    /// Who is to hear something now: the notices of one recipient together, the oldest first. A recipient who
    /// heard something after `since` waits.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn notices_due(&self, since: Timestamp) -> Result<Option<Vec<Notice>>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select n.person from notice n where n.sent_at is null and n.due_at <= $1 and not exists \
                           (select 1 from notice s where s.person = n.person and s.sent_at is not null and s.sent_at > $2) \
                           order by n.due_at, n.id limit 1";
                let Some(row) = tx.one(sql, args![tx.now(), since]).await? else { return Ok(None) };
                let person = row.text(0)?;
                let sql = "select n.id, n.at, n.kind, n.tries, h.id, h.lead_id, h.token, d.service, h.person, h.route, \
                           h.team, h.answer_by, h.first_at, h.state from notice n join handoff h on h.id = n.handoff_id \
                           join lead d on d.id = h.lead_id where n.sent_at is null and n.person = $1 and n.due_at <= $2 \
                           order by n.id limit $3";
                let rows = tx.all(sql, args![&person, tx.now(), LETTER_MAX]).await?;
                rows.iter().map(|row| notice(row, &person)).collect::<Result<Vec<_>, _>>().map(Some)
            })
        })
        .await
    }

    /// Notes that notices were sent, are tried again at `again`, or are given up, and why.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn notices_told(
        &self,
        notices: &[Notice],
        outcome: Result<(), String>,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let ids: Vec<i64> = notices.iter().map(|notice| notice.id).collect();
        let person = notices.first().map(|notice| notice.person.clone()).unwrap_or_default();
        self.write(move |tx| {
            Box::pin(async move {
                let why = outcome.as_ref().err().cloned();
                for id in &ids {
                    let sql = match (&outcome, again) {
                        (Err(_), Some(_)) => "update notice set tries = tries + 1, due_at = $1, why = $2 where id = $3",
                        _ => "update notice set tries = tries + 1, sent_at = $1, why = $2 where id = $3",
                    };
                    tx.run(sql, args![again.unwrap_or(tx.now()), why.clone(), *id]).await?;
                }
                if let (Err(_), Some(_)) = (&outcome, again) {
                    return Ok(());
                }
                let kind = if outcome.is_ok() { "noticed" } else { "notice-failed" };
                tx.note(Note::new(kind).body(serde_json::json!({ "person": person, "count": ids.len(), "why": why })));
                Ok(())
            })
        })
        .await
    }
}

impl Tx {
    /// How things stand before a destination has a handoff.
    pub(super) async fn before_accepting(&mut self, lead: LeadId, of: HandoffId) -> Result<Before, StoreError> {
        let sql = "select e.name, (select count(*) from ladder l join handoff g on g.id = l.handoff_id \
                   where g.lead_id = $1 and l.rung = 'pool' and l.outcome = 'given'), r.answer_by, r.at_risk_at \
                   from handoff h join endpoint e on e.id = h.destination_id left join handoff r on r.id = \
                   (select o.id from handoff o where o.lead_id = $1 and o.id <> $2 and o.state = 8 \
                   and o.answer_by is not null and o.first_at is null order by o.accepted_at limit 1) where h.id = $2";
        let row = self.one(sql, args![lead.0, of.0]).await?.ok_or(StoreError::Conflict)?;
        let at_risk_at = row.at_opt(3)?;
        Ok(Before {
            destination: row.text(0)?,
            was_in_pool: row.int(1)? > 0,
            running: row.at_opt(2)?.map(|answer_by| Running { answer_by, at_risk_at }),
        })
    }

    /// Puts up the ladder of a handoff that was just taken. Where the clock already ran for an earlier round, its
    /// rungs that are left move here; the promise to say yes is the new owner's own.
    pub(super) async fn start_ladder(
        &mut self,
        lead: LeadId,
        handoff: HandoffId,
        rungs: &[(Rung, Timestamp)],
        before: &Before,
    ) -> Result<(), StoreError> {
        let (was_in_pool, runs_already) = (before.was_in_pool, before.running.is_some());
        if runs_already {
            let sql = "update ladder set handoff_id = $1 where rung <> 'pool' and done_at is null and handoff_id in \
                       (select id from handoff where lead_id = $2 and id <> $1)";
            self.run(sql, args![handoff.0, lead.0]).await?;
        }
        let wanted = |rung: Rung| if rung == Rung::Pool { !was_in_pool } else { !runs_already };
        let rows: Vec<_> = (0_i64..)
            .zip(rungs)
            .filter(|(_, (rung, _))| wanted(*rung))
            .map(|(n, (rung, due_at))| args![handoff.0, n, rung.word(), *due_at])
            .collect();
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

    /// Tells somebody by mail: a person by id, or `ops`.
    pub(crate) async fn notice(
        &mut self,
        person: &str,
        kind: NoticeKind,
        handoff: HandoffId,
    ) -> Result<(), StoreError> {
        let id = self.next_id("notice").await?;
        let sql = "insert into notice (id, at, person, kind, handoff_id, due_at) values ($1, $2, $3, $4, $5, $2)";
        self.run(sql, args![id, self.now, person, kind.word(), handoff.0]).await.map(drop)
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

fn notice(row: &super::Row, person: &str) -> Result<Notice, StoreError> {
    let word = row.text(2)?;
    let kind = NoticeKind::ALL.into_iter().find(|kind| kind.word() == word);
    let kind = kind.ok_or_else(|| StoreError::Damaged(format!("a notice is of the unknown kind {word}")))?;
    let is_open = row.int(13)? == HandoffState::Accepted.number() && row.at_opt(12)?.is_none();
    Ok(Notice {
        id: row.int(0)?,
        at: row.at(1)?,
        person: person.to_owned(),
        kind,
        tries: row.int(3)?,
        handoff: HandoffId(row.int(4)?),
        lead: LeadId(row.int(5)?),
        token: row.text(6)?,
        service: row.text_opt(7)?,
        owner: row.text(8)?,
        route: row.text(9)?,
        team: row.text(10)?,
        answer_by: row.at_opt(11)?,
        is_over: kind != NoticeKind::Taken && !is_open,
    })
}
