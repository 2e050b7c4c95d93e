//! What there is to see of an environment at a moment: plain data, computed when it is asked for.

use std::rc::Rc;

use super::environment::{Environment, Runs};
use super::process::{Arrival, Process};
use crate::event::{
    BackendPid, ClientId, ConnectionId, EnvironmentId, FileId, InvocationId, Loss, Phase, Position, TimerId,
};
use crate::knex::driver::Connection;
use crate::knex::pool::PoolCounts;
use crate::knex::surface;
use crate::node::surface::class_name;
use crate::server::ToClient;
use base::time::Instant;
use javascript::heap::Heap;
use javascript::{Value, inspect};

/// What there is to see of an environment.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the names are those of the page
pub struct EnvironmentView {
    pub id: EnvironmentId,
    pub function: Rc<str>,
    pub phase: Phase,
    pub created_at: Instant,
    pub phase_since: Instant,
    pub invocations: u32,
    pub runs: Vec<Runs>,
    pub running: Option<InvocationId>,
    /// The executing line.
    pub line: Option<Position>,
    /// When the module of the present process was evaluated.
    pub evaluated_at: Option<Instant>,
    /// Processes so far: 1 where it was never reset.
    pub processes: u32,
    pub module_scope: Vec<Binding>,
    pub clients: Vec<ClientView>,
    pub timers: Vec<TimerView>,
    pub pending_answers: u32,
    /// Answers that have arrived and cannot be read yet.
    pub unread: u32,
    pub waiting_events: u32,
    pub files: Vec<(Rc<str>, u64)>,
    pub tmp_bytes: u64,
    pub tmp_limit: u64,
}

/// A variable of the module's scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Its name.
    pub name: Rc<str>,
    /// What it holds.
    pub value: Shown,
}

/// A value as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// In words.
    Text(String),
    /// A Knex client: its pool is drawn.
    Client(ClientId),
    /// A function: named only.
    Function,
}

/// A Knex client.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientView {
    /// Which.
    pub id: ClientId,
    /// Its pool.
    pub pool: PoolView,
}

/// A pool.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolView {
    /// There never was one.
    Never,
    /// It was destroyed.
    Destroyed {
        /// In which invocation.
        since: Option<InvocationId>,
    },
    /// It is there.
    Live {
        /// Its counters.
        counters: PoolCounters,
        /// Whether `destroy()` has been called.
        destroying: bool,
        /// Its connections.
        connections: Vec<ConnectionView>,
    },
}

/// The counters of a pool, and its bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the names are tarn's
pub struct PoolCounters {
    pub used: u32,
    pub free: u32,
    pub pending_acquires: u32,
    pub pending_creates: u32,
    pub min: u32,
    pub max: u32,
}

/// A connection of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionView {
    /// Which.
    pub id: ConnectionId,
    /// Its place in the pool.
    pub state: SlotState,
    /// Its backend.
    pub pid: Option<BackendPid>,
    /// What is wrong with it, known to its process or not.
    pub cut: Option<Cut>,
}

/// Why a connection is of no use.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// Its end has arrived, and the process has not read it.
    Unread(Loss),
    /// The process has read it, and the pool keeps the connection until it looks at it the next time. Knex' note.
    Kept(Rc<str>),
    /// The other side is gone, and nobody has told.
    Gone,
    /// What is sent vanishes.
    Silent,
}

/// Where a connection stands in its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SlotState {
    Used,
    Free,
    Creating,
    Closing,
}

/// A timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TimerView {
    pub id: TimerId,
    pub due: Instant,
    pub immediate: bool,
    pub interval: bool,
    pub set_by: Option<InvocationId>,
}

impl EnvironmentView {
    /// The view of an environment; `main` is the handler's file, `network` says what is wrong with a connection on its way.
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

/// The counters of the first client's pool; `None` where it has none.
pub fn pool_counters(process: &Process) -> Option<PoolCounters> {
    let pool = process.knex().pool_of(ClientId(0))?;
    let PoolCounts { used, free, pending_acquires, pending_creates } = pool.counts();
    let (min, max) = (pool.options.min, pool.options.max);
    Some(PoolCounters { used, free, pending_acquires, pending_creates, min, max })
}

fn is_answer(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Packet(_, ToClient::Results(_) | ToClient::Error(_)))
}

fn module_scope(process: &Process, main: FileId) -> Vec<Binding> {
    let vm = process.vm();
    let shown = |value: Option<Value>| match value {
        None => Shown::Text("not yet".to_owned()),
        Some(value) => match vm.host_slots(&value) {
            Some((surface::class::KNEX, [Value::Number(client), ..])) => Shown::Client(ClientId(*client as u32)),
            _ if vm.is_callable(&value) => Shown::Function,
            _ => Shown::Text(short(vm.heap(), &value)),
        },
    };
    vm.module_scope(main).into_iter().map(|(name, value)| Binding { name, value: shown(value) }).collect()
}

/// The end of a connection that waits to be read.
fn unread(process: &Process, id: ConnectionId) -> Option<Cut> {
    let mut arrivals = process.inbox().filter_map(|arrival| match arrival {
        Arrival::Packet(connection, packet) if *connection == id => Some(packet),
        _ => None,
    });
    arrivals.find_map(|packet| {
        Some(Cut::Unread(match packet {
            ToClient::Fatal(error) => match error.sqlstate {
                "57P01" => Loss::Terminated,
                "57P05" => Loss::IdleSession,
                "25P03" => Loss::IdleInTransaction,
                _ => Loss::Rejected,
            },
            ToClient::End => Loss::Closed,
            ToClient::Reset => Loss::Reset,
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
                let PoolCounts { used, free, pending_acquires, pending_creates } = pool.counts();
                let (min, max) = (pool.options.min, pool.options.max);
                let counters = PoolCounters { used, free, pending_acquires, pending_creates, min, max };
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
                PoolView::Live { counters, destroying: pool.destroyed, connections }
            }
        };
        ClientView { id, pool }
    };
    knex.clients.iter().enumerate().map(view).collect()
}

/// A value on one line of a card.
fn short(heap: &Heap, value: &Value) -> String {
    const CHARACTERS: usize = 48;
    let shown = inspect::inspect(heap, &class_name, value);
    let mut line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The handler's timers; the pool's own are not shown.
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
