//! Intake: one transaction a page (`data-model` 4). Known records are dropped, known people get a touch,
//! everybody else becomes a lead with its verdict, and the source's cursor moves, all or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::db::{Arg, args};
use super::{Endpoint, Note, Store, StoreError, Tx};
use crate::lead::{Code, Consent, Contact, LeadId, Stage, VerdictKind};

/// How often a page is tried again when another engine stored the same people at the same moment.
const RACES: usize = 5;

/// One record, cleaned and decided, on its way into the store.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The source's own id.
    pub id: String,
    /// What of it matters, as bytes: a changed record has another digest.
    pub digest: [u8; 8],
    /// As received.
    pub raw: String,
    /// When the person asked.
    pub submitted_at: Timestamp,
    /// Campaign.
    pub campaign: Option<String>,
    /// Referral code.
    pub referral: Option<String>,
    /// Consent.
    pub consent: Consent,
    /// The lead it would become, or why it becomes none.
    pub what: Result<KnownPerson, Code>,
}

/// A person read from a record, with the decision about them.
#[derive(Debug, Clone)]
pub struct KnownPerson {
    /// Who and what.
    pub contact: Contact,
    /// Normalised e-mail and phone, each as (kind, value).
    pub keys: Vec<(&'static str, String)>,
    /// Where the lead goes.
    pub stage: Stage,
    /// Service id.
    pub service: Option<String>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Facts and marks, JSON.
    pub facts: String,
    /// Lane key, for held leads.
    pub lane: Option<String>,
    /// Higher is released first.
    pub priority: i64,
    /// When a held lead expires.
    pub expires_at: Option<Timestamp>,
}

/// One page on its way into the store.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The walk it belongs to.
    pub taken: Endpoint,
    /// Config version that decided.
    pub config: i64,
    /// The records, in the source's order.
    pub arrivals: Vec<Arrival>,
    /// Cursor to store, JSON; `None` keeps the old one.
    pub cursor: Option<String>,
    /// A closed lead's person asking again within this time is a touch.
    pub same_lead_for: SignedDuration,
    /// The walk's lease is renewed until then.
    pub lease_until: Timestamp,
}

/// What became of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageStored {
    /// Records already known, dropped.
    pub known: usize,
    /// New leads.
    pub leads: usize,
    /// Of these waiting in the queue.
    pub held: usize,
    /// Further touches of known people.
    pub touches: usize,
    /// Pending people who confirmed.
    pub confirmed: usize,
    /// Kept aside: unreadable, test, no consent.
    pub aside: usize,
}

/// What is known of the owner of an e-mail or a phone number.
#[derive(Debug, Clone)]
struct Owner {
    lead: i64,
    stage: Stage,
    service: Option<String>,
    closed_at: Option<Timestamp>,
    erased: bool,
}

/// What a record turned out to be.
enum Turn {
    Fresh,
    Touch(i64, Code),
    LookAlike,
    Confirm(i64),
    Withdraw(i64),
    Aside(Code),
}

impl Store {
    /// Stores one page and moves the cursor with it.
    ///
    /// # Errors
    /// The database did not answer, or another engine took the walk over ([`StoreError::Conflict`]):
    /// nothing of the page was kept then.
    pub async fn store_page(&self, intake: Intake) -> Result<PageStored, StoreError> {
        let intake = std::sync::Arc::new(intake);
        for _ in 1..RACES {
            let page = std::sync::Arc::clone(&intake);
            match self.write(move |tx| Box::pin(async move { store_page(tx, &page).await })).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        self.write(move |tx| Box::pin(async move { store_page(tx, &intake).await })).await
    }

    /// Hash of a normalised e-mail or phone under this installation's key.
    pub(super) fn person_key(key: &[u8; 32], kind: &str, value: &str) -> i64 {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(kind.as_bytes());
        hasher.update(&[0]);
        hasher.update(value.as_bytes());
        first_eight(&hasher)
    }
}

fn record_key(key: &[u8; 32], id: &str, digest: Option<&[u8; 8]>) -> i64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(id.as_bytes());
    if let Some(digest) = digest {
        hasher.update(&[0]);
        hasher.update(digest);
    }
    first_eight(&hasher)
}

fn first_eight(hasher: &blake3::Hasher) -> i64 {
    let mut bytes = [0_u8; 8];
    hasher.finalize_xof().fill(&mut bytes);
    i64::from_le_bytes(bytes)
}

