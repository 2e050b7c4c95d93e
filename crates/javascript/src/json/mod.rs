//! JSON, with V8's error messages.

mod read;
mod write;

pub use read::{JsonError, parse};
pub(super) use write::stringify_with;
pub use write::{quote, stringify};
