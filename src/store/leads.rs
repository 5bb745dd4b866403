//! One lead as stored, and the guarded steps a person's act is made of. Every step names the revision or
//! state it comes from; the desk composes them inside one transaction.

use jiff::Timestamp;

use super::db::args;
use super::handoffs::{add_mark, free_open_slots};
use super::inquiries::{contact_json, ensure_lane};
use super::{Store, StoreError, Tx};
use crate::lead::{Code, Contact, HandoffId, HandoffState, LeadId, Quality, Stage, VerdictKind};

/// A lead with its personal part and its latest handoff.
#[derive(Debug, Clone)]
pub struct StoredLead {
    /// Its number.
    pub id: LeadId,
    /// Guards changes.
    pub rev: i64,
    /// Where it is.
    pub stage: Stage,
    /// Source id of the config.
    pub source: String,
    /// Service id.
    pub service: Option<String>,
    /// The personal part.
    pub contact: Contact,
    /// Facts and marks, JSON.
    pub facts: String,
    /// The verdict.
    pub verdict: VerdictKind,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// When it was stored.
    pub received_at: Timestamp,
    /// Config version that decided.
    pub config: i64,
    /// Out of sight until then.
    pub snoozed_until: Option<Timestamp>,
    /// How it ended.
    pub end_code: Option<String>,
    /// The latest handoff that was not dropped.
    pub handoff: Option<LeadFacts>,
}

/// The latest handoff of a lead.
#[derive(Debug, Clone)]
pub struct LeadFacts {
    /// Its number.
    pub id: HandoffId,
    /// Its state.
    pub state: HandoffState,
    /// Person id.
    pub person: String,
    /// Team id.
    pub team: String,
    /// Route id.
    pub route: String,
    /// Round.
    pub round: i64,
    /// When the destination took it.
    pub accepted_at: Option<Timestamp>,
    /// Acknowledged.
    pub ack_at: Option<Timestamp>,
    /// First response.
    pub first_at: Option<Timestamp>,
    /// Answer by.
    pub answer_by: Option<Timestamp>,
}

/// A lead decided again.
#[derive(Debug, Clone)]
pub struct Redecided {
    /// The personal part.
    pub contact: Contact,
    /// Facts and marks, JSON.
    pub facts: String,
    /// Service id.
    pub service: Option<String>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Where it goes; the present stage for a lead that is out.
    pub stage: Stage,
    /// Lane key for a held lead.
    pub lane: Option<String>,
    /// Higher is released first.
    pub priority: i64,
    /// When a held lead expires.
    pub expires_at: Option<Timestamp>,
    /// Config version.
    pub config: i64,
}

impl Store {
    /// One lead; `None` when there is none.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn lead(&self, id: LeadId) -> Result<Option<StoredLead>, StoreError> {
        self.read(move |tx| Box::pin(load(tx, id))).await
    }
}

pub(crate) async fn load(tx: &mut Tx, id: LeadId) -> Result<Option<StoredLead>, StoreError> {
    let sql = "select l.rev, l.stage, e.name, l.service, c.fields, l.facts, l.verdict, l.submitted_at, l.received_at, \
               l.config_id, l.snoozed_until, l.end_code from lead l join endpoint e on e.id = l.source_id \
               left join contact c on c.lead_id = l.id where l.id = $1";
    let Some(row) = tx.one(sql, args![id.0]).await? else { return Ok(None) };
    let fields = row.text_opt(4)?.unwrap_or_else(|| "{}".into());
    let verdict = match row.int(6)? {
        1 => VerdictKind::Qualified,
        2 => VerdictKind::Review,
        _ => VerdictKind::Disqualified,
    };
    Ok(Some(StoredLead {
        id,
        rev: row.int(0)?,
        stage: Stage::from_number(row.int(1)?).ok_or_else(|| StoreError::Damaged("unknown stage".into()))?,
        source: row.text(2)?,
        service: row.text_opt(3)?,
        contact: serde_json::from_str(&fields)
            .map_err(|error| StoreError::Damaged(format!("contact of lead {id}: {error}")))?,
        facts: row.text(5)?,
        verdict,
        submitted_at: row.at(7)?,
        received_at: row.at(8)?,
        config: row.int(9)?,
        snoozed_until: row.at_opt(10)?,
        end_code: row.text_opt(11)?,
        handoff: latest_handoff(tx, id).await?,
    }))
}

