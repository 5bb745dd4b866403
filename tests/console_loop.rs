//! The real loop: keys from a stream, answers from workers, time from a stub clock.
#![cfg(feature = "console")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::pedantic)]

mod console_support;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use console_support::{FakeDesk, now};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures::StreamExt as _;
use leadgate::clock::StubClock;
use leadgate::console::effect::{ACTS_MAX, DEADLINE, Effects};
use leadgate::console::message::{Kind, Load, Outcome, Reply, Request};
use leadgate::console::run::{Console, Signals, Turn};
use leadgate::console::{Exit, Options};
use leadgate::desk::{Act, Desk, PreviewAsk, Refused};
use leadgate::lead::LeadId;
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A test screen that fails as a terminal would, and counts its frames.
struct Counting {
    inner: TestBackend,
    frames: u32,
}

fn fine<T>(result: Result<T, Infallible>) -> io::Result<T> {
    result.map_err(|never| match never {})
}

impl Backend for Counting {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        self.frames += 1;
        fine(self.inner.draw(content))
    }
    fn hide_cursor(&mut self) -> io::Result<()> {
        fine(self.inner.hide_cursor())
    }
    fn show_cursor(&mut self) -> io::Result<()> {
        fine(self.inner.show_cursor())
    }
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        fine(self.inner.get_cursor_position())
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        fine(self.inner.set_cursor_position(position))
    }
    fn clear(&mut self) -> io::Result<()> {
        fine(self.inner.clear())
    }
    fn clear_region(&mut self, kind: ClearType) -> io::Result<()> {
        fine(self.inner.clear_region(kind))
    }
    fn size(&self) -> io::Result<Size> {
        fine(self.inner.size())
    }
    fn window_size(&mut self) -> io::Result<WindowSize> {
        fine(self.inner.window_size())
    }
    fn flush(&mut self) -> io::Result<()> {
        fine(self.inner.flush())
    }
}

fn screen() -> Terminal<Counting> {
    Terminal::new(Counting { inner: TestBackend::new(120, 40), frames: 0 }).unwrap()
}

fn key(code: KeyCode) -> io::Result<Event> {
    Ok(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn open(desk: &Arc<FakeDesk>) -> (Console, Arc<StubClock>) {
    let clock = StubClock::at(now());
    let desk: Arc<dyn Desk> = desk.clone();
    (Console::new(&desk, clock.clone(), &Options::default(), (120, 40)), clock)
}

/// Runs the loop for so many milliseconds, or until it ends.
async fn run_for(
    console: &mut Console,
    terminal: &mut Terminal<Counting>,
    pressed: &[KeyCode],
    ms: u64,
) -> Option<Turn> {
    let pressed: Vec<_> = pressed.iter().map(|code| key(*code)).collect();
    let mut keys = futures::stream::iter(pressed).chain(futures::stream::pending()).boxed();
    let mut signals = Signals::none();
    let turn = console.turn(terminal, &mut keys, &mut signals);
    tokio::time::timeout(Duration::from_millis(ms), turn).await.ok().map(Result::unwrap)
}

/// Runs the loop until its picture holds `text`, or a deadline of paused time is over.
async fn until(console: &mut Console, terminal: &mut Terminal<Counting>, text: &str) -> String {
    for _ in 0..10 {
        assert_eq!(run_for(console, terminal, &[], 1_200).await, None);
        let picture = terminal.backend().inner.to_string();
        if picture.contains(text) {
            return picture;
        }
    }
    panic!("{text:?} never came\n{}", terminal.backend().inner);
}

#[tokio::test(start_paused = true)]
async fn keys_become_acts_and_q_ends_it() {
    let desk = FakeDesk::new();
    let (mut console, _clock) = open(&desk);
    let mut terminal = screen();
    until(&mut console, &mut terminal, "juergen.mueller@example.com").await;
    let keys = [KeyCode::Char('n'), KeyCode::Char('j')];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 100).await, None);
    assert_eq!(desk.acts(), [Act::NoAnswer(LeadId(2))]);
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Char('q')], 100).await, Some(Turn::Exit(Exit::Quit)));
    // What was done just before leaving counts.
    let keys = [KeyCode::Char('n'), KeyCode::Char('q')];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 100).await, Some(Turn::Exit(Exit::Quit)));
    console.finish().await;
    assert_eq!(desk.acts().len(), 2);
    // The end of input is an end, not a spin.
    let mut keys = futures::stream::empty().boxed();
    let end = console.turn(&mut terminal, &mut keys, &mut Signals::none()).await.unwrap();
    assert_eq!(end, Turn::Exit(Exit::Quit));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_pulse_brings_new_rows_and_nothing_else_draws() {
    let desk = FakeDesk::empty();
    let (mut console, clock) = open(&desk);
    let mut terminal = screen();
    until(&mut console, &mut terminal, "No open lead").await;
    let frames = terminal.backend().frames;
    assert_eq!(run_for(&mut console, &mut terminal, &[], 10_000).await, None);
    assert!(terminal.backend().frames - frames <= 1, "an idle screen is not drawn");
    clock.advance(jiff::SignedDuration::from_secs(2));
    desk.arrive(7, 30);
    until(&mut console, &mut terminal, "29 min").await;
}