async fn store_page(tx: &mut Tx, page: &Intake) -> Result<PageStored, StoreError> {
    // First, so that a walk taken over stops here, and rows are locked in the order everybody locks them:
    // endpoint, leads, keys, process.
    let sql = "update endpoint set cursor = coalesce($1, cursor), lease_until = $2 where id = $3 and token = $4";
    tx.guarded(sql, args![page.cursor.clone(), page.lease_until, page.taken.id, page.taken.token]).await?;
    let mut stored = PageStored::default();
    let fresh = drop_known(tx, page, &mut stored).await?;
    if !fresh.is_empty() {
        let mut owners = owners_of(tx, &fresh).await?;
        write_fresh(tx, page, fresh, &mut owners, &mut stored).await?;
    }
    Ok(stored)
}

/// Records of the page that are not stored yet, each with its key; the first of several equal ones wins.
async fn drop_known<'a>(
    tx: &mut Tx,
    page: &'a Intake,
    stored: &mut PageStored,
) -> Result<Vec<(i64, &'a Arrival)>, StoreError> {
    let mut keyed: Vec<(i64, &Arrival)> = Vec::with_capacity(page.arrivals.len());
    for arrival in &page.arrivals {
        keyed.push((record_key(&tx.key, &arrival.id, None), arrival));
    }
    let digests = digests_of(tx, page.taken.id, keyed.iter().map(|(key, _)| *key).collect()).await?;
    let mut seen: HashMap<i64, [u8; 8]> = HashMap::with_capacity(keyed.len());
    let mut changed = Vec::new();
    let mut fresh = Vec::new();
    for (key, arrival) in keyed {
        let before = digests.get(&key).copied().or_else(|| seen.get(&key).map(|digest| i64::from_le_bytes(*digest)));
        match before {
            None => {
                seen.insert(key, arrival.digest);
                fresh.push((key, arrival));
            }
            Some(digest) if digest == i64::from_le_bytes(arrival.digest) => stored.known += 1,
            Some(_) => changed.push((record_key(&tx.key, &arrival.id, Some(&arrival.digest)), arrival)),
        }
    }
    if !changed.is_empty() {
        let versions = digests_of(tx, page.taken.id, changed.iter().map(|(key, _)| *key).collect()).await?;
        for (key, arrival) in changed {
            if versions.contains_key(&key) || seen.insert(key, arrival.digest).is_some() {
                stored.known += 1;
            } else {
                fresh.push((key, arrival));
            }
        }
    }
    Ok(fresh)
}

async fn digests_of(tx: &mut Tx, source: i64, keys: Vec<i64>) -> Result<HashMap<i64, i64>, StoreError> {
    let mut found = HashMap::new();
    for chunk in keys.chunks(1_000) {
        let places = list(tx, chunk.len(), 1);
        let source_place = if tx.is_sqlite() { "?" } else { "$1" };
        let sql = format!("select skey, digest from inquiry where source_id = {source_place} and skey in {places}");
        let mut values = args![source];
        values.extend(chunk.iter().map(|key| Arg::from(*key)));
        for row in tx.all_once(sql, values).await? {
            found.insert(row.int(0)?, row.int(1)?);
        }
    }
    Ok(found)
}

/// `(?,?,?)`, or `($2,$3,$4)` when `before` parameters stand in front.
fn list(tx: &Tx, count: usize, before: usize) -> String {
    if tx.is_sqlite() {
        return tx.link.places(1, count);
    }
    let numbers: Vec<String> = (1..=count).map(|place| format!("${}", place + before)).collect();
    format!("({})", numbers.join(","))
}

