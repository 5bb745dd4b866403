//! Stage 4: the throttle. Who may take what, when: pure functions of rows, rules and an instant
//! (`domain-rules` 4). Nothing here holds a counter; capacity is counted from stored slots.

mod assign;
#[cfg(test)]
mod assign_tests;
pub mod attendance;
pub mod demand;
pub mod forecast;
pub mod lane;
pub mod limit;
pub mod past;
pub mod release;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod window;

pub use assign::head_start;
pub use lane::Lane;
pub use limit::Limit;
pub use release::{Full, Give, HeldLead, LaneHeads, Plan, Use, Uses, plan};
pub use rules::Rules;
