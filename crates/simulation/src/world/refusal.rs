//! Reasons for which the world refuses an action.

use core::fmt;
use std::rc::Rc;

use crate::event::{EnvironmentId, InvocationId};
use crate::lambda::environment::StepError;
use crate::limits;

/// Why an action was refused. A refused action changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The action names an environment that was never created.
    NoSuchEnvironment {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// How many environments have been created.
        created: usize,
    },
    /// The run has as many environments as [`limits::ENVIRONMENTS`] allows.
    TooManyEnvironments,
    /// The environment was created for another function.
    OtherFunction {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// The function that the environment belongs to.
        owner: Rc<str>,
        /// The function that the action is for.
        function: Rc<str>,
    },
    /// The environment cannot take an invocation while it runs another one.
    Busy {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// The invocation under way.
        running: InvocationId,
    },
    /// The environment cannot take an invocation while the event of another one waits at it.
    EventWaits {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// The invocation whose event waits.
        waiting: InvocationId,
    },
    /// The environment cannot be frozen, thawed or reclaimed while it runs an invocation.
    RunsInvocation {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// The invocation under way.
        running: InvocationId,
    },
    /// The environment cannot be reclaimed while an event waits at it.
    KeepsEvent {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// The invocation whose event waits.
        waiting: InvocationId,
    },
    /// The environment's phase does not allow the action.
    Phase {
        /// The environment that the action names.
        environment: EnvironmentId,
        /// Why its phase does not allow the action.
        why: StepError,
    },
    /// An event can only be queued at a frozen environment, and the function has none.
    NoneFrozen {
        /// The function that the action is for.
        function: Rc<str>,
    },
    /// The server cannot be stopped twice.
    ServerStopped,
    /// The server cannot be started while it runs.
    ServerRunning,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchEnvironment { environment, created: 0 } => {
                write!(out, "there is no environment {environment}: none has been created yet")
            }
            Self::NoSuchEnvironment { environment, created } => {
                write!(out, "there is no environment {environment}: the last one is {created}")
            }
            Self::TooManyEnvironments => write!(out, "a run has at most {} environments", limits::ENVIRONMENTS),
            Self::OtherFunction { environment, owner, function } => {
                write!(out, "environment {environment} belongs to {owner}, not to {function}")
            }
            Self::Busy { environment, running } => {
                write!(out, "environment {environment} is busy: it runs invocation {running}")
            }
            Self::EventWaits { environment, waiting } => {
                write!(out, "environment {environment} is busy: invocation {waiting} waits at it")
            }
            Self::RunsInvocation { environment, running } => {
                write!(out, "environment {environment} runs invocation {running}")
            }
            Self::KeepsEvent { environment, waiting } => {
                write!(out, "environment {environment} has invocation {waiting} waiting at it")
            }
            Self::Phase { environment, why } => write!(out, "environment {environment} {why}"),
            Self::NoneFrozen { function } => write!(out, "no environment of {function} is frozen"),
            Self::ServerStopped => out.write_str("the server is stopped already"),
            Self::ServerRunning => out.write_str("the server is running already"),
        }
    }
}

impl core::error::Error for Refusal {}