async fn owners_of(tx: &mut Tx, fresh: &[(i64, &Arrival)]) -> Result<HashMap<i64, Owner>, StoreError> {
    let mut keys: Vec<i64> = Vec::new();
    for (_, arrival) in fresh {
        if let Ok(person) = &arrival.what {
            keys.extend(person.keys.iter().map(|(kind, value)| Store::person_key(&tx.key, kind, value)));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let mut owners = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(1_000) {
        let sql = format!(
            "select k.key, l.id, l.stage, l.service, l.closed_at, l.end_code from contact_key k \
             join lead l on l.id = k.lead_id where k.key in {}",
            list(tx, chunk.len(), 0)
        );
        for row in tx.all_once(sql, chunk.iter().map(|key| Arg::from(*key)).collect()).await? {
            let stage = Stage::from_number(row.int(2)?)
                .ok_or_else(|| StoreError::Damaged("a lead is in no known stage".into()))?;
            let owner = Owner {
                lead: row.int(1)?,
                stage,
                service: row.text_opt(3)?,
                closed_at: row.at_opt(4)?,
                erased: row.text_opt(5)?.as_deref() == Some("erased"),
            };
            owners.insert(row.int(0)?, owner);
        }
    }
    Ok(owners)
}

/// What a record is, given who already owns its e-mail and phone (`domain-rules` 3).
fn turn(arrival: &Arrival, hits: &[&Owner], now: Timestamp, same_lead_for: SignedDuration) -> Turn {
    let person = match &arrival.what {
        Ok(person) => person,
        Err(code) => return Turn::Aside(code.clone()),
    };
    let Some(first) = hits.first() else {
        return if matches!(arrival.consent, Consent::Withdrawn | Consent::None) {
            Turn::Aside(Code::ConsentNone)
        } else {
            Turn::Fresh
        };
    };
    if first.erased {
        return Turn::Aside(Code::Suppressed);
    }
    if matches!(arrival.consent, Consent::Withdrawn | Consent::None) {
        return match first.stage {
            Stage::Closed => Turn::Aside(Code::ConsentNone),
            // Somebody has it: their timeline shows it, what it means is theirs to decide.
            Stage::Out => Turn::Touch(first.lead, Code::ConsentNone),
            _ => Turn::Withdraw(first.lead),
        };
    }
    if hits.iter().any(|hit| hit.lead != first.lead) {
        return Turn::LookAlike;
    }
    if first.stage == Stage::Pending && arrival.consent.contactable() {
        return Turn::Confirm(first.lead);
    }
    let open = first.stage != Stage::Closed;
    let same_service = person.service.is_none() || first.service.is_none() || person.service == first.service;
    let recent = first.closed_at.is_none_or(|closed| closed.duration_until(now) < same_lead_for);
    match (same_service, open, recent) {
        (true, true, _) => Turn::Touch(first.lead, Code::DuplicateOpen),
        (true, false, true) => Turn::Touch(first.lead, Code::Duplicate),
        _ => Turn::Fresh,
    }
}

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
}

async fn write_fresh(
    tx: &mut Tx,
    page: &Intake,
    fresh: Vec<(i64, &Arrival)>,
    owners: &mut HashMap<i64, Owner>,
    stored: &mut PageStored,
) -> Result<(), StoreError> {
    let lanes = lanes_of(tx, &fresh).await?;
    let inquiry_ids = tx.next_ids("inquiry", fresh.len()).await?;
    let mut lead_ids = tx.next_ids("lead", fresh.len()).await?.into_iter();
    let mut rows = Rows::default();
    for ((skey, arrival), inquiry) in fresh.into_iter().zip(inquiry_ids) {
        let keys: Vec<i64> = arrival.what.as_ref().map_or_else(
            |_| Vec::new(),
            |person| person.keys.iter().map(|(kind, value)| Store::person_key(&tx.key, kind, value)).collect(),
        );
        let hits: Vec<&Owner> = keys.iter().filter_map(|key| owners.get(key)).collect();
        let turn = turn(arrival, &hits, tx.now(), page.same_lead_for);
        let (lead, code) = match turn {
            Turn::Fresh | Turn::LookAlike => {
                let Ok(person) = &arrival.what else { continue };
                let id = lead_ids.next().ok_or_else(|| StoreError::Damaged("no lead id left".into()))?;
                let alike = matches!(turn, Turn::LookAlike);
                add_lead(tx, page, arrival, person, id, alike, &lanes, &mut rows);
                if !alike {
                    own_keys(&keys, id, person, owners, &mut rows);
                }
                stored.leads += 1;
                stored.held += usize::from(person.stage == Stage::Held && !alike);
                (Some(id), if alike { Code::LookAlike } else { Code::Accepted })
            }
            Turn::Touch(lead, code) => {
                stored.touches += 1;
                if code == Code::ConsentNone {
                    let body = serde_json::json!({ "code": code });
                    tx.note(Note::new("withdrawn-while-out").lead(LeadId(lead)).body(body));
                }
                (Some(lead), code)
            }
            Turn::Confirm(lead) => {
                let Ok(person) = &arrival.what else { continue };
                insert_leads(tx, &mut rows).await?;
                confirm(tx, page, person, lead, &lanes).await?;
                stored.confirmed += 1;
                for owner in owners.values_mut().filter(|owner| owner.lead == lead) {
                    owner.stage = person.stage;
                    owner.service.clone_from(&person.service);
                }
                (Some(lead), Code::DuplicateOpen)
            }
            Turn::Withdraw(lead) => {
                insert_leads(tx, &mut rows).await?;
                withdraw(tx, lead).await?;
                stored.aside += 1;
                for owner in owners.values_mut().filter(|owner| owner.lead == lead) {
                    (owner.stage, owner.closed_at) = (Stage::Closed, Some(tx.now()));
                }
                (Some(lead), Code::ConsentNone)
            }
            Turn::Aside(code) => {
                stored.aside += 1;
                (None, code)
            }
        };
        rows.told.push(serde_json::json!([inquiry, lead, code.to_string()]));
        let consent = arrival.consent as i64;
        rows.inquiries.push(args![
            inquiry,
            page.taken.id,
            skey,
            i64::from_le_bytes(arrival.digest),
            tx.now(),
            arrival.submitted_at,
            lead,
            code.to_string(),
            consent,
            arrival.campaign.clone(),
            arrival.referral.clone(),
            tx.proc
        ]);
        rows.raws.push(args![inquiry, &arrival.raw]);
    }
    insert(tx, page, rows).await
}

fn own_keys(keys: &[i64], lead: i64, person: &KnownPerson, owners: &mut HashMap<i64, Owner>, rows: &mut Rows) {
    for key in keys {
        let owner =
            Owner { lead, stage: person.stage, service: person.service.clone(), closed_at: None, erased: false };
        match owners.insert(*key, owner) {
            None => {
                rows.keys.insert(*key, lead);
            }
            // Fresh in this very page: it has not been written yet, so the newer lead simply owns it.
            Some(_) if rows.keys.contains_key(key) => {
                rows.keys.insert(*key, lead);
            }
            Some(before) => rows.taken_over.push((*key, before.lead, lead)),
        }
    }
}

#[allow(clippy::too_many_arguments)] // one row's columns, named once
fn add_lead(
    tx: &Tx,
    page: &Intake,
    arrival: &Arrival,
    person: &KnownPerson,
    id: i64,
    alike: bool,
    lanes: &BTreeMap<String, i64>,
    rows: &mut Rows,
) {
    let stage = if alike { Stage::Review } else { person.stage };
    let lane = person.lane.as_ref().and_then(|key| lanes.get(key)).copied().filter(|_| stage == Stage::Held);
    rows.leads.push(args![
        id,
        tx.now(),
        arrival.submitted_at,
        stage.number(),
        page.taken.id,
        person.service.clone(),
        person.verdict as i64,
        person.score.map(i64::from),
        page.config,
        tx.now(),
        lane,
        person.priority,
        person.expires_at.filter(|_| stage == Stage::Held),
        if alike { Some(Code::LookAlike.to_string()) } else { None },
        &person.facts
    ]);
    rows.contacts.push(args![id, &person.contact.name, contact_json(&person.contact)]);
}

pub(super) fn contact_json(contact: &Contact) -> String {
    serde_json::to_string(contact).unwrap_or_else(|_| "{}".into())
}

/// Writes the leads gathered so far, so that a later record of the page can change one of them.
async fn insert_leads(tx: &mut Tx, rows: &mut Rows) -> Result<(), StoreError> {
    let columns = "lead (id, received_at, submitted_at, stage, source_id, service, verdict, score, config_id, \
                   decided_at, lane, priority, expires_at, end_code, facts)";
    tx.bulk(columns, 15, std::mem::take(&mut rows.leads), "").await?;
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
    rows.inquiries.iter_mut().for_each(|row| row.push(event.into()));
    let columns = "inquiry (id, source_id, skey, digest, received_at, submitted_at, lead_id, code, consent, campaign, \
                   referral, proc_id, event)";
    let inserted = tx.bulk(columns, 13, rows.inquiries, "on conflict (source_id, skey) do nothing").await?;
    if inserted < count.unsigned_abs() {
        return Err(StoreError::Conflict);
    }
    tx.bulk("raw (inquiry_id, body)", 2, rows.raws, "").await?;
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

pub(super) async fn ensure_lane(tx: &mut Tx, key: &str) -> Result<i64, StoreError> {
    if let Some(row) = tx.one("select id from lane where key = $1", args![key]).await? {
        return row.int(0);
    }
    let id = tx.next_id("lane").await?;
    tx.run("insert into lane (id, key) values ($1, $2) on conflict (key) do nothing", args![id, key]).await?;
    tx.one_int("select id from lane where key = $1", args![key]).await
}

async fn confirm(
    tx: &mut Tx,
    page: &Intake,
    person: &KnownPerson,
    lead: i64,
    lanes: &BTreeMap<String, i64>,
) -> Result<(), StoreError> {
    let lane = person.lane.as_ref().and_then(|key| lanes.get(key)).copied().filter(|_| person.stage == Stage::Held);
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

async fn withdraw(tx: &mut Tx, lead: i64) -> Result<(), StoreError> {
    let sql = "update lead set stage = $1, end_code = $2, closed_at = $3, lane = null, expires_at = null, \
               rev = rev + 1 where id = $4 and stage in (1, 2, 5, 6)";
    let code = Code::ConsentNone.to_string();
    // Released or closed since it was read: the page is looked at again, with what it is now.
    tx.guarded(sql, args![Stage::Closed.number(), &code, tx.now(), lead]).await?;
    tx.note(Note::new("withdrawn").lead(LeadId(lead)).body(serde_json::json!({ "code": code })));
    Ok(())
}
