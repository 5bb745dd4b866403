//! The suite, one group a room. Every test takes a `Bench` on either database.

pub mod answers;
pub mod caps;
pub mod erasing;
pub mod intake;
pub mod opening;
pub mod outbox;
pub mod owner;
pub mod queue;
pub mod reading;
pub mod sources;
