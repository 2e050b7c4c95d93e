//! The driver's side of a connection: what node-postgres (pg 8.0 and 8.23) does with what arrives.
//!
//! ```text
//!   connecting ──Ready──► ready ⇄ active query
//!       │                   │ an error without a query, a reset, an end: not queryable, disposed
//!       └── error ──► over  └── end() ──► ending ──► ended
//! ```
//!
//! `disposed` is what Knex keeps of it: a pool's next look at the connection prints it and throws the connection away.

use super::task::{RunId, Task};
use super::{Cx, Failure, Knex};
use crate::event::{BackendPid, ConnectionId, EventKind};
use crate::js::Vm;
use crate::postgres::QueryResult;
use crate::postgres::server::{ToClient, ToServer};
use std::rc::Rc;

/// What a connection is busy with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Active {
    /// Nothing.
    Nothing,
    /// Knex's own `select version();`.
    Version,
    /// A query.
    Run(RunId),
}

/// A connection as the driver and Knex see it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The create that waits for it, until it is ready or has failed.
    pub create: Option<super::task::CreateId>,
    /// The pool it belongs to.
    pub pool: super::task::PoolId,
    /// Its backend, once it is ready.
    pub pid: Option<BackendPid>,
    /// What it is busy with.
    pub active: Active,
    /// Why it is of no use any more, as Knex will print it.
    pub disposed: Option<Rc<str>>,
    /// Whether the client itself is closing it.
    pub ending: bool,
    /// Whether its end has been told.
    pub ended: bool,
    connecting: bool,
    connect_failed: bool,
    queryable: bool,
    closing: bool,
    /// Destructions that wait for its end, told through tarn's wait.
    pub awaited: bool,
    /// tarn's timer for its destruction.
    pub destroy_timer: Option<crate::event::TimerId>,
}

impl Connection {
    /// A connection that is being made.
    pub fn new(create: super::task::CreateId, pool: super::task::PoolId) -> Self {
        Self {
            create: Some(create),
            pool,
            pid: None,
            active: Active::Nothing,
            disposed: None,
            ending: false,
            ended: false,
            connecting: true,
            connect_failed: false,
            queryable: true,
            closing: false,
            awaited: false,
            destroy_timer: None,
        }
    }
}

