//! Small parts every screen is made of. Text from data gets in only through [`crate::text::Shown`].

pub mod bar;
pub mod columns;
pub mod input;
pub mod panel;
pub mod wrap;

pub use columns::{Align, Columns};