async fn latest_handoff(tx: &mut Tx, lead: LeadId) -> Result<Option<LeadFacts>, StoreError> {
    let sql = "select id, state, person, team, route, round, accepted_at, ack_at, first_at, answer_by from handoff \
               where lead_id = $1 and state <> 8 order by round desc, hop desc limit 1";
    let Some(row) = tx.one(sql, args![lead.0]).await? else { return Ok(None) };
    Ok(Some(LeadFacts {
        id: HandoffId(row.int(0)?),
        state: HandoffState::from_number(row.int(1)?).ok_or_else(|| StoreError::Damaged("unknown state".into()))?,
        person: row.text(2)?,
        team: row.text(3)?,
        route: row.text(4)?,
        round: row.int(5)?,
        accepted_at: row.at_opt(6)?,
        ack_at: row.at_opt(7)?,
        first_at: row.at_opt(8)?,
        answer_by: row.at_opt(9)?,
    }))
}

impl Tx {
    /// Stops the acknowledge clock; `false` when somebody already did.
    pub(crate) async fn acknowledge(&mut self, handoff: HandoffId, lead: LeadId) -> Result<bool, StoreError> {
        let sql = "update handoff set ack_at = $1 where id = $2 and ack_at is null";
        let first = self.run(sql, args![self.now, handoff.0]).await? == 1;
        if first {
            add_mark(self, handoff, lead, "ack", self.now, Quality::Exact, "console", None, None).await?;
        }
        Ok(first)
    }

    /// Ends a lead and its handoff with a code; says what the handoff was, for an undo.
    pub(crate) async fn end_lead(
        &mut self,
        lead: &StoredLead,
        kind: &str,
        code: &Code,
        amount: Option<i64>,
        open_caps: &[String],
    ) -> Result<serde_json::Value, StoreError> {
        let text = code.to_string();
        let was = match &lead.handoff {
            Some(handoff) => self.end_handoff(handoff.id, &text, open_caps).await?,
            None => serde_json::Value::Null,
        };
        let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, snoozed_until = null, rev = rev + 1 \
                   where id = $4 and rev = $5";
        self.guarded(sql, args![Stage::Closed.number(), &text, self.now, lead.id.0, lead.rev]).await?;
        if let Some(handoff) = &lead.handoff {
            add_mark(self, handoff.id, lead.id, kind, self.now, Quality::Exact, "console", Some(text), amount).await?;
        }
        Ok(was)
    }

    /// Ends a handoff with its lead: one that was taken closes, one still waiting is never sent. One that
    /// is being sent at this moment cannot be ended ([`StoreError::Conflict`]).
    async fn end_handoff(
        &mut self,
        id: HandoffId,
        code: &str,
        open_caps: &[String],
    ) -> Result<serde_json::Value, StoreError> {
        let lock = if self.is_sqlite() { "" } else { " for update" };
        let sql = format!("select state, poll_at from handoff where id = $1{lock}");
        let row = self.one(&sql, args![id.0]).await?.ok_or(StoreError::Conflict)?;
        let was = serde_json::json!({ "state": row.int(0)?, "poll": row.int_opt(1)? });
        let end = match HandoffState::from_number(row.int(0)?) {
            Some(HandoffState::Accepted | HandoffState::Tracking) => HandoffState::Closed,
            Some(HandoffState::Queued | HandoffState::Unknown | HandoffState::NeedsPerson) => HandoffState::Dropped,
            Some(HandoffState::Closed | HandoffState::Dropped) => return Ok(was),
            Some(HandoffState::Sending) | None => return Err(StoreError::Conflict),
        };
        let sql = "update handoff set state = $1, closed_at = $2, end_code = $3, poll_at = null where id = $4";
        self.run(sql, args![end.number(), self.now, code, id.0]).await?;
        if row.int(0)? == HandoffState::Queued.number() {
            self.run("delete from slot where handoff_id = $1", args![id.0]).await?;
        } else {
            free_open_slots(self, id, open_caps).await?;
        }
        Ok(was)
    }