impl Knex {
    /// Something arrived for a connection and is read now.
    pub fn receive(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, packet: ToClient) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.ended {
            return;
        }
        match packet {
            ToClient::Challenge => {
                if let Some(client) = self.client_of(id) {
                    let credentials = self.clients[client.0 as usize].connection.credentials.clone();
                    cx.send(id, ToServer::Password(credentials));
                }
            }
            ToClient::Ready(pid) => {
                connection.connecting = false;
                connection.pid = Some(pid);
                cx.tell(vm, EventKind::Connected { connection: id, pid });
                self.connected(vm, cx, id);
            }
            ToClient::Results(results) => {
                cx.tell(vm, EventKind::AnswerRead { connection: id });
                self.answered(vm, cx, id, Ok(results));
            }
            ToClient::Error(error) => {
                cx.tell(vm, EventKind::AnswerRead { connection: id });
                self.answered(vm, cx, id, Err(Failure::of_server(&error)));
            }
            ToClient::Fatal(error) => {
                let failure = Failure::of_server(&error);
                if connection.connecting {
                    self.connect_failed(vm, cx, id, failure);
                } else if connection.active == Active::Nothing {
                    self.broken(vm, cx, id, failure);
                } else {
                    self.answered(vm, cx, id, Err(failure));
                }
            }
            ToClient::Refused => {
                let address = cx.address();
                let failure = Failure::system("ECONNREFUSED", format!("connect ECONNREFUSED {address}"));
                self.connect_failed(vm, cx, id, failure);
                self.close_later(cx, id);
            }
            ToClient::Reset => self.reset(vm, cx, id, "read ECONNRESET"),
            ToClient::End => {
                if self.profile.ends_at_eof && !connection.ending {
                    self.ended(vm, cx, id);
                } else {
                    self.close_later(cx, id);
                }
            }
        }
    }

    /// A name that does not resolve: the connect fails.
    pub(super) fn unresolved(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, host: &str) {
        let failure = Failure::system("ENOTFOUND", format!("getaddrinfo ENOTFOUND {host}"));
        self.connect_failed(vm, cx, id, failure);
        self.close_later(cx, id);
    }

    fn reset(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, message: &'static str) {
        let Some(connection) = self.connections.get(&id) else { return };
        // A reset while the client closes the connection is what it wanted anyway.
        if !connection.ending {
            let failure = Failure::system("ECONNRESET", message.to_owned());
            if connection.connecting {
                self.connect_failed(vm, cx, id, failure);
            } else {
                self.broken(vm, cx, id, failure);
            }
        }
        self.close_later(cx, id);
    }

    /// The socket will have closed by the end of this turn of the loop.
    fn close_later(&mut self, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id)
            && !connection.closing
        {
            connection.closing = true;
            cx.event_loop.close_later(id.0);
        }
    }

    /// An error outside a query: the connection is of no use any more.
    fn broken(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: Failure) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.queryable = false;
        connection.disposed = Some(failure.to_string().into());
        self.fail_active(vm, cx, id, failure);
    }

    /// Fails the query under way, in `process.nextTick` as the driver does.
    fn fail_active(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: Failure) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match core::mem::replace(&mut connection.active, Active::Nothing) {
            Active::Nothing => {}
            Active::Version => self.next_tick(vm, cx, Task::VersionFails(id, failure)),
            Active::Run(run) => self.next_tick(vm, cx, Task::QueryFails(run, failure)),
        }
    }

    /// The end of the socket: `end` is emitted once.
    pub fn ended(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if core::mem::replace(&mut connection.ended, true) {
            return;
        }
        let ending = connection.ending;
        let message = if ending { "Connection terminated" } else { "Connection terminated unexpectedly" };
        let failure = Failure::plain(message);
        let (connecting, connect_failed) = (connection.connecting, connection.connect_failed);
        self.fail_active(vm, cx, id, failure.clone());
        if !ending && !connect_failed {
            if connecting {
                self.connect_failed(vm, cx, id, failure);
            } else {
                self.broken(vm, cx, id, failure);
            }
        }
        self.next_tick(vm, cx, Task::EmitEnd(id));
        cx.network.close(id);
        self.end_called_back(vm, cx, id);
    }

    /// `end` has been emitted: Knex notes it over whatever it noted before.
    pub(super) fn emit_end(&mut self, vm: &Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.disposed = Some("Connection ended unexpectedly".into());
        let gone = connection.ending || connection.connect_failed;
        cx.tell(vm, EventKind::ConnectionGone { connection: id });
        if gone && !connection.awaited {
            self.connections.remove(&id);
        }
    }

    fn connected(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(client) = self.client_of(id) else { return };
        if self.clients[client.0 as usize].version_known {
            self.connection_ready(vm, cx, id);
            return;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.active = Active::Version;
        }
        self.write(vm, cx, id, "select version();".into(), Rc::from([]));
    }

    fn connection_ready(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(create) = self.connections.get_mut(&id).and_then(|connection| connection.create) {
            self.hop(vm, cx, super::profile::ticks::CREATED, Task::Created(create));
        }
    }

    /// A connect failed; only the first error of one counts.
    fn connect_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: Failure) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if core::mem::replace(&mut connection.connect_failed, true) {
            return;
        }
        connection.queryable = false;
        cx.tell(vm, EventKind::ConnectFailed { connection: id, message: failure.message.clone() });
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if let Some(create) = connection.create.take() {
            self.hop(vm, cx, super::profile::ticks::CREATE_FAILED, Task::CreateFailed(create, failure));
        }
    }

    fn answered(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, answer: Result<Vec<QueryResult>, Failure>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match core::mem::replace(&mut connection.active, Active::Nothing) {
            Active::Nothing => {}
            Active::Run(run) => self.query_answered(vm, cx, run, answer),
            Active::Version => match answer {
                Ok(_) => {
                    if let Some(client) = self.client_of(id) {
                        self.clients[client.0 as usize].version_known = true;
                    }
                    self.connection_ready(vm, cx, id);
                }
                Err(failure) => self.version_failed(vm, cx, id, failure),
            },
        }
    }

    /// Knex's version query failed: today's Knex fails the create; 0.17 never notices, and the create runs into its
    /// timeout.
    pub(super) fn version_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: Failure) {
        if self.profile.bluebird {
            return;
        }
        if let Some(create) = self.connections.get_mut(&id).and_then(|connection| connection.create.take()) {
            self.hop(vm, cx, super::profile::ticks::CREATE_FAILED, Task::CreateFailed(create, failure));
        }
    }

    /// Sends a query of a run over its connection.
    pub(super) fn send_query(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, run: RunId, id: ConnectionId) {
        let Some((sql, parameters)) = self.runs.get(&run).map(|run| (run.sql.clone(), run.parameters.clone())) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if !connection.queryable {
            let failure = Failure::plain("Client has encountered a connection error and is not queryable");
            self.next_tick(vm, cx, Task::QueryFails(run, failure));
        } else if connection.ending {
            let failure = Failure::plain("Client was closed and is not queryable");
            self.next_tick(vm, cx, Task::QueryFails(run, failure));
        } else {
            connection.active = Active::Run(run);
            let position = self.runs.get(&run).map(|run| run.position);
            cx.tell(vm, EventKind::QuerySent { connection: id, sql: sql.clone(), position });
            self.write(vm, cx, id, sql, parameters);
        }
    }

    fn write(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        sql: Rc<str>,
        parameters: Rc<[Option<Rc<str>>]>,
    ) {
        // A reset that has arrived and was not read yet fails the write itself.
        if cx.resets_unread.contains(&id) {
            self.reset(vm, cx, id, "write ECONNRESET");
            return;
        }
        cx.send(id, ToServer::Query { sql, parameters });
    }

    /// `end()`: closes the connection; tarn waits for the call-back.
    pub(super) fn end(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if core::mem::replace(&mut connection.ending, true) && !connection.ended {
            return;
        }
        cx.tell(vm, EventKind::ConnectionClosing { connection: id });
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.ended {
            if !self.profile.end_of_ended_hangs {
                self.end_called_back(vm, cx, id);
            }
            return;
        }
        let forced = !connection.queryable || connection.active != Active::Nothing;
        cx.send(id, ToServer::Close);
        if forced {
            self.close_later(cx, id);
        }
    }
}
