//! Writing a page: every record's row, new leads with their people and keys, and the one journal entry
//! that tells of all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::gone::{before, lose};
use super::known::{Owner, person_key, record_key};
use super::turn::{Turn, turn};
use super::{Arrival, Intake, KnownPerson, PageStored};
use crate::clock::later;
use crate::lead::{Code, Contact, LeadId, Stage};
use crate::queue::Lane;
use crate::store::db::{Arg, args};
use crate::store::sources::DayCounts;
use crate::store::{Note, Shadowed, StoreError, Tx};

/// Rows to be written for a page.
#[derive(Default)]
struct Rows {
    inquiries: Vec<Vec<Arg>>,
    raws: Vec<Vec<Arg>>,
    leads: Vec<Vec<Arg>>,
    contacts: Vec<Vec<Arg>>,
    keys: BTreeMap<i64, i64>,
    taken_over: Vec<(i64, i64, i64)>,
    told: Vec<serde_json::Value>,
    rechecks: Vec<Vec<Arg>>,
    shadows: Vec<Vec<Arg>>,
    days: DayCounts,
}

/// A page being written.
struct Writing<'a> {
    page: &'a Intake,
    lanes: BTreeMap<String, i64>,
    owners: &'a mut HashMap<i64, Owner>,
    stored: &'a mut PageStored,
    lead_ids: std::vec::IntoIter<i64>,
    /// Where some of the page's records are gone: the lead each record belongs to, by the key of its id.
    seen: HashMap<i64, Option<i64>>,
    rows: Rows,
}

pub(super) async fn write_fresh(
    tx: &mut Tx,
    page: &Intake,
    fresh: Vec<(i64, &Arrival)>,
    owners: &mut HashMap<i64, Owner>,
    stored: &mut PageStored,
) -> Result<(), StoreError> {
    let some_gone = fresh.iter().any(|(_, arrival)| matches!(arrival.what, Err(Code::ConsentNone)));
    let lanes = lanes_of(tx, &fresh).await?;
    let inquiry_ids = tx.next_ids("inquiry", fresh.len()).await?;
    let lead_ids = tx.next_ids("lead", fresh.len()).await?.into_iter();
    let mut writing = Writing { page, lanes, owners, stored, lead_ids, seen: HashMap::new(), rows: Rows::default() };
    for ((skey, arrival), inquiry) in fresh.into_iter().zip(inquiry_ids) {
        let before = writing.stored.leads;
        let (lead, code) = match &arrival.what {
            Ok(person) => writing.person(tx, arrival, person).await?,
            Err(code) => {
                writing.stored.aside += 1;
                let gone = *code == Code::ConsentNone;
                (if gone { writing.gone(tx, arrival).await? } else { None }, code.clone())
            }
        };
        if some_gone {
            writing.seen.insert(record_key(&tx.key, &arrival.id, None), lead);
        }
        writing.count(tx, arrival, skey, lead, before);
        writing.record(tx, arrival, skey, inquiry, lead, &code);
    }
    insert(tx, page, writing.rows).await
}