    /// Takes an end back: the lead and its handoff are what they were. One that still waited to be sent
    /// then gave its capacity away: its lead takes its turn in the queue again.
    pub(crate) async fn reopen_lead(
        &mut self,
        lead: &StoredLead,
        handoff: HandoffId,
        was: &serde_json::Value,
        open_caps: &[String],
    ) -> Result<(), StoreError> {
        let number = |key: &str| was.get(key).and_then(serde_json::Value::as_i64);
        let before = number("state").and_then(HandoffState::from_number).ok_or(StoreError::Conflict)?;
        let stage = if before == HandoffState::Queued { Stage::Held } else { Stage::Out };
        let sql = "update lead set stage = $1, end_code = null, closed_at = null, rev = rev + 1 \
                   where id = $2 and rev = $3 and stage = $4";
        self.guarded(sql, args![stage.number(), lead.id.0, lead.rev, Stage::Closed.number()]).await?;
        self.void_marks(handoff, &["won", "lost", "returned"]).await?;
        if stage == Stage::Held {
            return Ok(());
        }
        let sql = "update handoff set state = $1, closed_at = null, end_code = null, poll_at = $2 \
                   where id = $3 and state in (5, 8)";
        self.guarded(sql, args![before.number(), number("poll"), handoff.0]).await?;
        let first = "select first_at from handoff where id = $1";
        let answered = self.one(first, args![handoff.0]).await?.map(|row| row.at_opt(0)).transpose()?.flatten();
        if answered.is_none() {
            self.retake_open(handoff, open_caps).await?;
        }
        Ok(())
    }

    /// Counts a handoff as open backlog under these caps again.
    pub(crate) async fn retake_open(&mut self, handoff: HandoffId, open_caps: &[String]) -> Result<(), StoreError> {
        self.lock_caps().await?;
        for (_, cap) in self.caps(open_caps).await? {
            let held = "select count(*) from slot where cap_id = $1 and handoff_id = $2";
            if self.one_int(held, args![cap, handoff.0]).await? == 0 {
                let sql = "insert into slot (cap_id, at, handoff_id, amount) values ($1, $2, $3, 1)";
                self.run(sql, args![cap, self.now, handoff.0]).await?;
            }
        }
        Ok(())
    }

    /// Whose a handoff is: team and person.
    pub(crate) async fn team_and_person(&mut self, id: HandoffId) -> Result<(String, String), StoreError> {
        let row = self.one("select team, person from handoff where id = $1", args![id.0]).await?;
        let row = row.ok_or(StoreError::Conflict)?;
        Ok((row.text(0)?, row.text(1)?))
    }

    /// Nobody has said yes yet.
    pub(crate) async fn clear_ack(&mut self, handoff: HandoffId) -> Result<(), StoreError> {
        self.guarded("update handoff set ack_at = null where id = $1 and ack_at is not null", args![handoff.0]).await
    }

    /// A handoff's lead and state, and whether it still holds capacity.
    pub(crate) async fn handoff_state(&mut self, id: HandoffId) -> Result<(LeadId, HandoffState, bool), StoreError> {
        let sql = "select lead_id, state, (select count(*) from slot s where s.handoff_id = h.id) from handoff h \
                   where id = $1";
        let row = self.one(sql, args![id.0]).await?.ok_or(StoreError::Conflict)?;
        let state = HandoffState::from_number(row.int(1)?)
            .ok_or_else(|| StoreError::Damaged("a handoff is in no known state".into()))?;
        Ok((LeadId(row.int(0)?), state, row.int(2)? > 0))
    }

    /// Brings a waiting handoff forward. Whoever does so has seen to what was wrong with the destination; only
    /// what the far side itself asked us to wait for is waited for.
    pub(crate) async fn hurry(&mut self, id: HandoffId) -> Result<(), StoreError> {
        let sql = "update endpoint set due_at = $1 where due_at > $1 and class in ('auth', 'config', 'gone') \
                   and id = (select destination_id from handoff where id = $2)";
        self.run(sql, args![self.now, id.0]).await?;
        self.guarded("update handoff set due_at = $1 where id = $2 and state = 1", args![self.now, id.0]).await
    }

