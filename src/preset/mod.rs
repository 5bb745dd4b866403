//! Presets: one small language for both directions. A vendor is a TOML file, compiled into the program
//! from `config/presets/` and overridable from the operator's own directory; there is no code per vendor.
//!
//! Reading is JSONPath ([`read`]), writing is `{{ x | filter }}` ([`template`], [`tree`]); both share
//! variables ([`vars`]), authorisation and limits ([`endpoint`]) and the meaning of answers ([`answer`]).
//! Everything is compiled before anything is sent: an unknown key, name, filter or path is an error with
//! its line and the nearest right name.

pub mod answer;
pub mod auth;
pub mod condition;
pub mod document;
pub mod endpoint;
pub mod fault;
pub mod file;
mod filter;
pub mod instant;
pub mod library;
pub mod limits;
pub mod mailbox;
pub mod operation;
pub mod path;
pub mod pipe;
pub mod place;
pub mod push;
pub mod read;
pub mod reference;
pub mod reshape;
pub mod sunset;
pub mod template;
pub mod tree;
pub mod vars;

pub use answer::Kind;
pub use document::{DestinationPreset, SourcePreset};
pub use endpoint::Endpoint;
pub use fault::{Fault, PresetError};
pub use library::{Direction, Library, Preset};
pub use operation::Operation;
pub use read::{Names, Reader, View};
pub use template::{Context, Scope, Template};
pub use vars::Values;
