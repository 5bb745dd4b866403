//! What the operator wrote, checked. [`checked::Config`] is the only form the rest of the crate sees.

pub mod checked;
pub mod secret;

pub use checked::Config;
pub use secret::Secret;
