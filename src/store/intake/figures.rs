//! Figures of campaigns: append-only, the latest of a campaign and day counts. What did not change writes
//! nothing; a day nobody speaks of keeps what is known of it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::PageStored;
use crate::store::db::args;
use crate::store::{Endpoint, Note, StoreError, Tx};

/// What a campaign cost and showed on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignDay {
    /// The platform's id of the campaign.
    pub campaign: String,
    /// The day, in the zone of the ad account.
    pub day: Date,
    /// What it cost, in minor units of `currency`.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// How often it was shown.
    pub impressions: Option<i64>,
    /// How often it was clicked.
    pub clicks: Option<i64>,
}

/// Who enters what a platform said; what a person enters adds to it.
pub(in crate::store) const PLATFORM: &str = "leadgate";

/// Stores what is new or different, and notes it.
pub(super) async fn write(
    tx: &mut Tx,
    taken: &Endpoint,
    figures: &[CampaignDay],
    stored: &mut PageStored,
) -> Result<(), StoreError> {
    let days = figures.iter().map(|one| one.day);
    let (Some(first), Some(last)) = (days.clone().min(), days.max()) else { return Ok(()) };
    let mut known = known(tx, taken.id, first, last).await?;
    let mut change: BTreeMap<String, i64> = BTreeMap::new();
    let (before_new, before_restated) = (stored.figures, stored.restated);
    for one in figures {
        let key = (one.campaign.clone(), one.day.to_string());
        match known.get(&key) {
            Some(before) if before == one => continue,
            Some(before) => {
                stored.restated += 1;
                *change.entry(before.currency.clone()).or_default() -= before.amount;
            }
            None => stored.figures += 1,
        }
        *change.entry(one.currency.clone()).or_default() += one.amount;
        let id = tx.next_id("cost").await?;
        let sql = "insert into cost (id, source_id, campaign, day, amount, currency, impressions, clicks, as_of, who) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values = args![
            id,
            taken.id,
            &one.campaign,
            one.day.to_string(),
            one.amount,
            &one.currency,
            one.impressions,
            one.clicks,
            tx.now(),
            PLATFORM
        ];
        tx.run(sql, values).await?;
        known.insert(key, one.clone());
    }
    let (new, restated) = (stored.figures - before_new, stored.restated - before_restated);
    if new + restated > 0 {
        change.retain(|_, amount| *amount != 0);
        let body = serde_json::json!({ "source": taken.name, "new": new, "restated": restated, "change": change });
        tx.note(Note::new("figures").body(body));
    }
    Ok(())
}

/// What counts of a source's days now.
async fn known(
    tx: &mut Tx,
    source: i64,
    first: Date,
    last: Date,
) -> Result<BTreeMap<(String, String), CampaignDay>, StoreError> {
    let sql = "select campaign, day, amount, currency, impressions, clicks from cost \
               where source_id = $1 and day >= $2 and day <= $3 and who = $4 and campaign is not null \
               order by as_of, id";
    let rows = tx.all(sql, args![source, first.to_string(), last.to_string(), PLATFORM]).await?;
    let mut known = BTreeMap::new();
    for row in rows {
        let (campaign, day) = (row.text(0)?, row.text(1)?);
        let parsed = day.parse().map_err(|_| StoreError::Damaged(format!("cost of the day {day:?}")))?;
        let one = CampaignDay {
            campaign: campaign.clone(),
            day: parsed,
            amount: row.int(2)?,
            currency: row.text(3)?,
            impressions: row.int_opt(4)?,
            clicks: row.int_opt(5)?,
        };
        // In order: the latest stays.
        known.insert((campaign, day), one);
    }
    Ok(known)
}