impl Writing<'_> {
    /// Finds what a person's record means and does it: which lead it belongs to, and its code.
    async fn person(
        &mut self,
        tx: &mut Tx,
        arrival: &Arrival,
        person: &KnownPerson,
    ) -> Result<(Option<i64>, Code), StoreError> {
        let keys: Vec<i64> = person.keys.iter().map(|(kind, value)| person_key(&tx.key, kind, value)).collect();
        let hits: Vec<&Owner> = keys.iter().filter_map(|key| self.owners.get(key)).collect();
        let before = hits.first().and_then(|hit| hit.person.clone());
        Ok(match turn(arrival, person, &hits, tx.now(), self.page.same_lead_for) {
            Turn::Fresh => {
                let lane = self.lane_of(tx, person, before.as_deref()).await?;
                let lead = self.add_lead(tx, arrival, person, false, (lane, before.clone()))?;
                self.own_keys(&keys, lead, person, before.as_ref());
                self.stored.held += usize::from(person.stage == Stage::Held);
                (Some(lead), Code::Accepted)
            }
            Turn::LookAlike => (Some(self.add_lead(tx, arrival, person, true, (None, None))?), Code::LookAlike),
            Turn::Touch(lead, code) => {
                self.stored.touches += 1;
                if code == Code::ConsentNone {
                    let body = serde_json::json!({ "code": code });
                    tx.note(Note::new("withdrawn-while-out").lead(LeadId(lead)).body(body));
                }
                (Some(lead), code)
            }
            Turn::Confirm(lead) => {
                insert_leads(tx, &mut self.rows).await?;
                let lane = self.lane_of(tx, person, before.as_deref()).await?;
                confirm(tx, self.page, person, lead, lane).await?;
                self.stored.confirmed += 1;
                for owner in self.owners.values_mut().filter(|owner| owner.lead == lead) {
                    owner.stage = person.stage;
                    owner.service.clone_from(&person.service);
                }
                (Some(lead), Code::DuplicateOpen)
            }
            Turn::Withdraw(lead) => {
                insert_leads(tx, &mut self.rows).await?;
                withdraw(tx, lead).await?;
                self.stored.aside += 1;
                self.closed(tx, lead);
                (Some(lead), Code::ConsentNone)
            }
            Turn::Aside(code) => {
                self.stored.aside += 1;
                (None, code)
            }
        })
    }

    /// A record came back as nothing but its id, withdrawn: whom it was about is known by what came before.
    async fn gone(&mut self, tx: &mut Tx, arrival: &Arrival) -> Result<Option<i64>, StoreError> {
        let (source, key) = (self.page.taken.id, record_key(&tx.key, &arrival.id, None));
        let lead = match self.seen.get(&key) {
            Some(lead) => *lead,
            None => before(tx, source, key).await?.and_then(|before| before.lead),
        };
        let Some(lead) = lead else { return Ok(None) };
        insert_leads(tx, &mut self.rows).await?;
        if lose(tx, source, lead).await? {
            self.closed(tx, lead);
        }
        Ok(Some(lead))
    }

    /// What later records of the page have to know of a lead that was ended.
    fn closed(&mut self, tx: &Tx, lead: i64) {
        for owner in self.owners.values_mut().filter(|owner| owner.lead == lead) {
            (owner.stage, owner.closed_at) = (Stage::Closed, Some(tx.now()));
        }
    }

    /// Counts a record on its days, and keeps whom to ask about again.
    fn count(&mut self, tx: &Tx, arrival: &Arrival, skey: i64, lead: Option<i64>, leads_before: usize) {
        let id_key = record_key(&tx.key, &arrival.id, None);
        let days = &mut self.rows.days;
        match lead {
            Some(_) if self.stored.leads > leads_before => days.lead(tx, arrival.submitted_at),
            Some(_) => days.touch(tx),
            None => days.aside(tx),
        }
        let walk = &self.page.taken.walk;
        // Only a record never seen before can be late; a changed one comes again by right.
        let late_by = walk.late_before.filter(|_| skey == id_key).map(|at| arrival.submitted_at.duration_until(at));
        if let Some(by) = late_by.filter(jiff::SignedDuration::is_positive) {
            days.late(tx, by.as_secs());
        }
        if let (Some(lead), Some((every, consents))) = (lead, &walk.recheck)
            && consents.contains(&arrival.consent)
        {
            let due_at = later(tx.now(), *every);
            self.rows.rechecks.push(args![self.page.taken.id, id_key, &arrival.id, lead, due_at]);
        }
    }

    /// A record's own row, whatever became of it.
    fn record(&mut self, tx: &Tx, arrival: &Arrival, skey: i64, inquiry: i64, lead: Option<i64>, code: &Code) {
        self.rows.told.push(serde_json::json!([inquiry, lead, code.to_string()]));
        self.rows.inquiries.push(args![
            inquiry,
            self.page.taken.id,
            skey,
            i64::from_le_bytes(arrival.digest),
            tx.now(),
            arrival.submitted_at,
            lead,
            code.to_string(),
            arrival.consent as i64,
            arrival.campaign.clone(),
            arrival.referral.clone().filter(|_| *code != Code::Suppressed),
            tx.proc,
            // The journal entry that tells of it; known when all rows are.
            0_i64
        ]);
        // Of somebody who asked to be forgotten nothing is kept but that something came.
        if *code != Code::Suppressed {
            self.rows.raws.push(args![inquiry, &arrival.raw]);
        }
    }

    /// A new lead, in a lane where it is held and perhaps of a known customer; one that looks like two others goes to
    /// review.
    fn add_lead(
        &mut self,
        tx: &Tx,
        arrival: &Arrival,
        person: &KnownPerson,
        alike: bool,
        (lane, owner): (Option<i64>, Option<String>),
    ) -> Result<i64, StoreError> {
        let stage = if alike { Stage::Review } else { person.stage };
        let id = self.lead_ids.next().ok_or_else(|| StoreError::Damaged("no lead id left".into()))?;
        self.rows.leads.push(args![
            id,
            tx.now(),
            arrival.submitted_at,
            stage.number(),
            self.page.taken.id,
            person.service.clone(),
            person.verdict as i64,
            person.score.map(i64::from),
            self.page.config,
            tx.now(),
            lane,
            person.priority,
            person.expires_at.filter(|_| stage == Stage::Held),
            alike.then(|| Code::LookAlike.to_string()),
            &person.facts,
            owner
        ]);
        self.rows.contacts.push(args![id, &person.contact.name, contact_json(&person.contact)]);
        self.rows.shadows.extend(person.shadow.as_ref().map(|shadowed| shadow_row(id, shadowed)));
        self.stored.leads += 1;
        Ok(id)
    }

    /// Only held leads wait in a lane; a known customer's is that of whoever had them before.
    async fn lane_of(
        &mut self,
        tx: &mut Tx,
        person: &KnownPerson,
        owner: Option<&str>,
    ) -> Result<Option<i64>, StoreError> {
        let Some(key) = person.lane.as_ref().filter(|_| person.stage == Stage::Held) else { return Ok(None) };
        if owner.is_none() {
            return Ok(self.lanes.get(key).copied());
        }
        let key = kept_by(key, owner)?;
        if !self.lanes.contains_key(&key) {
            let id = ensure_lane(tx, &key).await?;
            self.lanes.insert(key.clone(), id);
        }
        Ok(self.lanes.get(&key).copied())
    }

    fn own_keys(&mut self, keys: &[i64], lead: i64, person: &KnownPerson, before: Option<&String>) {
        for key in keys {
            let owner = Owner {
                lead,
                stage: person.stage,
                service: person.service.clone(),
                closed_at: None,
                suppressed: false,
                aged: false,
                lapsed: false,
                person: before.cloned(),
            };
            match self.owners.insert(*key, owner) {
                // Fresh in this very page: it has not been written yet, so the newer lead simply owns it.
                Some(before) if !self.rows.keys.contains_key(key) => {
                    self.rows.taken_over.push((*key, before.lead, lead));
                }
                _ => {
                    self.rows.keys.insert(*key, lead);
                }
            }
        }
    }
}

