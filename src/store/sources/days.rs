//! What a source brought on each of the business's days: a row a source and day, kept in the transaction
//! that stores the records, so that a screen never counts leads.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::health::Day;
use crate::store::db::args;
use crate::store::{Store, StoreError, Tx};

/// Days kept; twice what any figure looks back.
const KEPT_DAYS: i64 = 400;

/// What one page adds to its source's days.
#[derive(Debug, Default)]
pub(in crate::store) struct DayCounts {
    days: BTreeMap<String, [i64; 7]>,
}

impl DayCounts {
    /// A new lead who asked at that instant.
    pub(in crate::store) fn lead(&mut self, tx: &Tx, asked_at: Timestamp) {
        self.day(tx, asked_at)[0] += 1;
        self.day(tx, tx.now())[1] += 1;
    }

    /// A further touch of somebody known.
    pub(in crate::store) fn touch(&mut self, tx: &Tx) {
        self.day(tx, tx.now())[2] += 1;
    }

    /// A record kept aside.
    pub(in crate::store) fn aside(&mut self, tx: &Tx) {
        self.day(tx, tx.now())[3] += 1;
    }

    /// A new record that the cursor had passed by so many seconds.
    pub(in crate::store) fn late(&mut self, tx: &Tx, secs: i64) {
        let today = self.day(tx, tx.now());
        today[4] += 1;
        today[5] = today[5].max(secs);
    }

    /// Somebody who never confirmed was given up.
    pub(in crate::store) fn lapsed(&mut self, tx: &Tx, at: Timestamp) {
        self.day(tx, at)[6] += 1;
    }

    fn day(&mut self, tx: &Tx, at: Timestamp) -> &mut [i64; 7] {
        self.days.entry(tx.day_of(at)).or_default()
    }

    /// Adds them to the source's rows.
    pub(in crate::store) async fn write(self, tx: &mut Tx, source: i64) -> Result<(), StoreError> {
        for (day, [asked, came, touches, aside, late, late_secs, lapsed]) in self.days {
            let greatest = if tx.is_sqlite() { "max" } else { "greatest" };
            let sql = format!(
                "insert into source_day (source_id, day, asked, came, touches, aside, late, late_secs, lapsed) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (source_id, day) do update set \
                 asked = source_day.asked + excluded.asked, came = source_day.came + excluded.came, \
                 touches = source_day.touches + excluded.touches, aside = source_day.aside + excluded.aside, \
                 late = source_day.late + excluded.late, lapsed = source_day.lapsed + excluded.lapsed, \
                 late_secs = {greatest}(source_day.late_secs, excluded.late_secs)"
            );
            tx.run(&sql, args![source, day, asked, came, touches, aside, late, late_secs, lapsed]).await?;
        }
        Ok(())
    }
}

impl Store {
    /// The days of every source since a local day, oldest first, by config id; days on which nothing came
    /// are absent.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn source_days(&self, since: Date) -> Result<BTreeMap<String, Vec<Day>>, StoreError> {
        self.read(move |tx| {
            Box::pin(async move {
                let sql = "select e.name, d.day, d.asked, d.came, d.touches, d.aside, d.late, d.late_secs, d.lapsed \
                           from source_day d join endpoint e on e.id = d.source_id where d.day >= $1 order by d.day";
                let mut found: BTreeMap<String, Vec<Day>> = BTreeMap::new();
                for row in tx.all(sql, args![since.to_string()]).await? {
                    let count = |at: usize| row.int(at).map(i64::unsigned_abs);
                    let day = row.text(1)?;
                    let day = day.parse().map_err(|_| StoreError::Damaged(format!("a day {day:?}")))?;
                    let one = Day {
                        day,
                        asked: count(2)?,
                        came: count(3)?,
                        touches: count(4)?,
                        aside: count(5)?,
                        late: count(6)?,
                        late_secs: row.int(7)?,
                        lapsed: count(8)?,
                    };
                    found.entry(row.text(0)?).or_default().push(one);
                }
                Ok(found)
            })
        })
        .await
    }

    /// Deletes days nobody looks back at any more.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn prune_source_days(&self) -> Result<u64, StoreError> {
        self.write(|tx| {
            Box::pin(async move {
                let before = tx.now().checked_sub(jiff::SignedDuration::from_hours(24 * KEPT_DAYS));
                let Ok(before) = before else { return Ok(0) };
                let day = tx.day_of(before);
                tx.run("delete from source_day where day < $1", args![day]).await
            })
        })
        .await
    }
}
