//! The journal: one hash chain per process, written as the last step of every transaction
//! (`data-model` 8). `hash = BLAKE3(previous hash ‖ canonical row)`; the previous one stands in `proc.head`.
//! Moving that head is also the fence: no row touched means another process declared this one dead.

use crate::lead::{HandoffId, LeadId};

use super::db::args;
use super::{Store, StoreError, Tx};

/// One entry of the journal, as a stage or an act writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing happened, e.g. `intake`, `released`, `sent`, `contacted`.
    pub kind: &'static str,
    /// Who did it: a person's id, or `leadgate`.
    pub who: String,
    /// The lead, where it is one lead's.
    pub lead: Option<LeadId>,
    /// The handoff, where it is one handoff's.
    pub handoff: Option<HandoffId>,
    /// State changes told by this entry.
    pub count: i64,
    /// Details without personal data, JSON.
    pub body: serde_json::Value,
}

impl Note {
    /// An entry by leadgate itself about one change.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, who: "leadgate".into(), lead: None, handoff: None, count: 1, body: serde_json::Value::Null }
    }

    /// The same by a person.
    #[must_use]
    pub fn by(mut self, who: &str) -> Self {
        who.clone_into(&mut self.who);
        self
    }

    /// The same about a lead.
    #[must_use]
    pub const fn lead(mut self, lead: LeadId) -> Self {
        self.lead = Some(lead);
        self
    }

    /// The same about a handoff.
    #[must_use]
    pub const fn handoff(mut self, handoff: HandoffId) -> Self {
        self.handoff = Some(handoff);
        self
    }

    /// The same with details.
    #[must_use]
    pub fn body(mut self, body: serde_json::Value) -> Self {
        self.body = body;
        self
    }

    /// The same telling of `count` changes.
    #[must_use]
    pub const fn count(mut self, count: i64) -> Self {
        self.count = count;
        self
    }
}

/// A chain that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal of process {proc} does not hold at entry {n}")]
pub struct ChainError {
    /// Process row.
    pub proc: i64,
    /// Entry.
    pub n: i64,
}

fn link(
    previous: &[u8],
    proc: i64,
    n: i64,
    at: i64,
    note: (&str, Option<i64>, &str, Option<i64>, Option<i64>, i64, &str),
) -> Vec<u8> {
    let (who, config, kind, lead, handoff, count, body) = note;
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    let row = serde_json::json!([proc, n, at, who, config, kind, lead, handoff, count, body]).to_string();
    hasher.update(row.as_bytes());
    hasher.finalize().as_bytes().to_vec()
}

/// Writes the transaction's entries; `false` when there were none.
pub(super) async fn append(tx: &mut Tx) -> Result<bool, StoreError> {
    let notes = std::mem::take(&mut tx.notes);
    let lock = if tx.is_sqlite() { "" } else { " for update" };
    let sql = format!("select n, head from proc where id = $1 and ended_at is null{lock}");
    let Some(row) = tx.one(&sql, args![tx.proc]).await? else { return Err(StoreError::Fenced) };
    if notes.is_empty() {
        return Ok(false);
    }
    let from = row.int(0)?;
    let mut head = row.bytes_opt(1)?.unwrap_or_default();
    let at = tx.now.as_microsecond();
    let config = match tx.config {
        Some(config) => Some(config),
        None => tx.one("select max(id) from config", vec![]).await?.map(|row| row.int_opt(0)).transpose()?.flatten(),
    };
    let mut rows = Vec::with_capacity(notes.len());
    let mut n = from;
    for note in notes {
        n += 1;
        let (lead, handoff) = (note.lead.map(|id| id.0), note.handoff.map(|id| id.0));
        let body = note.body.to_string();
        head = link(&head, tx.proc, n, at, (&note.who, config, note.kind, lead, handoff, note.count, &body));
        rows.push(args![tx.proc, n, at, note.who, config, note.kind, lead, handoff, note.count, body, head.clone()]);
    }
    tx.bulk("journal (proc_id, n, at, who, config_id, kind, lead_id, handoff_id, count, body, hash)", 11, rows, "")
        .await?;
    let sql = "update proc set n = $1, head = $2 where id = $3 and n = $4 and ended_at is null";
    if tx.run(sql, args![n, head, tx.proc, from]).await? != 1 {
        return Err(StoreError::Fenced);
    }
    Ok(true)
}

impl Tx {
    /// Position the next journal entry of this transaction will have; rows that tell of it carry it. Locks
    /// the position: ask for it late, after every row that another transaction might hold.
    pub(super) async fn upcoming(&mut self) -> Result<i64, StoreError> {
        let lock = if self.is_sqlite() { "" } else { " for update" };
        let sql = format!("select n from proc where id = $1 and ended_at is null{lock}");
        let row = self.one(&sql, args![self.proc]).await?.ok_or(StoreError::Fenced)?;
        Ok(row.int(0)? + 1 + i64::try_from(self.notes.len()).unwrap_or_default())
    }
}

impl Store {
    /// Checks every process's hash chain and position; returns how many entries were checked.
    ///
    /// # Errors
    /// The database did not answer. `Ok(Err(…))` names the first entry that does not hold.
    pub async fn verify_journal(&self) -> Result<Result<u64, ChainError>, StoreError> {
        self.read(|tx| Box::pin(verify(tx))).await
    }
}

async fn verify(tx: &mut Tx) -> Result<Result<u64, ChainError>, StoreError> {
    let stray =
        "select proc_id, n from journal j where not exists (select 1 from proc p where p.id = j.proc_id) limit 1";
    if let Some(row) = tx.one(stray, vec![]).await? {
        return Ok(Err(ChainError { proc: row.int(0)?, n: row.int(1)? }));
    }
    let procs = tx.all("select id, n, head from proc order by id", vec![]).await?;
    let mut checked = 0;
    for proc in procs {
        let (id, last, head) = (proc.int(0)?, proc.int(1)?, proc.bytes_opt(2)?.unwrap_or_default());
        let mut previous: Vec<u8> = genesis(id);
        let mut n = 0;
        loop {
            let sql = "select n, at, who, config_id, kind, lead_id, handoff_id, count, body, hash from journal \
                       where proc_id = $1 and n > $2 order by n limit 1000";
            let rows = tx.all(sql, args![id, n]).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                n += 1;
                let (who, config, kind, body) = (row.text(2)?, row.int_opt(3)?, row.text(4)?, row.text(8)?);
                let (lead, handoff, count) = (row.int_opt(5)?, row.int_opt(6)?, row.int(7)?);
                let note = (who.as_str(), config, kind.as_str(), lead, handoff, count, body.as_str());
                let hash = link(&previous, id, n, row.int(1)?, note);
                if row.int(0)? != n || row.bytes_opt(9)?.as_deref() != Some(hash.as_slice()) {
                    return Ok(Err(ChainError { proc: id, n }));
                }
                previous = hash;
                checked += 1;
            }
        }
        if n != last || previous != head {
            return Ok(Err(ChainError { proc: id, n }));
        }
    }
    Ok(Ok(checked))
}

/// The head of a chain before its first entry.
pub(super) fn genesis(proc: i64) -> Vec<u8> {
    blake3::hash(format!("leadgate journal {proc}").as_bytes()).as_bytes().to_vec()
}
