//! Stage 7: plain figures. Pure functions over stored counts and times; a ratio whose denominator is zero
//! has no value and says why (`domain-rules` 7).

pub mod figures;
pub mod table;

pub use figures::{lines, speed};
