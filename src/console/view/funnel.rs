//! The funnel of the line under the cursor: shown, clicked, and as far as each lead got; beside it what it cost and
//! brought, below it what to do and by which rule.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::report::verdict;
use super::response::{quantile, share};
use crate::console::model::Model;
use crate::console::say;
use crate::console::theme::{Role, Theme};
use crate::console::widget::bar::bar;
use crate::console::widget::panel::{self, Panel};
use crate::console::widget::wrap::wrap;
use crate::console::widget::{Align, Columns};
use crate::lead::Money;
use crate::report::capacity::CapacityLine;
use crate::report::model::{Maybe, Row, Share};
use crate::report::say::{self as words, NO_VALUE, percent};

/// Columns of the money beside the funnel.
const BESIDE: usize = 14;
/// Columns of what that money is.
const BESIDE_NAME: usize = 14;
/// A rate with its column of space.
const RATE: usize = 7;

/// Draws it.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.fixed.theme;
    let (Some(row), Some(data)) = (model.report.selected(), &model.report.data.value) else {
        let inside = Panel::new("funnel").draw(frame, area, theme);
        panel::sentence(frame, inside, &super::report::counting(&model.report.data), theme);
        return;
    };
    let title = if model.report.cursor.index == 0 { "all together".to_owned() } else { row.title.clone() };
    let right = format!("{} counted", data.made_at.to_zoned(model.seat.zone.clone()).strftime("%H:%M"));
    let foot = model.report.capacity().map_or_else(String::new, |line| capacity(line, area.width));
    let inside = Panel { title, right, foot, ..Panel::default() }.draw(frame, area, theme);
    let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let mut lines = steps(model, row, &data.currency, usize::from(inside.width));
    lines.extend(advice(theme, row, usize::from(inside.width)));
    panel::lines(frame, inside, lines);
}

fn steps(model: &Model, row: &Row, currency: &str, width: usize) -> Vec<Line<'static>> {
    let theme = model.fixed.theme;
    let (counts, rates) = (&row.counts, &row.rates);
    let room = width.saturating_sub(12 + 8 + RATE + BESIDE_NAME + 1 + BESIDE + 2).clamp(4, 60);
    let all: [(&str, Option<u64>, Option<&Share>, Role); 9] = [
        ("shown", row.impressions, None, Role::Quiet),
        ("clicked", row.clicks, Some(&rates.click), Role::Quiet),
        ("inquiries", Some(counts.inquiries), Some(&rates.inquiry), Role::Text),
        ("qualified", Some(counts.qualified), Some(&rates.qualified), Role::Accent),
        ("handed off", Some(counts.handed_off), Some(&rates.handed_off), Role::Accent),
        ("contacted", Some(counts.contacted), Some(&rates.contacted), Role::Accent),
        ("actionable", Some(counts.actionable), Some(&rates.actionable), Role::Accent),
        ("won", Some(counts.won), Some(&rates.won), Role::Good),
        ("returned", Some(counts.returned), Some(&rates.returned), Role::Warn),
    ];
    let beside = beside(row, currency);
    all.into_iter()
        .zip(beside)
        .enumerate()
        .map(|(at, ((label, count, rate, role), (name, text)))| {
            let here = at == model.report.figure + 2;
            let mark = if here { "›" } else { "" };
            let told = count.map_or_else(|| NO_VALUE.to_owned(), |count| say::count(count, 7));
            let drawn = if at < 2 { String::new() } else { bar(count.unwrap_or(0), counts.inquiries, room) };
            Columns::new(theme)
                .col(mark, 1, Align::Left, Role::Accent)
                .col(label, 10, Align::Left, if here { Role::Accent } else { Role::Quiet })
                .col(&told, 7, Align::Right, Role::Bright)
                .col(&rate.map_or_else(String::new, short), RATE - 1, Align::Right, Role::Quiet)
                .col(&drawn, room, Align::Left, role)
                .col(name, BESIDE_NAME, Align::Left, Role::Quiet)
                .col(&text, BESIDE, Align::Right, Role::Text)
                .line()
        })
        .collect()
}

