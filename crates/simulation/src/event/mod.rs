//! The event stream: every observable change of a run, in order.
//!
//! The page, the log, the time line, the exports, the CLI and the golden tests all read this one stream. They show nothing
//! that is not in the stream or in the [`World`](crate::world::World) that it came from.

mod ids;
mod outcome;
mod sink;

use std::rc::Rc;

pub use ids::{ClientId, ConnectionId, EnvironmentId, InvocationId, TimerId};
pub use javascript::{FileId, Position};
pub use outcome::{Outcome, Start, Status};
pub use postgres::BackendPid;
pub use sink::EventSink;

use base::time::Instant;
pub(crate) use outcome::named;

/// One observable change.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The moment of the change.
    pub at: Instant,
    /// The environment that the change belongs to, if it belongs to one.
    pub environment: Option<EnvironmentId>,
    /// The invocation that the change belongs to. A log line belongs to the one that Lambda's log attributes it to.
    pub invocation: Option<InvocationId>,
    /// The change itself.
    pub kind: EventKind,
}

/// An error as it is reported outside the process that it happened in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// The error's `name`, or Lambda's error type such as `Runtime.ExitError`.
    pub name: Rc<str>,
    /// The error's `message`.
    pub message: Rc<str>,
    /// The error's `code`, if the library that made it gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Rc<str>>,
}

/// The phase of an execution environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The runtime starts, and the module is evaluated.
    Init,
    /// The environment is awake and waits for an event.
    Ready,
    /// An invocation is running.
    Invoke,
    /// Nothing in the environment runs until it is thawed.
    Frozen,
    /// The environment is gone.
    Shutdown,
}

/// The stream that a line was printed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: `console.log`, `info`, `debug`, and the lines that Knex prints.
    Stdout,
    /// Standard error: `console.error`, `console.warn`.
    Stderr,
}

named!(Stream {
    Stdout => "stdout",
    Stderr => "stderr",
});

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

named!(Level {
    Debug => "DEBUG",
    Info => "INFO",
    Warn => "WARN",
    Error => "ERROR",
});

/// Why a connection or a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisconnectReason {
    /// The client closed it.
    Client,
    /// The client's process is gone, and the operating system closed its sockets.
    Process,
    /// `pg_terminate_backend` was called.
    Terminated,
    /// The server shut down.
    ServerShutdown,
    /// The session reached `idle_session_timeout`.
    IdleSession,
    /// The session reached `idle_in_transaction_session_timeout`.
    IdleInTransaction,
    /// The other side reset the connection.
    Reset,
    /// The other side closed the connection.
    Closed,
    /// Nothing listens at the address.
    Refused,
    /// The server refused the session: it has no free slot, or the credentials are wrong.
    Rejected,
}

/// A change of what happens to an environment's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkFault {
    /// The other side resets the open connections now.
    Reset,
    /// The other side closes the open connections now.
    Close,
    /// The other side of the open connections is gone. The next write is answered by a reset.
    ResetOnWrite,
    /// The other side of the open connections is gone. The next write is answered by a close.
    CloseOnWrite,
    /// Packets are held back until `Restore`, those of new connections too.
    Silent,
    /// Packets arrive again. Those that were held back are sent once more.
    Restore,
}

named!(NetworkFault {
    Reset => "reset",
    Close => "close",
    ResetOnWrite => "reset-on-write",
    CloseOnWrite => "close-on-write",
    Silent => "silent",
    Restore => "restore",
});

