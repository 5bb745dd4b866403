//! The console in a real terminal: the binary on a pseudo-terminal, its screen read back with vt100.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, in functions of their own

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Whatever is waited for must be there by then.
const DEADLINE: Duration = Duration::from_secs(20);

struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn std::io::Write + Send>,
    heard: Receiver<Vec<u8>>,
    parser: vt100::Parser,
}

impl Terminal {
    fn start(home: &Path, (columns, rows): (u16, u16), args: &[&str]) -> Self {
        let pair =
            native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_leadgate"));
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home);
        command.env("TMPDIR", home);
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, home.join(name));
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (told, heard) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if told.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: pair.master, child, keys, heard, parser: vt100::Parser::new(rows, columns, 0) }
    }

    fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until the screen is so.
    fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + DEADLINE;
        while !holds(self.parser.screen()) {
            match self.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(error) => panic!("{what}: {error}\n{}", self.screen()),
            }
        }
    }

    fn until_shown(&mut self, words: &str) {
        self.until(words, |screen| screen.contents().contains(words));
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Waits for the end; the terminal must be as it was found.
    fn ended(mut self) -> (ExitStatus, String) {
        let end = Instant::now() + DEADLINE;
        let status = loop {
            // Nothing more is heard once everybody has let go of the terminal.
            match self.heard.recv_timeout(Duration::from_millis(50)) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break self.child.wait().unwrap(),
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.screen());
        };
        while let Ok(bytes) = self.heard.recv_timeout(Duration::from_millis(200)) {
            self.parser.process(&bytes);
        }
        drop(self.master);
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pasting is as it was");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let after = screen.contents();
        assert!(!after.contains("panicked"), "{after}");
        (status, after)
    }
}

/// The demo on a screen of this size, until its first leads are shown.
fn demo(home: &Path, size: (u16, u16)) -> Terminal {
    let mut terminal = Terminal::start(home, size, &["demo"]);
    terminal.until("the first screen", |screen| screen.alternate_screen() && screen.contents().contains("DEMO"));
    terminal
}

#[test]
fn the_demo_shows_every_screen_at_both_sizes_and_quits() {
    for size in [(80, 24), (160, 45)] {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = demo(home.path(), size);
        let mut seen = vec![String::new()];
        for key in ["2", "3", "4", "5", "6", "7", "1"] {
            let before = seen.last().unwrap().clone();
            terminal.press(key);
            let top = |screen: &vt100::Screen| screen.rows(2, 200).take(4).collect::<Vec<_>>().join("\n");
            terminal.until(&format!("{key} shows its screen"), |screen| {
                let shown = screen.contents();
                shown.contains(&format!("[{key} ")) && shown.contains("DEMO") && top(screen) != before
            });
            seen.push(top(terminal.parser.screen()));
        }
        terminal.press("?");
        terminal.until_shown("help: ");
        terminal.press("\u{1b}");
        terminal.until("help is closed", |screen| !screen.contents().contains("help: "));
        terminal.press("q");
        let (status, after) = terminal.ended();
        assert_eq!(status.exit_code(), 0, "{after}");
        let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "a demo leaves nothing behind: {left:?}");
    }
}

#[test]
fn ctrl_c_and_sigterm_give_the_terminal_back() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = demo(home.path(), (80, 24));
    terminal.press("\u{3}");
    assert_eq!(terminal.ended().0.exit_code(), 0);
    for (signal, status) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
        let terminal = demo(home.path(), (80, 24));
        terminal.signal(signal);
        assert_eq!(terminal.ended().0.exit_code(), status, "{signal}");
    }
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "a demo ended by a signal leaves nothing behind: {left:?}");
}

#[test]
fn a_terminal_that_goes_away_ends_the_demo_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let terminal = demo(home.path(), (80, 24));
    // As the kernel does it: the signal, then the end of the terminal.
    terminal.signal("HUP");
    let Terminal { mut child, mut keys, heard, master, .. } = terminal;
    drop((heard, master));
    // What is drawn for this key finds nobody who reads it any more.
    drop(keys.write_all(b"2"));
    drop(keys);
    let end = Instant::now() + DEADLINE;
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_first_start_offers_the_demo_and_the_set_up() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(home.path(), (80, 24), &[]);
    terminal.until_shown("try the demo");
    assert!(terminal.screen().contains("write a starter config"), "{}", terminal.screen());
    terminal.press("q");
    assert_eq!(terminal.ended().0.exit_code(), 0);

    let mut terminal = Terminal::start(home.path(), (80, 24), &[]);
    terminal.until_shown("try the demo");
    terminal.press("i");
    let (status, after) = terminal.ended();
    assert_eq!(status.exit_code(), 0);
    assert!(after.contains("Wrote ") && after.contains("leadgate check"), "{after}");

    let second = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(second.path(), (100, 30), &[]);
    terminal.until_shown("try the demo");
    terminal.press("d");
    terminal.until_shown("DEMO");
    terminal.signal("TERM");
    assert_eq!(terminal.ended().0.exit_code(), 143);
}
