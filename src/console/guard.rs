//! The last guard before the terminal: a [`Backend`] that lets no control character through. Lead text is
//! already clean when it is drawn ([`crate::text::Shown`]); if a cell ever holds a control character
//! anyway, it is replaced here and counted, and the count must stay 0.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A backend around another one.
#[derive(Debug)]
pub struct Guarded<B> {
    inner: B,
    stopped: u64,
}

impl<B> Guarded<B> {
    /// Guards `inner`.
    pub const fn new(inner: B) -> Self {
        Self { inner, stopped: 0 }
    }

    /// How many cells had to be replaced so far.
    pub const fn stopped(&self) -> u64 {
        self.stopped
    }

    /// The guarded backend.
    pub const fn inner(&self) -> &B {
        &self.inner
    }
}

/// May this character drive a terminal or hide text?
pub fn is_hostile(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

impl<B: Backend> Backend for Guarded<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells: Vec<(u16, u16, &Cell)> = content.collect();
        if !cells.iter().any(|(_, _, cell)| cell.symbol().chars().any(is_hostile)) {
            return self.inner.draw(cells.into_iter());
        }
        let safe: Vec<(u16, u16, Cell)> = cells
            .into_iter()
            .map(|(x, y, cell)| {
                let mut cell = cell.clone();
                if cell.symbol().chars().any(is_hostile) {
                    self.stopped += 1;
                    cell.set_symbol("\u{fffd}");
                }
                (x, y, cell)
            })
            .collect();
        self.inner.draw(safe.iter().map(|(x, y, cell)| (*x, *y, cell)))
    }

    fn append_lines(&mut self, lines: u16) -> Result<(), Self::Error> {
        self.inner.append_lines(lines)
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, Self::Error> {
        self.inner.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;

    use super::*;

    #[test]
    fn a_control_character_in_a_cell_is_replaced_and_counted() {
        let mut guarded = Guarded::new(TestBackend::new(3, 1));
        let (mut bad, mut good) = (Cell::default(), Cell::default());
        bad.set_symbol("\u{1b}]0;pwn\u{7}");
        good.set_symbol("ü");
        guarded.draw([(0, 0, &bad), (1, 0, &good)].into_iter()).unwrap();
        assert_eq!(guarded.stopped(), 1);
        guarded.inner().assert_buffer_lines(["\u{fffd}ü "]);
    }
}
