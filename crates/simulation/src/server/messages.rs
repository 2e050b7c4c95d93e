//! The messages between clients and the [server](super::server).
//!
//! They are those of PostgreSQL's frontend/backend protocol (PostgreSQL's documentation, "Message Flow") as far as the
//! simulation tells them apart, and what TCP itself reports to a client.

use std::rc::Rc;

use crate::event::{BackendPid, ConnectionId};
use base::time::{Duration, Instant};
use postgres::{QueryResult, SqlError};

/// The port that the server listens on.
const DEFAULT_PORT: u32 = 5_432;

/// The content of the `StartupMessage`, and the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The role; empty if the client names none.
    pub user: Rc<str>,
    /// The password, if the client has one.
    pub password: Option<Rc<str>>,
    /// The database.
    pub database: Rc<str>,
    /// The run-time parameters that the session starts with, by name.
    pub parameters: Vec<(Rc<str>, Rc<str>)>,
}

/// A message from a client to the server.
#[derive(Clone, Debug)]
pub enum ToServer {
    /// The TCP connection and the `StartupMessage` over it. Its content follows with the password: nothing depends on it
    /// before.
    StartupMessage,
    /// The answer to the authentication request.
    Password(Rc<Credentials>),
    /// `Query`, or `Parse` to `Sync` for a query with parameters.
    Query {
        /// The query text.
        sql: Rc<str>,
        /// The values of `$1`, `$2` and so on; `None` is NULL.
        parameters: Rc<[Option<Rc<str>>]>,
    },
    /// `Terminate`, or the end of the client's process without it.
    Terminate,
}

/// A message from the server to a client, or what TCP reports instead.
#[derive(Clone, Debug)]
pub enum ToClient {
    /// Nothing listens at the address.
    ConnectionRefused,
    /// A request for the password.
    AuthenticationRequest,
    /// `AuthenticationOk` to the first `ReadyForQuery`: the session has begun. Its backend has this process id.
    ReadyForQuery(BackendPid),
    /// The results of a query, and `ReadyForQuery`.
    Results(Vec<QueryResult>),
    /// The `ErrorResponse` of a query, and `ReadyForQuery`.
    ErrorResponse(SqlError),
    /// An `ErrorResponse` of severity FATAL, which ends the session.
    FatalErrorResponse(SqlError),
    /// The other side has closed the connection.
    ConnectionClosed,
    /// The other side has reset the connection.
    ConnectionReset,
}

/// A message that the server sends.
#[derive(Debug)]
pub struct SentMessage {
    /// The connection that it goes over.
    pub connection: ConnectionId,
    /// The time from now until it arrives, without jitter.
    pub latency: Duration,
    /// The message.
    pub message: ToClient,
}

/// A request of the server to be called again.
#[derive(Debug)]
pub struct ServerWake {
    /// The time at which to call [`Server::wake`](super::server::Server::wake).
    pub at: Instant,
    /// The backend that it is for.
    pub pid: BackendPid,
    /// The backend ignores the wake if it has a newer ticket by then.
    pub ticket: u32,
}

/// The effects of a call of the server.
#[derive(Debug, Default)]
pub struct ServerOutput {
    /// The messages to send, in order.
    pub sent: Vec<SentMessage>,
    /// The requested wakes.
    pub wakes: Vec<ServerWake>,
    /// The work of the database, in steps.
    pub steps: usize,
}

/// The answer of the network to a connection attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// The server listens at the address.
    Listening,
    /// The host answers, and nothing listens on the port (`ECONNREFUSED`).
    Refused,
    /// The host does not answer, so that a client waits for its timeout.
    Unreachable,
    /// The name of the host does not resolve (`ENOTFOUND`).
    NotFound,
}

/// The answer to a connection attempt to an address. The server listens on port 5432 of the local machine; other IPv4
/// addresses do not answer, and other names do not resolve.
pub fn reachability(host: &str, port: u32) -> Reachability {
    if matches!(host, "127.0.0.1" | "localhost" | "::1") {
        return if port == DEFAULT_PORT { Reachability::Listening } else { Reachability::Refused };
    }
    let is_ipv4 = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_ipv4 { Reachability::Unreachable } else { Reachability::NotFound }
}
