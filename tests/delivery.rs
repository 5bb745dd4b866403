//! What is promised of a handoff, against a far side that does everything a far side can do wrong. The kills: the real
//! binary dies after commits, after times and in the middle of conversations; `LEADGATE_KILLS=5000` plays more of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::format_push_string)] // tests, in functions of their own

#[path = "delivery/bench.rs"]
mod bench;
#[path = "delivery/circuit.rs"]
mod circuit;
#[path = "delivery/faults.rs"]
mod faults;
#[path = "delivery/kills.rs"]
mod kills;
#[path = "delivery/line.rs"]
mod line;
#[path = "delivery/target.rs"]
mod target;
