//! Continuations of the libraries. What their sources do in promise callbacks and timers is a [`Continuation`] here: plain
//! data under a number, so that a process with work under way can be cloned, and the event loop holds only the number.

use std::collections::VecDeque;

use super::LibraryError;
use super::pool::DestroyCaller;
use super::query::Submitted;
use crate::event::ConnectionId;
use postgres::QueryResult;

/// The number of a run of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(pub u32);
/// The number of an acquire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcquireId(pub u32);
/// The number of a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreateId(pub u32);
/// The number of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId(pub u32);
/// The number of a call of `destroy()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DestructionId(pub u32);

/// The answer to a query: the results of its statements, or its error.
pub type Answer = Result<Vec<QueryResult>, LibraryError>;

/// A continuation.
#[derive(Clone, Debug)]
pub enum Continuation {
    /// Settles the promise of a run.
    Settle(RunId, Answer),
    /// Gives the connection of a run back to its pool, then settles the run's promise.
    Release(RunId, Answer),
    /// Sends the query of a run over the connection that it has acquired.
    Acquired(RunId, ConnectionId),
    /// Knex catches the error of a run's acquire.
    AcquireFailed(RunId, LibraryError),
    /// `acquireTimeoutMillis` is over.
    AcquireTimeout(AcquireId),
    /// tarn 3 has validated a free connection for an acquire.
    Validated {
        /// The pool.
        pool: PoolId,
        /// The acquire that gets the connection.
        acquire: AcquireId,
        /// The connection.
        connection: ConnectionId,
        /// True if the connection is good.
        valid: bool,
    },
    /// tarn looks at its pending acquires again.
    TryAgain(PoolId),
    /// The reaper's interval ticks.
    Reap(PoolId),
    /// `createRetryIntervalMillis` after a failed create is over.
    Retry(PoolId),
    /// A create's connection is ready.
    Created(CreateId),
    /// A create has failed.
    CreateFailed(CreateId, LibraryError),
    /// The acquires learn of a failed create; the list has those that waited when it began.
    CreateFailureSeen(PoolId, LibraryError, Vec<AcquireId>),
    /// `createTimeoutMillis` is over.
    CreateTimeout(CreateId),
    /// Calls `end()` of a connection.
    End(ConnectionId),
    /// `destroyTimeoutMillis` is over.
    DestroyTimeout(ConnectionId),
    /// Looks if a stage of a destruction is over.
    Stage(DestructionId),
    /// The interval of 100 ms in which tarn 3 looks if its validations are done ticks.
    PollValidations(DestructionId),
    /// The client forgets its pool, and `destroy()` resolves.
    PoolGone(DestructionId),
    /// `destroy()` of a client without a pool resolves.
    DestroyedNothing(DestroyCaller),
    /// The driver fails a query in `process.nextTick`.
    QueryFails(ConnectionId, Submitted, LibraryError),
    /// `query_timeout` is over for the query of this number.
    ReadTimeout(ConnectionId, u32),
    /// `connectionTimeoutMillis` is over.
    ConnectTimeout(ConnectionId),
    /// The driver emits `end` in `process.nextTick`.
    EmitEnd(ConnectionId),
    /// A native promise that Bluebird has adopted is settled: Bluebird queues the continuation inside.
    Adopted(Box<Continuation>),
    /// Bluebird empties its queue.
    Drain,
}

/// The continuations under way, by number.
#[derive(Clone, Debug, Default)]
pub struct Continuations {
    slots: Vec<Option<Waiting>>,
    free: Vec<u32>,
    /// Bluebird's queue, each continuation with its async context.
    pub bluebird: VecDeque<(u32, Continuation)>,
    /// True while Bluebird's `setImmediate` is on its way.
    pub drain_scheduled: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    /// Turns of the microtask queue until it runs.
    turns: u8,
    continuation: Continuation,
}

impl Continuations {
    /// Keeps a continuation that runs in its turn number `turns`; returns its number.
    pub fn keep(&mut self, turns: u8, continuation: Continuation) -> u32 {
        let waiting = Some(Waiting { turns, continuation });
        if let Some(number) = self.free.pop() {
            self.slots[number as usize] = waiting;
            return number;
        }
        self.slots.push(waiting);
        self.slots.len() as u32 - 1
    }

    /// Counts a turn of a continuation, and takes it out if that was the last one.
    pub fn turn(&mut self, number: u32) -> Option<Continuation> {
        let slot = self.slots.get_mut(number as usize)?;
        let waiting = slot.as_mut()?;
        if waiting.turns > 1 {
            waiting.turns -= 1;
            return None;
        }
        self.free.push(number);
        slot.take().map(|waiting| waiting.continuation)
    }

    /// A continuation, which stays: those of intervals run many times.
    pub fn peek(&self, number: u32) -> Option<&Continuation> {
        self.slots.get(number as usize)?.as_ref().map(|waiting| &waiting.continuation)
    }

    /// Drops a continuation, whose timer has been cleared.
    pub fn forget(&mut self, number: u32) {
        if let Some(slot) = self.slots.get_mut(number as usize)
            && slot.take().is_some()
        {
            self.free.push(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continuation_runs_in_its_turn_and_its_number_is_used_again() {
        let mut continuations = Continuations::default();
        let number = continuations.keep(3, Continuation::Drain);
        assert!(continuations.turn(number).is_none() && continuations.turn(number).is_none());
        assert!(matches!(continuations.turn(number), Some(Continuation::Drain)));
        assert!(continuations.turn(number).is_none(), "it has run");
        assert_eq!(continuations.keep(1, Continuation::Drain), number);
    }

    #[test]
    fn a_forgotten_continuation_never_runs() {
        let mut continuations = Continuations::default();
        let number = continuations.keep(1, Continuation::Drain);
        continuations.forget(number);
        continuations.forget(number);
        assert!(continuations.turn(number).is_none());
        assert_eq!([continuations.keep(1, Continuation::Drain), continuations.keep(1, Continuation::Drain)], [0, 1]);
    }
}
