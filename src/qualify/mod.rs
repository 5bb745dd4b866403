//! Stage 3: read and decide, and say why.

pub mod fold;
pub mod lexicon;
pub mod timing;
mod words;
