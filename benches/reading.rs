//! Reading texts of 10,000 characters: the most a reader is given, repeated phrases being the worst it can be given.
//! The budget is 5 ms a text for every reader.

#![allow(clippy::unwrap_used)] // measured by hand

#[path = "../tests/reading/machine.rs"]
#[allow(dead_code)] // the texts to be broken are for the tests alone
mod machine;

use divan::{Bencher, black_box};
use jiff::civil::date;
use leadgate::intake;
use leadgate::qualify::lexicon::Lexicon;
use leadgate::qualify::{budget, region, timing};

/// What is repeated: common words, what makes a reader go back, what no table has.
const ONCE: [&str; 8] = [
    "in the next 2-3 weeks or after Easter ",
    "the week before ",
    "zwischen dem 3. und 10. Mai ",
    "not until from by between ",
    "England 12345 ",
    "1.234,56 EUR bis ",
    "two thousand five hundred ",
    "\u{e4}\u{301}\u{bd}quux ",
];
/// Characters of a text.
const LONG: usize = 10_000;

fn main() {
    divan::main();
}

fn long(once: &str) -> String {
    once.chars().cycle().take(LONG).collect()
}

#[divan::bench(args = ONCE)]
fn timing_of_a_long_text(bencher: Bencher<'_, '_>, once: &str) {
    let (lexicon, text) = (Lexicon::new(&[]), long(once));
    bencher.bench(|| timing::read(black_box(&text), date(2026, 11, 22), "DE", &lexicon));
}

#[divan::bench(args = ONCE)]
fn budget_of_a_long_text(bencher: Bencher<'_, '_>, once: &str) {
    let text = long(once);
    bencher.bench(|| budget::read(black_box(&text), "DE"));
}

#[divan::bench(args = ONCE)]
fn region_of_a_long_text(bencher: Bencher<'_, '_>, once: &str) {
    let text = long(once);
    bencher.bench(|| region::read_line(black_box(&text), "DE"));
}

#[divan::bench(args = ONCE)]
fn phone_and_email_of_a_long_text(bencher: Bencher<'_, '_>, once: &str) {
    let text = long(once);
    bencher.bench(|| (intake::phone(black_box(&text), "DE"), intake::email(black_box(&text))));
}

/// Every parser of what operators and machines write, on every nasty shape.
#[divan::bench(args = ["condition", "path", "pipe", "template", "hours", "records", "instant", "need", "config", "preset"])]
fn all_nasty_shapes(bencher: Bencher<'_, '_>, parser: &str) {
    let all = machine::Bench::new();
    let texts: Vec<String> = machine::NASTY.iter().map(|once| long(once)).collect();
    bencher.counter(divan::counter::ItemsCount::new(texts.len())).bench(|| {
        for text in &texts {
            all.each(black_box(text), |name, read| {
                if name == parser {
                    read();
                }
            });
        }
    });
}
