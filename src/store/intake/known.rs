//! What is known already: records seen before, and who owns an e-mail or a phone number.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Arrival, Intake, PageStored};
use crate::lead::{Code, Stage};
use crate::store::db::{Arg, args};
use crate::store::{StoreError, Tx};

/// What is known of the owner of an e-mail or a phone number.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) lead: i64,
    pub(super) stage: Stage,
    pub(super) service: Option<String>,
    pub(super) closed_at: Option<Timestamp>,
    /// They asked to be forgotten: nothing of theirs is taken again.
    pub(super) suppressed: bool,
    /// They were erased by age: whatever they send now is somebody new.
    pub(super) aged: bool,
    /// They never confirmed, and were given up.
    pub(super) lapsed: bool,
    /// Who had them before, or has them now.
    pub(super) person: Option<String>,
}

/// Hash of a normalised e-mail or phone under this installation's key.
pub(in crate::store) fn person_key(key: &[u8; 32], kind: &str, value: &str) -> i64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(kind.as_bytes());
    hasher.update(&[0]);
    hasher.update(value.as_bytes());
    first_eight(&hasher)
}

/// Key of a record's id, or of one version of it, under this installation's key.
pub(in crate::store) fn record_key(key: &[u8; 32], id: &str, digest: Option<&[u8; 8]>) -> i64 {
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

/// Records of the page that are not stored yet, each with its key; the first of several equal ones wins.
pub(super) async fn drop_known<'a>(
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

/// The digests of a source's stored records, by key; what is not stored is absent.
pub(in crate::store) async fn digests_of(
    tx: &mut Tx,
    source: i64,
    keys: Vec<i64>,
) -> Result<HashMap<i64, i64>, StoreError> {
    let mut found = HashMap::new();
    for chunk in keys.chunks(1_000) {
        let places = tx.link.list(chunk.len(), 1);
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

pub(super) async fn owners_of(tx: &mut Tx, fresh: &[(i64, &Arrival)]) -> Result<HashMap<i64, Owner>, StoreError> {
    let mut keys: Vec<i64> = Vec::new();
    for (_, arrival) in fresh {
        if let Ok(person) = &arrival.what {
            keys.extend(person.keys.iter().map(|(kind, value)| person_key(&tx.key, kind, value)));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let mut owners = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(1_000) {
        let sql = format!(
            "select k.key, l.id, l.stage, l.service, l.closed_at, l.end_code, coalesce((select h.person from handoff h \
             where h.lead_id = l.id and h.accepted_at is not null order by h.round desc, h.hop desc limit 1), l.owner), \
             l.suppressed, l.erased_at from contact_key k join lead l on l.id = k.lead_id where k.key in {}",
            tx.link.list(chunk.len(), 0)
        );
        for row in tx.all_once(sql, chunk.iter().map(|key| Arg::from(*key)).collect()).await? {
            let stage = Stage::from_number(row.int(2)?)
                .ok_or_else(|| StoreError::Damaged("a lead is in no known stage".into()))?;
            let end = row.text_opt(5)?;
            let owner = Owner {
                lead: row.int(1)?,
                stage,
                service: row.text_opt(3)?,
                closed_at: row.at_opt(4)?,
                suppressed: row.int(7)? == 1,
                aged: row.int(7)? == 0 && row.int_opt(8)?.is_some(),
                lapsed: end.is_some_and(|code| code == Code::OptInExpired.to_string()),
                person: row.text_opt(6)?,
            };
            owners.insert(row.int(0)?, owner);
        }
    }
    Ok(owners)
}
