//! What was spent, and at which rates it is counted. Costs and rates are never changed, only added to or
//! re-stated, so that the figures of an earlier day can be told again as they were known then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::db::args;
use super::intake::PLATFORM;
use super::{Note, Store, StoreError, Tx};

/// Most cost rows a report reads; more is a mistake of an import rather than a business.
const ROWS_MAX: i64 = 2_000_000;

/// What an amount is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CostKind {
    /// Paid for ads or leads. A negative one corrects an earlier one.
    #[default]
    Spend,
    /// A fixed fee.
    Fee,
    /// Given back for leads that were returned: counted against the cost.
    Credit,
}

impl CostKind {
    /// As stored and as written in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Spend => "spend",
            Self::Fee => "fee",
            Self::Credit => "credit",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Spend, Self::Fee, Self::Credit].into_iter().find(|kind| kind.word() == word)
    }
}

/// A cost entered by hand or from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Source id; `None`: of no source.
    pub source: Option<String>,
    /// Campaign.
    pub campaign: Option<String>,
    /// Local day, or the first of several.
    pub day: Date,
    /// The last of several days over which it is spread evenly.
    pub until: Option<Date>,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// What it is.
    pub kind: CostKind,
}

/// A cost that counts, with what a platform showed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// The cost.
    pub cost: Cost,
    /// How often it was shown.
    pub impressions: Option<i64>,
    /// How often it was clicked.
    pub clicks: Option<i64>,
}

/// What one unit of a currency is worth in the business's, from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// ISO 4217.
    pub currency: String,
    /// From this day on.
    pub day: Date,
    /// In the business's currency.
    pub rate: Decimal,
}

/// How much of `amount`, spread evenly over the days `[from, until]`, falls into `[since, till]`: day k of n bears
/// `⌊amount·k/n⌋ − ⌊amount·(k−1)/n⌋`, so that the days sum to the amount exactly.
pub fn part_of(amount: i64, (from, until): (Date, Date), (since, till): (Date, Date)) -> i64 {
    let days = |a: Date, b: Date| i128::from((b - a).get_days()) + 1;
    let (first, last) = (from.max(since), until.min(till));
    if first > last {
        return 0;
    }
    let (all, amount) = (days(from, until).max(1), i128::from(amount));
    let upto = |k: i128| (amount * k).div_euclid(all);
    let part = upto(days(from, last)) - upto(days(from, first) - 1);
    i64::try_from(part).unwrap_or(i64::MAX)
}

impl Store {
    /// Enters costs, all or none.
    ///
    /// # Errors
    /// The database did not answer, or a source was never known to it.
    pub async fn add_costs(&self, costs: Vec<Cost>, who: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for cost in &costs {
                    add(tx, cost, &who).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Books the rate of a currency from a day on; the latest word about a day counts.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn add_rate(&self, rate: Rate, who: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let id = tx.next_id("rate").await?;
                let (day, value) = (rate.day.to_string(), rate.rate.to_string());
                let sql = "insert into rate (id, currency, day, rate, as_of, who) values ($1, $2, $3, $4, $5, $6)";
                tx.run(sql, args![id, &rate.currency, &day, &value, tx.now(), &who]).await?;
                let body = serde_json::json!({ "currency": rate.currency, "day": day, "rate": value });
                tx.note(Note::new("rate").by(&who).body(body));
                Ok(())
            })
        })
        .await
    }

    /// Booked rates, by currency and day; of two for one day the later word. With `as_of` those known then.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn rates(&self, as_of: Option<Timestamp>) -> Result<Vec<Rate>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select currency, day, rate from rate where as_of <= $1 order by currency, day, as_of, id";
                let mut found: BTreeMap<(String, Date), Decimal> = BTreeMap::new();
                for row in tx.all(sql, args![as_of.unwrap_or(Timestamp::MAX)]).await? {
                    let rate = row.text(2)?;
                    let rate = rate.parse().map_err(|_| StoreError::Damaged(format!("a rate {rate:?}")))?;
                    found.insert((row.text(0)?, date(&row.text(1)?)?), rate);
                }
                Ok(found.into_iter().map(|((currency, day), rate)| Rate { currency, day, rate }).collect())
            })
        })
        .await
    }

    /// Costs that touch the local days `[since, until]`. What people entered adds up; of what a platform said of a
    /// campaign and day, the latest counts. With `as_of` as they were known then.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn cost_rows(
        &self,
        since: Date,
        until: Date,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<CostRow>, StoreError> {
        self.read(move |tx| Box::pin(async move { rows(tx, since, until, as_of.unwrap_or(Timestamp::MAX)).await }))
            .await
    }

    /// What each source cost between two local days, inclusive, less what was credited: (source, currency, minor
    /// units).
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn costs(&self, since: Date, until: Date) -> Result<Vec<(String, String, i64)>, StoreError> {
        let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
        for row in self.cost_rows(since, until, None).await? {
            let Some(source) = row.cost.source else { continue };
            let days = (row.cost.day, row.cost.until.unwrap_or(row.cost.day));
            let part = part_of(row.cost.amount, days, (since, until));
            let sum = sums.entry((source, row.cost.currency)).or_default();
            *sum = if row.cost.kind == CostKind::Credit { sum.saturating_sub(part) } else { sum.saturating_add(part) };
        }
        Ok(sums.into_iter().map(|((source, currency), sum)| (source, currency, sum)).collect())
    }
}

