//! Erasing people (`domain-rules` 6): the personal part goes, counts and codes stay. Personal data lives in six
//! tables (contact, raw, payload, said, note, recheck), so that erasing is a delete and not a search. What stays of
//! somebody who asked to be forgotten is the keyed hash of their e-mail and phone, by which they are known again.

use jiff::{SignedDuration, Timestamp};

use super::db::args;
use super::outbox::free_open_slots;
use super::{Note, Store, StoreError, Tx};
use crate::clock::earlier;
use crate::lead::{Contact, HandoffId, HandoffState, LeadId, Stage};

/// Contacts looked at in one reading transaction.
const CONTACTS_AT_ONCE: i64 = 2_000;
/// Records aside looked at in one reading transaction: each may be large.
const ASIDE_AT_ONCE: i64 = 200;

/// Where a lead's data went: what must be asked of others.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SentTo {
    /// The lead.
    pub lead: LeadId,
    /// Destination of the config.
    pub destination: String,
    /// What it is called there: a ticket's number, a message's id.
    pub number: Option<String>,
    /// Where it can be looked at.
    pub url: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
    /// It may be there or not: the connection broke at the moment of delivery.
    pub unsure: bool,
}

/// Whom to forget.
#[derive(Debug, Clone)]
pub struct Forget {
    /// Every lead of the person.
    pub leads: Vec<LeadId>,
    /// Records kept aside that are about them (see [`Store::aside_with`]).
    pub aside: Vec<i64>,
    /// Who asked for it.
    pub who: String,
    /// Caps that count open handoffs.
    pub open_caps: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgotten {
    /// All of them are erased.
    Done,
    /// Nothing was changed: this lead is being sent at this very moment.
    Sending(LeadId),
}

impl Store {
    /// Everybody whose contact `is` the one looked for, in order of their ids, at most `most`. Looks at every
    /// contact there is: for rare acts only.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn people_like(
        &self,
        is: impl Fn(&Contact) -> bool + Send,
        most: usize,
    ) -> Result<Vec<(LeadId, Contact)>, StoreError> {
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let page = self.read(move |tx| Box::pin(contacts_after(tx, after))).await?;
            let Some((last, _)) = page.last() else { return Ok(found) };
            after = last.0;
            for one in page.into_iter().filter(|(_, contact)| is(contact)) {
                if found.len() == most {
                    return Ok(found);
                }
                found.push(one);
            }
        }
    }

    /// Records kept aside (of no lead) whose text `is` about somebody. Looks at every one that is still kept.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn aside_with(&self, is: impl Fn(&str) -> bool + Send) -> Result<Vec<i64>, StoreError> {
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let page: Vec<(i64, String)> = self
                .read(move |tx| {
                    Box::pin(async move {
                        let sql = "select r.inquiry_id, r.body from raw r join inquiry i on i.id = r.inquiry_id \
                                   where i.lead_id is null and r.inquiry_id > $1 order by r.inquiry_id limit $2";
                        let rows = tx.all(sql, args![after, ASIDE_AT_ONCE]).await?;
                        rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
                    })
                })
                .await?;
            let Some((last, _)) = page.last() else { return Ok(found) };
            after = *last;
            found.extend(page.into_iter().filter(|(_, body)| is(body)).map(|(id, _)| id));
        }
    }

    /// Where these leads' data went, by lead and time.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn sent_to(&self, leads: Vec<LeadId>) -> Result<Vec<SentTo>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let mut sent = Vec::new();
                for lead in leads {
                    sent.extend(sent_of(tx, lead).await?);
                }
                Ok(sent)
            })
        })
        .await
    }

    /// When the person known by one of these (kind, normalised value) was forgotten.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn forgotten_at(&self, keys: Vec<(&'static str, String)>) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                for (kind, value) in &keys {
                    let key = super::intake::person_key(&tx.key, kind, value);
                    let sql = "select l.erased_at from contact_key k join lead l on l.id = k.lead_id \
                               where k.key = $1 and l.suppressed = 1";
                    if let Some(row) = tx.one(sql, args![key]).await? {
                        return row.at_opt(0);
                    }
                }
                Ok(None)
            })
        })
        .await
    }

    /// Erases a person, all leads and records or nothing. Open handoffs end; what waited is not sent any more.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn forget(&self, ask: Forget) -> Result<Forgotten, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                // Nobody releases one of them meanwhile.
                tx.lock_caps().await?;
                for lead in &ask.leads {
                    if is_sending(tx, *lead).await? {
                        return Ok(Forgotten::Sending(*lead));
                    }
                }
                for lead in &ask.leads {
                    let sent = sent_of(tx, *lead).await?;
                    end_handoffs(tx, *lead, &ask.open_caps).await?;
                    erase(tx, *lead, true).await?;
                    let sent: Vec<_> = sent
                        .iter()
                        .map(|one| serde_json::json!({ "destination": one.destination, "unsure": one.unsure }))
                        .collect();
                    let body = serde_json::json!({ "sent": sent });
                    tx.note(Note::new("forgotten").by(&ask.who).lead(*lead).body(body));
                }
                for inquiry in &ask.aside {
                    let none = "select id from inquiry where id = $1 and lead_id is null";
                    let sql = format!("delete from raw where inquiry_id in ({none})");
                    tx.run(&sql, args![*inquiry]).await?;
                    tx.run("update inquiry set referral = null where id = $1", args![*inquiry]).await?;
                }
                if !ask.aside.is_empty() {
                    let count = i64::try_from(ask.aside.len()).unwrap_or(i64::MAX);
                    let body = serde_json::json!({ "records": count });
                    tx.note(Note::new("forgotten-aside").by(&ask.who).count(count).body(body));
                }
                Ok(Forgotten::Done)
            })
        })
        .await
    }

    /// Erases up to `most` leads that ended, or were turned down, longer than `keep` ago. Returns how many.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn erase_ended(&self, keep: SignedDuration, most: u32) -> Result<usize, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = format!(
                    "select id from lead l where stage in (4, 5) and erased_at is null \
                     and coalesce(closed_at, decided_at) <= $1 and not exists (select 1 from handoff h \
                     where h.lead_id = l.id and h.closed_at is null) \
                     order by coalesce(closed_at, decided_at) limit $2{}",
                    tx.skip_locked()
                );
                let before = earlier(tx.now(), keep);
                let due = tx.all(&sql, args![before, i64::from(most)]).await?;
                for row in &due {
                    erase(tx, LeadId(row.int(0)?), false).await?;
                }
                if !due.is_empty() {
                    let count = i64::try_from(due.len()).unwrap_or(i64::MAX);
                    let body = serde_json::json!({ "leads": count });
                    tx.note(Note::new("erased-by-age").count(count).body(body));
                }
                Ok(due.len())
            })
        })
        .await
    }
}

