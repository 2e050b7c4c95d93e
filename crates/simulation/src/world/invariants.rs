//! Conditions that hold after every action and every step.

use core::fmt;

use super::World;
use crate::event::{ConnectionId, EnvironmentId, InvocationId, Phase};
use crate::lambda::Environment;
use postgres::Database;

/// A condition that a world broke. Each is a bug of the simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The process of an environment that is frozen or shut down is scheduled to run.
    RunsAtRest {
        /// The environment at rest.
        environment: EnvironmentId,
        /// Its phase.
        phase: Phase,
    },
    /// An environment's phase does not agree with the invocation under way.
    WrongPhase {
        /// The environment.
        environment: EnvironmentId,
        /// Its phase.
        phase: Phase,
        /// The invocation under way.
        running: Option<InvocationId>,
    },
    /// A pool holds more connections than its `max` allows.
    PoolTooLarge {
        /// The environment whose process has the pool.
        environment: EnvironmentId,
        /// Connections that are used, free or being made.
        connections: usize,
        /// The pool's `max`.
        max: u32,
    },
    /// A pool holds a connection that its client does not know.
    UnknownConnection {
        /// The environment whose process has the pool.
        environment: EnvironmentId,
        /// The connection in the pool.
        connection: ConnectionId,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RunsAtRest { environment, phase } => {
                write!(out, "environment {environment} is {phase:?} and its process is scheduled to run")
            }
            Self::WrongPhase { environment, phase, running: Some(invocation) } => {
                write!(out, "environment {environment} is {phase:?} while it runs invocation {invocation}")
            }
            Self::WrongPhase { environment, phase, running: None } => {
                write!(out, "environment {environment} is {phase:?} without an invocation")
            }
            Self::PoolTooLarge { environment, connections, max } => {
                write!(out, "a pool of environment {environment} holds {connections} connections of {max}")
            }
            Self::UnknownConnection { environment, connection } => {
                write!(out, "a pool of environment {environment} holds connection {connection}, which is gone")
            }
        }
    }
}

impl core::error::Error for Violation {}

impl<D: Database> World<D> {
    /// Checks the conditions that hold after every action and every step. Debug builds check them there.
    ///
    /// # Errors
    /// The first condition that does not hold.
    pub fn invariants(&self) -> Result<(), Violation> {
        for environment in self.environments.iter() {
            let (id, phase) = (environment.id, environment.phase);
            let is_at_rest = matches!(phase, Phase::Frozen | Phase::Shutdown);
            if is_at_rest && self.environments.keys(id).run.is_some() {
                return Err(Violation::RunsAtRest { environment: id, phase });
            }
            // The first invocation waits for the init, so a new environment has none that runs.
            if (phase == Phase::Invoke) != (environment.running.is_some() && phase != Phase::Init) {
                return Err(Violation::WrongPhase { environment: id, phase, running: environment.running() });
            }
            pools_are_consistent(environment)?;
        }
        Ok(())
    }

    pub(super) fn assert_invariants(&self) {
        debug_assert_eq!(self.invariants(), Ok(()));
    }
}

fn pools_are_consistent(environment: &Environment) -> Result<(), Violation> {
    let Some(process) = environment.process() else { return Ok(()) };
    for pool in process.knex().pools.values() {
        let connections = pool.used.len() + pool.free.len() + pool.pending_creates.len();
        if connections as u32 > pool.options.max + pool.pending_destroys.len() as u32 {
            return Err(Violation::PoolTooLarge { environment: environment.id, connections, max: pool.options.max });
        }
        let mut held = pool.used.iter().chain(pool.free.iter().map(|free| &free.connection));
        let unknown = held.find(|id| !process.knex().connections.contains_key(id));
        if let Some(connection) = unknown
            && !pool.destroyed
        {
            return Err(Violation::UnknownConnection { environment: environment.id, connection: *connection });
        }
    }
    Ok(())
}
