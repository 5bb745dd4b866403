//! No size, no dialog and no data makes the console panic or lets a control character onto the screen.
#![cfg(feature = "console")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::pedantic)]

mod console_support;

use console_support::{Bench, FakeDesk};
use leadgate::console::guard::{Guarded, is_hostile};
use leadgate::console::input::Key;
use leadgate::console::offer::{self, Offer};
use leadgate::console::theme::{Colours, Theme};
use leadgate::console::{Screen, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const HEIGHTS: [u16; 14] = [1, 2, 3, 9, 10, 11, 13, 17, 18, 19, 24, 30, 45, 60];

/// Every state a person can see, by the keys that lead there.
fn states() -> Vec<(Screen, &'static str)> {
    let mut states: Vec<_> = Screen::ALL.into_iter().map(|screen| (screen, "")).collect();
    let down = "jjjjjjjjjjjjjj";
    for keys in ["i", "iin 3 weeks", "ix", "ji", "jji"] {
        states.push((Screen::Inbox, Box::leak(format!("{down}{keys}").into_boxed_str())));
    }
    let inbox = [
        "r", "l", "w", "z", "e", "N", "A", "x", "y", "?", ":", "/", "\n", "\n?", "\tx", "P", "Px\n", "Px\n\t",
        "Px\n\t\n", "r1", "r1\n", "z4", "e\n", "\t", "\t\t", "\t\t\t", "\t\t\t\n", "\t\t\t\t", "G",
    ];
    states.extend(inbox.map(|keys| (Screen::Inbox, keys)));
    states.extend(
        ["+", "=", "?", ":a", "v", "vGj", "v\n", "S", "Ss", "=5\ny\t\t\t\t\n"].map(|keys| (Screen::Capacity, keys)),
    );
    states.extend(["D", "\n", "A", "s", "G", "jT", "jE", "\t", "\t\t"].map(|keys| (Screen::Response, keys)));
    states.extend(["p", "\n", "/x", "G"].map(|keys| (Screen::Sources, keys)));
    states.extend(["d", "G"].map(|keys| (Screen::Report, keys)));
    states.extend(["G", "\n"].map(|keys| (Screen::Journal, keys)));
    states.push((Screen::Inbox, "V"));
    states
}

fn press(bench: &mut Bench, keys: &str) {
    for char in keys.chars() {
        match char {
            '\n' => bench.key(Key::Enter),
            '\t' => bench.key(Key::Tab),
            char => bench.key(Key::Char(char)),
        };
    }
}

#[test]
fn every_screen_and_dialog_at_every_size() {
    for (empty, full) in [(true, false), (false, true)] {
        for (screen, keys) in states() {
            if empty && keys.len() > 1 {
                continue;
            }
            let desk = if full { FakeDesk::new() } else { FakeDesk::empty() };
            let mut bench = Bench::on(desk, screen, (120, 40));
            press(&mut bench, keys);
            for height in HEIGHTS {
                for width in (1..=200).step_by(if [10, 24].contains(&height) { 3 } else { 13 }) {
                    bench.resize((width, height));
                    let _ = bench.terminal();
                }
            }
            // Moving about at an awkward size must hold too.
            bench.resize((83, 18));
            for key in [Key::Down, Key::PageDown, Key::End, Key::Up, Key::Home, Key::Esc, Key::Esc, Key::Esc] {
                bench.key(key);
                let _ = bench.terminal();
            }
        }
    }
}

#[test]
fn below_the_smallest_size_it_says_what_is_needed() {
    let bench = Bench::new((39, 10));
    assert!(bench.screen().contains("40×10"), "{}", bench.screen());
    let bench = Bench::new((120, 9));
    assert!(bench.screen().contains("40×10"));
}

#[test]
fn a_picture_is_never_drawn_for_another_size_than_the_models() {
    let bench = Bench::new((80, 24));
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    terminal.draw(|frame| view::draw(&bench.model, frame)).unwrap();
}

#[test]
fn no_control_or_bidi_character_reaches_a_cell() {
    for (screen, keys) in states() {
        for down in 0..16 {
            let mut bench = Bench::on(FakeDesk::new(), screen, (160, 45));
            for _ in 0..down {
                bench.key(Key::Down);
            }
            press(&mut bench, keys);
            let mut terminal = Terminal::new(Guarded::new(TestBackend::new(160, 45))).unwrap();
            terminal.draw(|frame| view::draw(&bench.model, frame)).unwrap();
            assert_eq!(terminal.backend().stopped(), 0, "{screen:?} {keys:?} {down}");
            let buffer = terminal.backend().inner().buffer();
            assert!(!buffer.content.iter().any(|cell| cell.symbol().chars().any(is_hostile)), "{screen:?} {keys:?}");
            if screen != Screen::Inbox {
                break;
            }
        }
    }
}

#[test]
fn ascii_and_colourless_terminals_get_the_same_picture_in_their_signs() {
    for (screen, keys) in states() {
        let mut bench = Bench::on(FakeDesk::new(), screen, (120, 40));
        bench.model.fixed.theme = Theme { colours: Colours::None, ascii: true };
        press(&mut bench, keys);
        let terminal = bench.terminal();
        let buffer = terminal.backend().buffer();
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()), "{screen:?} {keys:?}");
        assert!(buffer.content.iter().all(|cell| cell.fg == ratatui::style::Color::Reset), "{screen:?} {keys:?}");
    }
}

#[test]
fn the_offer_fits_any_size_and_knows_three_keys() {
    let offer = Offer { config_path: format!("/home/{}/leadgate.toml", console_support::HOSTILE) };
    let theme = Theme::default();
    for width in 1..=120 {
        for height in HEIGHTS {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| offer::draw(&offer, theme, frame)).unwrap();
        }
    }
    use leadgate::console::Exit;
    assert_eq!(offer::choice(Key::Char('d')), Some(Exit::Demo));
    assert_eq!(offer::choice(Key::Char('i')), Some(Exit::Init));
    assert_eq!(offer::choice(Key::Char('q')), Some(Exit::Quit));
    assert_eq!(offer::choice(Key::Enter), None);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let offer = Offer { config_path: "/home/anna/.config/leadgate/leadgate.toml".into() };
    terminal.draw(|frame| offer::draw(&offer, theme, frame)).unwrap();
    insta::assert_snapshot!("offer", terminal.backend());
}
