//! Texts nobody would write: every reader on mutations of everything in the golden tables, for as long as asked.
//!
//! A step takes one or several rows, cuts, doubles, mixes and pollutes them, and reads the result with every
//! reader. Checked: no panic, no range upside down, the same reading twice, a reading written out reads as itself,
//! and no text of 10,000 characters takes far longer than another.

use std::time::{Duration, Instant};

use leadgate::intake;
use leadgate::lead::person::Place;
use leadgate::lead::{Qualifier, Urgency};
use leadgate::qualify::lexicon::Lexicon;
use leadgate::qualify::{budget, region, timing};

use super::machine::Bench;

/// Characters of a long text.
pub const LONG: usize = 10_000;
/// No reader takes longer for a long text without optimisation; with it, it is a tenth of this or less.
const TOO_LONG: Duration = Duration::from_millis(500);
/// What no table has.
const ODD: &[&str] = &[
    "\u{202e}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{301}",
    "½",
    "⁄",
    "１２",
    "٣",
    "🏠",
    "\u{a0}",
    "\u{200b}",
    "--",
    "..",
    "//",
    "((",
    "9",
    "00",
    "1e9",
    "-",
    "+",
    "%",
    "€",
    "$",
    "kr",
    "@",
    "<>",
    "''",
    "\n",
    "|",
    "ß",
    "İ",
    "ﬁ",
    "und",
    "or",
    "bis",
    "of",
    "the",
    "in",
    "week",
    "half",
    "next",
    "vor",
    "not",
    "ago",
    "million",
];

/// A small generator (xorshift), so that a run can be repeated from its seed.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// A text made of rows.
pub fn text(dice: &mut Dice, rows: &[&str]) -> String {
    let mut text: Vec<char> = dice.pick(rows).chars().collect();
    for _ in 0..dice.roll(5) {
        let at = dice.roll(text.len() + 1);
        match dice.roll(7) {
            0 => text.truncate(at),
            1 => drop(text.drain(..at)),
            2 => text.splice(at..at, ODD[dice.roll(ODD.len())].chars()).for_each(drop),
            3 => text.extend(std::iter::once(' ').chain(dice.pick(rows).chars())),
            4 => text.splice(at..at, dice.pick(rows).chars()).for_each(drop),
            5 if !text.is_empty() => {
                let other = dice.roll(text.len());
                let last = text.len() - 1;
                text.swap(at.min(last), other);
            }
            _ => text.extend(ODD[dice.roll(ODD.len())].chars()),
        }
    }
    if dice.roll(50) == 0 {
        // One phrase again and again: where a reader goes back, it goes back far.
        let once = text.clone();
        while !once.is_empty() && text.len() < LONG {
            text.push(' ');
            text.extend(&once);
        }
    }
    text.into_iter().take(LONG).collect()
}

/// The time this thread was on a processor: a busy machine must not make a reader look slow. Where the system
/// does not tell, the time that passed.
fn worked(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// Reads a text with every reader and checks what must hold for any text. The longest a reader took, and which.
pub fn check(text: &str, lexicons: &[Lexicon], machine: &Bench) -> (Duration, &'static str) {
    let mut longest = (Duration::ZERO, "");
    each_timed(text, lexicons, machine, |name, took| {
        assert!(took < TOO_LONG, "{name} took {took:?} for {:?} …", text.chars().take(200).collect::<String>());
        longest = longest.max((took, name));
    });
    longest
}

/// The same, telling how long each reader took.
pub fn each_timed(text: &str, lexicons: &[Lexicon], machine: &Bench, mut told: impl FnMut(&'static str, Duration)) {
    let origin = Instant::now();
    let mut timed = |name: &'static str, read: &mut dyn FnMut()| {
        let before = worked(origin);
        read();
        told(name, worked(origin).saturating_sub(before));
    };
    for lexicon in lexicons {
        timed("timing", &mut || check_timing(text, lexicon));
    }
    timed("budget", &mut || check_budget(text));
    timed("region", &mut || {
        let line = region::read_line(text, "DE");
        assert_eq!(line, region::read_line(text, "DE"));
        let place = |part: &str| part.to_owned();
        region::read(
            &Place { country: place(text), subdivision: place(text), postal_code: place(text), city: place(text) },
            "US",
        );
        let country = line.region.country.unwrap_or_default();
        if let Some(code) = line.region.postal_code {
            assert_eq!(region::postal_code(&code, &country), Some(code.clone()), "{text:?}");
        }
    });
    timed("e-mail", &mut || {
        if let Some(address) = intake::email(text).map(|email| email.address) {
            assert_eq!(intake::email(&address).map(|email| email.address), Some(address));
        }
    });
    timed("phone", &mut || {
        if let Some(number) = intake::phone(text, "DE").map(|phone| phone.e164) {
            assert_eq!(intake::phone(&number, "US").map(|phone| phone.e164), Some(number), "{text:?}");
        }
    });
    machine.each(text, timed);
}

fn check_timing(text: &str, lexicon: &Lexicon) {
    let today = jiff::civil::date(2026, 11, 22);
    let read = timing::read(text, today, "DE", lexicon);
    let window = &read.timing;
    if let (Some(first), Some(last)) = (window.earliest, window.latest) {
        assert!(first <= last, "{first} > {last}: {text:?}");
        let again = timing::read(&format!("{first} - {last}"), today, "DE", lexicon).timing;
        assert_eq!((again.earliest, again.latest), (Some(first), Some(last)), "{text:?}");
    }
    assert_eq!(window.urgency == Urgency::Unknown, window.earliest.is_none() && window.latest.is_none(), "{text:?}");
    assert_eq!(read, timing::read(text, today, "DE", lexicon));
}

fn check_budget(text: &str) {
    for country in ["DE", "US"] {
        let read = budget::read(text, country);
        let money = &read.budget;
        for amount in [money.min, money.max].into_iter().flatten() {
            assert!(!amount.is_sign_negative(), "{text:?}");
        }
        if let (Some(min), Some(max)) = (money.min, money.max) {
            assert!(min <= max, "{min} > {max}: {text:?}");
        }
        assert_eq!(money.qualifier == Qualifier::Unknown, money.min.is_none() && money.max.is_none(), "{text:?}");
        if let (Some(amount), Qualifier::Exact, Some(currency)) = (money.min, money.qualifier, &money.currency)
            // Three digits behind one mark are thousands for a reader of people's words.
            && amount.scale() <= 2
        {
            let again = budget::read(&format!("{currency} {amount}"), country).budget;
            assert_eq!((again.min, again.currency.as_ref()), (Some(amount), Some(currency)), "{text:?}");
        }
    }
}
