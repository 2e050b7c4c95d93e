//! The world: Lambda's service, its environments, the network and PostgreSQL, put together.
//!
//! A world is plain data and does no I/O. [`World::apply`] changes it from outside; [`World::step`] lets its time pass.
//! Everything that will happen by itself stands in one event queue, ordered by time and then by the order of scheduling.
//! A step takes the queue's first entry, or lets a process run up to the next one. There is no other clock.
//!
//! The [crate's documentation](crate#driving-a-world) describes how a world is driven.

mod action;
mod drive;
mod environments;
mod event_queue;
mod faults;
mod invariants;
mod lifecycle;
mod phases;
mod refusal;
mod routing;
mod running;
mod view;
mod wire;

use std::rc::Rc;

use crate::event::{ConnectionId, EnvironmentId, Event, EventKind, EventSink, InvocationId};
use crate::knex::{Outgoing, Packet};
use crate::lambda::environment::{Step, next_phase};
use crate::lambda::process::Signal;
use crate::lambda::view::pool_counters;
use crate::lambda::{Environment, Package};
use crate::network::Network;
use crate::server::{Backend, Server, ToServer};
use crate::settings::{Freezing, Settings};
use base::time::Instant;
use postgres::{Database, MockDatabase};

use self::environments::Environments;
use self::event_queue::{EventQueue, Scheduled};

pub use self::action::{Action, Applied, Call, ServerAction};
pub use self::drive::Goal;
pub use self::invariants::Violation;
pub use self::refusal::Refusal;
pub use self::view::{ServerView, SessionView, WorldView};
pub use crate::lambda::view::PoolCounters;
pub use crate::network::NetworkFault;

/// A world. A clone goes on independently and has the same future.
///
/// It is `Clone` if its database is. The mock database is.
#[derive(Clone, Debug)]
pub struct World<D: Database = MockDatabase> {
    now: Instant,
    settings: Rc<Settings>,
    package: Rc<Package>,
    queue: EventQueue,
    network: Network<Packet>,
    server: Server<D>,
    environments: Environments,
    events: EventSink,
    last_invocation: u32,
    /// The environment that the latest invocation went to.
    latest: Option<EnvironmentId>,
    /// The deployed version of the code: 0, and one more with each `deploy`.
    version: u32,
    /// Packets that a process has sent and the network has not taken yet. Empty between two steps.
    outbox: Vec<Outgoing>,
    /// Signals that a process has given and the world has not handled yet. Empty between two steps.
    signals: Vec<Signal>,
}

impl World {
    /// A world with the mock database. Nothing has happened in it.
    pub fn new(settings: Settings, package: Rc<Package>) -> Self {
        Self::with_database(settings, package, MockDatabase::default())
    }
}

impl<D: Database> World<D> {
    /// A world with the caller's database. Nothing has happened in it.
    pub fn with_database(settings: Settings, package: Rc<Package>, database: D) -> Self {
        Self {
            now: Instant::ZERO,
            network: Network::new(settings.latency.clone(), settings.seed),
            server: Server::new(settings.postgres.clone(), database, &settings.latency),
            settings: Rc::new(settings),
            package,
            queue: EventQueue::default(),
            environments: Environments::default(),
            events: EventSink::default(),
            last_invocation: 0,
            latest: None,
            version: 0,
            outbox: Vec::new(),
            signals: Vec::new(),
        }
    }

    /// The virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes when environments are frozen. It counts for invocations that end from now on.
    ///
    /// Freezing is the only setting that can change during a run.
    pub fn set_freezing(&mut self, freezing: Freezing) {
        if self.settings.lambda.freeze != freezing {
            Rc::make_mut(&mut self.settings).lambda.freeze = freezing;
        }
    }

    /// The deployment package that the environments run.
    pub fn package(&self) -> &Rc<Package> {
        &self.package
    }

    /// How many events there have been, taken ones included.
    pub fn event_count(&self) -> u64 {
        self.events.count()
    }

    /// Takes the events that have not been taken yet.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.take()
    }

    /// True while an invocation has been asked for and has not ended.
    pub fn is_running(&self, invocation: InvocationId) -> bool {
        self.environments.iter().any(|environment| {
            environment.running() == Some(invocation)
                || environment.waiting.iter().any(|request| request.invocation == invocation)
        })
    }

    /// The environment with this number, shut-down ones included.
    pub fn environment(&self, id: EnvironmentId) -> Option<&Environment> {
        self.environments.get(id)
    }

    /// The environments in the order of their creation, shut-down ones included.
    pub fn environments(&self) -> impl ExactSizeIterator<Item = &Environment> {
        self.environments.iter()
    }

    /// The counters of the first client's pool in an environment. `None` if the client has no pool.
    pub fn pool_counters(&self, id: EnvironmentId) -> Option<PoolCounters> {
        pool_counters(self.environment(id)?.process()?)
    }

    /// Open sessions of an environment, without idle ones whose `Terminate` message is still in flight.
    pub fn backends(&self, id: EnvironmentId) -> u32 {
        let is_goodbye = |what: &Scheduled, from: ConnectionId| matches!(what, Scheduled::Packet(connection, _, Packet::Up(ToServer::Close)) if *connection == from);
        let is_leaving = |backend: &Backend| {
            backend.state() != "active" && self.queue.iter().any(|what| is_goodbye(what, backend.connection))
        };
        self.server.sessions_of(id).filter(|backend| !is_leaving(backend)).count() as u32
    }

    /// The environment that the latest invocation went to.
    pub fn latest_environment(&self) -> Option<EnvironmentId> {
        self.latest
    }

    /// The moment of the next thing that happens by itself. `None` if nothing will happen until something is applied.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.queue.next_at()
    }

    /// Lets the first entry of the queue happen, if it is due at `limit` or before. Else it is `limit` now, and the
    /// result is false.
    fn take_step(&mut self, limit: Instant, stop_at_events: bool) -> bool {
        if self.queue.next_at().is_none_or(|at| at > limit) {
            self.now = self.now.max(limit);
            return false;
        }
        let Some((at, what)) = self.queue.pop() else { return false };
        self.now = self.now.max(at);
        match what {
            Scheduled::Run(id) => self.run(id, limit, stop_at_events),
            Scheduled::Boot(id, boot) => self.boot(id, boot),
            Scheduled::InitLimit(id, boot) => self.init_limit(id, boot),
            Scheduled::Timeout(id, invocation) => self.time_out(id, invocation),
            Scheduled::Reclaim(id, idle_since) => self.reclaim_idle(id, idle_since),
            Scheduled::Packet(connection, id, packet) => self.arrive(connection, id, packet),
            Scheduled::Server(pid, ticket) => {
                let out = self.server.wake(self.now, pid, ticket, &mut self.events);
                self.serve(out);
            }
        }
        self.assert_invariants();
        true
    }

    fn emit(&mut self, environment: Option<EnvironmentId>, invocation: Option<InvocationId>, kind: EventKind) {
        self.events.push(Event { at: self.now, environment, invocation, kind });
    }

    /// Brings an environment into the phase that follows a step. Callers have checked that the step is possible.
    fn take_phase_step(&mut self, id: EnvironmentId, step: Step) {
        let now = self.now;
        let environment = &mut self.environments[id];
        let Ok(phase) = next_phase(environment.phase, step) else {
            debug_assert!(false, "{step:?} in {:?}", environment.phase);
            return;
        };
        environment.phase = phase;
        environment.phase_since = now;
        let invocation = environment.running();
        self.emit(Some(id), invocation, EventKind::PhaseChanged { phase });
    }
}
