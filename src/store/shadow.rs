//! A draft that decides beside the rules in force: what it is, and what it said of each lead. Nothing reads it
//! back on the live path.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::args;
use super::leads::verdict;
use super::{Note, Row, Store, StoreError, Tx};
use crate::lead::{Code, LeadId, VerdictKind};

/// Longest trouble that is kept, in bytes.
const TROUBLE_MAX: usize = 1_024;
const COLUMNS: &str = "id, hash, body, live_hash, dir, name, who, reason, since, ended_at, ended_by, trouble";

/// A draft to run beside the rules in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowDraft {
    /// Hash of its configuration.
    pub hash: String,
    /// Its canonical text, secrets masked.
    pub body: String,
    /// Hash of the configuration in force when it began.
    pub live_hash: String,
    /// Folder where its relative paths start.
    pub dir: String,
    /// What people call it: its file, its settings.
    pub name: String,
    /// Why it runs.
    pub reason: String,
}

/// A draft that runs, or ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// Row id.
    pub id: i64,
    /// The draft.
    pub draft: ShadowDraft,
    /// Who began it.
    pub who: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// By whom.
    pub ended_by: Option<String>,
    /// Why it cannot decide at present; leads that come meanwhile are not shadowed.
    pub trouble: Option<String>,
}

/// What the draft says of a lead, beside what was decided, at the moment the lead was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// The draft's row.
    pub shadow: i64,
    /// By the rules in force.
    pub live: VerdictKind,
    /// By the draft.
    pub draft: VerdictKind,
    /// Service by the draft, where it is clear.
    pub service: Option<String>,
    /// Where they differ in reasons.
    pub codes: CodeChange,
}

/// Reasons against a lead that only one of two sets of rules has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChange {
    /// Only by the rules in force.
    pub no_longer: Vec<Code>,
    /// Only by the draft.
    pub now: Vec<Code>,
}

/// How a shadowed lead ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Won.
    Won,
    /// Returned through the source's fault (`domain-rules` 2).
    Returned,
    /// Returned through our own fault: says nothing about the rules.
    OurFault,
    /// Lost to them, to price, to somebody else.
    Lost,
    /// Not ended, or never handed to anybody.
    Open,
}

impl Ended {
    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Returned => "sent back",
            Self::OurFault => "sent back (our fault)",
            Self::Lost => "lost",
            Self::Open => "open",
        }
    }
}

/// So many leads that both sides decided so and that ended so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ShadowTally {
    /// By the rules in force.
    pub live: VerdictKind,
    /// By the draft.
    pub draft: VerdictKind,
    /// What became of them.
    pub ended: Ended,
    /// How many.
    pub leads: u64,
}

/// A lead the two sides decide differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShadowDiffers {
    /// The lead.
    pub lead: LeadId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Source id.
    pub source: String,
    /// By the rules in force.
    pub live: VerdictKind,
    /// By the draft.
    pub draft: VerdictKind,
    /// What became of it.
    pub ended: Ended,
    /// Reasons only one of them has.
    #[serde(flatten)]
    pub codes: CodeChange,
}