/// The kinds of change.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// Lambda began to create an environment.
    EnvironmentCreated {
        /// The function that the environment belongs to.
        function: Rc<str>,
    },
    /// The environment entered a phase.
    PhaseChanged {
        /// The phase that it is in now.
        phase: Phase,
    },
    /// The environment was thawed. The change of its phase follows.
    Thawed,
    /// The process ended, and its environment goes on: the next invocation starts a new process in it.
    ProcessReset,
    /// An invocation was asked for.
    InvocationRequested {
        /// The name of the handler.
        handler: Rc<str>,
    },
    /// The event of the invocation waits at a frozen environment.
    InvocationQueued,
    /// The invocation began in its environment.
    InvocationStarted {
        /// How the process came to be.
        start: Start,
    },
    /// The runtime called the handler.
    HandlerCalled {
        /// The name of the handler.
        handler: Rc<str>,
    },
    /// The invocation ended.
    InvocationEnded {
        /// How it ended, with which result, and after how long.
        outcome: Rc<Outcome>,
    },
    /// The process began to evaluate the module's top level.
    ModuleEvaluating,
    /// The module's top level has been evaluated.
    ModuleEvaluated,
    /// A line of source is being executed.
    Line {
        /// The line, with its file and column.
        position: Position,
        /// How many executions this event stands for. More than one where repeats of a busy loop are counted together.
        times: u32,
    },
    /// The process printed a text.
    Printed {
        /// The stream that it was printed to.
        stream: Stream,
        /// The level that Lambda's log gives it.
        level: Level,
        /// The text. It can have several lines.
        text: Rc<str>,
        /// The invocation that began the work which printed the text, if it is not the one that the line is attributed to.
        begun_by: Option<InvocationId>,
        /// The line of source that printed the text, if it is one of the handler's.
        position: Option<Position>,
    },
    /// Lambda itself wrote a line: START, END, REPORT and the like.
    Platform {
        /// The line.
        text: Rc<str>,
    },
    /// A timer was set, by `setTimeout`, `setInterval` or `setImmediate`.
    TimerSet {
        /// The new timer.
        timer: TimerId,
        /// The moment at which it is due.
        due: Instant,
        /// The line of source that set it.
        position: Position,
    },
    /// A timer fired.
    TimerFired {
        /// The timer.
        timer: TimerId,
        /// The moment at which it had been due. A frozen process fires its timers late.
        due: Instant,
    },
    /// A timer was cleared before it fired.
    TimerCleared {
        /// The timer.
        timer: TimerId,
    },
    /// A file under /tmp was written or removed.
    FileChanged {
        /// The path of the file.
        path: Rc<str>,
        /// The size of the file in bytes now. `None` if it was removed.
        bytes: Option<u64>,
    },
    /// A Knex client made a pool.
    PoolCreated {
        /// The client.
        client: ClientId,
    },
    /// `knex.initialize()` found that the client has a pool, and kept it.
    PoolKept {
        /// The client.
        client: ClientId,
    },
    /// The pool began to be destroyed. Connections in use may finish their work.
    PoolDestroying {
        /// The client.
        client: ClientId,
    },
    /// `client.pool` is undefined from now on.
    PoolGone {
        /// The client.
        client: ClientId,
    },
    /// The pool's counters changed.
    PoolChanged {
        /// The client.
        client: ClientId,
        /// Connections in use.
        used: u32,
        /// Free connections.
        free: u32,
        /// Queries that wait for a connection.
        pending_acquires: u32,
        /// Connections that are being made.
        pending_creates: u32,
    },
    /// A connection began to be made.
    Connecting {
        /// The new connection.
        connection: ConnectionId,
        /// The client whose pool it is for.
        client: ClientId,
    },
    /// The connection's session is ready for queries.
    Connected {
        /// The connection.
        connection: ConnectionId,
        /// The process id of its backend.
        pid: BackendPid,
    },
    /// A connection could not be made.
    ConnectFailed {
        /// The connection.
        connection: ConnectionId,
        /// The message of the error.
        message: Rc<str>,
    },
    /// The process sent a query.
    QuerySent {
        /// The connection that it was sent over.
        connection: ConnectionId,
        /// The SQL statement.
        sql: Rc<str>,
        /// The line of source that asked, if it is one of the handler's.
        position: Option<Position>,
    },
    /// The process read the answer to a query.
    AnswerRead {
        /// The connection that it arrived over.
        connection: ConnectionId,
    },
    /// An answer arrived at a frozen environment. Its process reads it after the thaw.
    AnswerWaits {
        /// The connection that it arrived over.
        connection: ConnectionId,
    },
    /// A query of the handler was rejected, whether or not the handler catches it.
    QueryRejected {
        /// The line of source that asked, if it is one of the handler's.
        position: Option<Position>,
        /// The message of the error.
        message: Rc<str>,
    },
    /// The client began to close a connection.
    ConnectionClosing {
        /// The connection.
        connection: ConnectionId,
    },
    /// A connection was cut. The client may not have noticed.
    ConnectionLost {
        /// The connection.
        connection: ConnectionId,
        /// Why it was cut.
        why: DisconnectReason,
    },
    /// The process noticed that a connection has ended, and took it out of the pool.
    ConnectionGone {
        /// The connection.
        connection: ConnectionId,
    },
    /// The server started a backend for a connection.
    SessionOpened {
        /// The process id of the backend.
        pid: BackendPid,
        /// The slot that it took, from 0.
        slot: u32,
        /// The connection that it serves.
        connection: ConnectionId,
    },
    /// A backend's state changed.
    SessionState {
        /// The process id of the backend.
        pid: BackendPid,
        /// The new state as `pg_stat_activity` words it.
        state: &'static str,
    },
    /// A backend ended, and its slot is free.
    SessionEnded {
        /// The process id of the backend.
        pid: BackendPid,
        /// Why it ended.
        why: DisconnectReason,
    },
    /// The server was started, stopped or restarted.
    ServerChanged {
        /// True if it accepts connections now.
        up: bool,
    },
    /// The network between the environment and the server changed.
    NetworkChanged {
        /// The change.
        fault: NetworkFault,
    },
    /// The scenario shows a caption.
    Caption {
        /// The text.
        text: Rc<str>,
    },
    /// A new version of the code was deployed.
    Deployed,
}
