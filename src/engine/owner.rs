//! Mails the report to whoever decides what is spent, once for each period: the row is claimed before the first byte
//! and told before the last step, so that a crash sends none twice. One that may have arrived is not sent again, but
//! said; one that surely did not is tried ever more rarely until its period ends. Who makes the report is given from
//! outside: the engine knows none of the figures.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::driver::{Report, Stage};
use super::wiring::{Engine, Parts, Target};
use crate::clock::later;
use crate::config::checked::OwnerMail;
use crate::handoff::{Delivery, Destination, LeaseLost, Letter, Phases};
use crate::lead::{Class, Phase};
use crate::report::letter::Sheet;
use crate::report::model::Row;
use crate::report::period::{Period, latest};
use crate::store::{MailEnd, MailState, ReportMail, Store, StoreError};

/// Wait after the first failure; doubled each time.
const WAIT: SignedDuration = SignedDuration::from_mins(2);
/// Longest wait between two tries.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(4);
/// Longest time the making of a report may take.
const MAKING: std::time::Duration = std::time::Duration::from_mins(10);

/// Makes what is sent and decided by figures.
pub trait ReportMaker: Send + Sync {
    /// The letter of a period, or why there is none.
    fn make(&self, period: Period) -> BoxFuture<'static, Result<Sheet, String>>;

    /// The report's line of every source over so many days, today included, or why there is none.
    fn sources(&self, days: u16) -> BoxFuture<'static, Result<Vec<Row>, String>>;
}

/// Works figures out on a thread of their own: counting a million leads must not keep the other stages from their
/// turn.
pub(super) async fn apart<T: Send + 'static>(making: BoxFuture<'static, Result<T, String>>) -> Result<T, String> {
    let making = tokio::time::timeout(MAKING, making);
    let runtime = tokio::runtime::Handle::current();
    let made = tokio::task::spawn_blocking(move || runtime.block_on(making)).await;
    let made = made.map_err(|error| format!("making the report stopped: {error}"))?;
    made.map_err(|_| format!("making the report took longer than {} minutes", MAKING.as_secs() / 60))?
}

/// Mails the report.
pub struct Owner {
    parts: Arc<Parts>,
    mail: OwnerMail,
    maker: Arc<dyn ReportMaker>,
}

impl Engine {
    /// Knows who makes the report that goes out by mail; without it none does.
    #[must_use]
    pub fn reporting(mut self, maker: Arc<dyn ReportMaker>) -> Self {
        self.reports = Some(maker);
        self
    }

    /// Mails the report, where the config says to whom.
    pub(super) fn owner(&self) -> Option<Arc<Owner>> {
        let (mail, maker) = (self.parts.config.report.mail.clone()?, Arc::clone(self.reports.as_ref()?));
        Some(Arc::new(Owner { parts: Arc::clone(&self.parts), mail, maker }))
    }
}

impl Stage for Owner {
    fn name(&self) -> String {
        "report by mail".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(self.step())
    }
}

impl Owner {
    async fn step(&self) -> Result<Report, StoreError> {
        let (parts, store) = (&self.parts, &self.parts.store);
        let now = parts.clock.now();
        let Some(period) = latest(&self.mail, &parts.config.business.zone, now) else { return Ok(Report::default()) };
        store.rescue_report_mail().await?;
        let moments = (period.due_at, period.until);
        store.open_report_mail(period.name.clone(), moments, self.mail.to.clone()).await?;
        let claimed = store.claim_report_mail().await?;
        if !claimed.is_empty() {
            self.serve(&period, &claimed).await?;
        }
        let waiting = store.report_mails().await?;
        let next = waiting.iter().filter(|mail| mail.state == MailState::Waiting).map(|mail| mail.due_at).min();
        Ok(Report { did: claimed.len(), next_at: Some(next.map_or(period.until, |at| at.min(period.until))) })
    }

    async fn serve(&self, period: &Period, claimed: &[ReportMail]) -> Result<(), StoreError> {
        let made = self.made(period).await;
        for mail in claimed {
            let end = match &made {
                // The schedule was changed meanwhile: what is made now is of other days.
                _ if mail.period != period.name => MailEnd::Failed("the schedule was changed".to_owned()),
                _ if !self.mail.to.contains(&mail.recipient) => {
                    MailEnd::Failed("the address is no longer in report.mail_to".to_owned())
                }
                Err(why) => self.again(mail, None, why.clone()),
                Ok((target, sheet)) => self.send(mail, period, target, sheet).await,
            };
            if let MailEnd::Again(_, why) | MailEnd::Failed(why) | MailEnd::Unknown(why) = &end {
                tracing::warn!("the report of the {} was not mailed: {why}", period.name);
            }
            if !self.parts.store.settle_report_mail(mail, end).await? {
                tracing::warn!("a mail of the report was somebody else's before its result could be stored");
            }
        }
        Ok(())
    }

