//! The desk: what a person reads and does. The console and the command line are two faces of it; both
//! call [`Desk`] and nothing below. Reading never blocks a writer; an act is one guarded transaction,
//! never a message that could be lost.

pub mod act;
pub mod view;

pub use act::{Act, Done, Refused};