async fn add(tx: &mut Tx, cost: &Cost, who: &str) -> Result<(), StoreError> {
    let source = match &cost.source {
        None => 0,
        Some(name) => {
            let sql = "select id from endpoint where kind = 'source' and name = $1";
            let row = tx.one(sql, args![name]).await?;
            row.ok_or_else(|| StoreError::Unusable(format!("no source {name:?} is known here")))?.int(0)?
        }
    };
    let id = tx.next_id("cost").await?;
    let sql = "insert into cost (id, source_id, campaign, day, until, amount, currency, kind, as_of, who) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (day, until) = (cost.day.to_string(), cost.until.map(|day| day.to_string()));
    let values = args![
        id,
        source,
        cost.campaign.clone(),
        &day,
        until.clone(),
        cost.amount,
        &cost.currency,
        cost.kind.word(),
        tx.now(),
        who
    ];
    tx.run(sql, values).await?;
    let body = serde_json::json!({ "source": cost.source, "day": day, "until": until, "amount": cost.amount,
        "currency": cost.currency, "kind": cost.kind.word() });
    tx.note(Note::new("cost").by(who).body(body));
    Ok(())
}

async fn rows(tx: &mut Tx, since: Date, until: Date, as_of: Timestamp) -> Result<Vec<CostRow>, StoreError> {
    let sql = "select e.name, c.campaign, c.day, c.until, c.amount, c.currency, c.kind, c.impressions, c.clicks \
               from cost c left join endpoint e on e.id = c.source_id where c.day <= $2 \
               and coalesce(c.until, c.day) >= $1 and c.as_of <= $4 \
               and (c.who <> $3 or not exists (select 1 from cost x where x.source_id = c.source_id \
               and x.day = c.day and x.campaign = c.campaign and x.who = c.who and x.as_of <= $4 \
               and (x.as_of > c.as_of or (x.as_of = c.as_of and x.id > c.id)))) order by c.id limit $5";
    let rows = tx.all(sql, args![since.to_string(), until.to_string(), PLATFORM, as_of, ROWS_MAX]).await?;
    if rows.len() as i64 >= ROWS_MAX {
        return Err(StoreError::Unusable(format!(
            "more than {ROWS_MAX} cost rows in one period: ask for a shorter one"
        )));
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let kind = row.text(6)?;
        let cost = Cost {
            source: row.text_opt(0)?,
            campaign: row.text_opt(1)?,
            day: date(&row.text(2)?)?,
            until: row.text_opt(3)?.map(|day| date(&day)).transpose()?,
            amount: row.int(4)?,
            currency: row.text(5)?,
            kind: CostKind::parse(&kind).ok_or_else(|| StoreError::Damaged(format!("a cost of kind {kind:?}")))?,
        };
        found.push(CostRow { cost, impressions: row.int_opt(7)?, clicks: row.int_opt(8)? });
    }
    Ok(found)
}

fn date(text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| StoreError::Damaged(format!("a cost of the day {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_fee_spread_over_days_sums_exactly_whatever_the_cuts() {
        let days = (date(2026, 1, 31), date(2026, 3, 1));
        for amount in [10_000, 1, 29, -10_001, 0] {
            let each: i64 =
                days.0.series(jiff::Span::new().days(1)).take(30).map(|d| part_of(amount, days, (d, d))).sum();
            assert_eq!(each, amount, "thirty days bear all of it");
            let (january, february) = ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28)));
            let march = (date(2026, 3, 1), date(2026, 3, 31));
            let months: i64 = [january, february, march].into_iter().map(|m| part_of(amount, days, m)).sum();
            assert_eq!(months, amount, "and so do the months it touches");
        }
        assert_eq!(part_of(500, days, (date(2026, 3, 2), date(2026, 4, 1))), 0);
    }
}