#[tokio::test(start_paused = true)]
async fn a_hanging_store_never_blocks_a_key() {
    let desk = FakeDesk::new();
    let (mut console, clock) = open(&desk);
    let mut terminal = screen();
    until(&mut console, &mut terminal, "juergen").await;
    desk.hang.store(true, Ordering::SeqCst);
    let before = console.model.inbox.state().cursor.index;
    let keys = [KeyCode::Char('2'), KeyCode::Char('1'), KeyCode::Char('j')];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 100).await, None);
    assert_eq!(console.model.inbox.state().cursor.index, before + 1);
    clock.advance(jiff::SignedDuration::from_secs(10));
    let picture = until(&mut console, &mut terminal, "database not answering").await;
    assert!(picture.contains("nothing is lost"));
}

#[tokio::test(start_paused = true)]
async fn every_request_gets_exactly_one_answer() {
    let desk = FakeDesk::new();
    desk.hang.store(true, Ordering::SeqCst);
    let shared: Arc<dyn Desk> = desk.clone();
    let (effects, mut answers) = Effects::start(&shared);
    let ask = |ticket| effects.ask(Request { ticket, load: Load::Capacity });
    assert!(ask(1).is_none());
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(ask(2).is_none());
    assert!(matches!(ask(3), Some(Reply::Superseded { ticket: 2 })));
    let Some(Reply::Loaded { ticket: 1, kind: Kind::Capacity, data: Err(error) }) = answers.recv().await else {
        panic!("the first one times out")
    };
    assert_eq!(error.to_string(), format!("the database did not answer: no answer in {} s", DEADLINE.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn calls_that_hang_do_not_keep_later_ones_from_being_answered() {
    let desk = FakeDesk::new();
    desk.hang.store(true, Ordering::SeqCst);
    let shared: Arc<dyn Desk> = desk.clone();
    let (effects, mut answers) = Effects::start(&shared);
    for ticket in 1..=4 {
        assert!(effects.ask(Request { ticket, load: Load::Sources }).is_none());
        let Some(Reply::Loaded { ticket: answered, data: Err(_), .. }) = answers.recv().await else {
            panic!("an answer")
        };
        assert_eq!(answered, ticket);
        if ticket == 1 {
            // One call hangs for ever; the store is back for the next.
            desk.hang.store(false, Ordering::SeqCst);
            assert!(effects.ask(Request { ticket: 100, load: Load::Sources }).is_none());
            assert!(matches!(answers.recv().await, Some(Reply::Loaded { ticket: 100, data: Ok(_), .. })));
            desk.hang.store(true, Ordering::SeqCst);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn more_acts_than_fit_are_refused_at_once() {
    let desk = FakeDesk::new();
    let shared: Arc<dyn Desk> = desk.clone();
    let (effects, mut answers) = Effects::start(&shared);
    let mut refused = 0;
    for _ in 0..ACTS_MAX + 3 {
        match effects.perform(Act::Undo) {
            None => {}
            Some(Reply::Acted { outcome: Outcome::Refused(Refused::NotNow(why)), .. }) => {
                assert!(why.contains("nothing was changed"));
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 3);
    for _ in 0..ACTS_MAX {
        assert!(matches!(answers.recv().await, Some(Reply::Acted { outcome: Outcome::Done(_), .. })));
    }
    assert_eq!(desk.acts().len(), ACTS_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_slow_simulation_never_blocks_a_key_and_stops_when_nobody_wants_it() {
    let desk = FakeDesk::new();
    desk.slow.store(true, Ordering::SeqCst);
    let (mut console, _clock) = open(&desk);
    let mut terminal = screen();
    until(&mut console, &mut terminal, "juergen").await;
    let asked = |at: usize| desk.previews.lock().unwrap()[at].clone();
    let count = || desk.previews.lock().unwrap().len();
    let max = |at: usize| match asked(at).0 {
        PreviewAsk::Cap { max, .. } => max,
        other => panic!("{other:?}"),
    };
    // The dialog opens at once, and the reason is typed while the past is looked at.
    let keys: Vec<_> = "2".chars().map(KeyCode::Char).collect();
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    let keys: Vec<_> = "+more".chars().map(KeyCode::Char).collect();
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    assert_eq!((count(), max(0)), (1, 24));
    asked(0).1.expect(28_000);
    let keys: Vec<_> = " people".chars().map(KeyCode::Char).collect();
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    let picture = until(&mut console, &mut terminal, "0 % ").await;
    assert!(picture.contains("more people") && picture.contains("Esc stops"), "{picture}");
    assert!(asked(0).1.goes_on());
    // Another value: the first is given up, and half a number is never tried.
    let keys = [KeyCode::BackTab, KeyCode::Backspace, KeyCode::Backspace, KeyCode::Char('3'), KeyCode::Char('0')];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    assert_eq!((count(), max(1)), (2, 30));
    assert!(!asked(0).1.goes_on() && asked(1).1.goes_on());
    // The dialog closes: nobody wants it any more.
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Esc], 500).await, None);
    assert!(!asked(1).1.goes_on());
    assert_eq!(console.model.preview.wanted, None);
    assert_eq!(desk.acts(), []);
}

#[tokio::test(start_paused = true)]
async fn a_preview_that_is_answered_is_shown_and_saving_needs_the_reason() {
    let desk = FakeDesk::new();
    let (mut console, _clock) = open(&desk);
    let mut terminal = screen();
    until(&mut console, &mut terminal, "juergen").await;
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Char('2')], 500).await, None);
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Char('+')], 500).await, None);
    let picture = until(&mut console, &mut terminal, "handed off").await;
    assert!(picture.contains("4 leave the queue") && picture.contains("full about 16:50"), "{picture}");
    let keys = [KeyCode::Tab, KeyCode::Tab, KeyCode::Tab, KeyCode::Enter];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    assert!(until(&mut console, &mut terminal, "a reason is needed").await.contains("handed off"));
    let keys: Vec<_> = "two more\t\t\t\n"
        .chars()
        .map(|char| match char {
            '\t' => KeyCode::Tab,
            '\n' => KeyCode::Enter,
            char => KeyCode::Char(char),
        })
        .collect();
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    let set = Act::SetCap { cap: "team.berlin.day".into(), max: 24, until: None, reason: "two more".into() };
    assert_eq!(desk.acts(), [set]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_leads_to_its_leads_and_back_without_being_computed_again() {
    let desk = FakeDesk::new();
    let (mut console, _clock) = open(&desk);
    let mut terminal = screen();
    until(&mut console, &mut terminal, "juergen").await;
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Char('P')], 500).await, None);
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Enter], 500).await, None);
    until(&mut console, &mut terminal, "22 verdicts change").await;
    let keys = [KeyCode::Tab, KeyCode::Enter];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    until(&mut console, &mut terminal, "lead 0001").await;
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Esc], 500).await, None);
    until(&mut console, &mut terminal, "22 verdicts change").await;
    assert_eq!(desk.previews.lock().unwrap().len(), 1);
    // A longer time is asked for anew, and so is the file read again.
    let keys = [KeyCode::Char('d')];
    assert_eq!(run_for(&mut console, &mut terminal, &keys, 500).await, None);
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Char('r')], 500).await, None);
    let asked: Vec<_> = desk.previews.lock().unwrap().iter().map(|(ask, _)| ask.days()).collect();
    assert_eq!(asked, [30, 7, 7]);
    assert_eq!(run_for(&mut console, &mut terminal, &[KeyCode::Esc], 500).await, None);
    assert_eq!(console.model.preview.wanted, None);
}
