//! Forgetting a person (`domain-rules` 6): who they are by a lead, an e-mail address or a phone number, where
//! their data went, and what it is known by in files, so that whoever asked can be shown that it is gone.

use jiff::Timestamp;
use serde::Serialize;

use super::act::{Done, Refused};
use super::{DeskError, StoreDesk};
use crate::engine::rules;
use crate::intake;
use crate::lead::{Contact, LeadId};
use crate::store::{Forget, Forgotten, SentTo};

/// Most leads of one person, and of others with their phone or name.
const LEADS_MAX: usize = 1_000;
/// Last digits of a phone number it is searched by: however its beginning is written, these are the same.
const PHONE_DIGITS: usize = 9;
/// What may stand between two digits or parts of a phone number.
const BETWEEN: &str = r"[ ()/.\-]{0,3}";

/// Somebody who is to be forgotten, and what that means.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Whom {
    /// The name they were last known by; empty when only records kept aside are about them.
    pub name: String,
    /// Their leads, the oldest first.
    pub leads: Vec<LeadId>,
    /// Records kept aside that are about them.
    pub aside: Vec<i64>,
    /// Where their data went: it can only be erased there.
    pub sent: Vec<SentTo>,
    /// Leads of others who have the same phone number: not theirs, and not erased.
    pub others: Vec<LeadId>,
    /// When they were forgotten already.
    pub forgotten_at: Option<Timestamp>,
    #[serde(skip)]
    email: Option<String>,
    #[serde(skip)]
    phones: Vec<String>,
    /// The whole name, where nobody else is called so.
    #[serde(skip)]
    full_name: Option<String>,
}

/// What somebody is looked up by.
enum By {
    Email(String),
    Phone(String),
}

impl Whom {
    /// Is there anything to erase?
    pub const fn is_empty(&self) -> bool {
        self.leads.is_empty() && self.aside.is_empty()
    }

    /// What finds their e-mail address, phone numbers and name in any file; `None` when they have none of them.
    ///
    /// # Errors
    /// What they are known by is too long to be searched for.
    pub fn traces(&self) -> Result<Option<regex::bytes::Regex>, DeskError> {
        let parts = self.patterns(true);
        if parts.is_empty() {
            return Ok(None);
        }
        let found = regex::bytes::Regex::new(&format!("(?i)(?:{})", parts.join("|")));
        found.map(Some).map_err(|error| DeskError::Unknown(format!("cannot search for them: {error}")))
    }

    /// What finds a record that is about them; not by a phone number that others have, too.
    fn about(&self) -> Result<Option<regex::Regex>, DeskError> {
        let parts = self.patterns(false);
        if parts.is_empty() {
            return Ok(None);
        }
        // Another address may end in this one; in JSON a line before it ends in `\n`.
        let text = format!(r"(?i)(?:^|[^\w.+%-]|\\[nrt])(?:{})(?:[^\w]|$)", parts.join("|"));
        let found = regex::Regex::new(&text);
        found.map(Some).map_err(|error| DeskError::Unknown(format!("cannot search for them: {error}")))
    }

    fn patterns(&self, all: bool) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(email) = &self.email {
            parts.push(regex::escape(email).replace('@', "(?:@|%40)"));
        }
        if all || self.others.is_empty() {
            parts.extend(self.phones.iter().map(|phone| spelled(phone)));
        }
        if all {
            parts.extend(self.full_name.iter().map(|name| regex::escape(name)));
        }
        parts
    }
}

/// A phone number however its parts are set apart: its last digits, with a beginning of any kind.
fn spelled(phone: &str) -> String {
    let digits: Vec<String> = phone.chars().filter(char::is_ascii_digit).map(String::from).collect();
    let from = digits.len().saturating_sub(PHONE_DIGITS);
    let (head, tail) = digits.split_at(from);
    let head = if head.is_empty() { String::new() } else { format!(r"(?:\+?[0-9 ()/.\-]{{0,{}}})?", head.len() + 6) };
    format!("{head}{}", tail.join(BETWEEN))
}