fn shadow_row(lead: i64, shadowed: &Shadowed) -> Vec<Arg> {
    let codes = serde_json::to_string(&shadowed.codes).unwrap_or_else(|_| "{}".into());
    args![shadowed.shadow, lead, shadowed.live as i64, shadowed.draft as i64, shadowed.service.clone(), codes]
}

/// Writes the leads gathered so far, so that a later record of the page can change one of them.
async fn insert_leads(tx: &mut Tx, rows: &mut Rows) -> Result<(), StoreError> {
    let columns = "lead (id, received_at, submitted_at, stage, source_id, service, verdict, score, config_id, \
                   decided_at, lane, priority, expires_at, end_code, facts, owner)";
    tx.bulk(columns, 16, std::mem::take(&mut rows.leads), "").await?;
    tx.bulk("contact (lead_id, name, fields)", 3, std::mem::take(&mut rows.contacts), "").await?;
    Ok(())
}

async fn insert(tx: &mut Tx, page: &Intake, mut rows: Rows) -> Result<(), StoreError> {
    let count = i64::try_from(rows.inquiries.len()).unwrap_or(i64::MAX);
    insert_leads(tx, &mut rows).await?;
    let expected = rows.keys.len() as u64;
    let keys = rows.keys.into_iter().map(|(key, lead)| args![key, lead]).collect();
    if tx.bulk("contact_key (key, lead_id)", 2, keys, "on conflict (key) do nothing").await? < expected {
        return Err(StoreError::Conflict);
    }
    // By key, so that two pages never wait for each other; the order within one key is kept.
    rows.taken_over.sort_by_key(|(key, _, _)| *key);
    for (key, from, to) in rows.taken_over {
        tx.guarded("update contact_key set lead_id = $1 where key = $2 and lead_id = $3", args![to, key, from]).await?;
    }
    let event = tx.upcoming().await?;
    rows.inquiries.iter_mut().filter_map(|row| row.last_mut()).for_each(|last| *last = event.into());
    let columns = "inquiry (id, source_id, skey, digest, received_at, submitted_at, lead_id, code, consent, campaign, \
                   referral, proc_id, event)";
    let inserted = tx.bulk(columns, 13, rows.inquiries, "on conflict (source_id, skey) do nothing").await?;
    if inserted < count.unsigned_abs() {
        return Err(StoreError::Conflict);
    }
    tx.bulk("raw (inquiry_id, body)", 2, rows.raws, "").await?;
    let columns = "recheck (source_id, skey, record, lead_id, due_at)";
    tx.bulk(columns, 5, rows.rechecks, "on conflict (source_id, skey) do nothing").await?;
    let columns = "shadow_verdict (shadow_id, lead_id, live, draft, service, codes)";
    tx.bulk(columns, 6, rows.shadows, "").await?;
    rows.days.write(tx, page.taken.id).await?;
    let body = serde_json::json!({ "source": page.taken.name, "records": rows.told });
    tx.note(Note::new("intake").count(count).body(body));
    Ok(())
}

