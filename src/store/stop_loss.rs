//! Stop-losses of caps as rows: by which figures they were last looked at, and since when they act. One that acts has
//! closed its cap the way a person would, by what is set above the configuration, so that whoever waits, explains,
//! forecasts or undoes knows nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::caps::tell;
use super::db::args;
use super::overrides::live;
use super::{OverrideKind, Row, Store, StoreError, Tx};

/// Who closes and opens.
const WHO: &str = "leadgate";

/// A stop-loss as it was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopLossRow {
    /// Cap id.
    pub cap: String,
    /// When it was looked at.
    pub looked_at: Timestamp,
    /// It acts since then.
    pub tripped_at: Option<Timestamp>,
    /// A person let it go then.
    pub let_go_at: Option<Timestamp>,
    /// By which figures, JSON.
    pub body: String,
}

/// What a look found.
#[derive(Debug, Clone)]
pub struct StopLossLook {
    /// How it stands now.
    pub row: StopLossRow,
    /// It closes its cap while it acts; else it only tells.
    pub closes: bool,
    /// Why, for people.
    pub why: String,
    /// Source id.
    pub source: String,
    /// Who is told when it closes and opens.
    pub hook: Option<String>,
}

const COLUMNS: &str = "cap, looked_at, tripped_at, let_go_at, body";

impl Store {
    /// Every stop-loss as it was last looked at, by its cap.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn stop_losses(&self) -> Result<BTreeMap<String, StopLossRow>, StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let rows = tx.all(&format!("select {COLUMNS} from stop_loss order by cap"), vec![]).await?;
                rows.iter().map(|one| Ok((one.text(0)?, row(one)?))).collect()
            })
        })
        .await
    }

    /// Keeps what a look found, and closes or opens its cap where that changed, with the journal's entry. What a
    /// person has set stays.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn keep_stop_loss(&self, look: StopLossLook) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { keep(tx, &look).await })).await
    }

    /// Ends a stop-loss that is no longer configured: its cap opens.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn drop_stop_loss(&self, cap: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let gone = tx.run("delete from stop_loss where cap = $1", args![&cap]).await? == 1;
                if gone && is_closed_by_us(tx, &cap).await? {
                    tx.end_override(OverrideKind::Cap, &cap).await?;
                    let body = serde_json::json!({ "cap": cap, "why": "it is no longer configured" });
                    tell(tx, "stop-loss-over", &cap, body, &BTreeMap::new()).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn keep(tx: &mut Tx, look: &StopLossLook) -> Result<(), StoreError> {
    let StopLossRow { cap, looked_at, tripped_at, let_go_at, body } = &look.row;
    let sql = "select tripped_at from stop_loss where cap = $1";
    let before = tx.one(sql, args![cap]).await?.map(|row| row.at_opt(0)).transpose()?.flatten();
    let set: Vec<_> = live(tx).await?;
    let set = set.iter().rev().find(|set| set.kind == OverrideKind::Cap && set.name == *cap);
    let ours = set.is_some_and(|set| set.who == WHO);
    let hooks = look.hook.iter().map(|url| (cap.clone(), url.clone())).collect();
    let told = serde_json::json!({ "cap": cap, "source": look.source, "why": look.why, "closes": look.closes });
    match tripped_at {
        Some(_) if look.closes && set.is_none() => {
            tx.set_override(OverrideKind::Cap, cap, 0, None, WHO, &look.why).await?;
        }
        Some(_) if look.closes || !ours => {}
        _ if ours => drop(tx.end_override(OverrideKind::Cap, cap).await?),
        _ => {}
    }
    match (before, tripped_at) {
        (None, Some(_)) => tell(tx, "stop-loss", cap, told, &hooks).await?,
        // Where a person opened it, their own entry says so.
        (Some(_), None) if let_go_at.is_none() => tell(tx, "stop-loss-over", cap, told, &hooks).await?,
        _ => {}
    }
    let sql = "insert into stop_loss (cap, looked_at, tripped_at, let_go_at, body) values ($1, $2, $3, $4, $5) \
               on conflict (cap) do update set looked_at = excluded.looked_at, tripped_at = excluded.tripped_at, \
               let_go_at = excluded.let_go_at, body = excluded.body";
    tx.run(sql, args![cap, *looked_at, *tripped_at, *let_go_at, body]).await.map(drop)
}

async fn is_closed_by_us(tx: &mut Tx, cap: &str) -> Result<bool, StoreError> {
    let set = live(tx).await?;
    Ok(set.iter().any(|set| set.kind == OverrideKind::Cap && set.name == cap && set.who == WHO))
}

fn row(row: &Row) -> Result<StopLossRow, StoreError> {
    Ok(StopLossRow {
        cap: row.text(0)?,
        looked_at: row.at(1)?,
        tripped_at: row.at_opt(2)?,
        let_go_at: row.at_opt(3)?,
        body: row.text(4)?,
    })
}