fn email_of(contact: &Contact) -> Option<String> {
    contact.email.as_ref().map(|email| email.to_lowercase())
}

impl StoreDesk {
    /// Who is meant by a lead's id, an e-mail address or a phone number, and what forgetting them means. Nothing
    /// is changed.
    ///
    /// # Errors
    /// Nobody is known so, or several people are; the database did not answer.
    pub async fn whom(&self, text: &str) -> Result<Whom, DeskError> {
        let by = self.looked_up(text.trim()).await?;
        let mut whom = self.person(&by).await?;
        if let Some(about) = whom.about()? {
            whom.aside = self.store.aside_with(move |body| about.is_match(body)).await?;
        }
        whom.sent = self.store.sent_to(whom.leads.clone()).await?;
        let email = whom.email.iter().map(|email| ("email", email.clone()));
        let keys = email.chain(whom.phones.iter().map(|phone| ("phone", phone.clone()))).collect();
        whom.forgotten_at = self.store.forgotten_at(keys).await?;
        if whom.is_empty() && whom.forgotten_at.is_none() {
            return Err(DeskError::NotFound(format!("nobody is known by {text:?}; nothing was changed")));
        }
        Ok(whom)
    }

    async fn looked_up(&self, text: &str) -> Result<By, DeskError> {
        if text.contains('@') {
            let email = intake::email(text).filter(|email| !email.partial);
            let email = email.ok_or_else(|| DeskError::NotFound(format!("{text:?} is no e-mail address")))?;
            return Ok(By::Email(email.key));
        }
        let lead = match text.parse::<LeadId>() {
            Ok(id) => self.store.lead(id).await?,
            Err(_) => None,
        };
        if let Some(lead) = lead {
            if lead.erased_at.is_some() {
                return Err(DeskError::NotFound(format!("lead {} is erased already", lead.id)));
            }
            let by = email_of(&lead.contact).map(By::Email).or_else(|| lead.contact.phone.clone().map(By::Phone));
            return by.ok_or_else(|| DeskError::NotFound(format!("lead {} has no e-mail and no phone", lead.id)));
        }
        let phone = intake::phone(text, &self.config.business.country).map(|phone| By::Phone(phone.e164));
        phone.ok_or_else(|| {
            DeskError::NotFound(format!("{text:?} is no lead's id, no e-mail address and no phone number"))
        })
    }

    /// All leads of whoever has this address, or this number and no other address.
    async fn person(&self, by: &By) -> Result<Whom, DeskError> {
        let (email, phone) = match by {
            By::Email(email) => (Some(email.clone()), None),
            By::Phone(phone) => (None, Some(phone.clone())),
        };
        let is = {
            let (email, phone) = (email.clone(), phone.clone());
            move |contact: &Contact| {
                (email.is_some() && email_of(contact) == email) || (phone.is_some() && contact.phone == phone)
            }
        };
        let mut found = self.store.people_like(is, LEADS_MAX).await?;
        let mut email = email;
        if phone.is_some() {
            let mut known: Vec<String> = found.iter().filter_map(|(_, contact)| email_of(contact)).collect();
            known.sort();
            known.dedup();
            if let [_, _, ..] = known.as_slice() {
                let leads: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
                let leads = leads.join(", ");
                let why = format!("several people have this phone number (leads {leads}): name one by its e-mail");
                return Err(DeskError::NotFound(why));
            }
            email = known.pop();
        }
        let mut phones: Vec<String> =
            found.iter().filter_map(|(_, contact)| contact.phone.clone()).chain(phone).collect();
        phones.sort();
        phones.dedup();
        let names: Vec<String> = found.iter().map(|(_, contact)| contact.name.clone()).collect();
        let near = {
            let (email, phones, names) = (email.clone(), phones.clone(), names.clone());
            move |contact: &Contact| {
                let phone = contact.phone.as_ref().is_some_and(|phone| phones.contains(phone));
                email_of(contact) == email && email.is_some() || phone || names.contains(&contact.name)
            }
        };
        // Once more: their other leads, and others with the same phone or name.
        let near = self.store.people_like(near, LEADS_MAX).await?;
        let shares = |contact: &Contact| contact.phone.as_ref().is_some_and(|phone| phones.contains(phone));
        let theirs = |contact: &Contact| match email_of(contact) {
            Some(other) => email.as_ref() == Some(&other),
            None => shares(contact),
        };
        let (mine, other): (Vec<_>, Vec<_>) = near.into_iter().partition(|(_, contact)| theirs(contact));
        found.clear();
        let name = mine.last().map(|(_, contact)| contact.name.clone()).unwrap_or_default();
        let staff = self.config.people.values().any(|person| person.name == name);
        let alone = !staff && name.contains(' ') && !other.iter().any(|(_, contact)| contact.name == name);
        Ok(Whom {
            full_name: alone.then(|| name.clone()),
            name,
            leads: mine.iter().map(|(id, _)| *id).collect(),
            others: other.iter().filter(|(_, contact)| shares(contact)).map(|(id, _)| *id).collect(),
            email,
            phones,
            ..Whom::default()
        })
    }

