//! What the store's tests share. `lg` is the crate under test, under one name inside and outside of it.

pub mod bench;
pub mod config;
pub mod conformance;
pub mod scene;

use super::lg;
