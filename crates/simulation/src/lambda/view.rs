//! A snapshot of an environment for those who show it, as plain data.

use std::rc::Rc;

use super::environment::{Environment, HandlerRuns};
use super::process::{Arrival, Process};
use crate::event::{
    BackendPid, ClientId, ConnectionId, DisconnectReason, EnvironmentId, FileId, InvocationId, Phase, Position, TimerId,
};
use crate::knex::driver::Connection;
use crate::knex::exports::KNEX;
use crate::knex::pool::{Pool, PoolCounts};
use crate::server::ToClient;
use base::time::Instant;
use javascript::Heap;
use javascript::{Value, inspect};
use postgres::SqlState;

/// A snapshot of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentView {
    /// The number of the environment.
    pub id: EnvironmentId,
    /// The function that the environment belongs to.
    pub function: Rc<str>,
    /// The phase that the environment is in.
    pub phase: Phase,
    /// The moment of its creation.
    pub created_at: Instant,
    /// The moment at which it entered its phase.
    pub phase_since: Instant,
    /// Invocations so far, the one under way included.
    pub invocations: u32,
    /// How often each handler ran, in the order of their first invocations.
    pub runs: Vec<HandlerRuns>,
    /// The invocation under way.
    pub running: Option<InvocationId>,
    /// The line that is being executed.
    pub line: Option<Position>,
    /// The moment at which the present process had evaluated the module.
    pub evaluated_at: Option<Instant>,
    /// Processes that the environment has had: 1 if it was never reset.
    pub processes: u32,
    /// The variables of the module's top level, in the order of their declaration.
    pub module_scope: Vec<Binding>,
    /// The Knex clients that the process has made.
    pub clients: Vec<ClientView>,
    /// The handler's timers that are set.
    pub timers: Vec<TimerView>,
    /// Queries whose answer the process has not read.
    pub pending_answers: u32,
    /// Answers that have arrived and that the process has not read, for example because it is frozen.
    pub unread: u32,
    /// Events that wait at the environment.
    pub waiting_events: u32,
    /// The files under /tmp: their paths and sizes in bytes.
    pub files: Vec<(Rc<str>, u64)>,
    /// The bytes in use under /tmp.
    pub tmp_bytes: u64,
    /// The size of /tmp in bytes.
    pub tmp_limit: u64,
}

/// A variable of the module's top level.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The name of the variable.
    pub name: Rc<str>,
    /// Its value.
    pub value: Preview,
}

/// The value of a variable, as far as a card has room for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Preview {
    /// The variable's declaration has not been executed.
    Uninitialized,
    /// The value as `console.log` prints it, on one line and cut to 48 characters.
    Text(String),
    /// A Knex client, which is shown with its pool.
    Client(ClientId),
    /// A function.
    Function,
}

/// A snapshot of a Knex client.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientView {
    /// The number of the client.
    pub id: ClientId,
    /// Its pool.
    pub pool: PoolView,
}

/// A snapshot of a client's pool.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolView {
    /// The client never had a pool.
    Never,
    /// The pool was destroyed: `client.pool` is undefined.
    Destroyed {
        /// The invocation during which that happened.
        since: Option<InvocationId>,
    },
    /// The pool exists.
    Live {
        /// The pool's counters.
        counters: PoolCounters,
        /// True once `destroy()` has been called.
        destroying: bool,
        /// The connections of the pool.
        connections: Vec<ConnectionView>,
    },
}

/// The counters of a pool, and its bounds. The names are tarn's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolCounters {
    /// Connections in use.
    pub used: u32,
    /// Free connections.
    pub free: u32,
    /// Queries that wait for a connection.
    pub pending_acquires: u32,
    /// Connections that are being made.
    pub pending_creates: u32,
    /// Connections that idle reaping leaves.
    pub min: u32,
    /// Connections at most.
    pub max: u32,
}

impl PoolCounters {
    fn of(pool: &Pool) -> Self {
        let PoolCounts { used, free, pending_acquires, pending_creates } = pool.counts();
        let (min, max) = (pool.options.min, pool.options.max);
        Self { used, free, pending_acquires, pending_creates, min, max }
    }
}

/// A snapshot of a connection of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionView {
    /// The number of the connection.
    pub id: ConnectionId,
    /// Its place in the pool.
    pub state: SlotState,
    /// The process id of its backend, once the client knows it.
    pub pid: Option<BackendPid>,
    /// The defect of the connection, if it has one. Its process may not know.
    pub cut: Option<Cut>,
}

/// Why a connection cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// The end of the connection has arrived, and the process has not read it.
    Unread(DisconnectReason),
    /// The process has read the end, and the pool keeps the connection until it validates it the next time. The text is
    /// Knex' note on the connection.
    Kept(Rc<str>),
    /// The other side is gone without a word.
    Gone,
    /// Packets vanish on their way.
    Silent,
}

/// The place of a connection in its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// A query or a transaction uses the connection.
    Used,
    /// The connection waits for the next query.
    Free,
    /// The connection is being made.
    Creating,
    /// The connection is being closed.
    Closing,
}

/// A snapshot of a timer of the handler's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerView {
    /// The number of the timer.
    pub id: TimerId,
    /// The moment at which the timer is due. An immediate has none, and 0 stands here.
    pub due: Instant,
    /// True if `setImmediate` set the timer.
    pub immediate: bool,
    /// True if `setInterval` set the timer.
    pub interval: bool,
    /// The invocation that set the timer.
    pub set_by: Option<InvocationId>,
}