    /// Forgets somebody: all of it or nothing. Says where else their data is.
    ///
    /// # Errors
    /// One of their leads is being sent just now, or the database did not answer.
    pub async fn forget(&self, whom: &Whom) -> Result<Done, Refused> {
        let ask = Forget {
            leads: whom.leads.clone(),
            aside: whom.aside.clone(),
            who: self.seat.who.clone(),
            open_caps: rules::open_caps(&rules::in_force(&self.store, &self.config).await?),
        };
        match self.store.forget(ask).await? {
            Forgotten::Done => {}
            Forgotten::Sending(lead) => {
                let why =
                    format!("lead {lead} is being sent at this moment: nothing was changed, try again in a minute");
                return Err(Refused::NotNow(why));
            }
        }
        let settled = self.store.settle_deletes().await?;
        let mut sentence = format!("Erased {}", counted(whom.leads.len(), "lead"));
        if !whom.aside.is_empty() {
            for words in [" and ", &counted(whom.aside.len(), "record"), " kept aside"] {
                sentence.push_str(words);
            }
        }
        if !whom.sent.is_empty() {
            let mut places: Vec<&str> = whom.sent.iter().map(|sent| sent.destination.as_str()).collect();
            places.dedup();
            for words in ["; what was sent to ", &places.join(", "), " is still there"] {
                sentence.push_str(words);
            }
        }
        if !settled {
            sentence.push_str("; somebody reads the database just now, so its log still holds it for a while");
        }
        Ok(Done { sentence, can_undo: false })
    }

    /// The same by one of their leads.
    pub(super) async fn forget_person_of(&self, lead: LeadId) -> Result<Done, Refused> {
        let whom = self.whom(&lead.to_string()).await.map_err(|error| match error {
            DeskError::Store(why) => Refused::Store(why),
            other => Refused::NotNow(other.to_string()),
        })?;
        self.forget(&whom).await
    }
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eva() -> Whom {
        Whom { email: Some("eva@example.com".into()), phones: vec!["+4930901820123".into()], ..Whom::default() }
    }

    #[test]
    fn a_record_is_found_by_address_or_number_however_it_is_written() {
        let about = eva().about().unwrap().unwrap();
        for text in [
            r#"{"mail":"Eva@Example.com"}"#,
            r#"{"text":"Hello\neva@example.com"}"#,
            "email=eva%40example.com&x=1",
            r#"{"tel":"030 / 901 820-123"}"#,
            r#"{"tel":"+49 (30) 901820123"}"#,
            "004930901820123",
        ] {
            assert!(about.is_match(text), "{text}");
        }
        for text in ["maeva@example.com", "eva@example.community", "030 901820 1234", "eva", "301820123"] {
            assert!(!about.is_match(text), "{text}");
        }
    }

    #[test]
    fn a_shared_number_names_nobody() {
        let whom = Whom { others: vec![LeadId(7)], ..eva() };
        assert!(!whom.about().unwrap().unwrap().is_match("+4930901820123"));
        assert!(whom.traces().unwrap().unwrap().is_match(b"+4930901820123"));
    }
}
