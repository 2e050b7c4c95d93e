//! `cargo xtask record`.

use crate::failure::{Outcome, failure};

/// Runs the recorder.
pub fn run(_arguments: &[String]) -> Outcome {
    failure("the recorder is not part of this checkout")
}
