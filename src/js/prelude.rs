//! The prelude: the built-ins that are written in the subset itself.

/// Its source. Each function of it that the [table of built-ins](super::builtins::TABLE) names takes the receiver as its
/// first parameter; the names that begin with `$` are built-ins that only it can see.
pub const SOURCE: &str = include_str!("prelude.js");
