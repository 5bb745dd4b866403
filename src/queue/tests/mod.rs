//! The throttle against a model: random caps, hours, people and arrivals over days in which a clock changes, with the
//! slots in a plain list that is counted anew at every step. What the plan may not do is said here a second time, as
//! simply as possible.

mod case;
mod play;
mod properties;
mod spread;
mod truth;
mod world;
