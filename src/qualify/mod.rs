//! Stage 3: read and decide, and say why.