async fn contacts_after(tx: &mut Tx, after: i64) -> Result<Vec<(LeadId, Contact)>, StoreError> {
    let sql = "select lead_id, fields from contact where lead_id > $1 order by lead_id limit $2";
    let rows = tx.all(sql, args![after, CONTACTS_AT_ONCE]).await?;
    let read = |row: &super::Row| {
        let lead = LeadId(row.int(0)?);
        let contact = serde_json::from_str(&row.text(1)?)
            .map_err(|error| StoreError::Damaged(format!("contact of lead {lead}: {error}")))?;
        Ok((lead, contact))
    };
    rows.iter().map(read).collect()
}

async fn sent_of(tx: &mut Tx, lead: LeadId) -> Result<Vec<SentTo>, StoreError> {
    let sql = "select e.name, coalesce(h.number, h.reference), h.url, coalesce(h.accepted_at, h.last_try_at, h.first_try_at), \
               h.accepted_at from handoff h join endpoint e on e.id = h.destination_id where h.lead_id = $1 \
               and h.first_try_at is not null and (h.accepted_at is not null or h.state in (2, 6) or h.code = 'D-UNKNOWN') \
               order by h.id";
    let rows = tx.all(sql, args![lead.0]).await?;
    let read = |row: &super::Row| {
        Ok(SentTo {
            lead,
            destination: row.text(0)?,
            number: row.text_opt(1)?,
            url: row.text_opt(2)?,
            at: row.at(3)?,
            unsure: row.int_opt(4)?.is_none(),
        })
    };
    rows.iter().map(read).collect()
}

/// Is one of the lead's handoffs on the wire? Locks the lead and them.
async fn is_sending(tx: &mut Tx, lead: LeadId) -> Result<bool, StoreError> {
    let lock = if tx.is_sqlite() { "" } else { " for update" };
    tx.one(&format!("select id from lead where id = $1{lock}"), args![lead.0]).await?;
    let sql = format!("select state from handoff where lead_id = $1{lock}");
    let rows = tx.all(&sql, args![lead.0]).await?;
    rows.iter().try_fold(false, |found, row| Ok(found || row.int(0)? == HandoffState::Sending.number()))
}

/// Ends every open handoff of a lead: what was taken closes, what waits is never sent.
async fn end_handoffs(tx: &mut Tx, lead: LeadId, open_caps: &[String]) -> Result<(), StoreError> {
    let rows = tx.all("select id, state from handoff where lead_id = $1 and closed_at is null", args![lead.0]).await?;
    for row in &rows {
        let (id, state) = (row.int(0)?, HandoffState::from_number(row.int(1)?));
        let taken = matches!(state, Some(HandoffState::Accepted | HandoffState::Tracking));
        let end = if taken { HandoffState::Closed } else { HandoffState::Dropped };
        let sql = "update handoff set state = $1, closed_at = $2, end_code = 'erased', poll_at = null where id = $3";
        tx.run(sql, args![end.number(), tx.now, id]).await?;
        if state == Some(HandoffState::Queued) {
            tx.run("delete from slot where handoff_id = $1", args![id]).await?;
        } else {
            free_open_slots(tx, HandoffId(id), open_caps).await?;
        }
    }
    Ok(())
}

/// Deletes everything personal of a lead, and says so on its row. `suppress`: nothing of theirs is taken again.
async fn erase(tx: &mut Tx, lead: LeadId, suppress: bool) -> Result<(), StoreError> {
    for sql in [
        "delete from contact where lead_id = $1",
        "delete from note where lead_id = $1",
        "delete from recheck where lead_id = $1",
        "delete from raw where inquiry_id in (select id from inquiry where lead_id = $1)",
        "delete from payload where handoff_id in (select id from handoff where lead_id = $1)",
        "delete from said where handoff_id in (select id from handoff where lead_id = $1)",
        "update inquiry set referral = null where lead_id = $1 and referral is not null",
    ] {
        tx.run(sql, args![lead.0]).await?;
    }
    // How it ended stays, where it had: figures count by it.
    let sql = "update lead set end_code = case when stage = $1 then end_code else 'erased' end, stage = $1, \
               closed_at = coalesce(closed_at, $2), snoozed_until = null, expires_at = null, erased_at = $2, \
               suppressed = $3, rev = rev + 1 where id = $4";
    let values = args![Stage::Closed.number(), tx.now, i64::from(suppress), lead.0];
    tx.guarded(sql, values).await
}
