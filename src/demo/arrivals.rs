//! Who shows interest when: a pure function of a seed and the time since the demo's start. A longer time
//! only adds people at the end, so whoever read up to a moment has read all there was.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::dice;
use super::wishes::{BERLIN, DOMAINS, ELSEWHERE, FAMILY, FITTING, GIVEN, LATE, SOON, STRANGE, TORN, WEST, Wish};

/// People who wrote over the weekend, before the demo starts.
pub const BACKLOG: usize = 24;

/// The campaign ends after this many people (about 45 minutes): a demo left open stays small, and every
/// person keeps a telephone number of their own.
pub const MOST_LEADS: usize = 900;

/// The earliest of the weekend's people wrote this long before the start.
const WEEKEND: SignedDuration = SignedDuration::from_hours(62);

/// Between two people while the demo runs, in milliseconds.
const PAUSE_MILLIS: std::ops::RangeInclusive<i64> = 2_000..=4_000;

/// One person's request, in their own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLead {
    /// When, from the demo's start; negative for the weekend's.
    pub at: SignedDuration,
    /// The campaign's own id, ascending.
    pub id: String,
    /// Name.
    pub name: String,
    /// E-mail; empty where none was given.
    pub email: String,
    /// Phone as typed; empty where none was given.
    pub phone: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO country.
    pub country: String,
    /// What they want.
    pub service: String,
    /// When they want it.
    pub timing: String,
    /// What they would spend.
    pub budget: String,
    /// Which campaign brought them.
    pub campaign: String,
    /// What they add.
    pub message: String,
    /// A referral code, where they have one.
    pub referral_code: Option<String>,
}

impl DemoLead {
    /// When this person wrote, in a demo that started at `start`.
    pub fn created_at(&self, start: Timestamp) -> Timestamp {
        start.saturating_add(self.at).unwrap_or(start)
    }

    /// The record as the campaign's API gives it.
    pub fn json(&self, start: Timestamp) -> Value {
        json!({
            "id": self.id,
            "created_at": format!("{:.3}", self.created_at(start)),
            "name": self.name,
            "email": self.email,
            "phone": self.phone,
            "postal_code": self.postal_code,
            "country": self.country,
            "service": self.service,
            "timing": self.timing,
            "budget": self.budget,
            "campaign": self.campaign,
            "message": self.message,
            "referral_code": self.referral_code,
        })
    }
}

/// Everybody who has written once `elapsed` has passed since the start, oldest first.
pub fn arrivals(seed: u64, elapsed: SignedDuration) -> Vec<DemoLead> {
    Arrivals::new(seed).take_while(|lead| lead.at <= elapsed).collect()
}

/// Everybody who will ever write, oldest first.
#[derive(Debug)]
pub struct Arrivals {
    seed: u64,
    next: usize,
    last_at: SignedDuration,
}

impl Arrivals {
    /// The people of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: 0, last_at: SignedDuration::ZERO }
    }
}

impl Iterator for Arrivals {
    type Item = DemoLead;

    fn next(&mut self) -> Option<DemoLead> {
        let index = self.next;
        if index >= MOST_LEADS {
            return None;
        }
        self.next += 1;
        let at = if index < BACKLOG {
            -(WEEKEND * (BACKLOG - index) as i32) / BACKLOG as i32
        } else {
            let pause = dice(self.seed, index as u64).i64(PAUSE_MILLIS);
            self.last_at += SignedDuration::from_millis(pause);
            self.last_at
        };
        Some(person(self.seed, index, at))
    }
}

/// What is peculiar about the n-th person. Fixed places in the weekend's backlog, so that every demo shows
/// each peculiarity at once; by chance afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fits,
    Strange,
    Late,
    Elsewhere,
    Poor,
    Torn,
    Again,
    Hostile,
    Nameless,
    Silent,
}

