//! A conversation, line by line: questions on standard error, answers from the terminal. Plain lines work over
//! every connection, with every screen reader, and in every log of a session.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::mpsc;

use secrecy::SecretString;
use tokio::sync::oneshot;

use super::fold::{columns, fold};

/// Longest answer, in bytes; a terminal gives about 4,000 in one line.
const LINE_MAX: u64 = 16 * 1024;

/// The conversation has ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// End of input (Ctrl-D), or a terminal that has gone.
    #[error("stopped before the end; nothing was written")]
    Input,
    /// Standard error is gone.
    #[error("cannot ask: {0}")]
    Output(#[from] io::Error),
}

/// Most lines of a list shown at once.
const LIST_MAX: usize = 40;

type Answer = oneshot::Sender<Option<String>>;

/// Somebody at a terminal.
pub struct Talk {
    /// Waits for one line each; a thread of its own, because a read cannot be taken back when Ctrl-C comes.
    reader: mpsc::Sender<Answer>,
}

impl Talk {
    /// `None` when nobody is there: standard input or standard error is no terminal.
    pub fn open() -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then(Self::any)
    }

    /// With whoever writes to standard input, a person or a program.
    pub fn any() -> Self {
        let (reader, wanted) = mpsc::channel::<Answer>();
        std::thread::spawn(move || {
            for answer in wanted {
                let mut line = String::new();
                let read = io::stdin().lock().take(LINE_MAX).read_line(&mut line);
                let heard = matches!(read, Ok(bytes) if bytes > 0).then_some(line);
                // Nobody waits any more: the program is ending.
                drop(answer.send(heard));
            }
        });
        Self { reader }
    }

    /// Says something; lines that are longer than the terminal is wide are broken between words.
    ///
    /// # Errors
    /// Standard error is gone.
    pub fn say(&mut self, words: &str) -> Result<(), Ended> {
        self.show(&fold(words, columns()))
    }

    /// Shows something as it is: what is written somewhere, or to be copied.
    ///
    /// # Errors
    /// Standard error is gone.
    #[allow(clippy::unused_self)] // whoever holds no conversation has nobody to say it to
    pub fn show(&mut self, text: &str) -> Result<(), Ended> {
        Ok(writeln!(io::stderr().lock(), "{text}")?)
    }

    /// Asks for one line; without white space around it, may be empty.
    ///
    /// # Errors
    /// The conversation ended.
    pub async fn line(&mut self, question: &str) -> Result<String, Ended> {
        {
            let mut err = io::stderr().lock();
            write!(err, "{} ", fold(question, columns()))?;
            err.flush()?;
        }
        let (answer, heard) = oneshot::channel();
        self.reader.send(answer).map_err(|_| Ended::Input)?;
        heard.await.ok().flatten().map(|line| line.trim().to_owned()).ok_or(Ended::Input)
    }

    /// Asks for one line; `default` where it is empty.
    ///
    /// # Errors
    /// The conversation ended.
    pub async fn line_or(&mut self, question: &str, default: &str) -> Result<String, Ended> {
        let question = if default.is_empty() { format!("{question}:") } else { format!("{question} [{default}]:") };
        let line = self.line(&question).await?;
        Ok(if line.is_empty() { default.to_owned() } else { line })
    }

    /// Asks for a secret with the echo off.
    ///
    /// # Errors
    /// The conversation ended; `Ok(None)` where this terminal cannot hide what is typed.
    pub async fn secret(&mut self, question: &str) -> Result<Option<SecretString>, Ended> {
        let Some(hidden) = Hidden::start() else { return Ok(None) };
        let line = self.line(question).await;
        drop(hidden);
        // The line break was not echoed either.
        self.say("")?;
        Ok(Some(SecretString::from(line?)))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// The conversation ended.
    pub async fn yes(&mut self, question: &str, default: bool) -> Result<bool, Ended> {
        let hint = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            match self.line(&format!("{question} {hint}")).await?.to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("  y or n, please")?,
            }
        }
    }

    /// One of a list, by number, by name, or by a part of it that only one has; typing a part that several have
    /// shows those. `(name, words)`; the index of the chosen one.
    ///
    /// # Errors
    /// The conversation ended.
    pub async fn choose(
        &mut self,
        question: &str,
        items: &[(String, String)],
        default: Option<usize>,
    ) -> Result<usize, Ended> {
        let mut shown: Vec<usize> = (0..items.len()).collect();
        self.list(items, &shown)?;
        let default_name = default.and_then(|at| items.get(at)).map_or("", |(name, _)| name.as_str());
        loop {
            let line = self.line_or(question, default_name).await?;
            if let Some(at) = line.parse::<usize>().ok().filter(|number| (1..=shown.len()).contains(number)) {
                return Ok(shown.get(at - 1).copied().unwrap_or_default());
            }
            let found = matching(items, &line);
            match found.as_slice() {
                [only] => return Ok(*only),
                [] => self.say(&format!("  nothing here is called {line:?}; Enter alone shows all again"))?,
                _ if line.is_empty() => self.list(items, &found)?,
                several => self.list(items, several)?,
            }
            if !found.is_empty() {
                shown = found;
            }
        }
    }

    fn list(&mut self, items: &[(String, String)], which: &[usize]) -> Result<(), Ended> {
        let width = items.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (number, at) in which.iter().take(LIST_MAX).enumerate() {
            let Some((name, words)) = items.get(*at) else { continue };
            let line = format!("  {:>3}  {name:width$}  {words}", number + 1);
            self.say(line.trim_end())?;
        }
        if which.len() > LIST_MAX {
            self.say(&format!("  … and {} more: type a part of a name", which.len() - LIST_MAX))?;
        }
        Ok(())
    }
}

/// Which items a typed text means: the one of that name, else all that contain it.
pub fn matching(items: &[(String, String)], typed: &str) -> Vec<usize> {
    let typed = typed.to_lowercase();
    if let Some(exact) = items.iter().position(|(name, _)| name.to_lowercase() == typed) {
        return vec![exact];
    }
    let holds = |(name, words): &(String, String)| {
        name.to_lowercase().contains(&typed) || words.to_lowercase().contains(&typed)
    };
    items.iter().enumerate().filter(|(_, item)| holds(item)).map(|(at, _)| at).collect()
}

/// While it lives, the terminal does not show what is typed. Dropped also when Ctrl-C ends the conversation.
struct Hidden {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

impl Hidden {
    #[cfg(unix)]
    fn start() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &silent).ok()?;
        Some(Self { before })
    }

    #[cfg(not(unix))]
    fn start() -> Option<Self> {
        None
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.before) {
            tracing::warn!("the terminal's echo could not be switched on again ({error}): run `stty echo`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_finds_it() {
        let items = |names: &[&str]| -> Vec<(String, String)> {
            names.iter().map(|name| ((*name).to_owned(), format!("{name} list"))).collect()
        };
        let all = items(&["json", "listmonk", "mailchimp", "mailman", "mail"]);
        assert_eq!(matching(&all, "chimp"), [2]);
        assert_eq!(matching(&all, "mail"), [4], "the whole name before its parts");
        assert_eq!(matching(&all, "MAILM"), [3]);
        assert_eq!(matching(&all, "").len(), 5);
        assert_eq!(matching(&all, "list").len(), 5);
        assert!(matching(&all, "hubspot").is_empty());
    }
}
