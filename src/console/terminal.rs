//! The terminal is borrowed: raw mode, alternate screen and bracketed paste are taken by one guard and
//! given back on return, error, panic and signal. Nothing else in this crate touches them.

use std::cell::Cell;
use std::io::{self, Stdout, Write as _};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use futures::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::guard::Guarded;

/// What is drawn on.
pub type Screen = Terminal<Guarded<CrosstermBackend<Stdout>>>;

static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

thread_local! {
    static IN_CONSOLE: Cell<bool> = const { Cell::new(false) };
}

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Held {
    /// The screen. Never dropped: it would say on standard error that the cursor cannot be shown, and panic where
    /// that is the terminal that went away.
    pub screen: ManuallyDrop<Screen>,
}

impl Held {
    /// Takes the terminal.
    ///
    /// # Errors
    /// The terminal could not be set up; it is as it was.
    pub fn take() -> io::Result<Self> {
        HOOK.call_once(give_back_on_panic);
        enter()?;
        match Terminal::new(Guarded::new(CrosstermBackend::new(io::stdout()))) {
            Ok(screen) => Ok(Self { screen: ManuallyDrop::new(screen) }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Gives the terminal back, stops this process until it is continued, then takes it again.
    ///
    /// # Errors
    /// The terminal could not be taken again.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        #[cfg(unix)]
        signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)?;
        enter()?;
        self.screen.clear()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let stopped = self.screen.backend().stopped();
        if stopped > 0 {
            tracing::error!(stopped, "control characters reached the screen and were replaced");
        }
        give_back();
    }
}

/// What is typed; it ends with the terminal. crossterm reads on and on where a terminal went away, so it is not asked
/// then.
pub struct Keys(EventStream);

impl Keys {
    /// Of the terminal this process has.
    pub fn typed() -> Self {
        Self(EventStream::new())
    }
}

impl Stream for Keys {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        #[cfg(unix)]
        if rustix::termios::tcgetattr(io::stdin()).is_err_and(|error| error == rustix::io::Errno::IO) {
            return Poll::Ready(None);
        }
        self.0.poll_next_unpin(context)
    }
}

fn enter() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    let taken = enable_raw_mode().and_then(|()| execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste));
    if taken.is_err() {
        give_back();
    }
    taken
}

/// Gives the terminal back if it is taken; safe to call any number of times, from anywhere.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Each step is tried whatever became of the one before: half a restored terminal is worse than none.
    let screen = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let mode = disable_raw_mode();
    let flushed = io::stdout().flush();
    for failed in [screen, mode, flushed].into_iter().filter_map(Result::err) {
        tracing::error!(error = %failed, "the terminal could not be restored; `reset` helps");
    }
}

/// A panic of the console gives the terminal back and is told as usual. A panic of another part (a stage
/// of the engine that is caught and restarted) must not print over the screen: it is logged only.
fn give_back_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if TAKEN.load(Ordering::SeqCst) && !IN_CONSOLE.get() {
            tracing::error!(panic = %info, "a part of leadgate panicked");
            return;
        }
        give_back();
        before(info);
    }));
}

/// Marks every poll of `future` as the console's own work, so that a panic in it gives the terminal back.
pub async fn as_console<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let _mark = Mark::set();
        future.as_mut().poll(context)
    })
    .await
}

struct Mark;

impl Mark {
    fn set() -> Self {
        IN_CONSOLE.set(true);
        Self
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        IN_CONSOLE.set(false);
    }
}
