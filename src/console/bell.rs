//! The bell and the notice on the desktop: the one thing the console writes past its picture. What it says is made of
//! our own words and numbers; nothing of a lead is in it.

use std::io::Write as _;

/// The title of a notice.
const TITLE: &str = "leadgate";

/// How a terminal takes a notice for the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// `OSC 9`: iTerm2, WezTerm, kitty, Ghostty, Windows Terminal and others.
    Nine,
    /// `OSC 777`: foot, urxvt, and those built on VTE.
    SevenSevenSeven,
}

/// How somebody is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bell {
    /// Ring the terminal's bell.
    pub rings: bool,
    /// Ask for a notice on the desktop.
    pub notice: Option<Notice>,
    /// Inside tmux, which passes on only what is wrapped for it.
    pub in_tmux: bool,
}

impl Bell {
    /// As the config says, for the terminal these environment variables tell of (`TERM`, `VTE_VERSION`, `TMUX`).
    pub fn new(rings: bool, desktop: bool, var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let older = set("VTE_VERSION").is_some() || term.starts_with("foot") || term.starts_with("rxvt");
        let notice = if older { Notice::SevenSevenSeven } else { Notice::Nine };
        Self { rings, notice: desktop.then_some(notice), in_tmux: set("TMUX").is_some() }
    }

    /// What is written to the terminal.
    pub fn text(&self, words: &str) -> String {
        // Whatever may come to be said: nothing in it ends the sequence or begins another one.
        let words: String = words.chars().filter(|char| !char.is_control() && *char != ';').collect();
        let notice = match self.notice {
            None => String::new(),
            Some(Notice::Nine) => format!("\u{1b}]9;{TITLE}: {words}\u{1b}\\"),
            Some(Notice::SevenSevenSeven) => format!("\u{1b}]777;notify;{TITLE};{words}\u{1b}\\"),
        };
        let notice = if self.in_tmux && !notice.is_empty() {
            format!("\u{1b}Ptmux;{}\u{1b}\\", notice.replace('\u{1b}', "\u{1b}\u{1b}"))
        } else {
            notice
        };
        format!("{}{notice}", if self.rings { "\u{7}" } else { "" })
    }

    /// Calls somebody. A terminal that is gone is told of by the next picture.
    pub fn ring(&self, words: &str) {
        let text = self.text(words);
        if text.is_empty() {
            return;
        }
        let mut out = std::io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            tracing::warn!("the terminal could not be rung: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pairs: &[(&str, &str)]) -> Bell {
        Bell::new(true, true, |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn each_terminal_gets_the_notice_it_takes() {
        let words = "1 answer is late";
        assert_eq!(at(&[("TERM", "xterm-kitty")]).text(words), "\u{7}\u{1b}]9;leadgate: 1 answer is late\u{1b}\\");
        let vte = at(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")]).text(words);
        assert_eq!(vte, "\u{7}\u{1b}]777;notify;leadgate;1 answer is late\u{1b}\\");
        let tmux = at(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]).text(words);
        assert_eq!(tmux, "\u{7}\u{1b}Ptmux;\u{1b}\u{1b}]9;leadgate: 1 answer is late\u{1b}\u{1b}\\\u{1b}\\");
        assert_eq!(Bell::default().text(words), "");
    }

    #[test]
    fn nothing_said_can_drive_the_terminal() {
        let text = at(&[]).text("a\u{7}b\u{1b}]0;x");
        assert_eq!(text.matches('\u{1b}').count(), 2, "{text:?}");
    }
}