/// Flood index and utilisation in one line, with what they are of where there is room.
fn capacity(line: &CapacityLine, width: u16) -> String {
    let places = line.capacity.value.filter(|places| *places > 0 && width >= 100);
    let of =
        |part: u64, word: &str| places.map_or_else(String::new, |whole| format!(" ({part} {word} {whole} places)"));
    let mut text = format!("flood index {}{}", words::index(&line.flood_index), of(line.demand, "for"));
    if line.utilisation.value.is_some() {
        text = format!("{text} · used {}{}", words::used(&line.utilisation), of(line.handed_off, "of"));
    }
    match (line.open.value, line.open_at_most.value) {
        (Some(open), Some(most)) => format!("{text} · open {open} of {most}"),
        (Some(open), None) => format!("{text} · open {open}"),
        (None, _) => text,
    }
}

/// A share in its narrow column: "few" where n is below five.
fn short(share: &Share) -> String {
    match share.value {
        None => NO_VALUE.to_owned(),
        Some(_) if share.whole < crate::report::model::TOO_FEW => "few".to_owned(),
        Some(value) => percent(value),
    }
}

fn beside(row: &Row, currency: &str) -> [(&'static str, String); 9] {
    let (cost, value, speed) = (&row.cost, &row.value, &row.speed);
    let ratio = value.ratio.value.map_or_else(|| NO_VALUE.to_owned(), |ratio| format!("{ratio:.2}"));
    let first = quantile(speed.median_secs, speed.median_over_secs);
    [
        ("cost, net", money(&cost.net, currency, BESIDE)),
        ("credited", if cost.credits == 0 { "0".into() } else { money(&Maybe::some(cost.credits), currency, BESIDE) }),
        ("per inquiry", money(&cost.per_inquiry, currency, BESIDE)),
        ("per qualified", money(&cost.per_qualified, currency, BESIDE)),
        ("per actionable", money(&cost.per_actionable, currency, BESIDE)),
        ("per won", money(&cost.per_won, currency, BESIDE)),
        ("margin : cost", ratio),
        ("first answer", first),
        ("within 1 h", share(speed.within[1])),
    ]
}

/// What to do with its rule; what is odd; and why the first figure that is missing is.
fn advice(theme: Theme, row: &Row, width: usize) -> Vec<Line<'static>> {
    let (mark, word, role) = verdict(row.value.verdict);
    let because = row.value.rule.as_str();
    let rest = because.split_once(": ").filter(|_| row.value.verdict.is_some()).map_or(because, |(_, rest)| rest);
    let said = format!("{mark} {word}: ");
    let said = said.trim_start();
    let head = if row.value.verdict.is_some() { said } else { "" };
    let mut lines = Vec::new();
    for (at, part) in wrap(&format!("{head}{rest}"), width).iter().enumerate() {
        let role = if at == 0 { role } else { Role::Quiet };
        lines.push(Columns::new(theme).add(part, role).line());
    }
    for flag in &row.flags {
        lines.push(Columns::new(theme).add(&format!("! {flag}"), Role::Warn).line());
    }
    if let Some(why) = &row.cost.per_qualified.why {
        lines.push(Columns::new(theme).add(&format!("{NO_VALUE} per qualified: {why}"), Role::Warn).line());
    }
    lines
}

/// An amount that is never cut: without its currency where it is too wide.
pub(super) fn money(maybe: &Maybe<i64>, currency: &str, width: usize) -> String {
    let Some(minor) = maybe.value else { return NO_VALUE.to_owned() };
    let full = Money::from_minor(minor, currency).to_string();
    if full.len() <= width { full } else { full.split(' ').next().unwrap_or_default().to_owned() }
}