    /// Gives a handoff sent by hand time to arrive.
    pub(crate) async fn extend_deadline(&mut self, id: HandoffId, by: jiff::SignedDuration) -> Result<(), StoreError> {
        let until = self.now.saturating_add(by).unwrap_or(self.now);
        let sql = "update handoff set deadline_at = $1, valid_until = null where id = $2 and state = 1";
        self.guarded(sql, args![until, id.0]).await
    }

    /// Ends one override.
    pub(crate) async fn end_override_row(&mut self, id: i64) -> Result<(), StoreError> {
        let sql = "update override set ended_at = $1 where id = $2 and ended_at is null";
        self.guarded(sql, args![self.now, id]).await
    }

    /// Where a lead stands before it is decided again: all that its undo must put back and that is not
    /// personal.
    pub(crate) async fn place_of(&mut self, lead: LeadId) -> Result<serde_json::Value, StoreError> {
        let sql =
            "select stage, config_id, service, verdict, score, lane, priority, expires_at from lead where id = $1";
        let row = self.one(sql, args![lead.0]).await?.ok_or(StoreError::Conflict)?;
        Ok(serde_json::json!({ "stage": row.int(0)?, "config": row.int(1)?, "service": row.text_opt(2)?,
            "verdict": row.int(3)?, "score": row.int_opt(4)?, "lane": row.int_opt(5)?, "priority": row.int(6)?,
            "expires_at": row.int_opt(7)? }))
    }

    /// Keeps what a rewrite replaced, out of sight, for its undo.
    pub(crate) async fn add_hidden_note(&mut self, lead: LeadId, who: &str, body: &str) -> Result<i64, StoreError> {
        let id = self.add_note(lead, who, body).await?;
        self.run("update note set kind = 'before' where id = $1", args![id]).await?;
        Ok(id)
    }

    /// Puts back what a rewrite replaced.
    pub(crate) async fn rewrite_back(
        &mut self,
        lead: &StoredLead,
        kept: i64,
        before: &serde_json::Value,
        config: i64,
    ) -> Result<(), StoreError> {
        let row = self.one("select body from note where id = $1 and kind = 'before'", args![kept]).await?;
        let body = row.ok_or(StoreError::Conflict)?.text(0)?;
        let body: serde_json::Value = serde_json::from_str(&body).map_err(|_| StoreError::Conflict)?;
        let stage = before.get("stage").and_then(serde_json::Value::as_i64).and_then(Stage::from_number);
        let stage = stage.ok_or(StoreError::Conflict)?;
        if stage != lead.stage && !(lead.stage.may_become(stage) && stage != Stage::Out) {
            return Err(StoreError::Conflict);
        }
        let contact: Contact = serde_json::from_value(body.get("contact").cloned().unwrap_or_default())
            .map_err(|_| StoreError::Conflict)?;
        let facts = body.get("facts").and_then(serde_json::Value::as_str).ok_or(StoreError::Conflict)?.to_owned();
        let number = |key: &str| before.get(key).and_then(serde_json::Value::as_i64);
        let service = before.get("service").and_then(serde_json::Value::as_str).map(str::to_owned);
        let sql = "update lead set stage = $1, facts = $2, config_id = $3, service = $4, verdict = coalesce($5, verdict), \
                   score = $6, lane = coalesce($7, lane), priority = coalesce($8, priority), expires_at = $9, \
                   rev = rev + 1 where id = $10 and rev = $11";
        let values = args![
            stage.number(),
            &facts,
            number("config").unwrap_or(config),
            service,
            number("verdict"),
            number("score"),
            number("lane"),
            number("priority"),
            number("expires_at"),
            lead.id.0,
            lead.rev
        ];
        self.guarded(sql, values).await?;
        let sql = "update contact set name = $1, fields = $2 where lead_id = $3";
        self.guarded(sql, args![&contact.name, contact_json(&contact), lead.id.0]).await
    }