async fn lanes_of(tx: &mut Tx, fresh: &[(i64, &Arrival)]) -> Result<BTreeMap<String, i64>, StoreError> {
    let lane = |arrival: &&Arrival| arrival.what.as_ref().ok().and_then(|person| person.lane.clone());
    let wanted: BTreeSet<String> = fresh.iter().filter_map(|(_, arrival)| lane(arrival)).collect();
    let mut lanes = BTreeMap::new();
    for key in wanted {
        let id = ensure_lane(tx, &key).await?;
        lanes.insert(key, id);
    }
    Ok(lanes)
}

async fn confirm(
    tx: &mut Tx,
    page: &Intake,
    person: &KnownPerson,
    lead: i64,
    lane: Option<i64>,
) -> Result<(), StoreError> {
    let sql = "update lead set stage = $1, service = $2, verdict = $3, score = $4, config_id = $5, decided_at = $6, \
               lane = $7, priority = $8, expires_at = $9, facts = $10, rev = rev + 1 where id = $11 and stage = $12";
    let values = args![
        person.stage.number(),
        person.service.clone(),
        person.verdict as i64,
        person.score.map(i64::from),
        page.config,
        tx.now(),
        lane,
        person.priority,
        person.expires_at.filter(|_| person.stage == Stage::Held),
        &person.facts,
        lead,
        Stage::Pending.number()
    ];
    tx.guarded(sql, values).await?;
    tx.note(Note::new("confirmed").lead(LeadId(lead)));
    Ok(())
}

/// Ends a lead whose consent was taken back before it was handed out.
pub(in crate::store) async fn withdraw(tx: &mut Tx, lead: i64) -> Result<(), StoreError> {
    let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, lane = null, expires_at = null, \
               rev = rev + 1 where id = $4 and stage in (1, 2, 5, 6)";
    let code = Code::ConsentNone.to_string();
    // Released or closed since it was read: the page is looked at again, with what it is now.
    tx.guarded(sql, args![Stage::Closed.number(), &code, tx.now(), lead]).await?;
    tx.note(Note::new("withdrawn").lead(LeadId(lead)).body(serde_json::json!({ "code": code })));
    Ok(())
}

/// The lane of a known customer, whom `owner` had before.
pub(in crate::store) fn kept_by(key: &str, owner: Option<&str>) -> Result<String, StoreError> {
    let lane = Lane::parse(key).ok_or_else(|| StoreError::Damaged(format!("the lane {key} cannot be read")))?;
    Ok(lane.kept_by(owner).key())
}

pub(in crate::store) async fn ensure_lane(tx: &mut Tx, key: &str) -> Result<i64, StoreError> {
    if let Some(row) = tx.one("select id from lane where key = $1", args![key]).await? {
        return row.int(0);
    }
    let id = tx.next_id("lane").await?;
    tx.run("insert into lane (id, key) values ($1, $2) on conflict (key) do nothing", args![id, key]).await?;
    tx.one_int("select id from lane where key = $1", args![key]).await
}

pub(in crate::store) fn contact_json(contact: &Contact) -> String {
    serde_json::to_string(contact).unwrap_or_else(|_| "{}".into())
}
