//! Every screen as a picture, at the three sizes people have.
#![cfg(feature = "console")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::pedantic)]

mod console_support;

use console_support::{Bench, FakeDesk};
use leadgate::console::Screen;
use leadgate::console::input::Key;
use leadgate::console::message::{Message, Reply};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (160, 45)];

fn pictures(name: &str, make: impl Fn((u16, u16)) -> Bench) {
    for size in SIZES {
        insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), make(size).screen());
    }
}

#[test]
fn screens() {
    for screen in Screen::ALL {
        pictures(&screen.title().to_lowercase(), |size| Bench::on(FakeDesk::new(), screen, size));
    }
}

#[test]
fn screens_without_anything() {
    for screen in Screen::ALL {
        let bench = Bench::on(FakeDesk::empty(), screen, (80, 24));
        insta::assert_snapshot!(format!("empty_{}", screen.title().to_lowercase()), bench.screen());
    }
}

#[test]
fn lists_of_the_inbox() {
    for (at, list) in ["held", "rejected", "quarantine", "closed"].into_iter().enumerate() {
        let mut bench = Bench::new((120, 40));
        for _ in 0..=at {
            bench.key(Key::Tab);
        }
        insta::assert_snapshot!(format!("list_{list}"), bench.screen());
    }
}

#[test]
fn an_opened_lead() {
    pictures("lead", |size| {
        let mut bench = Bench::new(size);
        bench.keys("jj").enter();
        bench
    });
}

#[test]
fn response_below_the_list() {
    for (tabs, name) in [(1, "speed"), (2, "table")] {
        let mut bench = Bench::on(FakeDesk::new(), Screen::Response, (80, 24));
        for _ in 0..tabs {
            bench.key(Key::Tab);
        }
        insta::assert_snapshot!(format!("response_{name}_80x24"), bench.screen());
    }
}

#[test]
fn a_source_in_full() {
    pictures("source", |size| {
        let mut bench = Bench::on(FakeDesk::new(), Screen::Sources, size);
        bench.enter();
        bench
    });
}

#[test]
fn a_lead_in_review_asks_its_question_on_top() {
    pictures("review", |size| {
        let mut bench = Bench::new(size);
        bench.keys("jjjjjjjjjjjjjj");
        bench
    });
}

#[test]
fn the_one_question_is_answered_with_what_follows_in_sight() {
    let answer = |size, keys: &str| {
        let mut bench = Bench::new(size);
        bench.keys("jjjjjjjjjjjjjj").keys(keys);
        bench
    };
    pictures("answer", |size| answer(size, "iin 3 weeks"));
    insta::assert_snapshot!("answer_need", answer((80, 24), "ji").key(Key::Down).screen());
    insta::assert_snapshot!("answer_unread", answer((80, 24), "iwhenever they like").screen());
}

#[test]
fn a_curve_and_the_draft_beside_the_rules() {
    let at = |screen, size, keys: &str| {
        let mut bench = Bench::on(FakeDesk::new(), screen, size);
        bench.keys(keys);
        bench
    };
    pictures("curve", |size| at(Screen::Capacity, size, "vjj"));
    pictures("shadow", |size| at(Screen::Report, size, "S"));
    let nothing = Bench::on(FakeDesk::empty(), Screen::Report, (80, 24)).keys("S").screen();
    assert!(nothing.contains("No draft of the rules ever ran"), "{nothing}");
}

#[test]
fn dialogs() {
    let open = |name: &str, screen: Screen, keys: &str| {
        let mut bench = Bench::on(FakeDesk::new(), screen, (80, 24));
        bench.keys(keys);
        insta::assert_snapshot!(format!("dialog_{name}"), bench.screen());
    };
    open("return", Screen::Inbox, "r");
    open("lost", Screen::Inbox, "l");
    open("won", Screen::Inbox, "w");
    open("snooze", Screen::Inbox, "z");
    open("edit", Screen::Inbox, "e");
    open("note", Screen::Inbox, "Nhello");
    open("reassign", Screen::Inbox, "Ab");
    open("explain", Screen::Inbox, "x");
    open("contact", Screen::Inbox, "y");
    open("help", Screen::Inbox, "?");
    open("palette", Screen::Inbox, ":cap");
    open("filter", Screen::Inbox, "/roof");
    open("cap", Screen::Capacity, "+");
    open("away", Screen::Capacity, "a");
    open("leave", Screen::Capacity, "a1");
    open("drop", Screen::Response, "D");
    open("reroute", Screen::Response, "jT");
    open("resend", Screen::Response, "jE");
    open("mail", Screen::Inbox, "V");
    open("pause", Screen::Sources, "p");
}

#[test]
fn why_a_lead_is_where_it_is() {
    pictures("explain", |size| {
        let mut bench = Bench::new(size);
        bench.key(Key::Tab).keys("x");
        bench
    });
    let mut bench = Bench::new((80, 24));
    bench.key(Key::Tab).key(Key::Tab).keys("xG");
    insta::assert_snapshot!("explain_end_80x24", bench.screen());
}

#[test]
fn a_cap_is_previewed_while_the_reason_is_typed() {
    pictures("cap_preview", |size| {
        let mut bench = Bench::on(FakeDesk::new(), Screen::Capacity, size);
        bench.keys("+two more people");
        bench
    });
}

#[test]
fn a_draft_is_previewed_with_its_leads() {
    let draft = |size, file: &str, desk| {
        let mut bench = Bench::on(desk, Screen::Capacity, size);
        bench.keys("P").key(Key::Ctrl('u')).keys(file).enter();
        bench
    };
    pictures("draft", |size| draft(size, "leadgate.draft.toml", FakeDesk::new()));
    insta::assert_snapshot!("draft_broken", draft((80, 24), "broken.toml", FakeDesk::new()).screen());
    let nothing = draft((80, 24), "leadgate.draft.toml", FakeDesk::empty());
    assert!(nothing.screen().contains("nothing to try the draft on"), "{}", nothing.screen());
    let slow = FakeDesk::new();
    slow.slow.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut slow = draft((80, 24), "leadgate.draft.toml", slow);
    let ticket = slow.model.preview.ticket;
    slow.wait(3).send(Message::Reply(Reply::Previewing { ticket, decided: 12_000, expected: 28_000 }));
    insta::assert_snapshot!("draft_progress", slow.screen());
}

#[test]
fn the_store_away_dims_the_old_picture_and_says_its_age() {
    let desk = FakeDesk::new();
    let mut bench = Bench::on(desk.clone(), Screen::Inbox, (120, 40));
    desk.set_down(true);
    bench.key(Key::Ctrl('r')).wait(12);
    insta::assert_snapshot!("stale", bench.screen());
    desk.set_down(false);
    bench.wait(3);
    assert!(bench.screen().contains("● live"));
}