    /// Voids the newest standing mark of each of these kinds.
    pub(crate) async fn void_marks(&mut self, handoff: HandoffId, kinds: &[&str]) -> Result<(), StoreError> {
        for kind in kinds {
            let sql = "select m.id, m.lead_id from mark m where m.handoff_id = $1 and m.kind = $2 \
                       and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) order by m.id desc limit 1";
            let Some(row) = self.one(sql, args![handoff.0, *kind]).await? else { continue };
            self.void_mark(handoff, LeadId(row.int(1)?), row.int(0)?).await?;
        }
        Ok(())
    }

    /// Voids this very mark.
    pub(crate) async fn void_mark(&mut self, handoff: HandoffId, lead: LeadId, mark: i64) -> Result<(), StoreError> {
        let id = self.next_id("mark").await?;
        let sql = "insert into mark (id, handoff_id, lead_id, kind, at, seen_at, quality, origin, voids) \
                   values ($1, $2, $3, 'void', $4, $4, 1, 'console', $5)";
        self.run(sql, args![id, handoff.0, lead.0, self.now, mark]).await.map(drop)
    }

    /// Recomputes a handoff's first response from the marks that stand.
    pub(crate) async fn refresh_first(&mut self, handoff: HandoffId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "select m.at, m.quality from mark m where m.handoff_id = $1 and m.kind = 'first' \
                   and not exists (select 1 from mark v where v.handoff_id = m.handoff_id and v.voids = m.id) order by m.at limit 1";
        let row = self.one(sql, args![handoff.0]).await?;
        let first = row.as_ref().map(|row| row.at(0)).transpose()?;
        let quality = row.as_ref().map(|row| row.int(1)).transpose()?;
        let sql = "update handoff set first_at = $1, first_quality = $2, \
                   state = case when state = 4 and $1 is null then 3 else state end where id = $3";
        self.run(sql, args![first, quality, handoff.0]).await?;
        Ok(first)
    }

    /// Puts a lead out of sight until then, or wakes it.
    pub(crate) async fn snooze(&mut self, lead: &StoredLead, until: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "update lead set snoozed_until = $1, rev = rev + 1 where id = $2 and rev = $3";
        self.guarded(sql, args![until, lead.id.0, lead.rev]).await
    }

    /// Writes a lead that was decided again.
    pub(crate) async fn rewrite(&mut self, lead: &StoredLead, new: &Redecided) -> Result<(), StoreError> {
        if new.stage != lead.stage && !lead.stage.may_become(new.stage) {
            return Err(StoreError::Conflict);
        }
        let lane = match &new.lane {
            Some(key) => Some(ensure_lane(self, key).await?),
            None => None,
        };
        // A lane once known is kept: a lead that is out waits in it again when its handoff is dropped or goes
        // stale, and so does one whose decision is taken back.
        let sql = "update lead set stage = $1, service = $2, verdict = $3, score = $4, config_id = $5, decided_at = $6, \
                   lane = coalesce($7, lane), priority = $8, expires_at = coalesce($9, expires_at), facts = $10, rev = rev + 1, \
                   end_code = case when $1 = 4 then end_code else null end, closed_at = case when $1 = 4 then closed_at \
                   else null end where id = $11 and rev = $12";
        let values = args![
            new.stage.number(),
            new.service.clone(),
            new.verdict as i64,
            new.score.map(i64::from),
            new.config,
            self.now,
            lane,
            new.priority,
            new.expires_at,
            &new.facts,
            lead.id.0,
            lead.rev
        ];
        self.guarded(sql, values).await?;
        let sql = "update contact set name = $1, fields = $2 where lead_id = $3";
        self.guarded(sql, args![&new.contact.name, contact_json(&new.contact), lead.id.0]).await
    }

    /// Learns a new e-mail or phone of a lead, so that later inquiries find it. Ones that belong to
    /// somebody else stay theirs.
    pub(crate) async fn learn_keys(&mut self, lead: LeadId, keys: &[(&str, String)]) -> Result<(), StoreError> {
        for (kind, value) in keys {
            let key = Store::person_key(&self.key, kind, value);
            let sql = "insert into contact_key (key, lead_id) values ($1, $2) on conflict (key) do nothing";
            self.run(sql, args![key, lead.0]).await?;
        }
        Ok(())
    }

