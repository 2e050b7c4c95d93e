//! The libraries' continuations. What their sources do in promise callbacks and timers is a [`Task`] here: plain data under
//! a number, so that a machine with work under way can be cloned and the loop needs to know only the number.

use std::collections::VecDeque;

use super::Failure;
use super::pool::Told;
use super::query::Submitted;
use crate::event::ConnectionId;
use postgres::QueryResult;

/// A run of one query, from `then` to the settled promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(pub u32);
/// An acquire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcquireId(pub u32);
/// A create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreateId(pub u32);
/// A pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId(pub u32);
/// The destruction of a pool: one for each call of `destroy()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DestructionId(pub u32);

/// How a query came out.
pub type Answered = Result<Vec<QueryResult>, Failure>;

/// A continuation.
#[derive(Clone, Debug)]
pub enum Task {
    /// The promise of a run is settled.
    Settle(RunId, Answered),
    /// The connection of a run goes back to its pool; its promise follows.
    Release(RunId, Answered),
    /// The run has its connection: its query goes out.
    Acquired(RunId, ConnectionId),
    /// Knex catches a failed acquire.
    AcquireFailed(RunId, Failure, bool),
    /// `acquireTimeoutMillis` is over.
    AcquireTimeout(AcquireId),
    /// tarn 3 knows whether the connection is good.
    Validated {
        /// The pool.
        pool: PoolId,
        /// Who waits.
        acquire: AcquireId,
        /// Which connection.
        connection: ConnectionId,
        /// The verdict.
        valid: bool,
    },
    /// tarn looks at its queue again.
    TryAgain(PoolId),
    /// tarn's reaper.
    Reap(PoolId),
    /// tarn 1 or 3 waits before it tries to create once more.
    Retry(PoolId),
    /// A connection is ready: its create is done.
    Created(CreateId),
    /// A connect failed: its create is over.
    CreateFailed(CreateId, Failure),
    /// tarn tells the waiters.
    CreateFailureSeen(PoolId, Failure, Vec<AcquireId>),
    /// `createTimeoutMillis` is over.
    CreateTimeout(CreateId),
    /// The driver closes a connection (tarn 3 calls it a tick later).
    End(ConnectionId),
    /// `destroyTimeoutMillis` is over.
    DestroyTimeout(ConnectionId),
    /// A stage of a destruction may be over.
    Stage(DestructionId),
    /// tarn 3 looks every 100 ms whether validations are done.
    PollValidations(DestructionId),
    /// The client forgets its pool; `destroy()` resolves.
    PoolGone(DestructionId),
    /// `destroy()` of a client without a pool resolves.
    DestroyedNothing(Told),
    /// The driver fails a query in `process.nextTick`.
    QueryFails(ConnectionId, Submitted, Failure),
    /// `query_timeout` is over, for the query of this number.
    ReadTimeout(ConnectionId, u32),
    /// `connectionTimeoutMillis` is over.
    ConnectTimeout(ConnectionId),
    /// The driver emits `end` in `process.nextTick`.
    EmitEnd(ConnectionId),
    /// A native promise that Bluebird has adopted is settled: its queue goes on from there.
    Adopted(Box<Task>),
    /// Bluebird's queue is drained.
    Drain,
}

/// Tasks under way, by number.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    slots: Vec<Option<Waiting>>,
    free: Vec<u32>,
    /// Bluebird's queue, each with its async context.
    pub bluebird: VecDeque<(u32, Task)>,
    /// Whether Bluebird has asked for its immediate.
    pub drain_asked: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    ticks: u8,
    task: Task,
}

impl Tasks {
    /// Keeps a task until it has been passed over `ticks` times.
    pub fn keep(&mut self, ticks: u8, task: Task) -> u32 {
        let waiting = Some(Waiting { ticks, task });
        if let Some(number) = self.free.pop() {
            self.slots[number as usize] = waiting;
            return number;
        }
        self.slots.push(waiting);
        self.slots.len() as u32 - 1
    }

    /// The task's turn: `None` where it must wait for one more.
    pub fn turn(&mut self, number: u32) -> Option<Task> {
        let slot = self.slots.get_mut(number as usize)?;
        let waiting = slot.as_mut()?;
        if waiting.ticks > 1 {
            waiting.ticks -= 1;
            return None;
        }
        self.free.push(number);
        slot.take().map(|waiting| waiting.task)
    }

    /// A task that repeats: looked at, and kept.
    pub fn peek(&self, number: u32) -> Option<&Task> {
        self.slots.get(number as usize)?.as_ref().map(|waiting| &waiting.task)
    }

    /// The task is not wanted any more.
    pub fn forget(&mut self, number: u32) {
        if let Some(slot) = self.slots.get_mut(number as usize)
            && slot.take().is_some()
        {
            self.free.push(number);
        }
    }
}
