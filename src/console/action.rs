//! What a key means here and now: the step between a key and the update.

use super::commands::Id;
use super::input::Key;

/// The meaning of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run this command.
    Run(Id),
    /// The open dialog takes the key.
    Dialog(Key),
    /// The key is bound to nothing here.
    Nothing(Key),
}
