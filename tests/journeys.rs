//! Whole journeys as the people of a business meet them: sources, mail and ticket servers that fail in
//! every way we know, and everything a person can do about it. The engine is the real one, in process, on
//! a real database file; only the clock and the far sides are ours. Every test ends with the store's
//! invariants and the journal checked ([`room::Room::end`]).
//!
//! On SQLite; on PostgreSQL with `LEADGATE_JOURNEYS_ON=postgres://user@host:port/database`, each test in a
//! database of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::format_push_string)] // tests, in functions of their own

#[path = "journeys/acts.rs"]
mod acts;
#[path = "journeys/again.rs"]
mod again;
#[path = "journeys/caps.rs"]
mod caps;
#[path = "journeys/far_side.rs"]
mod far_side;
#[path = "journeys/figures.rs"]
mod figures;
#[path = "journeys/ladder.rs"]
mod ladder;
#[path = "journeys/mail.rs"]
mod mail;
#[path = "journeys/mailbox_server.rs"]
mod mailbox_server;
#[path = "journeys/people.rs"]
mod people;
#[path = "journeys/presence.rs"]
mod presence;
#[path = "journeys/response.rs"]
mod response;
#[path = "journeys/restarts.rs"]
mod restarts;
#[path = "journeys/returns.rs"]
mod returns;
#[path = "journeys/room.rs"]
mod room;
#[allow(dead_code)] // the library's own tests use the rest
#[path = "../src/net/smtp/script.rs"]
mod script;
#[path = "journeys/sources.rs"]
mod sources;
#[path = "journeys/tickets.rs"]
mod tickets;
