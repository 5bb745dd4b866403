//! Two invented leads that a template is tried with: one who said everything, one who said nothing.

use jiff::Timestamp;

use crate::handoff::{Card, Owner};
use crate::lead::person::Place;
use crate::lead::{Answer, Contact, Criterion, LeadId, Mark, Token};

fn mark(criterion: Criterion, answer: Answer, read: &str, rule: &str) -> Mark {
    Mark { criterion, answer, read: read.into(), rule: rule.into(), code: None, passes_if: None, straddles: false }
}

/// Somebody of whom nothing is known but that they asked.
pub(super) fn bare() -> Card {
    Card {
        token: Token::from_entropy(0),
        lead: LeadId(1),
        round: 1,
        contact: Contact::default(),
        service: String::new(),
        marks: Vec::new(),
        score: None,
        source: String::new(),
        campaign: None,
        referral: None,
        submitted_at: Timestamp::UNIX_EPOCH,
        owner: Owner { id: "anna".into(), name: "Anna".into(), email: "anna@example.com".into() },
        team: "Team".into(),
        decided_at: Timestamp::UNIX_EPOCH,
        answer_by: String::new(),
        acknowledge_by: String::new(),
        accept_at: None,
        business: "Business".into(),
    }
}

/// Somebody who filled in every field.
pub(super) fn full() -> Card {
    Card {
        round: 2,
        contact: Contact {
            name: "Ada Example".into(),
            email: Some("ada@example.com".into()),
            phone: Some("+4930123456".into()),
            company: Some("Example Ltd".into()),
            need: "A new roof, please.\nIt leaks.".into(),
            timing: "this year".into(),
            budget: "about 20k".into(),
            place: Place {
                country: "DE".into(),
                postal_code: "10115".into(),
                city: "Berlin".into(),
                ..Place::default()
            },
            extra: [("floors".to_owned(), "2".to_owned())].into(),
            ..Contact::default()
        },
        service: "Roof".into(),
        marks: vec![
            mark(Criterion::Need, Answer::Met, "roof", "one of our services"),
            mark(Criterion::Timing, Answer::Unknown, "", "within 6 months"),
            mark(Criterion::Budget, Answer::Unmet, "about 20k", "at least 30k"),
        ],
        score: Some(80),
        source: "Website".into(),
        campaign: Some("autumn".into()),
        referral: Some("ANNA-7".into()),
        answer_by: "Mon 23 Nov 2026 09:30 (Europe/Berlin)".into(),
        acknowledge_by: "Mon 23 Nov 2026 09:00 (Europe/Berlin)".into(),
        accept_at: Some("https://leads.example.com/yes/x".into()),
        ..bare()
    }
}