    /// Adds a note; returns its number.
    pub(crate) async fn add_note(&mut self, lead: LeadId, who: &str, text: &str) -> Result<i64, StoreError> {
        let id = self.next_id("note").await?;
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(|error| StoreError::Unusable(format!("no random numbers: {error}")))?;
        let sql = "insert into note (id, lead_id, at, who, kind, body, salt) values ($1, $2, $3, $4, 'note', $5, $6)";
        self.run(sql, args![id, lead.0, self.now, who, text, salt.to_vec()]).await?;
        Ok(id)
    }

    /// Takes a note back.
    pub(crate) async fn remove_note(&mut self, id: i64) -> Result<(), StoreError> {
        self.guarded("delete from note where id = $1", args![id]).await
    }

    /// This person's latest entries of the journal, newest first: (proc, n, kind, lead, handoff, body).
    pub(crate) async fn my_latest(
        &mut self,
        who: &str,
        most: u32,
    ) -> Result<Vec<(i64, i64, String, Option<LeadId>, Option<HandoffId>, serde_json::Value)>, StoreError> {
        let sql = "select proc_id, n, kind, lead_id, handoff_id, body from journal where who = $1 and who <> 'leadgate' \
                   order by at desc, proc_id desc, n desc limit $2";
        let rows = self.all(sql, args![who, i64::from(most)]).await?;
        rows.iter()
            .map(|row| {
                let body = serde_json::from_str(&row.text(5)?).unwrap_or_default();
                let (lead, handoff) = (row.int_opt(3)?.map(LeadId), row.int_opt(4)?.map(HandoffId));
                Ok((row.int(0)?, row.int(1)?, row.text(2)?, lead, handoff, body))
            })
            .collect()
    }

    /// Row ids of caps by name.
    pub(crate) async fn caps(&mut self, names: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
        let ids = super::queue::cap_ids(self, names.iter()).await?;
        Ok(names.iter().filter_map(|name| ids.get(name).map(|id| (name.clone(), *id))).collect())
    }

    /// Gives a lead to another person: the present handoff is dropped, a new round is queued with the
    /// same slots but those of persons, which `caps` replaces.
    pub(crate) async fn reassign(&mut self, lead: &StoredLead, to: &Reassign<'_>) -> Result<HandoffId, StoreError> {
        let old = lead.handoff.as_ref().ok_or(StoreError::Conflict)?;
        // Slots change hands under the same lock that a release counts them under.
        self.lock_caps().await?;
        let sql = "update handoff set state = 8, closed_at = $1, end_code = $2, poll_at = null \
                   where id = $3 and state in (1, 3, 4, 7)";
        self.guarded(sql, args![self.now, Code::Cancelled.to_string(), old.id.0]).await?;
        self.run("delete from slot where handoff_id = $1", args![old.id.0]).await?;
        let new = super::queue::NewHandoff {
            lead: lead.id,
            destination: to.destination,
            route: to.route,
            hop: 0,
            round: old.round + 1,
            token: super::queue::new_token()?,
            person: to.person,
            team: to.team,
            deadline: to.deadline,
            valid_until: None,
            config: to.config,
        };
        let id = super::queue::insert_handoff(self, &new).await?;
        for (_, cap) in self.caps(to.caps).await? {
            let sql = "insert into slot (cap_id, at, handoff_id, amount) values ($1, $2, $3, 1)";
            self.run(sql, args![cap, self.now, id.0]).await?;
        }
        self.guarded("update lead set rev = rev + 1 where id = $1 and rev = $2", args![lead.id.0, lead.rev]).await?;
        Ok(id)
    }
}

/// Whom a lead is given to, and how it gets there.
pub(crate) struct Reassign<'a> {
    pub(crate) person: &'a str,
    pub(crate) team: &'a str,
    pub(crate) route: &'a str,
    pub(crate) destination: i64,
    pub(crate) deadline: jiff::SignedDuration,
    pub(crate) caps: &'a [String],
    pub(crate) config: i64,
}
