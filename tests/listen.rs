//! The way in for sources that tell by themselves, over real sockets: what is refused, what is stored, and
//! what a kill at the worst moment leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, in functions of their own
#![allow(clippy::disallowed_methods)] // the sender is a stranger: it does not use our own client

#[path = "listen/deliveries.rs"]
mod deliveries;
#[path = "listen/killed.rs"]
mod killed;
#[path = "listen/limits.rs"]
mod limits;
#[path = "listen/refusals.rs"]
mod refusals;
#[path = "support/roofer.rs"]
mod roofer;
#[path = "listen/room.rs"]
mod room;
#[path = "listen/status.rs"]
mod status;
#[path = "listen/yes.rs"]
mod yes;
