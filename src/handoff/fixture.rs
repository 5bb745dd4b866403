//! Cards and phases for the tests of this room.

use std::sync::Mutex;

use super::{BoxFuture, Card, LeaseLost, Owner, Phases};
use crate::lead::person::Place;
use crate::lead::{Answer, Contact, Criterion, LeadId, Mark, Phase, Token};

/// Remembers the phases it stored; refuses all when told that the lease is lost.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) entered: Mutex<Vec<Phase>>,
    pub(crate) lost: bool,
}

impl Phases for Recorder {
    fn enter(&self, phase: Phase) -> BoxFuture<'_, Result<(), LeaseLost>> {
        Box::pin(async move {
            if self.lost {
                return Err(LeaseLost);
            }
            self.entered.lock().unwrap().push(phase);
            Ok(())
        })
    }
}

fn mark(criterion: Criterion, answer: Answer, read: &str, rule: &str) -> Mark {
    Mark { criterion, answer, read: read.into(), rule: rule.into(), code: None, passes_if: None, straddles: false }
}

pub(crate) fn card() -> Card {
    Card {
        token: Token::parse("LG7K3Q9V2MX4ZT").unwrap(),
        lead: LeadId(271),
        round: 1,
        contact: Contact {
            name: "Ada Beispiel".into(),
            email: Some("ada@example.org".into()),
            phone: Some("+4930901820".into()),
            company: Some("Beispiel GmbH".into()),
            need: "We want 40 kW on the barn roof.\nCan you come and look?".into(),
            timing: "by the end of the year".into(),
            budget: "about 60k".into(),
            place: Place {
                country: "DE".into(),
                postal_code: "10405".into(),
                city: "Berlin".into(),
                ..Place::default()
            },
            extra: [("roof".to_owned(), "tiles".to_owned())].into(),
            ..Contact::default()
        },
        service: "Solar roof".into(),
        marks: vec![
            mark(Criterion::Need, Answer::Met, "solar", ""),
            mark(Criterion::Timing, Answer::Met, "by 31 Dec", "within 6 months"),
            mark(Criterion::Region, Answer::Met, "10405", "10000-14199"),
            mark(Criterion::Budget, Answer::Unknown, "", "at least 5,000 EUR"),
        ],
        score: Some(87),
        source: "Website form".into(),
        campaign: Some("autumn".into()),
        referral: None,
        submitted_at: "2026-11-20T15:04:05Z".parse().unwrap(),
        owner: Owner { id: "ben".into(), name: "Ben Roe".into(), email: "ben@own.test".into() },
        team: "Roof team".into(),
        decided_at: "2026-11-20T15:30:00Z".parse().unwrap(),
        answer_by: "Mon 23 Nov 09:30 (Europe/Berlin)".into(),
        acknowledge_by: "Fri 20 Nov 17:00".into(),
        accept_at: None,
        business: "Own Roofs".into(),
    }
}

/// A card whose lead tries everything: headers, HTML, templates, commands, control characters, width.
pub(crate) fn hostile() -> Card {
    let evil = "Ann\r\nBcc: all@evil.test\r\n\r\n<script>alert(1)</script>{{ 7*7 }}{% for x in range(9) %}\u{202e}\u{0}\u{1b}[2J\"',;";
    let mut card = card();
    card.contact = Contact {
        name: evil.into(),
        email: Some("ann@example.org\r\nBcc: all@evil.test".into()),
        phone: Some("+49\r\nX: y".into()),
        phone_raw: None,
        company: Some("</td></table><img src=http://evil.test/x>".into()),
        need: format!(
            "/close\n@all {{code}}\n.\nKey: LGFORGED00000\nANSWER BY: never\n{}\n{}",
            "x".repeat(5_000),
            evil
        ),
        timing: evil.into(),
        budget: "=1+1".into(),
        place: Place { city: evil.into(), ..Place::default() },
        extra: (0..200).map(|n| (format!("field {n} {evil}"), evil.repeat(20))).collect(),
    };
    card.service = evil.into();
    card.campaign = Some(evil.into());
    card.referral = Some(evil.into());
    card
}
