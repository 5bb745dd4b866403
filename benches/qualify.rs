//! Reading and deciding one lead: cleaning, the four readers, the verdict. The texts are those of the
//! benchmarks' workload. The budget of the whole pipeline is 57 µs a lead, of this part 20 µs.

#[path = "../tests/support/reading.rs"]
mod support;

use std::collections::BTreeMap;

use divan::{Bencher, black_box};
use leadgate::intake;
use leadgate::lead::Record;
use leadgate::qualify::{Case, Rules, Subject};

const NEED: [&str; 6] = [
    "Looking for a quote for a heat pump in a detached house",
    "Solar panels with battery, about 9 kWp, south-facing",
    "Flat ROOF renovation, roughly 120 m2, leaking since spring",
    "Heat Pump replacing oil heating, subsidy questions \u{2013} K\u{f6}ln",
    "Please send me your catalogue",
    "Partnership proposal: SEO and link building",
];
const TIMING: [&str; 5] =
    ["ASAP", "this month if possible", "Within 3 months", "no rush", "after the building permit, maybe 2028"];
const BUDGET: [&str; 5] = ["up to 12.500 EUR", "23500", "12.5k", "4500 - 9000 EUR", "17,000 \u{20ac}"];

fn main() {
    divan::main();
}

fn records() -> Vec<Record> {
    let pick = |from: &[&str], n: usize| from.get(n % from.len()).map(|text| (*text).to_owned());
    (0..120)
        .map(|n| Record {
            id: format!("L{n:08}"),
            submitted_at: "2025-01-01T00:00:07Z".parse().ok(),
            name: Some("J\u{fc}rgen M\u{fc}ller".into()),
            email: Some(format!("juergen.mueller.{n}@example.com")),
            phone: Some(format!("+49 155 {n:08}")),
            need: pick(&NEED, n),
            timing: pick(&TIMING, n),
            budget: pick(&BUDGET, n),
            country: Some("DE".into()),
            postal_code: Some(format!("10{:03}", n * 7)),
            campaign: Some("solar-leadform".into()),
            ..Record::default()
        })
        .collect()
}

/// Cleaning and deciding 120 leads.
#[divan::bench]
fn clean_and_decide(bencher: Bencher<'_, '_>) {
    let config = support::workload();
    let (rules, records, answers) = (Rules::new(&config), records(), BTreeMap::new());
    bencher.counter(divan::counter::ItemsCount::new(records.len())).bench(|| {
        for record in &records {
            let Some(at) = record.submitted_at else { continue };
            let Ok(clean) = intake::clean(black_box(record), "DE", at) else { continue };
            let case = Case { source: "web", submitted_at: clean.submitted_at, service: None, answers: &answers };
            black_box(rules.decide_mutely(&Subject { contact: &clean.contact, case }, &config));
        }
    });
}

/// Deciding 120 leads anew from what was read.
#[divan::bench]
fn judge_history(bencher: Bencher<'_, '_>) {
    let config = support::workload();
    let (rules, answers) = (Rules::new(&config), BTreeMap::new());
    let facts: Vec<_> = records()
        .iter()
        .filter_map(|record| intake::clean(record, "DE", record.submitted_at?).ok())
        .map(|clean| (rules.read(&clean.contact, clean.submitted_at, &config), clean.submitted_at))
        .collect();
    bencher.counter(divan::counter::ItemsCount::new(facts.len())).bench(|| {
        for (facts, submitted_at) in &facts {
            let case = Case { source: "web", submitted_at: *submitted_at, service: None, answers: &answers };
            black_box(rules.judge_mutely(black_box(facts), &case, &config));
        }
    });
}
