//! Stage 2: clean what a source said; find out who it is.