fn kind(seed: u64, index: usize) -> Kind {
    match index {
        4 => Kind::Hostile,
        6 => Kind::Strange,
        8 => Kind::Nameless,
        10 => Kind::Elsewhere,
        13 => Kind::Again,
        15 => Kind::Torn,
        17 => Kind::Late,
        19 => Kind::Silent,
        21 => Kind::Poor,
        0..BACKLOG => Kind::Fits,
        _ => match dice(seed, index as u64 + 100_000).u32(0..100) {
            0..60 => Kind::Fits,
            60..68 => Kind::Strange,
            68..74 => Kind::Late,
            74..81 => Kind::Elsewhere,
            81..86 => Kind::Poor,
            86..89 => Kind::Torn,
            89..94 => Kind::Again,
            94..97 => Kind::Silent,
            97..99 => Kind::Nameless,
            _ => Kind::Hostile,
        },
    }
}

fn person(seed: u64, index: usize, at: SignedDuration) -> DemoLead {
    let kind = kind(seed, index);
    let id = format!("C{:05}", index + 1);
    if kind == Kind::Again {
        return again(seed, index, at, id);
    }
    let mut rng = dice(seed, index as u64 + 200_000);
    let wish = pick(&mut rng, FITTING);
    let (given, given_ascii) = *pick(&mut rng, GIVEN);
    let (family, family_ascii) = *pick(&mut rng, FAMILY);
    let area = if kind == Kind::Elsewhere { ELSEWHERE } else { pick(&mut rng, &[BERLIN, BERLIN, WEST]) };
    let mut lead = DemoLead {
        at,
        id,
        name: format!("{given} {family}"),
        email: format!("{given_ascii}.{family_ascii}{}@{}", index + 1, pick(&mut rng, DOMAINS)),
        phone: phone(area, index),
        postal_code: (*pick(&mut rng, area)).to_owned(),
        country: "DE".to_owned(),
        service: wish.need.to_owned(),
        timing: (*pick(&mut rng, SOON)).to_owned(),
        budget: budget(&mut rng, wish),
        campaign: wish.campaign.to_owned(),
        message: wish.message.to_owned(),
        referral_code: (index == 11 || rng.u32(0..14) == 0).then(|| format!("FREUND-{:02}", rng.u32(10..40))),
    };
    make_peculiar(kind, &mut lead, &mut rng);
    lead
}

fn make_peculiar(kind: Kind, lead: &mut DemoLead, rng: &mut fastrand::Rng) {
    match kind {
        Kind::Fits | Kind::Again | Kind::Elsewhere => {}
        Kind::Strange => {
            let (need, message) = *pick(rng, STRANGE);
            need.clone_into(&mut lead.service);
            message.clone_into(&mut lead.message);
        }
        Kind::Torn => {
            TORN.0.clone_into(&mut lead.service);
            TORN.1.clone_into(&mut lead.message);
        }
        Kind::Late => (*pick(rng, LATE)).clone_into(&mut lead.timing),
        Kind::Poor => "max. 900 €".clone_into(&mut lead.budget),
        Kind::Silent => {
            lead.timing.clear();
            lead.budget.clear();
        }
        Kind::Nameless => {
            lead.email.clear();
            lead.phone.clear();
        }
        // What somebody sends who wants to draw on the screen, forge a mail header or start a spreadsheet.
        Kind::Hostile => {
            lead.name = format!("\u{1b}[2J\u{1b}[31m{}\u{202e}\r\nBcc: everyone@example.org", lead.name);
            lead.message =
                format!("=HYPERLINK(\"http://example.org\") {{{{ 7*7 }}}} \u{1b}]0;owned\u{7}{}", lead.message);
        }
    }
}

/// An earlier fitting person once more, in another spelling and from another campaign.
fn again(seed: u64, index: usize, at: SignedDuration, id: String) -> DemoLead {
    let mut rng = dice(seed, index as u64 + 300_000);
    let first = rng.usize(0..index);
    let first = (0..index).cycle().skip(first).take(index).find(|earlier| kind(seed, *earlier) == Kind::Fits);
    let mut lead = person(seed, first.unwrap_or(0), at);
    lead.id = id;
    lead.name = lead.name.to_uppercase();
    lead.email = lead.email.to_uppercase();
    lead.phone = lead.phone.replacen("030 ", "0049 30 / ", 1).replacen("0221 ", "+49 (221) ", 1);
    "retargeting".clone_into(&mut lead.campaign);
    lead
}

