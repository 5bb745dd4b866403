//! What a mail of a lead would say: filled by the very code that fills it when it is sent, and sent to nobody.

use super::DeskError;
use super::store_desk::StoreDesk;
use super::view::MailPreview;
use crate::config::checked::{Mail, Transport};
use crate::engine::card::MadeFrom;
use crate::handoff::email;
use crate::lead::{HandoffId, LeadId, Token};
use crate::store::{Claimed, StoredLead};

/// Whose mail it would be.
struct Whose {
    claimed: Claimed,
    note: &'static str,
}

impl StoreDesk {
    pub(super) async fn mail_preview(&self, lead: LeadId, named: Option<&str>) -> Result<MailPreview, DeskError> {
        let (destination, mail) = self.mail_destination(named)?;
        let missing = || DeskError::NotFound(format!("there is no lead {lead}"));
        let stored = self.store.lead(lead).await?.ok_or_else(missing)?;
        if stored.erased_at.is_some() {
            return Err(DeskError::NotFound(format!("lead {lead} is erased: there is nothing to write")));
        }
        let whose = self.whose(&stored)?;
        let facts = self.store.handoff_facts(lead).await?;
        let link_key = self.store.link_key();
        let made_from =
            MadeFrom { config: &self.config, decider: &self.decider, config_id: self.config_id, link_key: &link_key };
        let card = made_from.card(&whose.claimed, &facts, self.now()).map_err(DeskError::Unknown)?;
        let made = email::preview(mail, &card).map_err(|failure| {
            let hint = failure.hint.map(|hint| format!(" · {hint}")).unwrap_or_default();
            DeskError::Unknown(format!("destination.{destination}: {}{hint}", failure.message))
        })?;
        Ok(MailPreview {
            lead,
            destination,
            to: made.to,
            subject: made.subject,
            text: made.text,
            html: made.html,
            message: made.message,
            note: whose.note.to_owned(),
        })
    }

    /// The destination of that name, or the first that sends mail.
    fn mail_destination(&self, named: Option<&str>) -> Result<(String, &Mail), DeskError> {
        let mut mails = self.config.destinations.values().filter_map(|one| match &one.by {
            Transport::Mail(mail) if named.is_none_or(|named| named == one.id) => Some((one.id.clone(), mail)),
            _ => None,
        });
        mails.next().ok_or_else(|| {
            DeskError::NotFound(match named {
                Some(named) if self.config.destinations.contains_key(named) => {
                    format!("{named} sends no mail: its preset says what its tickets say")
                }
                Some(named) => format!("there is no destination {named}"),
                None => "no destination sends mail: add smtp = \"smtps://user@mail.example.com\" to one".to_owned(),
            })
        })
    }

    /// The handoff a lead has, or one as it might get.
    fn whose(&self, lead: &StoredLead) -> Result<Whose, DeskError> {
        let now = self.now();
        let row = |id, round, person: &str, team: &str, route: &str| Claimed {
            id,
            lead: lead.id,
            token: Token::from_entropy(0),
            round,
            person: person.to_owned(),
            team: team.to_owned(),
            route: route.to_owned(),
            hop: 0,
            claim: 0,
            attempt: 1,
            decided_at: now,
            deadline_at: now,
            first_try_at: now,
            frozen: None,
            marked: None,
        };
        if let Some(has) = &lead.handoff {
            let note = if has.accepted_at.is_some() {
                "As it would be written now; what was sent is frozen and stays as it was. The key is invented."
            } else {
                "As it would be written now. The key is invented."
            };
            return Ok(Whose { claimed: row(has.id, has.round, &has.person, &has.team, &has.route), note });
        }
        let fits = |service: &String, of: &[String]| of.contains(service);
        let mut teams = self.config.teams.values();
        let team = teams.find(|team| lead.service.as_ref().is_none_or(|service| fits(service, &team.services)));
        let owner = team.and_then(|team| Some((team, self.config.people_of(&team.id).next()?)));
        let (team, person) =
            owner.ok_or_else(|| DeskError::Unknown("no team has anybody who could get this lead".into()))?;
        let claimed = row(HandoffId(0), 1, &person.id, &team.id, &team.route);
        Ok(Whose { claimed, note: "Nobody has this lead yet: its owner and its key are invented." })
    }
}
