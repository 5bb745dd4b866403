//! From what was counted to the lines of the report: ratios of sums, costs beside them, the order of lines.

use super::book::Bucket;
use super::figures::speed_of;
use super::model::{Cost, Counts, Criterion, Maybe, Rates, Returns, Row, Share};
use super::stats::share;
use super::tally::{Tallies, Tally};
use super::value::value;
use crate::lead::Money;

/// What stands beside the counts of a line.
pub struct Beside<'a> {
    /// Costs; `None` where money is not known by this dimension.
    pub bucket: Option<&'a Bucket>,
    /// ISO 4217.
    pub currency: &'a str,
    /// Working time was measured.
    pub working: bool,
}

/// One line of the report.
pub fn row(key: &str, title: &str, tally: &Tally, all: &Tallies, beside: &Beside<'_>) -> Row {
    let (impressions, clicks) =
        (beside.bucket.and_then(|one| one.impressions), beside.bucket.and_then(|one| one.clicks));
    let cost = cost(&tally.counts, tally.credits, beside);
    let net = cost.net.value;
    let waits = || tally.waits.iter().filter_map(|place| all.waits.get(*place as usize));
    let mut flags = Vec::new();
    if let (Some(shown), Some(clicks)) = (impressions, clicks)
        && clicks > shown
    {
        flags.push(format!("clicks > impressions ({clicks} > {shown})"));
    }
    if clicks.is_some_and(|clicks| tally.counts.inquiries > clicks) {
        flags.push(format!("inquiries > clicks ({} > {})", tally.counts.inquiries, clicks.unwrap_or(0)));
    }
    let mut value = value(&tally.settled, net, beside.currency);
    if beside.bucket.is_none() {
        (value.ratio, value.break_even) = (Maybe::none(NOT_BY_THIS), Maybe::none(NOT_BY_THIS));
        (value.verdict, value.rule) = (None, NOT_BY_THIS.to_owned());
    }
    Row {
        key: key.to_owned(),
        title: title.to_owned(),
        impressions,
        clicks,
        counts: tally.counts,
        assisted: tally.assisted,
        rates: rates(&tally.counts, impressions, clicks),
        cost,
        value,
        speed: speed_of(waits().map(|one| one.0)),
        speed_business: beside.working.then(|| speed_of(waits().filter_map(|one| one.1))),
        no_target: tally.no_target,
        flags,
        spark: tally.spark.clone(),
    }
}

/// Why a split has no money.
const NOT_BY_THIS: &str = "cost is booked by source and campaign";

fn rates(counts: &Counts, impressions: Option<u64>, clicks: Option<u64>) -> Rates {
    let told = |count: Option<u64>, none: &str, zero: &str| {
        (count.unwrap_or(0), if count.is_none() { none.to_owned() } else { zero.to_owned() })
    };
    let (shown, no_shown) = told(impressions, "no impressions are told of it", "0 impressions");
    let (clicked, no_clicks) = told(clicks, "no clicks are told of it", "0 clicks");
    let click = match clicks {
        Some(clicks) => share(clicks, shown, &no_shown),
        None => Share { whole: shown, why: Some(no_clicks.clone()), ..Share::default() },
    };
    Rates {
        click,
        inquiry: share(counts.inquiries, clicked, &no_clicks),
        qualified: share(counts.qualified, counts.inquiries, "0 inquiries"),
        handed_off: share(counts.handed_off, counts.qualified, "0 qualified"),
        contacted: share(counts.contacted, counts.handed_off, "0 handed off"),
        actionable: share(counts.actionable, counts.contacted, "0 contacted"),
        won: share(counts.won, counts.actionable, "0 actionable"),
        returned: share(counts.returned, counts.handed_off, "0 handed off"),
        returned_fault: share(counts.returned_fault, counts.handed_off, "0 handed off"),
    }
}

fn cost(counts: &Counts, returned: i64, beside: &Beside<'_>) -> Cost {
    let Some(bucket) = beside.bucket.filter(|bucket| bucket.entered) else {
        let why = if beside.bucket.is_some() { "no cost entered" } else { NOT_BY_THIS };
        let none = || Maybe::none(why);
        return Cost {
            gross: none(),
            credits: 0,
            net: none(),
            per_inquiry: none(),
            per_qualified: none(),
            per_actionable: none(),
            per_won: none(),
            gross_per_qualified: none(),
        };
    };
    let credits = bucket.credits.saturating_add(returned);
    let net = bucket.gross.saturating_sub(credits);
    let per = |cost: i64, count: u64, what: &str| per(cost, count, what, beside.currency);
    Cost {
        gross: Maybe::some(bucket.gross),
        credits,
        net: Maybe::some(net),
        per_inquiry: per(net, counts.inquiries, "inquiries"),
        per_qualified: per(net, counts.qualified, "qualified"),
        per_actionable: per(net, counts.actionable, "actionable"),
        per_won: per(net, counts.won, "won"),
        gross_per_qualified: per(bucket.gross, counts.qualified, "qualified"),
    }
}

/// Σ cost / count, rounded half away from zero; without a count it says what was spent for nothing.
fn per(cost: i64, count: u64, what: &str, currency: &str) -> Maybe<i64> {
    let Ok(count @ 1..) = i64::try_from(count) else {
        return Maybe::none(format!("{} spent, 0 {what}", Money::from_minor(cost, currency)));
    };
    let half = if cost < 0 { -count / 2 } else { count / 2 };
    Maybe::some(cost.saturating_add(half) / count)
}

/// Puts lines in order: by what a qualified one costs, then those without cost, then money without anybody
/// qualified, and money without any inquiry last. Without money by inquiries.
pub fn order(rows: &mut [Row]) {
    rows.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.key.cmp(&b.key)));
}

fn rank(row: &Row) -> (u8, i64, std::cmp::Reverse<u64>) {
    let paid = row.cost.net.value.is_some_and(|net| net > 0);
    let most = std::cmp::Reverse(row.counts.inquiries);
    match row.cost.per_qualified.value {
        Some(per) if paid => (0, per, most),
        _ if !paid => (1, 0, most),
        _ if row.counts.inquiries > 0 => (2, 0, most),
        _ => (3, row.cost.net.value.unwrap_or(0), most),
    }
}

/// Criterion by criterion.
pub fn quality(all: &Tallies) -> Vec<Criterion> {
    let order = ["need", "timing", "region", "budget"];
    let mut found: Vec<Criterion> = all
        .quality
        .iter()
        .map(|(name, asked)| {
            let known = asked.met + asked.unmet;
            let [overridden, overridden_handed_off, overridden_won, overridden_returned] = asked.overridden;
            Criterion {
                name: name.clone(),
                met: share(asked.met, known, "known of nobody"),
                unknown: share(asked.unknown, known + asked.unknown, "asked of nobody"),
                alone: asked.alone,
                overridden,
                overridden_handed_off,
                overridden_won,
                overridden_returned,
            }
        })
        .collect();
    found.sort_by_key(|one| order.iter().position(|name| *name == one.name).unwrap_or(order.len()));
    found
}

/// Returns, the most frequent first.
pub fn returns(all: &Tallies) -> Returns {
    let mut by_code: Vec<(String, u64, bool)> =
        all.by_code.iter().map(|(code, (count, fault))| (code.clone(), *count, *fault)).collect();
    by_code.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let (part, whole) = all.settled_returns;
    Returns { by_code, immature: all.immature, mature: share(part, whole, "nothing was handed off long enough ago") }
}
