//! The Report screen in the hands of somebody who asks whether a campaign is worth it.
#![cfg(feature = "console")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::pedantic)]

mod console_support;

use std::sync::atomic::Ordering;

use console_support::{Bench, FakeDesk};
use leadgate::console::Screen;
use leadgate::console::input::Key;
use leadgate::report::model::{Dimension, View};

fn report(size: (u16, u16)) -> Bench {
    Bench::on(FakeDesk::new(), Screen::Report, size)
}

#[test]
fn figures_that_are_not_there_yet_are_counted_and_keep_nobody_waiting() {
    let desk = FakeDesk::new();
    desk.hang.store(true, Ordering::SeqCst);
    let mut bench = Bench::on(desk.clone(), Screen::Report, (80, 24));
    assert!(bench.screen().contains("counting…"), "{}", bench.screen());
    bench.enter();
    assert!(bench.status().contains("still being counted"), "{}", bench.status());
    // Every key works meanwhile.
    bench.keys("dv").key(Key::Right);
    assert_eq!((bench.model.report.period.days(), bench.model.report.view), (91, View::Calendar));
    bench.keys("1");
    assert_eq!(bench.model.screen, Screen::Inbox);
}

#[test]
fn period_view_and_split_are_said_and_asked_for_anew() {
    let mut bench = report((120, 40));
    assert!(bench.screen().contains("by source · last 28 days") && bench.screen().contains("cohort"));
    bench.keys("v");
    assert!(bench.screen().contains("calendar"), "{}", bench.screen());
    bench.keys("dd");
    assert!(bench.screen().contains("last 365 days") && bench.screen().contains("2025-11-24 – 2026-11-23"));
    for by in [Dimension::Campaign, Dimension::Service, Dimension::Region, Dimension::Team, Dimension::Person] {
        bench.keys("s");
        assert!(bench.screen().contains(&format!("by {}", by.word())), "{}", bench.screen());
    }
    bench.keys("ss");
    assert_eq!(bench.model.report.by, Dimension::Source, "seven splits, and around");
}

#[test]
fn a_verdict_is_a_mark_and_a_word_and_says_its_rule() {
    let mut bench = report((120, 40));
    for said in ["▲ continue", "◆ adjust", "▼ stop", "· collect"] {
        assert!(bench.screen().contains(said), "{said}\n{}", bench.screen());
    }
    bench.keys("jj");
    assert!(bench.screen().contains("Meta roof autumn"), "{}", bench.screen());
    bench.keys("x");
    let why = bench.screen();
    for said in
        ["lower bound ≥ 1", "Wilson 95 %", "handed off 60 days ago", "cohort: leads by the day they were received"]
    {
        assert!(why.contains(said), "{said}\n{why}");
    }
    bench.esc();
    assert!(bench.model.dialogs.is_empty());
}

#[test]
fn enter_on_a_figure_opens_its_leads_and_esc_comes_back_to_them() {
    let mut bench = report((120, 40));
    bench.keys("jj").key(Key::Right).key(Key::Right).enter();
    assert!(bench.screen().contains("handed-off@source=meta-roof · 6"), "{}", bench.screen());
    bench.key(Key::Down).enter();
    assert!(bench.model.opened.is_some() && bench.model.dialogs.is_empty(), "the lead is open");
    bench.esc();
    assert!(bench.model.opened.is_none());
    assert!(bench.screen().contains("handed-off@source=meta-roof"), "back at the list");
    bench.esc();
    assert!(bench.model.dialogs.is_empty() && bench.model.screen == Screen::Report);
    // Typing finds one of them; a figure of 0 has nothing to open.
    bench.keys("G");
    while bench.model.report.selected().unwrap().key != "radio" {
        bench.keys("k");
    }
    bench.enter();
    assert!(bench.model.dialogs.is_empty());
    assert!(bench.status().contains("no lead is behind a figure of 0"), "{}", bench.status());
}

#[test]
fn leads_that_come_after_somebody_went_elsewhere_do_not_get_in_the_way() {
    let mut bench = report((120, 40));
    bench.hold = true;
    bench.enter().keys("1");
    bench.release();
    assert!(bench.model.dialogs.is_empty() && bench.model.screen == Screen::Inbox);
}

#[test]
fn where_there_is_no_room_for_both_the_line_takes_the_funnels_place() {
    let mut bench = report((80, 24));
    assert!(bench.screen().contains("per qualified") && !bench.screen().contains("inquiries per day"));
    bench.keys("c");
    assert!(bench.screen().contains("inquiries per day · all together"), "{}", bench.screen());
    bench.key(Key::Right);
    assert!(bench.screen().contains("qualified per day"), "the figure under the cursor");
    bench.keys("c");
    assert!(bench.screen().contains("per actionable"));
}

#[test]
fn the_capacity_of_the_line_and_the_report_by_mail_stand_on_the_frames() {
    for (size, demand) in [((80, 24), ""), ((112, 30), " (979 for 600 places)"), ((120, 40), "")] {
        let mut bench = report(size);
        bench.wait(1);
        let said = format!("flood index 1.63{demand} · used 93 %");
        assert!(bench.screen().contains(&said), "{said}\n{}", bench.screen());
        assert!(bench.screen().contains("open 12 of 20"), "{}", bench.screen());
        assert!(bench.screen().contains("by mail: next Mon 07:00 to 1 · week-2026-11-23 sent to 1"));
        while bench.model.report.selected().unwrap().key != "portal" {
            bench.keys("j");
        }
        assert!(bench.screen().contains("flood index — closed · open 12 of 20"), "{}", bench.screen());
        bench.keys("x");
        let why = bench.screen();
        for said in ["flood index", "— closed (150 for 0)", "20 per day"] {
            assert!(why.contains(said), "{said}\n{why}");
        }
        bench.esc();
        // A source nobody capped has none; other days are counted anew, and until then nothing is said of them.
        bench.keys("j");
        assert!(!bench.screen().contains("flood index"), "{}", bench.screen());
        bench.hold = true;
        bench.keys("gd");
        assert!(!bench.screen().contains("flood index"), "{}", bench.screen());
        bench.release();
        bench.wait(1);
        assert!(bench.screen().contains("flood index 1.63"), "{}", bench.screen());
    }
}
