//! leadgate: poll lead sources, keep what fits, hand over only as many as the team can answer,
//! measure the first human response.
//!
//! The folders are the rooms of one journey; data flows one way, through the store:
//!
//! ```text
//! source ──▶ intake ──▶ qualify ──▶ queue ──▶ handoff ──▶ response ──▶ report
//!                └──────────── store: rows + append-only journal ────────────┘
//!                    engine drives the stages · desk reads and acts for people
//!                             console and cli are two faces of the desk
//! ```
//!
//! `lead` holds the shared nouns and imports nothing below it; `clock`, `calendar`, `config`, `preset`
//! and `net` are the ground the stages stand on. Stages never call each other: what one leaves in the
//! store is what the next reads. `engine/wiring.rs` is the only file that knows the whole journey.

#![cfg_attr(test, allow(clippy::string_slice))]

#[cfg(test)]
extern crate self as lg;

pub mod calendar;
pub mod cli;
pub mod clock;
pub mod condition;
pub mod config;
#[cfg(feature = "console")]
pub mod console;
pub mod demo;
pub mod desk;
pub mod engine;
pub mod fold;
pub mod handoff;
pub mod health;
pub mod intake;
pub mod lead;
pub mod listen;
pub mod names;
pub mod net;
pub mod places;
pub mod preset;
pub mod qualify;
pub mod queue;
pub mod report;
pub mod response;
pub mod shadow;
pub mod simulate;
pub mod source;
pub mod store;
#[cfg(test)]
#[path = "../tests/support/config.rs"]
#[allow(dead_code, missing_docs)]
mod test_config;
pub mod text;
