//! The machine as its embedder sees it.
