//! The event stream: every observable change of a run, in order.
//!
//! The page, the log, the time line, the exports, the CLI and the golden tests all read this one stream; nothing is
//! shown that is not in it or in the [`crate::world::World`] it came from.

use std::rc::Rc;

pub use javascript::{FileId, Position};
pub use postgres::{BackendPid, BackendState};

use base::time::{Duration, Instant};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl core::fmt::Display for $name {
            fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

number!(
    /// An execution environment: 1, 2, … in the order of creation; shut-down ones keep theirs.
    EnvironmentId
);
number!(
    /// An invocation: 1, 2, … in the order in which they were asked for.
    InvocationId
);
number!(
    /// A TCP connection from an environment to PostgreSQL: 1, 2, … in the order in which they were begun.
    ConnectionId
);
number!(
    /// A Knex client of one process: 0 is the first that the module made.
    ClientId
);
number!(
    /// A timer of one process: 1, 2, … in the order of creation, intervals and immediates included.
    TimerId
);

/// One observable change.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// In which environment, where it belongs to one.
    pub environment: Option<EnvironmentId>,
    /// In which invocation; for a log line the one that Lambda's log attributes it to.
    pub invocation: Option<InvocationId>,
    /// What.
    pub kind: EventKind,
}

/// How an invocation's process came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// A new environment: the module is evaluated.
    Cold,
    /// The process was there already.
    Warm,
    /// The process was started anew in the same environment, inside the invocation's own time.
    Reset,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The handler's promise was fulfilled, or it returned or called back with a value.
    Success,
    /// It threw, rejected, or called back with an error.
    Error,
    /// It ran into the function's timeout.
    Timeout,
    /// The process ended under it.
    Crashed,
    /// There was no room for one more environment.
    Throttled,
}

/// What there is to say of an invocation that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The handler's name.
    pub handler: Rc<str>,
    /// How its process came to be; `None` where it was throttled.
    pub start: Option<Start>,
    /// How it ended.
    pub status: Status,
    /// When it was asked for.
    pub requested_at: Instant,
    /// When it ended.
    pub ended_at: Instant,
    /// How long the init before it took, on a cold start.
    pub init: Option<Duration>,
    /// How long the invocation itself took, a suppressed init inside it included.
    pub duration: Duration,
    /// The handler's value as JSON, on success.
    pub result: Option<Rc<str>>,
    /// What went wrong, otherwise.
    pub error: Option<Failure>,
    /// How many of its queries were rejected since the last one that succeeded, whether or not the handler caught it.
    pub rejections: u32,
    /// The first of these: its line and message.
    pub first_rejection: Option<(Option<Position>, Rc<str>)>,
}

/// An error as it is told outside the process.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// Its `name` (or Lambda's error type).
    pub name: Rc<str>,
    /// Its `message`.
    pub message: Rc<str>,
    /// Its `code`, where the library gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Rc<str>>,
}

/// The phase of an execution environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The runtime starts and the module is evaluated.
    Init,
    /// Awake, and waiting for an event.
    Ready,
    /// An invocation is running.
    Invoke,
    /// Nothing runs until it is thawed.
    Frozen,
    /// Gone.
    Shutdown,
}

/// Where a printed line went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output: `console.log`, `info`, `debug`, and what Knex prints.
    Stdout,
    /// Standard error: `console.error`, `console.warn`.
    Stderr,
}

/// The level that Lambda's log gives a printed line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `console.debug`.
    Debug,
    /// `console.log` and `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error`, and the runtime's own reports of errors.
    Error,
}

/// Why a connection or a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The client closed it.
    Client,
    /// The client's process is gone.
    Process,
    /// `pg_terminate_backend`.
    Terminated,
    /// The server is shutting down.
    ServerShutdown,
    /// `idle_session_timeout`.
    IdleSession,
    /// `idle_in_transaction_session_timeout`.
    IdleInTransaction,
    /// Reset by the other side.
    Reset,
    /// Closed by the other side.
    Closed,
    /// Nothing listens there.
    Refused,
    /// The server refused the session: no slot, or not these credentials.
    Rejected,
}

