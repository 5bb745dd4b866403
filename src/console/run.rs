//! The loop: the one place that waits. Input first, then answers of the desk, then changes of the pulse,
//! then time; the picture is drawn when something changed, never because time passed unseen.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event;
use futures::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::{mpsc, watch};

use super::bell::Bell;
use super::effect::{Effect, Effects};
use super::input::{self, Input};
use super::message::{Message, Outcome, Reply};
use super::model::{Fixed, Model};
use super::terminal::{Held, Keys};
use super::update::{start, update};
use super::{ConsoleError, Exit, Options, Suspend, offer, view};
use crate::clock::SharedClock;
use crate::desk::{Desk, Pulse};

/// How long a suspend waits for the engine to finish what is in flight.
const STOP_DEADLINE: Duration = Duration::from_secs(25);
/// How long leaving waits for acts on their way.
const FINISH: Duration = Duration::from_secs(5);
/// Most answers taken before the picture is drawn.
const BATCH: usize = 32;

/// Opens the terminal and runs until the person leaves.
pub(super) async fn console(desk: Arc<dyn Desk>, clock: SharedClock, options: Options) -> Result<Exit, ConsoleError> {
    if let Some(offered) = options.offer {
        return offer::ask(offered, options.theme).await;
    }
    let mut held = Held::take().map_err(failed("being taken"))?;
    let mut signals = Signals::listen().map_err(failed("listening for signals"))?;
    let mut keys = Keys::typed();
    // It is large, and every future that waits for it would be.
    let mut console = Box::new(Console::new(&desk, clock, &options, size(&held)?));
    console.bell = options.bell.clone();
    loop {
        match console.turn(&mut held.screen, &mut keys, &mut signals).await? {
            Turn::Exit(exit) => {
                drop(held);
                console.finish().await;
                return Ok(exit);
            }
            Turn::Suspend => {
                suspend(&mut held, options.engine.as_deref()).await?;
                console.take(Message::Resumed);
            }
        }
    }
}

fn size(held: &Held) -> Result<(u16, u16), ConsoleError> {
    let size = held.screen.size().map_err(failed("being measured"))?;
    Ok((size.width, size.height))
}

fn failed(doing: &'static str) -> impl Fn(io::Error) -> ConsoleError {
    move |source| ConsoleError::Terminal { doing, source }
}

async fn suspend(held: &mut Held, engine: Option<&dyn Suspend>) -> Result<(), ConsoleError> {
    if let Some(engine) = engine
        && tokio::time::timeout(STOP_DEADLINE, engine.stop()).await.is_err()
    {
        tracing::warn!("the engine did not stop in time for a suspend; its leases run out by themselves");
    }
    held.suspend().map_err(failed("being suspended"))?;
    if let Some(engine) = engine {
        engine.resume().await;
    }
    Ok(())
}

/// Why the loop handed control back.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// The console is over.
    Exit(Exit),
    /// The terminal is to be given back for a while.
    Suspend,
}

/// The running console: the model and whom it talks to.
#[derive(Debug)]
pub struct Console {
    /// The state.
    pub model: Model,
    effects: Effects,
    answers: mpsc::Receiver<Reply>,
    pulse: watch::Receiver<Pulse>,
    pulse_lives: bool,
    clock: ClockBox,
    changed: bool,
    clear: bool,
    ending: Option<Turn>,
    bell: Bell,
}

struct ClockBox(SharedClock);

impl std::fmt::Debug for ClockBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Console {
    /// Starts the workers and asks for the first screen.
    pub fn new(desk: &Arc<dyn Desk>, clock: SharedClock, options: &Options, size: (u16, u16)) -> Self {
        let (effects, answers) = Effects::start(desk);
        let mut pulse = desk.pulse();
        let currency = if options.currency.is_empty() { "EUR".to_owned() } else { options.currency.clone() };
        let fixed = Fixed { theme: options.theme, currency };
        let mut model = Model::new(desk.seat().clone(), fixed, options.first_screen, clock.now(), size);
        model.pulse = pulse.borrow_and_update().clone();
        let first = start(&mut model);
        let clock = ClockBox(clock);
        let mut console = Self {
            model,
            effects,
            answers,
            pulse,
            pulse_lives: true,
            clock,
            changed: true,
            clear: false,
            ending: None,
            bell: Bell::default(),
        };
        console.perform(first);
        console
    }

