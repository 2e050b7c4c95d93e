//! What passes between clients and the [server](super::server): where an address leads, and the packets both ways.

use std::rc::Rc;

use crate::event::{BackendPid, ConnectionId};
use base::time::{Duration, Instant};
use postgres::{QueryResult, SqlError};

/// The port that the server listens on.
const DEFAULT_PORT: u32 = 5_432;

/// What a client says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The role; empty where none is named.
    pub user: Rc<str>,
    /// The password, where there is one.
    pub password: Option<Rc<str>>,
    /// The database.
    pub database: Rc<str>,
    /// The parameters that the session starts with, by name.
    pub parameters: Vec<(Rc<str>, Rc<str>)>,
}

/// A packet to the server.
#[derive(Clone, Debug)]
pub enum ToServer {
    /// A connect.
    Connect,
    /// The answer to the challenge.
    Password(Rc<Credentials>),
    /// A statement with its parameters.
    Query {
        /// The SQL.
        sql: Rc<str>,
        /// The values of `$1`, `$2`, …
        parameters: Rc<[Option<Rc<str>>]>,
    },
    /// The client closed the connection, or is gone.
    Close,
}

/// A packet to the client.
#[derive(Clone, Debug)]
pub enum ToClient {
    /// Nothing listens there.
    Refused,
    /// The server asks for the password.
    Challenge,
    /// The session is ready.
    Ready(BackendPid),
    /// A statement's results; the session is ready for the next one.
    Results(Vec<QueryResult>),
    /// A statement's error; the session is ready for the next one.
    Error(SqlError),
    /// An error that ends the session.
    Fatal(SqlError),
    /// The other side closed the connection.
    End,
    /// The other side reset the connection.
    Reset,
}

/// What the server wants done.
#[derive(Debug, Default)]
pub struct ServerOutput {
    /// Packets: to whom, how long they take from now, and what.
    pub sent: Vec<(ConnectionId, Duration, ToClient)>,
    /// When to call [`Server::wake`](super::server::Server::wake), for which backend, with which ticket.
    pub wakes: Vec<(Instant, BackendPid, u32)>,
    /// How many steps the database took for it.
    pub steps: usize,
}

/// How to reach a server at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is this server's.
    Server,
    /// The machine is there and nothing listens on the port.
    Refused,
    /// Nothing answers.
    Nowhere,
    /// The name does not resolve.
    Unknown,
}

/// Where an address leads: the server is at port 5432 of the local machine; other numeric addresses are not answered, and
/// other names do not resolve.
pub fn reach(host: &str, port: u32) -> Reach {
    if matches!(host, "127.0.0.1" | "localhost" | "::1") {
        return if port == DEFAULT_PORT { Reach::Server } else { Reach::Refused };
    }
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') { Reach::Nowhere } else { Reach::Unknown }
}