/// What changed.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// Lambda began an environment for this function.
    EnvironmentCreated {
        /// The function.
        function: Rc<str>,
    },
    /// The environment went into a phase.
    PhaseChanged {
        /// Which.
        phase: Phase,
    },
    /// The environment was thawed (told before the phase that follows).
    Thawed,
    /// The process was ended and will be started anew in the same environment.
    ProcessReset,
    /// An invocation was asked for.
    InvocationRequested {
        /// The handler's name.
        handler: Rc<str>,
    },
    /// The event waits at a frozen environment.
    InvocationQueued,
    /// The invocation began in its environment.
    InvocationStarted {
        /// How its process came to be.
        start: Start,
    },
    /// The handler itself was called.
    HandlerCalled {
        /// Its name.
        handler: Rc<str>,
    },
    /// The invocation ended.
    InvocationEnded {
        /// How, with what, and after how long.
        outcome: Rc<Outcome>,
    },
    /// The evaluation of the module's static code began.
    ModuleEvaluating,
    /// The module's static code has been evaluated.
    ModuleEvaluated,
    /// A line of source is being executed; more than one time where repeats were put together.
    Line {
        /// Where.
        position: Position,
        /// How many times since it was last told.
        times: u32,
    },
    /// The process printed a line.
    Printed {
        /// Where to.
        stream: Stream,
        /// At which level.
        level: Level,
        /// The line (or lines, where the text has line breaks).
        text: Rc<str>,
        /// The invocation that began the work which printed this, where it is not the one in whose life it appeared.
        begun_by: Option<InvocationId>,
        /// The line of source that printed it, where it was the handler's.
        position: Option<Position>,
    },
    /// Lambda itself wrote a line: START, END, REPORT and the like.
    Platform {
        /// The line.
        text: Rc<str>,
    },
    /// A timer was set (`setImmediate` too).
    TimerSet {
        /// Which.
        timer: TimerId,
        /// When it is due.
        due: Instant,
        /// By which line.
        position: Position,
    },
    /// A timer fired.
    TimerFired {
        /// Which.
        timer: TimerId,
        /// When it had been due.
        due: Instant,
    },
    /// A timer was cleared before it fired.
    TimerCleared {
        /// Which.
        timer: TimerId,
    },
    /// A file under /tmp was written, or is gone (no size).
    FileChanged {
        /// Its path.
        path: Rc<str>,
        /// Its size in bytes now.
        bytes: Option<u64>,
    },
    /// A client made a pool.
    PoolCreated {
        /// Whose.
        client: ClientId,
    },
    /// `initialize()` found a pool and kept it.
    PoolKept {
        /// Whose.
        client: ClientId,
    },
    /// The pool was marked destroyed; what is in flight is let finish.
    PoolDestroying {
        /// Whose.
        client: ClientId,
    },
    /// `client.pool` is undefined from now on.
    PoolGone {
        /// Whose.
        client: ClientId,
    },
    /// The pool's counters changed.
    PoolChanged {
        /// Whose.
        client: ClientId,
        /// Connections in use.
        used: u32,
        /// Connections free.
        free: u32,
        /// Acquires that wait.
        pending_acquires: u32,
        /// Connections being made.
        pending_creates: u32,
    },
    /// A connection was begun.
    Connecting {
        /// Which.
        connection: ConnectionId,
        /// For which client.
        client: ClientId,
    },
    /// The session is ready for queries.
    Connected {
        /// Which.
        connection: ConnectionId,
        /// Its backend.
        pid: BackendPid,
    },
    /// A connection could not be made.
    ConnectFailed {
        /// Which.
        connection: ConnectionId,
        /// The error's message.
        message: Rc<str>,
    },
    /// A query was sent.
    QuerySent {
        /// Over which connection.
        connection: ConnectionId,
        /// The statement.
        sql: Rc<str>,
        /// By which line.
        position: Option<Position>,
    },
    /// The answer was read by the process.
    AnswerRead {
        /// Over which connection.
        connection: ConnectionId,
    },
    /// The answer arrived at an environment that cannot read it now.
    AnswerWaits {
        /// Over which connection.
        connection: ConnectionId,
    },
    /// A query of the handler was rejected, whether or not the handler catches it.
    QueryRejected {
        /// The line that asked.
        position: Option<Position>,
        /// The error's message.
        message: Rc<str>,
    },
    /// The client closed a connection.
    ConnectionClosing {
        /// Which.
        connection: ConnectionId,
    },
    /// A connection was cut; the client may not have noticed.
    ConnectionLost {
        /// Which.
        connection: ConnectionId,
        /// Why.
        why: Loss,
    },
    /// The process noticed the loss or the end of a connection: it is off the pool.
    ConnectionGone {
        /// Which.
        connection: ConnectionId,
    },
    /// A backend was started for a connection.
    SessionOpened {
        /// Its process id.
        pid: BackendPid,
        /// The slot it took, from 0.
        slot: u32,
        /// For which connection.
        connection: ConnectionId,
    },
    /// A backend began a statement (`active`) or finished it (`idle`, or `idle in transaction`).
    SessionState {
        /// Which.
        pid: BackendPid,
        /// Its new state.
        state: BackendState,
    },
    /// A backend is gone; its slot is free.
    SessionEnded {
        /// Which.
        pid: BackendPid,
        /// Why.
        why: Loss,
    },
    /// The server was started, stopped or restarted.
    ServerChanged {
        /// Whether it accepts connections now.
        up: bool,
    },
    /// What happens to packets between an environment and the server changed.
    NetworkChanged {
        /// In words.
        what: &'static str,
    },
    /// A caption of the scenario.
    Caption {
        /// The text.
        text: Rc<str>,
    },
    /// A new version was deployed.
    Deployed,
}

/// Where events go as they happen.
#[derive(Clone, Debug, Default)]
pub struct EventSink {
    events: Vec<Event>,
    taken: u64,
}

impl EventSink {
    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// How many events there have been, taken ones included.
    pub fn count(&self) -> u64 {
        self.taken + self.events.len() as u64
    }

    /// The events from the `count`th on, of those that have not been taken yet.
    pub fn since(&self, count: u64) -> &[Event] {
        &self.events[(count.saturating_sub(self.taken) as usize).min(self.events.len())..]
    }

    /// Puts the events that have not been taken yet in the place of those in `events`, whose memory is used for the next.
    pub fn take_into(&mut self, events: &mut Vec<Event>) {
        self.taken += self.events.len() as u64;
        events.clear();
        core::mem::swap(&mut self.events, events);
    }

    /// Takes the events that have not been taken yet.
    pub fn take(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.take_into(&mut events);
        events
    }
}