    /// Runs until the console is over or the terminal is to be given back.
    ///
    /// # Errors
    /// The terminal failed.
    pub async fn turn<B, S>(
        &mut self,
        screen: &mut Terminal<B>,
        keys: &mut S,
        signals: &mut Signals,
    ) -> Result<Turn, ConsoleError>
    where
        B: Backend<Error = io::Error>,
        S: Stream<Item = io::Result<Event>> + Unpin,
    {
        loop {
            if let Some(turn) = self.ending.take() {
                return Ok(turn);
            }
            self.draw(screen)?;
            let wake = Duration::from_secs(self.model.wake_secs().clamp(1, 60) as u64);
            tokio::select! {
                biased;
                // Before the keys: reading those of a terminal that went away never ends.
                signal = signals.next() => return Ok(Turn::Exit(Exit::Signal(signal))),
                event = keys.next() => match event {
                    Some(Ok(event)) => self.event(event),
                    Some(Err(source)) => return Err(ConsoleError::Terminal { doing: "reading keys", source }),
                    None => return Ok(Turn::Exit(Exit::Quit)),
                },
                Some(answer) = self.answers.recv() => {
                    self.take(Message::Reply(answer));
                    for _ in 1..BATCH {
                        let Ok(answer) = self.answers.try_recv() else { break };
                        self.take(Message::Reply(answer));
                    }
                }
                alive = self.pulse.changed(), if self.pulse_lives => {
                    self.pulse_lives = alive.is_ok();
                    let pulse = self.pulse.borrow_and_update().clone();
                    self.take(Message::Pulse(pulse));
                }
                () = tokio::time::sleep(wake) => self.tick(true),
            }
        }
    }

    /// Waits for acts that are on their way, a moment at most: what a person did just before leaving counts.
    pub async fn finish(&mut self) {
        let acts = async {
            while self.model.acting > 0 {
                let Some(reply) = self.answers.recv().await else { return };
                if let Reply::Acted { outcome: Outcome::Refused(_) | Outcome::Unknown(_), .. } = &reply {
                    tracing::warn!("an act given just before leaving was not done");
                }
                update(&mut self.model, Message::Reply(reply));
            }
        };
        if tokio::time::timeout(FINISH, acts).await.is_err() {
            tracing::warn!(acts = self.model.acting, "the database did not answer before the console closed");
        }
    }

    fn event(&mut self, event: Event) {
        if let Some(input) = input::translate(event) {
            self.clear |= matches!(input, Input::Resize(..));
            self.take(Message::Input(input));
        }
    }

    fn tick(&mut self, seen: bool) {
        let effects = update(&mut self.model, Message::Tick(self.clock.0.now()));
        self.changed |= seen;
        self.perform(effects);
    }

    /// Takes one message, at the present instant.
    pub fn take(&mut self, message: Message) {
        self.tick(false);
        let effects = update(&mut self.model, message);
        self.changed = true;
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let answer = match effect {
                Effect::Ask(request) => self.effects.ask(request),
                Effect::Preview(request) => {
                    self.effects.preview(Some(request));
                    None
                }
                Effect::StopPreview => {
                    self.effects.preview(None);
                    None
                }
                Effect::Perform(act) => self.effects.perform(act),
                Effect::Ring(words) => {
                    self.bell.ring(&words);
                    None
                }
                Effect::Redraw => {
                    self.clear = true;
                    None
                }
                Effect::Suspend => {
                    self.ending = Some(Turn::Suspend);
                    None
                }
                Effect::Quit => {
                    self.ending = Some(Turn::Exit(Exit::Quit));
                    None
                }
            };
            if let Some(answer) = answer {
                // An answer given at once asks nothing new of the same kind, so this ends.
                let more = update(&mut self.model, Message::Reply(answer));
                self.perform(more);
            }
        }
    }

    fn draw<B: Backend<Error = io::Error>>(&mut self, screen: &mut Terminal<B>) -> Result<(), ConsoleError> {
        // The window may have changed before its event is read.
        let size = screen.size().map_err(failed("being measured"))?;
        if (size.width, size.height) != self.model.size {
            self.take(Message::Input(Input::Resize(size.width, size.height)));
        }
        if std::mem::take(&mut self.clear) {
            screen.clear().map_err(failed("being cleared"))?;
            self.changed = true;
        }
        if std::mem::take(&mut self.changed) {
            let model = &self.model;
            screen.draw(|frame| view::draw(model, frame)).map_err(failed("being drawn"))?;
        }
        Ok(())
    }
}

/// The signals that end the console.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    listening: Option<[(i32, tokio::signal::unix::Signal); 4]>,
}

impl Signals {
    /// Listens for SIGTERM, SIGHUP, SIGQUIT and SIGINT.
    ///
    /// # Errors
    /// The system refuses.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let on = |kind: SignalKind| -> io::Result<_> { Ok((kind.as_raw_value(), signal(kind)?)) };
            let all = [
                on(SignalKind::terminate())?,
                on(SignalKind::hangup())?,
                on(SignalKind::quit())?,
                on(SignalKind::interrupt())?,
            ];
            Ok(Self { listening: Some(all) })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Listens to nothing, for tests.
    pub const fn none() -> Self {
        Self {
            #[cfg(unix)]
            listening: None,
        }
    }

    /// The number of the next signal.
    pub async fn next(&mut self) -> i32 {
        #[cfg(unix)]
        if let Some([one, two, three, four]) = &mut self.listening {
            return tokio::select! {
                Some(()) = one.1.recv() => one.0,
                Some(()) = two.1.recv() => two.0,
                Some(()) = three.1.recv() => three.0,
                Some(()) = four.1.recv() => four.0,
                else => std::future::pending().await,
            };
        }
        std::future::pending().await
    }
}
