//! The world: Lambda's service, its environments, the network and PostgreSQL, put together.
//!
//! One way of driving it, for the page, the CLI and the tests alike:
//!
//! ```text
//!   apply(action) ──► step(limit) … until the goal is reached ──► apply(next action) …
//! ```
//!
//! Everything that will happen stands in one agenda, by time and then by the order in which it was entered. [`World::step`]
//! takes its first entry, or lets a process run up to the next one. There is no other clock.

mod action;
mod agenda;
mod life;
mod running;
mod view;
mod wire;

use std::rc::Rc;

use crate::event::{ConnectionId, EnvironmentId, Event, EventKind, EventSink, InvocationId, Phase};
use crate::knex::{Outgoing, Packet};
use crate::lambda::environment::{Step, next_phase};
use crate::lambda::process::Signal;
use crate::lambda::view::pool_counters;
use crate::lambda::{Environment, Package};
use crate::network::Network;
use crate::server::{Backend, Server, ToServer};
use crate::settings::Settings;
use base::time::Instant;
use postgres::{Database, MockDatabase};

use self::agenda::{Agenda, Due};

pub use self::action::{Action, Applied, Refusal, ServerAction};
pub use self::view::{ServerView, SessionView, WorldView};
pub use crate::lambda::view::PoolCounters;
pub use crate::network::NetworkFault;

/// The world. It is `Clone` where its database is: a clone goes on independently, with the same future.
#[derive(Clone, Debug)]
pub struct World<D: Database = MockDatabase> {
    now: Instant,
    settings: Rc<Settings>,
    package: Rc<Package>,
    agenda: Agenda,
    network: Network<Packet>,
    server: Server<D>,
    environments: Vec<Environment>,
    /// The entry in the agenda for each environment's process.
    runs: Vec<Option<(Instant, u64)>>,
    events: EventSink,
    last_invocation: u32,
    latest: Option<EnvironmentId>,
    version: u32,
    outbox: Vec<Outgoing>,
    signals: Vec<Signal>,
}

impl World {
    /// A world with the mock database: nothing has happened yet.
    pub fn new(settings: Settings, package: Rc<Package>) -> Self {
        Self::with_database(settings, package, MockDatabase::default())
    }
}

impl<D: Database> World<D> {
    /// A world with a database of the caller's.
    pub fn with_database(settings: Settings, package: Rc<Package>, database: D) -> Self {
        Self {
            now: Instant::ZERO,
            network: Network::new(settings.latency.clone(), settings.seed),
            server: Server::new(settings.postgres.clone(), database, &settings.latency),
            settings: Rc::new(settings),
            package,
            agenda: Agenda::default(),
            environments: Vec::new(),
            runs: Vec::new(),
            events: EventSink::default(),
            last_invocation: 0,
            latest: None,
            version: 0,
            outbox: Vec::new(),
            signals: Vec::new(),
        }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The package.
    pub fn package(&self) -> &Rc<Package> {
        &self.package
    }

    /// How many events there have been.
    pub fn event_count(&self) -> u64 {
        self.events.count()
    }

    /// Takes the events that have not been taken yet.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.take()
    }

    /// The same, in the place of those in `events`, whose memory is used for the next.
    pub fn take_events_into(&mut self, events: &mut Vec<Event>) {
        self.events.take_into(events);
    }

    /// Whether an invocation has been asked for and has not ended.
    pub fn is_running(&self, invocation: InvocationId) -> bool {
        self.environments.iter().any(|environment| {
            environment.running() == Some(invocation)
                || environment.waiting.iter().any(|request| request.invocation == invocation)
        })
    }

    /// An environment.
    pub fn environment(&self, id: EnvironmentId) -> Option<&Environment> {
        self.environments.get((id.0 as usize).checked_sub(1)?)
    }

    /// The environments, in the order of their creation; shut-down ones too.
    pub fn environments(&self) -> impl ExactSizeIterator<Item = &Environment> {
        self.environments.iter()
    }

    /// The counters of the pool of the first client that an environment's module made.
    pub fn pool_counters(&self, id: EnvironmentId) -> Option<PoolCounters> {
        pool_counters(self.environment(id)?.process()?)
    }

    /// How many sessions the server has of an environment, as somebody counts who asks it after the moment: an idle one
    /// whose client has said goodbye is gone by then.
    pub fn backends(&self, id: EnvironmentId) -> u32 {
        let goodbye = |due: &Due, from: ConnectionId| matches!(due, Due::Packet(connection, _, Packet::Up(ToServer::Close)) if *connection == from);
        let leaves = |backend: &Backend| {
            backend.state() != "active" && self.agenda.entries.values().any(|due| goodbye(due, backend.connection))
        };
        self.server.sessions_of(id).filter(|backend| !leaves(backend)).count() as u32
    }

