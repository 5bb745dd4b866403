//! A first start without a config: three ways on, nothing else. No desk exists yet.

use futures::StreamExt as _;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::input::{self, Input, Key};
use super::layout;
use super::run::Signals;
use super::terminal::{Held, Keys};
use super::theme::{self, Role, Theme};
use super::widget::panel::{self, Panel};
use super::widget::wrap::wrap;
use super::widget::{Align, Columns};
use super::{ConsoleError, Exit};

/// Columns of the box.
const WIDTH: u16 = 72;

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Where a config was looked for, and where a starter would be written.
    pub config_path: String,
}

/// What a key means on a first start; `None` for any other key.
pub const fn choice(key: Key) -> Option<Exit> {
    match key {
        Key::Char('d') => Some(Exit::Demo),
        Key::Char('i') => Some(Exit::Init),
        Key::Char('q') | Key::Esc | Key::Ctrl('c') => Some(Exit::Quit),
        _ => None,
    }
}

/// Asks, and stays until one of the three was chosen.
pub(super) async fn ask(offer: Offer, theme: Theme) -> Result<Exit, ConsoleError> {
    let failed = |doing: &'static str| move |source| ConsoleError::Terminal { doing, source };
    let mut held = Held::take().map_err(failed("being taken"))?;
    let mut signals = Signals::listen().map_err(failed("listening for signals"))?;
    let mut keys = Keys::typed();
    loop {
        held.screen.draw(|frame| draw(&offer, theme, frame)).map_err(failed("being drawn"))?;
        let event = tokio::select! {
            biased;
            event = keys.next() => event,
            signal = signals.next() => return Ok(Exit::Signal(signal)),
        };
        match event {
            None => return Ok(Exit::Quit),
            Some(Err(source)) => return Err(ConsoleError::Terminal { doing: "reading keys", source }),
            Some(Ok(event)) => match input::translate(event) {
                Some(Input::Key(Key::Ctrl('z'))) => held.suspend().map_err(failed("being suspended"))?,
                Some(Input::Key(key)) => {
                    if let Some(exit) = choice(key) {
                        return Ok(exit);
                    }
                }
                _ => {}
            },
        }
    }
}

/// Draws the offer.
pub fn draw(offer: &Offer, theme: Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let width = usize::from(area.width.min(WIDTH).saturating_sub(4));
    let text = |text: &str, role: Role| {
        wrap(text, width).into_iter().map(move |line| Columns::new(theme).add(&line, role).line())
    };
    let key = |key: &str, does: &str| {
        Columns::new(theme).col(key, 3, Align::Right, Role::Accent).add(does, Role::Text).line()
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    lines.extend(text("Takes the leads of your campaigns and lists, keeps the ones that fit, hands each to a person while there is room, and measures the first answer.", Role::Text));
    lines.push(Line::default());
    lines.extend(text(&format!("No config was found: {}", offer.config_path), Role::Quiet));
    lines.push(Line::default());
    lines.push(key("d", " try the demo: invented leads, nothing leaves this machine"));
    lines.push(key("i", " write a starter config there, to fill in"));
    lines.push(key("q", " quit"));
    let outer = layout::middle(area, WIDTH, lines.len() as u16 + 2);
    let inside = Panel { title: "leadgate".to_owned(), focus: true, ..Panel::default() }.draw(frame, outer, theme);
    panel::lines(frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }, lines);
    if theme.ascii {
        theme::to_ascii(frame.buffer_mut());
    }
}
