//! What the store's tests share. `lg` is the crate under test, under one name inside and outside of it.

#![allow(dead_code)] // each test binary uses a part of it

pub mod bench;
pub mod config;
pub mod scene;

use super::lg;