    /// The environment that the latest invocation went to.
    pub fn latest_environment(&self) -> Option<EnvironmentId> {
        self.latest
    }

    /// When the next thing happens by itself.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.agenda.next_at()
    }

    /// Lets everything happen that is due up to `limit`.
    pub fn advance_to(&mut self, limit: Instant) {
        while self.step(limit) {}
    }

    /// Does the next thing due at or before `limit`: one entry of the agenda, or a process up to the next one. `false`:
    /// nothing is left, and it is `limit` now.
    pub fn step(&mut self, limit: Instant) -> bool {
        self.take_step(limit, false)
    }

    /// As [`World::step`], and stops at the first event that a process makes, so that it can be looked at.
    pub fn step_to_event(&mut self, limit: Instant) -> bool {
        self.take_step(limit, true)
    }

    fn take_step(&mut self, limit: Instant, stop_at_events: bool) -> bool {
        if self.agenda.next_at().is_none_or(|at| at > limit) {
            self.now = self.now.max(limit);
            return false;
        }
        let Some(((at, _), due)) = self.agenda.entries.pop_first() else { return false };
        self.now = self.now.max(at);
        match due {
            Due::Run(id) => self.run(id, limit, stop_at_events),
            Due::Boot(id, boot) => self.boot(id, boot),
            Due::InitLimit(id, boot) => self.init_limit(id, boot),
            Due::Timeout(id, invocation) => self.time_out(id, invocation),
            Due::Reclaim(id, idle_since) => self.reclaim_idle(id, idle_since),
            Due::Packet(connection, id, packet) => self.arrive(connection, id, packet),
            Due::Server(pid, ticket) => {
                let out = self.server.wake(self.now, pid, ticket, &mut self.events);
                self.serve(out);
            }
        }
        debug_assert!(self.invariants().is_ok(), "{:?}", self.invariants());
        true
    }

    /// What must hold after each step: counters match connections, sessions match slots, no process runs while frozen.
    ///
    /// # Errors
    /// What does not.
    pub fn invariants(&self) -> Result<(), String> {
        for environment in &self.environments {
            let id = environment.id;
            let resting = matches!(environment.phase, Phase::Frozen | Phase::Shutdown);
            if resting && self.runs[id.0 as usize - 1].is_some() {
                return Err(format!("environment {id} is {:?} and has a run in the agenda", environment.phase));
            }
            if (environment.phase == Phase::Invoke)
                != (environment.running.is_some() && environment.phase != Phase::Init)
            {
                return Err(format!("environment {id} is {:?} with {:?}", environment.phase, environment.running()));
            }
            let Some(process) = environment.process() else { continue };
            for pool in process.knex().pools.values() {
                let count = pool.used.len() + pool.free.len() + pool.pending_creates.len();
                if count as u32 > pool.options.max + pool.pending_destroys.len() as u32 {
                    return Err(format!("a pool of environment {id} holds {count} of {}", pool.options.max));
                }
                let known = |id: &ConnectionId| process.knex().connections.contains_key(id);
                if let Some(lost) =
                    pool.used.iter().chain(pool.free.iter().map(|free| &free.connection)).find(|id| !known(id))
                    && !pool.destroyed
                {
                    return Err(format!("a pool of environment {id} holds connection {lost}, which is gone"));
                }
            }
        }
        Ok(())
    }

    fn at(&self, id: EnvironmentId) -> &Environment {
        &self.environments[id.0 as usize - 1]
    }

    fn at_mut(&mut self, id: EnvironmentId) -> &mut Environment {
        &mut self.environments[id.0 as usize - 1]
    }

    fn ids(&self, on: Option<EnvironmentId>) -> Vec<EnvironmentId> {
        match on {
            Some(id) => vec![id],
            None => self.environments.iter().map(|environment| environment.id).collect(),
        }
    }

    fn tell(&mut self, environment: Option<EnvironmentId>, invocation: Option<InvocationId>, kind: EventKind) {
        self.events.push(Event { at: self.now, environment, invocation, kind });
    }

    fn set_phase(&mut self, id: EnvironmentId, step: Step) {
        let now = self.now;
        let environment = self.at_mut(id);
        // Callers have asked whether the step can be taken; one that cannot leaves the phase as it is.
        let Ok(phase) = next_phase(environment.phase, step) else {
            debug_assert!(false, "{step:?} in {:?}", environment.phase);
            return;
        };
        environment.phase = phase;
        environment.phase_since = now;
        let invocation = environment.running();
        self.tell(Some(id), invocation, EventKind::PhaseChanged { phase });
    }
}