impl EnvironmentView {
    /// A snapshot of an environment. `main` is the handler's file. `network` says what is wrong with a connection on its way.
    pub fn of(environment: &Environment, main: FileId, network: &dyn Fn(ConnectionId) -> Option<Cut>) -> Self {
        let process = environment.process();
        Self {
            id: environment.id,
            function: environment.function.clone(),
            phase: environment.phase(),
            created_at: environment.created_at,
            phase_since: environment.phase_since(),
            invocations: environment.invocations,
            runs: environment.runs.clone(),
            running: environment.running(),
            line: process.and_then(|process| process.vm().position()),
            evaluated_at: environment.evaluated_at,
            processes: environment.processes,
            module_scope: process.map(|process| module_scope(process, main)).unwrap_or_default(),
            clients: process.map(|process| clients(process, network)).unwrap_or_default(),
            timers: process.map(timers).unwrap_or_default(),
            pending_answers: process.map_or(0, |process| process.knex().pending_queries()),
            unread: process.map_or(0, |process| process.inbox().filter(|arrival| is_answer(arrival)).count() as u32),
            waiting_events: environment.waiting.len() as u32,
            files: environment.files().files().map(|(path, bytes)| (path.clone(), bytes)).collect(),
            tmp_bytes: environment.files().used(),
            tmp_limit: environment.files().limit(),
        }
    }
}

/// The counters of the first client's pool. `None` if the client has no pool.
pub(crate) fn pool_counters(process: &Process) -> Option<PoolCounters> {
    process.knex().pool_of(ClientId(0)).map(PoolCounters::of)
}

fn is_answer(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Packet(_, ToClient::Results(_) | ToClient::ErrorResponse(_)))
}

fn module_scope(process: &Process, main: FileId) -> Vec<Binding> {
    let vm = process.vm();
    let preview = |value: Option<Value>| match value {
        None => Preview::Uninitialized,
        Some(value) => match vm.slots_of(&value, &KNEX) {
            Some([Value::Number(client), ..]) => Preview::Client(ClientId(*client as u32)),
            _ if vm.is_callable(&value) => Preview::Function,
            _ => Preview::Text(short(vm.heap(), &value)),
        },
    };
    vm.module_scope(main).into_iter().map(|(name, value)| Binding { name, value: preview(value) }).collect()
}

/// The end of a connection that has arrived and that the process has not read.
fn unread(process: &Process, id: ConnectionId) -> Option<Cut> {
    let mut arrivals = process.inbox().filter_map(|arrival| match arrival {
        Arrival::Packet(connection, packet) if *connection == id => Some(packet),
        _ => None,
    });
    arrivals.find_map(|packet| {
        Some(Cut::Unread(match packet {
            ToClient::FatalErrorResponse(error) => match error.sqlstate {
                SqlState::ADMIN_SHUTDOWN => DisconnectReason::Terminated,
                SqlState::IDLE_SESSION_TIMEOUT => DisconnectReason::IdleSession,
                SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => DisconnectReason::IdleInTransaction,
                _ => DisconnectReason::Rejected,
            },
            ToClient::ConnectionClosed => DisconnectReason::Closed,
            ToClient::ConnectionReset => DisconnectReason::Reset,
            _ => return None,
        }))
    })
}

fn clients(process: &Process, network: &dyn Fn(ConnectionId) -> Option<Cut>) -> Vec<ClientView> {
    let knex = process.knex();
    let cut = |id: ConnectionId, connection: &Connection| {
        let kept =
            || connection.disposed.as_ref().filter(|_| !connection.ending).map(|why| Cut::Kept(why.to_string().into()));
        unread(process, id).or_else(kept).or_else(|| network(id))
    };
    let view = |(place, client): (usize, &crate::knex::Client)| {
        let id = ClientId(place as u32);
        let pool = match knex.pool_of(id) {
            None if client.had_pool => PoolView::Destroyed { since: client.gone_since },
            None => PoolView::Never,
            Some(pool) => {
                let state = |id: ConnectionId, connection: &Connection| {
                    if connection.create.is_some() {
                        SlotState::Creating
                    } else if pool.used.contains(&id) {
                        SlotState::Used
                    } else if pool.free.iter().any(|free| free.connection == id) && !connection.ending {
                        SlotState::Free
                    } else {
                        SlotState::Closing
                    }
                };
                let connections = knex
                    .connections
                    .iter()
                    .filter(|(_, connection)| knex.pools.get(&connection.pool).is_some_and(|p| p.client == id))
                    .map(|(id, connection)| ConnectionView {
                        id: *id,
                        state: state(*id, connection),
                        pid: connection.pid,
                        cut: cut(*id, connection),
                    })
                    .collect();
                PoolView::Live { counters: PoolCounters::of(pool), destroying: pool.destroyed, connections }
            }
        };
        ClientView { id, pool }
    };
    knex.clients.iter().enumerate().map(view).collect()
}

/// A value as `console.log` prints it, on one line and cut to the width of a card.
fn short(heap: &Heap, value: &Value) -> String {
    const CHARACTERS: usize = 48;
    let shown = inspect::inspect(heap, value);
    let mut line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The handler's timers. The pool's own timers are left out.
fn timers(process: &Process) -> Vec<TimerView> {
    let event_loop = process.event_loop();
    let timers = event_loop.timers().into_iter().filter(|timer| timer.position.is_some()).map(|timer| TimerView {
        id: timer.id,
        due: timer.due(),
        immediate: false,
        interval: timer.repeats,
        set_by: timer.set_by,
    });
    let immediates = event_loop.immediates().filter(|immediate| immediate.position.is_some()).map(|immediate| {
        TimerView { id: immediate.id, due: Instant::ZERO, immediate: true, interval: false, set_by: immediate.set_by }
    });
    timers.chain(immediates).collect()
}
