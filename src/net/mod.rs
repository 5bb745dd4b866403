//! The ground under everything that talks to another machine.

pub mod smtp;