    /// The mail server and what it is to send, or why there is neither.
    async fn made(&self, period: &Period) -> Result<(&Arc<Target>, Sheet), String> {
        let by = self.parts.config.letters_by().ok_or("there is no mail destination to send it by")?;
        let target = self.parts.targets.get(by).ok_or_else(|| format!("destination {by} could not be set up"))?;
        let made = apart(self.maker.make(period.clone())).await;
        made.map(|sheet| (target, sheet)).map_err(|why| format!("the report could not be made: {why}"))
    }

    async fn send(&self, mail: &ReportMail, period: &Period, target: &Target, sheet: &Sheet) -> MailEnd {
        let name = format!("report-{}", period.name);
        let leaving = Leaving { store: &self.parts.store, mail };
        let delivery = match post(&*target.by, (name, period.due_at), sheet, &mail.recipient, &leaving).await {
            Ok(delivery) => delivery,
            Err(why) => return self.again(mail, None, why),
        };
        let why = words(&target.name, &delivery);
        match delivery.class {
            Class::Ok | Class::Exists => MailEnd::Sent,
            Class::Unknown => MailEnd::Unknown(why),
            Class::Reject | Class::Gone | Class::Twin => MailEnd::Failed(why),
            Class::Retry | Class::Throttle | Class::Auth | Class::Config => self.again(mail, delivery.wait_secs, why),
        }
    }

    fn again(&self, mail: &ReportMail, asked: Option<u64>, why: String) -> MailEnd {
        let doubled = u32::try_from(mail.tries - 1).ok().and_then(|tries| 1_i32.checked_shl(tries)).unwrap_or(i32::MAX);
        let wait = WAIT.saturating_mul(doubled.max(1)).min(WAIT_MAX);
        let asked = asked.and_then(|secs| i64::try_from(secs).ok()).map_or(wait, SignedDuration::from_secs);
        MailEnd::Again(later(self.parts.clock.now(), wait.max(asked)), why)
    }
}

/// Sends a sheet to one address under a name that stays.
///
/// # Errors
/// It could not be made into a mail; nothing was sent.
pub async fn post(
    by: &dyn Destination,
    (name, at): (String, Timestamp),
    sheet: &Sheet,
    to: &str,
    phases: &dyn Phases,
) -> Result<Delivery, String> {
    let page = sheet.page.as_ref().map(|page| (sheet.file.clone(), page.clone()));
    let (subject, text) = (sheet.subject.clone(), sheet.text.clone());
    let letter = Letter { name, to: vec![(String::new(), to.to_owned())], subject, text, page, at };
    let frozen = by.letter(&letter).ok_or("it sends no letters")?.map_err(|failure| failure.to_string())?;
    let frozen = frozen.first().ok_or("nobody is named to get it")?;
    Ok(by.deliver(frozen, phases).await)
}

/// What a mail server said, with its name and how to mend it.
pub fn words(destination: &str, delivery: &Delivery) -> String {
    let hint = delivery.hint.as_ref().map_or_else(String::new, |hint| format!(" · {hint}"));
    format!("destination {destination}: {}{hint}", delivery.message)
}

/// The last step is made durable before its first byte.
struct Leaving<'a> {
    store: &'a Store,
    mail: &'a ReportMail,
}

impl Phases for Leaving<'_> {
    fn enter(&self, phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        Box::pin(async move {
            if phase != Phase::Dot {
                return Ok(());
            }
            match self.store.report_mail_leaves(self.mail).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(LeaseLost),
                Err(error) => {
                    tracing::error!("{}", error.chain());
                    Err(LeaseLost)
                }
            }
        })
    }
}

/// What is wrong with a mail of the report, for people; `None` while nothing is.
pub fn trouble(mail: &ReportMail) -> Option<String> {
    let why = mail.why.as_deref().unwrap_or("no reason is known");
    let by_hand = "send it by hand: leadgate report --mail";
    let said = match mail.state {
        MailState::Waiting => format!("has not gone out yet, tried again by itself: {}", mail.why.as_deref()?),
        MailState::Unknown => format!("may have arrived, and is not sent again: {why} · ask, or {by_hand}"),
        MailState::Failed => format!("was refused: {why} · {by_hand}"),
        MailState::Sending | MailState::Sent | MailState::Missed | MailState::ByHand => return None,
    };
    Some(format!("the report by mail to {} ({}) {said}", mail.recipient, mail.period))
}

#[cfg(test)]
mod tests;
