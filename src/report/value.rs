//! Is it worth it? Won margin against cost, with the bounds that n allows, and the verdict with its rule
//! (`domain-rules` 7).

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::model::{Maybe, TOO_FEW, Value, Verdict};
use super::stats::wilson;
use crate::config::Config;
use crate::config::checked::Margin;
use crate::lead::Money;

/// What of a source's leads is settled, and what they earned.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Handed off and decided, or past the decision window.
    pub mature: u64,
    /// Of these won.
    pub won_mature: u64,
    /// Margin of all won, minor units.
    pub margin: i64,
    /// Won ones whose margin is known.
    pub known: u64,
    /// Won ones whose margin is not known.
    pub unknown: u64,
    /// The configured margin of one, where every service of these leads has the same; minor units.
    pub configured: Option<i64>,
}

/// What a won lead of `service` earned, in minor units of the business's currency: a share of its value, or as
/// much as each does. `None` where that is not known.
pub fn margin(config: &Config, service: Option<&str>, won: Option<i64>) -> Option<i64> {
    match config.services.get(service?)?.margin.as_ref()? {
        Margin::Share(share) => {
            let money = Money::from_minor(won?, &config.business.currency);
            Money::new(money.amount.checked_mul(*share)?, &money.currency).minor()
        }
        Margin::Each(money) => config.in_business_currency(money)?.minor(),
    }
}

/// The value of leads that cost `net`; `None` where no cost is known.
pub fn value(settled: &Settled, net: Option<i64>, currency: &str) -> Value {
    let won = settled.known + settled.unknown;
    let margin = match (won, settled.known) {
        (0, _) => Maybe::none("none won yet"),
        (_, 0) => Maybe::none("no value was entered with what was won, or no margin is configured"),
        _ => Maybe::some(settled.margin),
    };
    let mut value = Value {
        margin,
        margin_unknown: settled.unknown,
        mature: settled.mature,
        won_mature: settled.won_mature,
        ..Value::default()
    };
    let mean = mean_margin(settled);
    let Some(cost) = net.filter(|net| *net > 0) else {
        let why = if net.is_none() { "no cost entered" } else { "cost is 0: the margin is all there is" };
        value.ratio = Maybe::none(why);
        value.break_even = Maybe::none(why);
        value.verdict = (settled.mature < TOO_FEW).then_some(Verdict::CollectData);
        value.rule = match value.verdict {
            Some(_) => few(settled.mature),
            None => format!("no verdict: {why}"),
        };
        return value;
    };
    let earned = if won == 0 { Some(0) } else { value.margin.value };
    value.ratio = earned.map_or_else(
        || Maybe::none("the margin of what was won is not known"),
        |earned| Maybe::some(earned as f64 / cost as f64),
    );
    value.break_even = match mean {
        Some(mean) if mean > Decimal::ZERO => {
            (Decimal::from(cost) / mean).ceil().to_u64().map_or_else(|| Maybe::none("too many"), Maybe::some)
        }
        _ => Maybe::none("no margin is known or configured"),
    };
    judge(&mut value, settled, mean, cost, currency);
    value
}

/// The mean margin of a won one; the configured one while none is won.
fn mean_margin(settled: &Settled) -> Option<Decimal> {
    if settled.known > 0 {
        return Decimal::from(settled.margin).checked_div(Decimal::from(settled.known));
    }
    settled.configured.map(Decimal::from)
}

fn few(mature: u64) -> String {
    format!("collect data: {mature} mature, fewer than {TOO_FEW}")
}

/// Lower bound ≥ 1: continue; upper bound < 1: stop; else adjust.
fn judge(value: &mut Value, settled: &Settled, mean: Option<Decimal>, cost: i64, currency: &str) {
    if settled.mature < TOO_FEW {
        value.verdict = Some(Verdict::CollectData);
        value.rule = few(settled.mature);
        return;
    }
    let bounds = wilson(settled.won_mature, settled.mature);
    let (Some(mean), Some((low, high))) = (mean.and_then(|mean| mean.to_f64()), bounds) else {
        value.rule = "no verdict: no margin is known or configured (service.….margin, lead won --value)".into();
        return;
    };
    let scale = mean * settled.mature as f64 / cost as f64;
    let (low, high) = (low * scale, high * scale);
    (value.low, value.high) = (Some(low), Some(high));
    let verdict = if low >= 1.0 {
        Verdict::Continue
    } else if high < 1.0 {
        Verdict::Stop
    } else {
        Verdict::Adjust
    };
    value.verdict = Some(verdict);
    let (because, mean) = (
        match verdict {
            Verdict::Continue => "lower bound ≥ 1",
            Verdict::Stop => "upper bound < 1",
            Verdict::Adjust | Verdict::CollectData => "1 lies between the bounds",
        },
        Money::from_minor(mean.round() as i64, currency),
    );
    let cost = Money::from_minor(cost, currency);
    value.rule = format!(
        "{}: {because}; bounds {low:.2} to {high:.2} = Wilson 95 % of won/mature {}/{} × mean margin {mean} × {} ÷ cost {cost}",
        verdict.word(),
        settled.won_mature,
        settled.mature,
        settled.mature,
    );
    if settled.unknown > 0 {
        // The ratio holds what is known, the bounds every won one at the mean: without this the ratio may lie outside them.
        let without = format!("; the margin of {} won is not known: the ratio is without them", settled.unknown);
        value.rule.push_str(&without);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(mature: u64, won: u64, margin: i64) -> Settled {
        Settled { mature, won_mature: won, margin, known: won, ..Settled::default() }
    }

    #[test]
    fn the_verdict_follows_the_bounds_and_prints_its_rule() {
        // 20 of 100: Wilson 0.1334 to 0.2888.
        let pays = value(&settled(100, 20, 2_000_000), Some(1_000_000), "EUR");
        assert_eq!(pays.verdict, Some(Verdict::Continue), "{}", pays.rule);
        assert!((pays.low.unwrap() - 1.3337).abs() < 1e-3 && (pays.ratio.value.unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(pays.break_even.value, Some(10));
        assert!(pays.rule.contains("20/100") && pays.rule.contains("lower bound ≥ 1"), "{}", pays.rule);
        assert_eq!(value(&settled(100, 20, 2_000_000), Some(2_000_000), "EUR").verdict, Some(Verdict::Adjust));
        assert_eq!(value(&settled(100, 20, 2_000_000), Some(3_000_000), "EUR").verdict, Some(Verdict::Stop));
    }

    #[test]
    fn few_no_cost_and_no_margin_have_no_made_up_verdict() {
        assert_eq!(value(&settled(4, 4, 100), Some(1), "EUR").verdict, Some(Verdict::CollectData));
        let free = value(&settled(100, 20, 100), Some(0), "EUR");
        assert_eq!((free.verdict, free.margin.value, free.ratio.value), (None, Some(100), None));
        let unknown = Settled { mature: 10, won_mature: 2, unknown: 2, ..Settled::default() };
        let unknown = value(&unknown, Some(100), "EUR");
        assert_eq!((unknown.verdict, unknown.ratio.value), (None, None));
        assert!(unknown.rule.contains("margin"), "{}", unknown.rule);
        // None won yet: the configured margin bounds it from above.
        let none = Settled { mature: 100, configured: Some(1_000), ..Settled::default() };
        let none = value(&none, Some(100_000), "EUR");
        assert_eq!((none.verdict, none.ratio.value), (Some(Verdict::Stop), Some(0.0)));
        assert!((none.high.unwrap() - 0.0370).abs() < 1e-3, "{none:?}");
    }
}
