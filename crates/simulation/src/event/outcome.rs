//! The outcome of an invocation.

use std::rc::Rc;

use super::{Failure, Position};
use base::time::{Duration, Instant};

/// Gives each variant of an enum its one name, which `Display` and `Serialize` write.
macro_rules! named {
    ($type:ident { $($variant:ident => $name:literal,)* }) => {
        impl $type {
            /// All variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that reports, logs and the scenario language have for it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                out.write_str(self.name())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use named;

/// How the process that an invocation ran in came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A new environment: a process was started and the module was evaluated.
    Cold,
    /// The process existed before.
    Warm,
    /// A new process was started in an existing environment, within the invocation's own time. Lambda calls this a
    /// suppressed init.
    Reset,
}

named!(Start {
    Cold => "cold",
    Warm => "warm",
    Reset => "reset",
});

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The handler's promise was fulfilled, or it returned or called back with a value.
    Success,
    /// The handler threw, rejected, or called back with an error.
    Error,
    /// The invocation ran into the function's timeout.
    Timeout,
    /// The process ended during the invocation.
    Crashed,
    /// The function's concurrency left no room for one more environment.
    Throttled,
}

named!(Status {
    Success => "success",
    Error => "error",
    Timeout => "timeout",
    Crashed => "crashed",
    Throttled => "throttled",
});

/// The outcome of an invocation that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The name of the handler.
    pub handler: Rc<str>,
    /// How the process came to be. `None` if the invocation was throttled.
    pub start: Option<Start>,
    /// How the invocation ended.
    pub status: Status,
    /// The moment at which the invocation was asked for.
    pub requested_at: Instant,
    /// The moment at which the invocation ended.
    pub ended_at: Instant,
    /// The duration of the init before the invocation, on a cold start.
    pub init: Option<Duration>,
    /// The duration of the invocation itself. It includes a suppressed init.
    pub duration: Duration,
    /// The handler's value as JSON, on success.
    pub result: Option<Rc<str>>,
    /// The error, if there was one.
    pub error: Option<Failure>,
    /// Queries that were rejected since the last one that succeeded, whether or not the handler caught the rejection.
    pub rejections: u32,
    /// The line and the message of the first of these rejections.
    pub first_rejection: Option<(Option<Position>, Rc<str>)>,
}

impl Outcome {
    /// True if the invocation succeeded, and so did the last of its queries.
    ///
    /// A handler can catch the rejection of a query and return normally. Lambda then reports a success, but a reader
    /// sees that the database was not reached.
    pub fn succeeded(&self) -> bool {
        self.status == Status::Success && self.rejections == 0
    }
}
