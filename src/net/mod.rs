//! The ways out: every byte leadgate sends or reads over a network goes through here, bounded and masked.

pub mod http;
pub mod imap;
pub mod shared;
pub mod smtp;
pub mod tokens;