/// Numbers the regulator keeps free for films and books (Bundesnetzagentur, "Drama-Nummern").
fn phone(area: &[&str], index: usize) -> String {
    let line = index % MOST_LEADS;
    if area == BERLIN {
        format!("030 23125{line:03}")
    } else if area == WEST {
        format!("0221 4710{line:03}")
    } else {
        format!("089 99998{line:03}")
    }
}

fn budget(rng: &mut fastrand::Rng, wish: &Wish) -> String {
    let thousands = rng.u32(wish.thousands.0..=wish.thousands.1);
    match rng.u32(0..6) {
        0 => format!("ca. {thousands}.000 €"),
        1 => format!("{thousands}k"),
        2 => format!("bis {thousands}.500 EUR"),
        3 => format!("{thousands}.000 - {}.000 €", thousands + 4),
        4 => format!("up to {thousands},000 EUR"),
        _ => String::new(),
    }
}

fn pick<'a, T>(rng: &mut fastrand::Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(0..all.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_secs(60);

    #[test]
    fn a_weekend_waits_at_the_start_and_then_somebody_writes_every_few_seconds() {
        assert_eq!(arrivals(1, SignedDuration::ZERO).len(), BACKLOG);
        let minute = arrivals(1, MINUTE).len() - BACKLOG;
        assert!((15..=30).contains(&minute), "{minute} in a minute");
        let all = arrivals(1, SignedDuration::from_hours(24));
        assert_eq!(all.len(), MOST_LEADS);
        assert!(all.is_sorted_by_key(|lead| lead.at));
    }

    #[test]
    fn more_time_only_adds_people_and_the_seed_decides_who() {
        let short = arrivals(7, MINUTE);
        let long = arrivals(7, MINUTE * 5);
        assert_eq!(short[..], long[..short.len()]);
        assert_ne!(arrivals(8, MINUTE), short);
        let mut ids: Vec<_> = long.iter().map(|lead| lead.id.clone()).collect();
        ids.dedup();
        assert_eq!(ids.len(), long.len());
    }

    #[test]
    fn every_backlog_shows_each_peculiarity() {
        for seed in 0..20 {
            let people = arrivals(seed, SignedDuration::ZERO);
            assert!(people.iter().any(|p| p.name.contains('\u{1b}')), "hostile");
            assert!(people.iter().any(|p| p.email.is_empty() && p.phone.is_empty()), "without contact data");
            assert!(people.iter().any(|p| p.referral_code.is_some()), "with a referral code");
            assert!(people.iter().any(|p| ELSEWHERE.contains(&p.postal_code.as_str())), "elsewhere");
            let twins = people.iter().filter(|p| {
                people.iter().any(|q| p.id != q.id && !p.email.is_empty() && p.email.eq_ignore_ascii_case(&q.email))
            });
            assert_eq!(twins.count(), 2, "one person twice");
        }
    }

    #[test]
    fn nobody_shares_a_telephone_with_somebody_else() {
        let mut by_phone = std::collections::BTreeMap::new();
        for lead in arrivals(3, SignedDuration::from_hours(24)) {
            let digits: String = lead.phone.chars().filter(char::is_ascii_digit).collect();
            let tail: String = digits.chars().rev().take(8).collect();
            if !tail.is_empty() {
                let owner = by_phone.entry(tail).or_insert_with(|| lead.email.to_lowercase());
                assert_eq!(*owner, lead.email.to_lowercase());
            }
        }
    }

    #[test]
    fn the_record_has_every_field_of_the_api() {
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let record = arrivals(1, SignedDuration::ZERO)[BACKLOG - 1].json(start);
        assert_eq!(record["created_at"], "2026-11-23T05:25:00.000Z");
        assert_eq!(record.as_object().unwrap().len(), 13);
    }
}
