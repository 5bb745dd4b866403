//! Sends what the ladder tells people: one letter a recipient, with all that waits for them, and no second one
//! within ten minutes, so that a bad morning is a digest and no flood. Letters hold nothing a lead wrote. Sent at
//! least once under a constant Message-ID, tried ever more rarely and given up at last; both ends are in the journal.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::driver::{Report, Stage};
use super::ladder::OPS;
use super::wiring::{Parts, Target};
use crate::clock::{earlier, later};
use crate::handoff::{LeaseLost, Letter, Phases};
use crate::lead::{Class, Phase};
use crate::store::{NOTICE_TRIES, Notice, NoticeKind, StoreError};

/// Most recipients served in one run.
const ROUND: usize = 50;
/// Nobody hears more often than this.
const APART: SignedDuration = SignedDuration::from_mins(10);
/// Wait after the first failure; doubled each time.
const WAIT: SignedDuration = SignedDuration::from_mins(2);
/// How an instant is written in a letter.
const WHEN: &str = "%a %-d %b %Y %H:%M";

/// Sends notices.
pub struct Notify(pub Arc<Parts>);

impl Stage for Notify {
    fn name(&self) -> String {
        "notices".into()
    }

    fn run(&self) -> BoxFuture<'_, Result<Report, StoreError>> {
        Box::pin(async move {
            let parts = &self.0;
            let mut did = 0;
            while did < ROUND {
                let now = parts.clock.now();
                let Some(notices) = parts.store.notices_due(earlier(now, APART)).await? else { break };
                did += 1;
                let outcome = self.send(&notices).await;
                if let Err(why) = &outcome {
                    tracing::warn!("notices for {} were not sent: {why}", recipient(&notices));
                }
                let tries = notices.iter().map(|notice| notice.tries).max().unwrap_or_default();
                let again = (outcome.is_err() && tries + 1 < NOTICE_TRIES).then(|| {
                    let doubled = 1_i32.checked_shl(u32::try_from(tries).unwrap_or(0)).unwrap_or(i32::MAX);
                    later(now, WAIT.saturating_mul(doubled))
                });
                parts.store.notices_told(&notices, outcome, again).await?;
            }
            Ok(Report { did, next_at: parts.store.next_notice_at().await? })
        })
    }
}

fn recipient(notices: &[Notice]) -> &str {
    notices.first().map_or("nobody", |notice| notice.person.as_str())
}

impl Notify {
    async fn send(&self, notices: &[Notice]) -> Result<(), String> {
        let parts = &self.0;
        let open: Vec<&Notice> = notices.iter().filter(|notice| !notice.is_over).collect();
        let (Some(first), Some(last)) = (open.first(), open.last()) else { return Ok(()) };
        let to = self.addresses(&first.person)?;
        let letter = Letter {
            name: format!("notice-{}-{}", first.id, last.id),
            to,
            subject: subject(&open),
            text: self.text(&open),
            page: None,
            at: first.at,
        };
        let target = self.mail_of(&first.route).ok_or("there is no mail destination to send it by")?;
        let frozen = target.by.letter(&letter).ok_or("there is no mail destination to send it by")?;
        for one in frozen.map_err(|failure| failure.to_string())? {
            let delivery = target.by.deliver(&one, &Free).await;
            if !matches!(delivery.class, Class::Ok | Class::Exists) {
                return Err(format!("destination {}: {}", target.name, delivery.message));
            }
        }
        tracing::info!(
            notices = open.len(),
            "told {}",
            parts.config.people.get(&first.person).map_or(OPS, |one| &one.id)
        );
        Ok(())
    }

    /// Who gets it: names and addresses.
    fn addresses(&self, person: &str) -> Result<Vec<(String, String)>, String> {
        let config = &self.0.config;
        if person == OPS {
            return Ok(config.business.ops.iter().map(|email| (String::new(), email.clone())).collect());
        }
        let known = config.people.get(person).ok_or_else(|| format!("{person} is no longer in the config"))?;
        if known.email.is_empty() {
            return Err(format!("{person} has no e-mail address: set person.{person}.email"));
        }
        Ok(vec![(known.name.clone(), known.email.clone())])
    }

    /// The mail destination of a route, or any.
    fn mail_of(&self, route: &str) -> Option<&Arc<Target>> {
        use crate::config::checked::Transport::Mail;
        let parts = &self.0;
        let named = parts.config.routes.get(route).into_iter().flat_map(|route| &route.to);
        let own = named.filter_map(|id| parts.targets.get(id));
        own.chain(parts.targets.values()).find(|target| matches!(target.transport, Mail(_)))
    }

    fn text(&self, notices: &[&Notice]) -> String {
        let config = &self.0.config;
        let mut lines = Vec::new();
        for notice in notices {
            let service = notice.service.as_deref().map_or("a lead", |id| config.service_title(id));
            let owner = config.people.get(&notice.owner).map_or(notice.owner.as_str(), |person| person.name.as_str());
            let due = notice.answer_by.map(|at| self.moment(at, &notice.team)).unwrap_or_default();
            let line = match notice.kind {
                NoticeKind::Remind => format!("Please answer {service}, lead {}: it was due {due}.", notice.lead),
                NoticeKind::TeamLead | NoticeKind::Ops => {
                    format!("{owner} has not answered {service}, lead {}: it was due {due}.", notice.lead)
                }
                NoticeKind::Outcome => {
                    format!("How did {service}, lead {}, end? Please note won, lost or returned.", notice.lead)
                }
                NoticeKind::Taken => {
                    format!("Lead {} ({service}) is with somebody else now: please leave it to them.", notice.lead)
                }
            };
            lines.extend([line, format!("  Key: {}", notice.token), String::new()]);
        }
        lines.push("Say what was done in leadgate, or answer in the ticket, and the reminders end.".into());
        lines.extend([String::new(), config.business.name.clone(), String::new()]);
        lines.join("\n")
    }

    fn moment(&self, at: Timestamp, team: &str) -> String {
        let config = &self.0.config;
        let zone = config.teams.get(team).map_or(&config.business.zone, |team| team.hours.zone());
        let name = zone.iana_name().unwrap_or("local time");
        format!("{} ({name})", at.to_zoned(zone.clone()).strftime(WHEN))
    }
}

fn subject(notices: &[&Notice]) -> String {
    match notices {
        [one] if one.kind == NoticeKind::Taken => {
            format!("[{}] Lead {} is with somebody else now", one.token, one.lead)
        }
        [one] if one.kind == NoticeKind::Outcome => format!("[{}] Lead {}: how did it end?", one.token, one.lead),
        [one] => format!("[{}] Lead {} is not answered", one.token, one.lead),
        several => format!("{} leads need you", several.len()),
    }
}

/// A letter is no handoff: how far it got is not kept, a repeat is recognised by its Message-ID.
struct Free;

impl Phases for Free {
    fn enter(&self, _phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
