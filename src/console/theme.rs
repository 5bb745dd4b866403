//! Colours by role, never by widget, and the plain variants: `NO_COLOR`, sixteen colours, ASCII.
//! Keeps the rule that state is never told by colour alone: every role also has a word or a mark.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use unicode_normalization::UnicodeNormalization;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// None: only bold, dim and reversed.
    None,
    /// The sixteen of the terminal's own palette.
    Sixteen,
    /// 256 and more.
    #[default]
    Full,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// What can be skipped.
    Quiet,
    /// The one thing of its line that matters.
    Bright,
    /// The screen or panel one is in.
    Accent,
    /// Met, sent, live.
    Good,
    /// At risk, unknown, waiting for a person.
    Warn,
    /// Missed, failed.
    Bad,
    /// The line under the cursor.
    Selected,
    /// Frames.
    Frame,
    /// The frame of the panel that has the keys.
    Focus,
    /// The demo badge.
    Badge,
}

/// How everything is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Theme {
    /// Colours the terminal has.
    pub colours: Colours,
    /// Only ASCII may be drawn.
    pub ascii: bool,
}

impl Theme {
    /// The theme for these environment variables (`NO_COLOR`, `TERM`, `COLORTERM`, and the first set of
    /// `LC_ALL`, `LC_CTYPE`, `LANG`).
    pub fn detect(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let term = var("TERM").unwrap_or_default();
        let colours = if var("NO_COLOR").is_some() || term == "dumb" || term.starts_with("vt1") || term == "vt220" {
            Colours::None
        } else if var("COLORTERM").is_some() || term.contains("256") || term.contains("direct") || cfg!(windows) {
            Colours::Full
        } else {
            Colours::Sixteen
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| var(name)).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        Self { colours, ascii: !(utf8 || cfg!(windows)) || term == "dumb" }
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        match self.colours {
            Colours::None => plain(role),
            Colours::Sixteen => sixteen(role),
            Colours::Full => full(role),
        }
    }
}

fn plain(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text | Role::Good => style,
        Role::Quiet | Role::Frame => style.add_modifier(Modifier::DIM),
        Role::Bright | Role::Accent | Role::Warn | Role::Focus => style.add_modifier(Modifier::BOLD),
        Role::Bad => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Selected | Role::Badge => style.add_modifier(Modifier::REVERSED),
    }
}

fn sixteen(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text => style,
        Role::Quiet | Role::Frame => style.fg(Color::DarkGray),
        Role::Bright => style.add_modifier(Modifier::BOLD),
        Role::Accent | Role::Focus => style.fg(Color::Cyan),
        Role::Good => style.fg(Color::Green),
        Role::Warn => style.fg(Color::Yellow),
        Role::Bad => style.fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Selected => style.add_modifier(Modifier::REVERSED),
        Role::Badge => style.fg(Color::Black).bg(Color::Yellow),
    }
}

fn full(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text => style.fg(Color::Indexed(252)),
        Role::Quiet => style.fg(Color::Indexed(245)),
        Role::Frame => style.fg(Color::Indexed(239)),
        Role::Bright => style.fg(Color::Indexed(231)).add_modifier(Modifier::BOLD),
        Role::Accent | Role::Focus => style.fg(Color::Indexed(110)),
        Role::Good => style.fg(Color::Indexed(108)),
        Role::Warn => style.fg(Color::Indexed(179)),
        Role::Bad => style.fg(Color::Indexed(174)).add_modifier(Modifier::BOLD),
        Role::Selected => style.bg(Color::Indexed(237)),
        Role::Badge => style.fg(Color::Indexed(232)).bg(Color::Indexed(179)),
    }
}

/// Turns a drawn picture into ASCII: marks and frames have their own signs, letters lose their accents,
/// anything else becomes `?`. A wide character becomes as many signs as it had columns.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let width = unicode_width::UnicodeWidthStr::width(symbol);
        let sign = symbol.chars().next().map_or('?', ascii_sign);
        if width > 1 {
            cell.set_symbol("??");
        } else {
            cell.set_char(sign);
        }
    }
}

fn ascii_sign(char: char) -> char {
    match char {
        '─' | '━' | '–' | '—' | '‐' | '‑' => '-',
        '│' | '┃' | '‖' | '▏' | '▕' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '╭' | '╮' | '╰' | '╯' | '✓' => {
            '+'
        }
        '✗' | '×' => 'x',
        '\u{2800}' => ' ',
        '\u{2801}'..='\u{28ff}' | '●' => '*',
        '◐' => '~',
        '○' | 'ø' => 'o',
        '▌' | '›' | '→' | '≥' => '>',
        '‹' | '←' | '≤' => '<',
        '↓' | '▼' => 'v',
        '↑' | '▲' => '^',
        '█' | '▇' | '▆' | '▅' => '#',
        '▄' | '▃' | '▂' | '◆' => '=',
        '▁' => '_',
        '▒' => '%',
        '░' | '·' | '…' => '.',
        '“' | '”' | '„' => '"',
        '‘' | '’' | '‚' => '\'',
        'ß' => 's',
        'Ø' => 'O',
        'ł' => 'l',
        'Ł' => 'L',
        'æ' => 'a',
        '€' => 'E',
        other => std::iter::once(other).nfd().next().filter(char::is_ascii).unwrap_or('?'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Theme {
        Theme::detect(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_decides_colours_and_marks() {
        let modern = with(&[("TERM", "xterm-256color"), ("LANG", "de_DE.UTF-8")]);
        assert_eq!(modern, Theme { colours: Colours::Full, ascii: false });
        assert_eq!(with(&[("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("LANG", "C.utf8")]).colours, Colours::None);
        assert_eq!(with(&[("TERM", "xterm"), ("LANG", "C.UTF-8")]).colours, Colours::Sixteen);
        assert!(with(&[("TERM", "xterm"), ("LANG", "C")]).ascii);
        assert!(with(&[("TERM", "xterm"), ("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).ascii);
    }

    #[test]
    fn ascii_keeps_columns() {
        let mut buffer = Buffer::with_lines(["│✓ Jürgen 日本 …"]);
        to_ascii(&mut buffer);
        let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(text.is_ascii());
        assert!(text.starts_with("|+ Jurgen ?? ??"));
    }
}
