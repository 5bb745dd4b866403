//! Stage 7: the figures. Pure functions over stored rows; a ratio whose denominator is zero has no value and
//! says why, every share carries n and its interval, every figure can name its leads (`domain-rules` 7).
//!
//! ```text
//! store rows ──▶ journey ──▶ tally ──▶ rows ──▶ model::Report ──▶ text · csv · html · JSON
//!      costs ──▶ book ───────────────────┘
//! ```

pub mod book;
pub mod capacity;
pub mod chart;
pub mod csv;
pub mod export;
pub mod figures;
pub mod html;
pub mod journey;
pub mod letter;
pub mod model;
pub mod period;
pub mod rows;
pub mod say;
pub mod stats;
pub mod stop_loss;
pub mod stretch;
pub mod table;
pub mod tally;
pub mod terms;
pub mod value;
pub mod wanted;

pub use figures::speed;
pub use model::Report;
