//! Makes the report that goes out by mail: the same figures as the Report screen, over the days the configuration says.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::DeskError;
use super::report::FiguresAsk;
use super::store_desk::StoreDesk;
use super::view::MailStands;
use super::words::when;
use crate::engine::owner::ReportMaker;
use crate::report::letter::{Sheet, sheet};
use crate::report::model::{Dimension, Row, View};
use crate::report::period::{Period, latest};
use crate::store::{MailState, ReportMail};
use crate::text::clean_line;

/// What the page is split by. Not by person and referral code: it leaves the house.
pub const OWNER_SPLITS: [Dimension; 5] =
    [Dimension::Source, Dimension::Campaign, Dimension::Service, Dimension::Region, Dimension::Team];
/// Longest reason that is told of a mail.
const WHY_MAX: usize = 200;
/// Days of the report where the configuration says nothing.
const OVER: u16 = 91;

impl StoreDesk {
    /// When the next report goes out by mail, and how the last one went; `None` where it goes to nobody.
    pub(super) async fn mail_stands(&self) -> Result<Option<MailStands>, DeskError> {
        let Some(mail) = &self.config.report.mail else { return Ok(None) };
        let (now, zone) = (self.now(), &self.config.business.zone);
        let mails = self.store.report_mails().await?;
        let next = latest(mail, zone, now).map_or_else(String::new, |period| when(period.until, now, zone));
        let (last, trouble) = went(&mails);
        Ok(Some(MailStands { next, to: mail.to.clone(), last, trouble }))
    }

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

/// `week-2026-11-23 sent to 2`, or how many of its mails stand how, with what went wrong first.
fn went(mails: &[ReportMail]) -> (Option<String>, bool) {
    let Some(first) = mails.first() else { return (None, false) };
    let done = |mail: &&ReportMail| matches!(mail.state, MailState::Sent | MailState::ByHand);
    let sent = mails.iter().filter(done).count();
    if sent == mails.len() {
        return (Some(format!("{} sent to {sent}", first.period)), false);
    }
    let open = mails.iter().filter(|mail| !done(mail));
    let under_way = open.clone().all(|mail| matches!(mail.state, MailState::Waiting | MailState::Sending));
    let rest: Vec<String> = open
        .map(|mail| {
            let why = mail.why.as_ref().map_or_else(String::new, |why| format!(": {}", clean_line(why, WHY_MAX)));
            format!("{} {}{why}", mail.recipient, mail.state.word())
        })
        .collect();
    let failing = mails.iter().any(|mail| !done(&mail) && mail.why.is_some());
    (Some(format!("{} sent to {sent} of {}; {}", first.period, mails.len(), rest.join("; "))), !under_way || failing)
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn mail(recipient: &str, state: MailState, why: Option<&str>) -> ReportMail {
        let at = Timestamp::UNIX_EPOCH;
        let (period, why) = ("week-2026-11-23".to_owned(), why.map(str::to_owned));
        ReportMail { period, recipient: recipient.to_owned(), state, due_at: at, until: at, tries: 1, claim: 1, why }
    }

    #[test]
    fn how_the_last_report_went_is_a_warning_only_where_somebody_may_lack_it() {
        let told = |mails: &[ReportMail]| went(mails);
        assert_eq!(told(&[]), (None, false));
        let sent = [mail("eva@a.example", MailState::Sent, None), mail("tom@a.example", MailState::ByHand, None)];
        assert_eq!(told(&sent), (Some("week-2026-11-23 sent to 2".to_owned()), false));
        let coming = [mail("eva@a.example", MailState::Sent, None), mail("tom@a.example", MailState::Waiting, None)];
        let (said, trouble) = told(&coming);
        assert!(!trouble && said.unwrap().starts_with("week-2026-11-23 sent to 1 of 2; tom@a.example "));
        let refused = "550 no such \u{1b}[2Juser";
        for (state, why) in
            [(MailState::Failed, Some(refused)), (MailState::Unknown, None), (MailState::Waiting, Some(refused))]
        {
            let (said, trouble) = told(&[mail("eva@a.example", state, why)]);
            let said = said.unwrap();
            assert!(trouble && said.contains("sent to 0 of 1; eva@a.example"), "{said}");
            assert!(why.is_none() || said.contains("550 no such") && !said.contains('\u{1b}'), "{said}");
        }
    }
}
