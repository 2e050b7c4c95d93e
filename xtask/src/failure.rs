//! Why a command ended early: a sentence for the person who ran it.

use std::fmt;

/// What went wrong, in words.
#[derive(Debug)]
pub struct Failure(String);

/// What a command comes to.
pub type Outcome<T = ()> = Result<T, Failure>;

/// An outcome that is this failure.
pub fn failure<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Failure(message.into()))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self(message)
    }
}

/// Says what was being done when something failed.
pub trait While<T> {
    /// Puts `doing` before the message.
    fn doing(self, doing: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn doing(self, doing: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure(format!("{doing}: {error}")))
    }
}
