//! Makes the report that goes out by mail: the same figures as the Report screen, over the days the configuration says.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::DeskError;
use super::report::FiguresAsk;
use super::store_desk::StoreDesk;
use crate::engine::owner::ReportMaker;
use crate::report::letter::{Sheet, sheet};
use crate::report::model::{Dimension, Row, View};
use crate::report::period::Period;

/// What the page is split by. Not by person and referral code: it leaves the house.
pub const OWNER_SPLITS: [Dimension; 5] =
    [Dimension::Source, Dimension::Campaign, Dimension::Service, Dimension::Region, Dimension::Team];
/// Days of the report where the configuration says nothing.
const OVER: u16 = 91;

impl StoreDesk {
    /// The report as a letter; where it says no first day, as many days as the configuration says. `lately`: the
    /// period it goes out for.
    ///
    /// # Errors
    /// As [`StoreDesk::full_report`].
    pub async fn sheet(&self, ask: FiguresAsk, lately: Option<(&str, Date, Date)>) -> Result<Sheet, DeskError> {
        let until = ask.until.unwrap_or_else(|| self.now().to_zoned(self.config.business.zone.clone()).date());
        let over = self.config.report.mail.as_ref().map_or(OVER, |mail| mail.over);
        let since = ask.since.or_else(|| until.checked_sub((i64::from(over) - 1).days()).ok());
        let report = self.full_report(&FiguresAsk { since, until: Some(until), ..ask }).await?;
        let period = match lately {
            None => None,
            Some((word, first, last)) => {
                let ask =
                    FiguresAsk { since: Some(first), until: Some(last), view: View::Calendar, ..FiguresAsk::default() };
                Some((word, self.brief_report(&ask).await?))
            }
        };
        let lately = period.as_ref().map(|(word, report)| (*word, report));
        sheet(&report, lately).map_err(|error| DeskError::Unknown(error.to_string()))
    }
}

/// Makes the engine's reports.
pub struct DeskReports(pub Arc<StoreDesk>);

impl ReportMaker for DeskReports {
    fn make(&self, period: Period) -> BoxFuture<'static, Result<Sheet, String>> {
        let desk = Arc::clone(&self.0);
        Box::pin(async move {
            let ask = FiguresAsk {
                until: Some(period.last),
                by: OWNER_SPLITS.to_vec(),
                working: true,
                ..FiguresAsk::default()
            };
            let lately = Some((period.word, period.first, period.last));
            desk.sheet(ask, lately).await.map_err(|error| error.to_string())
        })
    }

    fn sources(&self, days: u16) -> BoxFuture<'static, Result<Vec<Row>, String>> {
        let desk = Arc::clone(&self.0);
        Box::pin(async move {
            let today = desk.now().to_zoned(desk.config.business.zone.clone()).date();
            let since = today.checked_sub((i64::from(days) - 1).days()).map_err(|error| error.to_string())?;
            let by = vec![Dimension::Source];
            let ask = FiguresAsk { since: Some(since), until: Some(today), by, ..FiguresAsk::default() };
            let report = desk.brief_report(&ask).await.map_err(|error| error.to_string())?;
            Ok(report.splits.into_iter().flat_map(|split| split.rows).collect())
        })
    }
}
