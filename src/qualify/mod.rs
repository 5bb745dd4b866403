//! Stage 3: read and decide, and say why.
//!
//! Words become readings ([`timing`], [`budget`], [`region`], [`need`]), readings and rules a verdict
//! ([`Rules::decide`], [`Rules::judge`]), a verdict sentences ([`explain()`]). Nothing here does I/O or asks
//! a clock. What cannot be read is unknown, never a guess, and never loses the lead.

pub mod budget;
mod criteria;
mod decide;
mod explain;
pub mod lexicon;
mod minimum;
pub mod need;
pub mod parse;
mod phrases;
mod pieces;
pub mod region;
mod say;
pub mod timing;
mod words;

pub use decide::{Case, Decision, Rules, Subject, known, with_assumed};
pub use explain::{assumption, explain};

/// Version of the text readers, stored with every verdict: another one may read a text differently.
pub const READERS: u32 = 2;