impl Store {
    /// Begins a shadow run; `None` while another one runs.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn start_shadow(&self, draft: ShadowDraft, who: String) -> Result<Option<i64>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                if running(tx).await?.is_some() {
                    return Ok(None);
                }
                let id = tx.next_id("shadow").await?;
                let sql = "insert into shadow (id, hash, body, live_hash, dir, name, who, reason, since) \
                           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
                let values = args![
                    id,
                    &draft.hash,
                    &draft.body,
                    &draft.live_hash,
                    &draft.dir,
                    &draft.name,
                    &who,
                    &draft.reason,
                    tx.now()
                ];
                // Somebody else began one since: theirs runs.
                if tx.run(sql, values).await? == 0 {
                    return Ok(None);
                }
                let body = serde_json::json!({ "draft": draft.hash, "name": draft.name, "reason": draft.reason });
                tx.note(Note::new("shadow-started").by(&who).body(body));
                Ok(Some(id))
            })
        })
        .await
    }

    /// Ends the shadow run; what it was, `None` when none ran.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn stop_shadow(&self, who: String) -> Result<Option<Shadow>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(shadow) = running(tx).await? else { return Ok(None) };
                let sql = "update shadow set ended_at = $1, ended_by = $2 where id = $3 and ended_at is null";
                tx.guarded(sql, args![tx.now(), &who, shadow.id]).await?;
                let body = serde_json::json!({ "draft": shadow.draft.hash, "name": shadow.draft.name });
                tx.note(Note::new("shadow-stopped").by(&who).body(body));
                Ok(Some(shadow))
            })
        })
        .await
    }

    /// The draft that runs now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn running_shadow(&self) -> Result<Option<Shadow>, StoreError> {
        self.read(|tx| Box::pin(running(tx))).await
    }

    /// The draft that runs, else the one that ran last.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn latest_shadow(&self) -> Result<Option<Shadow>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let sql = format!("select {COLUMNS} from shadow order by ended_at is null desc, id desc limit 1");
                tx.one(&sql, vec![]).await?.as_ref().map(shadow).transpose()
            })
        })
        .await
    }

    /// Says why a draft cannot decide, or that it can again. Changes nothing when that is known already.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn shadow_trouble(&self, id: i64, trouble: Option<String>) -> Result<(), StoreError> {
        let trouble = trouble.map(|text| crate::text::clean_line(&text, TROUBLE_MAX));
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "update shadow set trouble = $1 where id = $2 and coalesce(trouble, '') <> coalesce($1, '')";
                if tx.run(sql, args![trouble.clone(), id]).await? > 0 {
                    let kind = if trouble.is_some() { "shadow-failed" } else { "shadow-works" };
                    tx.note(Note::new(kind).body(serde_json::json!({ "why": trouble })));
                }
                Ok(())
            })
        })
        .await
    }

    /// How the leads of a shadow run were decided by both sides, and how they ended.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn shadow_tally(&self, id: i64) -> Result<Vec<ShadowTally>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select s.live, s.draft, l.end_code, count(*) from shadow_verdict s \
                           join lead l on l.id = s.lead_id where s.shadow_id = $1 \
                           group by s.live, s.draft, l.end_code order by s.live, s.draft, l.end_code";
                let rows = tx.all(sql, args![id]).await?;
                let tally = |row: &Row| {
                    Ok(ShadowTally {
                        live: verdict(row.int(0)?),
                        draft: verdict(row.int(1)?),
                        ended: ended(row.text_opt(2)?.as_deref()),
                        leads: row.int(3)?.unsigned_abs(),
                    })
                };
                rows.iter().map(tally).collect()
            })
        })
        .await
    }

    /// The leads the two sides decide differently, the latest first, at most `most`.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn shadow_differs(&self, id: i64, most: u32) -> Result<Vec<ShadowDiffers>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select s.lead_id, l.received_at, e.name, s.live, s.draft, l.end_code, s.codes \
                           from shadow_verdict s join lead l on l.id = s.lead_id join endpoint e on e.id = l.source_id \
                           where s.shadow_id = $1 and s.live <> s.draft order by s.lead_id desc limit $2";
                let rows = tx.all(sql, args![id, i64::from(most)]).await?;
                rows.iter().map(differs).collect()
            })
        })
        .await
    }
}

async fn running(tx: &mut Tx) -> Result<Option<Shadow>, StoreError> {
    let sql = format!("select {COLUMNS} from shadow where ended_at is null");
    tx.one(&sql, vec![]).await?.as_ref().map(shadow).transpose()
}

fn shadow(row: &Row) -> Result<Shadow, StoreError> {
    let draft = ShadowDraft {
        hash: row.text(1)?,
        body: row.text(2)?,
        live_hash: row.text(3)?,
        dir: row.text(4)?,
        name: row.text(5)?,
        reason: row.text(7)?,
    };
    Ok(Shadow {
        id: row.int(0)?,
        draft,
        who: row.text(6)?,
        since: row.at(8)?,
        ended_at: row.at_opt(9)?,
        ended_by: row.text_opt(10)?,
        trouble: row.text_opt(11)?,
    })
}

fn differs(row: &Row) -> Result<ShadowDiffers, StoreError> {
    let lead = LeadId(row.int(0)?);
    let codes = serde_json::from_str(&row.text(6)?);
    Ok(ShadowDiffers {
        lead,
        received_at: row.at(1)?,
        source: row.text(2)?,
        live: verdict(row.int(3)?),
        draft: verdict(row.int(4)?),
        ended: ended(row.text_opt(5)?.as_deref()),
        codes: codes.map_err(|error| StoreError::Damaged(format!("shadow verdict of lead {lead}: {error}")))?,
    })
}

/// What an end code says about whether the rules were right.
fn ended(code: Option<&str>) -> Ended {
    match code.and_then(|code| code.parse::<Code>().ok()) {
        Some(Code::Won) => Ended::Won,
        Some(code) if code.is_source_fault() => Ended::Returned,
        Some(code) if code.stem().starts_with("R-") => Ended::OurFault,
        Some(code) if code.stem().starts_with("O-") => Ended::Lost,
        _ => Ended::Open,
    }
}
