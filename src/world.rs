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

use crate::ordered::Map;
use std::fmt;
use std::rc::Rc;

use crate::event::{
    BackendPid, ConnectionId, EnvironmentId, Event, EventKind, EventSink, Failure, InvocationId, Loss, Outcome, Phase,
    Start, Status,
};
use crate::knex::{Outgoing, Packet};
use crate::lambda::environment::{Request, Running, Runs, Step, function_name, next_phase};
use crate::lambda::process::{Arrival, Outside, Process, Ran, Signal};
use crate::lambda::runtime::Response;
use crate::lambda::view::{EnvironmentView, pool_counters};
use crate::lambda::{Environment, Package, log};
use crate::limits;
use crate::network::{Fate, Network, OnWrite, Way};
use crate::postgres::server::{Server, ServerOutput, ToClient, ToServer};
use crate::postgres::{Database, MockDatabase};
use crate::settings::{Freezing, Settings};
use crate::time::{Duration, Instant};

pub use crate::lambda::view::PoolCounters;
pub use crate::network::NetworkFault;

/// What a reader, a scenario or a test can do.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // each is a statement of the scenario language
pub enum Action {
    Invoke { handler: Rc<str>, on: Option<EnvironmentId>, event: Rc<str> },
    Queue { handler: Rc<str>, on: Option<EnvironmentId>, event: Rc<str> },
    Freeze { on: Option<EnvironmentId> },
    Thaw { on: Option<EnvironmentId> },
    Terminate { on: Option<EnvironmentId> },
    Network { on: Option<EnvironmentId>, fault: NetworkFault },
    Postgres(ServerAction),
    Reclaim { on: Option<EnvironmentId> },
    Deploy,
    Say(Rc<str>),
}

/// What can be done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ServerAction {
    Stop,
    Start,
    Restart,
}

/// What an action came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The environment that it went to.
    pub environment: Option<EnvironmentId>,
    /// The invocation that it began.
    pub invocation: Option<InvocationId>,
    /// Whether there was no room for that.
    pub throttled: bool,
}

/// Why an action was refused; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl core::error::Error for Refusal {}

/// The limit of an init, after which Lambda tries again inside the invocation.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Something that will happen.
#[derive(Clone, Debug)]
enum Due {
    /// The process of an environment goes on.
    Run(EnvironmentId),
    /// The runtime of an environment has started: its module is evaluated now.
    Boot(EnvironmentId, u32),
    /// An init has taken too long.
    InitLimit(EnvironmentId, u32),
    /// The function's timeout.
    Timeout(EnvironmentId, InvocationId),
    /// An environment has been idle for long enough, if it still is.
    Reclaim(EnvironmentId, Instant),
    /// A packet arrives.
    Packet(ConnectionId, EnvironmentId, Packet),
    /// The server asked for this.
    Server(BackendPid, u32),
}

/// Past every number that the agenda counts up to.
const AFTER_ALL: u64 = 1 << 62;

/// Everything that will happen, in order.
#[derive(Clone, Debug, Default)]
struct Agenda {
    entries: Map<(Instant, u64), Due>,
    last: u64,
    /// With how many entries it is looked through next for what no longer matters.
    crowded: usize,
}

impl Agenda {
    fn add(&mut self, at: Instant, due: Due) -> (Instant, u64) {
        self.last += 1;
        self.entries.insert((at, self.last), due);
        (at, self.last)
    }

    /// Processes come after everything else that is due at a moment, in the order of their environments: which one goes
    /// first does not depend on how often they were paused.
    fn add_run(&mut self, at: Instant, id: EnvironmentId) -> (Instant, u64) {
        let entry = (at, AFTER_ALL + u64::from(id.0));
        self.entries.insert(entry, Due::Run(id));
        entry
    }

    fn remove(&mut self, entry: Option<(Instant, u64)>) {
        if let Some(entry) = entry {
            self.entries.remove(&entry);
        }
    }

    fn next_at(&self) -> Option<Instant> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Drops what is void, when there is much: a session leaves the wake for its authentication's timeout behind, a
    /// minute ahead, and thousands of sessions can come and go in that minute.
    fn tidy(&mut self, is_void: &dyn Fn(&Due) -> bool) {
        if self.entries.len() > self.crowded {
            self.entries.retain(|_, due| !is_void(due));
            self.crowded = 32.max(self.entries.len() * 2);
        }
    }
}

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

    /// How many sessions the server has of an environment.
    pub fn backends(&self, id: EnvironmentId) -> u32 {
        self.server.backends_of(id)
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
                let count = pool.used.len() + pool.free.len() + pool.creates.len();
                if count as u32 > pool.options.max + pool.destroying.len() as u32 {
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

    /// What there is to see now.
    pub fn view(&self) -> WorldView {
        let main = self.package.main().source.id;
        let slots = self.server.slots().map(|slot| {
            slot.map(|(pid, backend)| SessionView {
                pid,
                state: backend.state(),
                connection: backend.connection,
                environment: backend.environment,
            })
        });
        WorldView {
            now: self.now,
            environments: self.environments.iter().map(|environment| EnvironmentView::of(environment, main)).collect(),
            server: ServerView { up: self.server.is_up(), reserved: self.server.reserved(), slots: slots.collect() },
        }
    }

    // ---- what a reader can do

    /// Carries out an action; what it begins goes on with [`World::step`].
    ///
    /// # Errors
    /// Why it cannot be done now; nothing has changed then.
    pub fn apply(&mut self, action: Action) -> Result<Applied, Refusal> {
        let applied = match action {
            Action::Invoke { handler, on, event } => self.invoke(handler, on, event)?,
            Action::Queue { handler, on, event } => self.queue(handler, on, event)?,
            Action::Freeze { on } => self.freeze(on)?,
            Action::Thaw { on } => self.thaw(on)?,
            Action::Terminate { on } => {
                self.exists(on)?;
                for pid in self.server.pids(on) {
                    let out = self.server.terminate(self.now, pid, Loss::Terminated, &mut self.events);
                    self.serve(out);
                }
                Applied { environment: on, ..Applied::default() }
            }
            Action::Network { on, fault } => self.disturb(on, fault)?,
            Action::Postgres(action) => self.server_action(action)?,
            Action::Reclaim { on } => self.reclaim(on)?,
            Action::Deploy => self.deploy(),
            Action::Say(text) => {
                self.tell(None, None, EventKind::Caption { text });
                Applied::default()
            }
        };
        debug_assert!(self.invariants().is_ok(), "{:?}", self.invariants());
        Ok(applied)
    }

    fn exists(&self, on: Option<EnvironmentId>) -> Result<(), Refusal> {
        match on {
            Some(id) if self.environment(id).is_none() => Err(Refusal(match self.environments.len() {
                0 => format!("there is no environment {id}: none has been created yet"),
                count => format!("there is no environment {id}: the last one is {count}"),
            })),
            _ => Ok(()),
        }
    }

    fn new_invocation(&mut self) -> InvocationId {
        self.last_invocation += 1;
        InvocationId(self.last_invocation)
    }

    fn invoke(&mut self, handler: Rc<str>, on: Option<EnvironmentId>, event: Rc<str>) -> Result<Applied, Refusal> {
        let function = function_name(&self.settings, &handler);
        let place = match on {
            Some(id) if id.0 as usize == self.environments.len() + 1 => None,
            Some(id) => {
                self.exists(on)?;
                self.may_take(id, &function)?;
                Some(id)
            }
            None => self.route(&function),
        };
        if place.is_none() && self.environments.len() >= limits::ENVIRONMENTS {
            return Err(Refusal(format!("a run has at most {} environments", limits::ENVIRONMENTS)));
        }
        let invocation = self.new_invocation();
        let request = Request { invocation, handler, event, requested_at: self.now, delivered: false };
        let works = |environment: &&Environment| environment.running.is_some() || !environment.waiting.is_empty();
        let busy = self.environments.iter().filter(works).count();
        let handler = request.handler.clone();
        if busy as u32 >= self.settings.lambda.concurrency {
            self.tell(None, Some(invocation), EventKind::InvocationRequested { handler });
            self.throttle(&request);
            return Ok(Applied { environment: None, invocation: Some(invocation), throttled: true });
        }
        let id = if let Some(id) = place {
            self.tell(Some(id), Some(invocation), EventKind::InvocationRequested { handler });
            self.begin(id, request);
            id
        } else {
            let id = self.create_environment(function);
            self.tell(Some(id), Some(invocation), EventKind::InvocationRequested { handler });
            self.at_mut(id).waiting.push_back(request);
            id
        };
        self.latest = Some(id);
        Ok(Applied { environment: Some(id), invocation: Some(invocation), throttled: false })
    }

    /// Whether an environment can take an invocation of this function.
    fn may_take(&self, id: EnvironmentId, function: &str) -> Result<(), Refusal> {
        let Some(environment) = self.environment(id) else { return Ok(()) };
        if environment.phase == Phase::Shutdown {
            return Err(Refusal(format!("environment {id} is shut down")));
        }
        if &*environment.function != function {
            return Err(Refusal(format!("environment {id} belongs to {}, not to {function}", environment.function)));
        }
        if let Some(running) = environment.running() {
            return Err(Refusal(format!("environment {id} is busy: it runs invocation {running}")));
        }
        if let Some(request) = environment.waiting.first() {
            let waits = request.invocation;
            return Err(Refusal(format!("environment {id} is busy: invocation {waits} waits at it")));
        }
        Ok(())
    }

    /// A free warm environment of the function, the one used last.
    fn route(&self, function: &str) -> Option<EnvironmentId> {
        self.environments
            .iter()
            .filter(|environment| {
                environment.is_free() && &*environment.function == function && environment.version == self.version
            })
            .max_by_key(|environment| (environment.idle_since, environment.id))
            .map(|environment| environment.id)
    }

    fn throttle(&mut self, request: &Request) {
        let outcome = Outcome {
            handler: request.handler.clone(),
            start: None,
            status: Status::Throttled,
            requested_at: request.requested_at,
            ended_at: self.now,
            init: None,
            duration: Duration::ZERO,
            result: None,
            error: Some(Failure {
                name: "TooManyRequestsException".into(),
                message: "Rate Exceeded.".into(),
                code: Some("429".into()),
            }),
            rejections: 0,
            first_rejection: None,
        };
        self.tell(None, Some(request.invocation), EventKind::InvocationEnded { outcome: Rc::new(outcome) });
    }

    fn queue(&mut self, handler: Rc<str>, on: Option<EnvironmentId>, event: Rc<str>) -> Result<Applied, Refusal> {
        let function = function_name(&self.settings, &handler);
        self.exists(on)?;
        let frozen =
            |environment: &&Environment| environment.phase == Phase::Frozen && environment.function == function;
        let id = match on {
            Some(id) => {
                let Some(environment) = self.environment(id) else { return Ok(Applied::default()) };
                if environment.phase != Phase::Frozen {
                    return Err(Refusal(format!("environment {id} is not frozen")));
                }
                if environment.function != function {
                    let owner = &environment.function;
                    return Err(Refusal(format!("environment {id} belongs to {owner}, not to {function}")));
                }
                id
            }
            None => self
                .environments
                .iter()
                .filter(frozen)
                .max_by_key(|environment| (environment.idle_since, environment.id))
                .map(|environment| environment.id)
                .ok_or_else(|| Refusal(format!("no environment of {function} is frozen")))?,
        };
        let invocation = self.new_invocation();
        self.tell(Some(id), Some(invocation), EventKind::InvocationRequested { handler: handler.clone() });
        self.tell(Some(id), Some(invocation), EventKind::InvocationQueued);
        let mut request = Request { invocation, handler, event, requested_at: self.now, delivered: false };
        // The runtime reads one event at a time: the first one lies in its socket already, the others wait at Lambda.
        if self.at(id).waiting.is_empty() && self.deliver(id, &request) {
            request.delivered = true;
        }
        self.at_mut(id).waiting.push_back(request);
        self.latest = Some(id);
        Ok(Applied { environment: Some(id), invocation: Some(invocation), throttled: false })
    }

    fn freeze(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.ids(on) {
            match next_phase(self.at(id).phase, Step::Freeze) {
                Ok(_) if self.at(id).phase == Phase::Frozen => {}
                Ok(_) => self.go_cold(id),
                Err(why) if on.is_some() => return Err(self.refusal(id, why)),
                Err(_) => {}
            }
        }
        Ok(Applied { environment: on, ..Applied::default() })
    }

    fn refusal(&self, id: EnvironmentId, why: &str) -> Refusal {
        match self.at(id).running() {
            Some(running) => Refusal(format!("environment {id} runs invocation {running}")),
            None => Refusal(format!("environment {id} {why}")),
        }
    }

    /// Frozen from now on.
    fn go_cold(&mut self, id: EnvironmentId) {
        self.set_phase(id, Step::Freeze);
        self.unschedule(id);
    }

    fn thaw(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.ids(on) {
            match next_phase(self.at(id).phase, Step::Thaw) {
                Ok(_) => {
                    if let Some(request) = self.at_mut(id).waiting.pop_front() {
                        self.begin(id, request);
                    } else {
                        self.tell(Some(id), None, EventKind::Thawed);
                        self.set_phase(id, Step::Thaw);
                        self.wake(id);
                    }
                }
                Err(why) if on.is_some() => return Err(self.refusal(id, why)),
                Err(_) => {}
            }
        }
        Ok(Applied { environment: on, ..Applied::default() })
    }

    /// The process goes on when the thaw has taken its time.
    fn wake(&mut self, id: EnvironmentId) {
        let thaw = self.network.latencies().thaw;
        let thaw = self.network.jittered(thaw);
        let wakes_at = self.now + thaw;
        self.at_mut(id).wakes_at = wakes_at;
        self.schedule(id);
    }

    fn reclaim(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.ids(on) {
            match next_phase(self.at(id).phase, Step::Reclaim) {
                Ok(_) if !self.at(id).waiting.is_empty() => {
                    if on.is_some() {
                        let waits = self.at(id).waiting[0].invocation;
                        return Err(Refusal(format!("environment {id} has invocation {waits} waiting at it")));
                    }
                }
                Ok(_) => self.shut_down(id),
                Err(why) if on.is_some() => return Err(self.refusal(id, why)),
                Err(_) => {}
            }
        }
        Ok(Applied { environment: on, ..Applied::default() })
    }

    fn deploy(&mut self) -> Applied {
        self.version += 1;
        self.tell(None, None, EventKind::Deployed);
        for id in self.ids(None) {
            let idle = next_phase(self.at(id).phase, Step::Reclaim).is_ok() && self.at(id).waiting.is_empty();
            if idle {
                self.shut_down(id);
            }
        }
        Applied::default()
    }

    fn server_action(&mut self, action: ServerAction) -> Result<Applied, Refusal> {
        match (action, self.server.is_up()) {
            (ServerAction::Stop, false) => return Err(Refusal("the server is stopped already".to_owned())),
            (ServerAction::Start, true) => return Err(Refusal("the server is running already".to_owned())),
            (ServerAction::Restart, false) => {
                return Err(Refusal("the server is stopped: start it instead".to_owned()));
            }
            _ => {}
        }
        if action != ServerAction::Start {
            let out = self.server.stop(self.now, &mut self.events);
            self.serve(out);
        }
        if action != ServerAction::Stop {
            self.server.start(self.now, &mut self.events);
        }
        Ok(Applied::default())
    }

    fn disturb(&mut self, on: Option<EnvironmentId>, fault: NetworkFault) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.ids(on) {
            if self.at(id).phase == Phase::Shutdown {
                if on.is_some() {
                    return Err(Refusal(format!("environment {id} is shut down")));
                }
                continue;
            }
            let what = match fault {
                NetworkFault::Reset => "its connections were reset",
                NetworkFault::Close => "its connections were closed by the other side",
                NetworkFault::ResetOnWrite => "the other side is gone: the next write is answered by a reset",
                NetworkFault::CloseOnWrite => "the other side is gone: the next write is answered by a close",
                NetworkFault::Silent => "its packets vanish",
                NetworkFault::Restore => "its packets arrive again",
            };
            self.tell(Some(id), None, EventKind::NetworkChanged { what });
            match fault {
                NetworkFault::Silent => self.network.silence(id),
                NetworkFault::Restore => {
                    for (connection, way, fate) in self.network.restore(self.now, id) {
                        self.put_on_wire(connection, id, way, fate);
                    }
                }
                _ => self.cut(id, fault),
            }
        }
        Ok(Applied { environment: on, ..Applied::default() })
    }

    /// Every connection of an environment loses its other side.
    fn cut(&mut self, id: EnvironmentId, fault: NetworkFault) {
        for connection in self.network.links_of(id) {
            let reset = matches!(fault, NetworkFault::Reset | NetworkFault::ResetOnWrite);
            let why = if reset { Loss::Reset } else { Loss::Closed };
            self.tell(Some(id), None, EventKind::ConnectionLost { connection, why });
            match fault {
                NetworkFault::ResetOnWrite => self.network.cut(connection, OnWrite::Reset),
                NetworkFault::CloseOnWrite => self.network.cut(connection, OnWrite::Close),
                _ => {
                    let out = self.server.connection_cut(self.now, connection, why, &mut self.events);
                    self.serve(out);
                    let packet = if reset { ToClient::Reset } else { ToClient::End };
                    self.arrive(connection, id, Packet::Down(packet));
                }
            }
        }
    }

    // ---- the life of an environment

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

    fn create_environment(&mut self, function: Rc<str>) -> EnvironmentId {
        let id = EnvironmentId(self.environments.len() as u32 + 1);
        let environment = Environment::new(id, function.clone(), &self.settings, self.now, self.version);
        self.environments.push(environment);
        self.runs.push(None);
        self.tell(Some(id), None, EventKind::EnvironmentCreated { function });
        self.tell(Some(id), None, EventKind::PhaseChanged { phase: Phase::Init });
        self.start_runtime(id);
        id
    }

    /// Starts the runtime of an environment: a new process, which evaluates the module when it is up.
    fn start_runtime(&mut self, id: EnvironmentId) {
        let init = self.network.latencies().init;
        let init = self.network.jittered(init);
        let now = self.now;
        let environment = self.at_mut(id);
        environment.boot += 1;
        environment.booted_at = Some(now);
        let boot = environment.boot;
        if environment.phase == Phase::Init {
            self.agenda.add(now + INIT_LIMIT, Due::InitLimit(id, boot));
        }
        self.agenda.add(now + init, Due::Boot(id, boot));
    }

    fn boot(&mut self, id: EnvironmentId, boot: u32) {
        let package = self.package.clone();
        let now = self.now;
        let environment = self.at_mut(id);
        if environment.boot != boot || environment.booted_at.is_none() {
            return;
        }
        environment.processes += 1;
        environment.process = Some(Process::new(&environment.options, &package));
        environment.wakes_at = now;
        let invocation = environment.running();
        self.tell(Some(id), invocation, EventKind::ModuleEvaluating);
        self.schedule(id);
    }

    fn init_limit(&mut self, id: EnvironmentId, boot: u32) {
        let environment = self.at_mut(id);
        if environment.boot == boot && environment.phase == Phase::Init {
            self.init_failed_in_init(id, true);
        }
    }

    /// The init did not come to its end: Lambda tries again inside the invocation that waits.
    fn init_failed_in_init(&mut self, id: EnvironmentId, timed_out: bool) {
        let took = self.now.since(self.at(id).created_at);
        self.platform(id, None, log::init_report(took, timed_out));
        self.end_process(id);
        self.set_phase(id, Step::Initialized);
        if let Some(request) = self.at_mut(id).waiting.pop_front() {
            self.begin(id, request);
        }
    }

    fn platform(&mut self, id: EnvironmentId, invocation: Option<InvocationId>, text: String) {
        self.tell(Some(id), invocation, EventKind::Platform { text: text.into() });
    }

    /// The module has been evaluated.
    fn loaded(&mut self, id: EnvironmentId) {
        let now = self.now;
        let environment = self.at_mut(id);
        environment.evaluated_at = Some(now);
        let began = environment.booted_at.take().unwrap_or(now);
        if environment.phase == Phase::Init {
            let init = now.since(began);
            self.set_phase(id, Step::Initialized);
            if let Some(request) = self.at_mut(id).waiting.pop_front() {
                self.begin(id, request);
                if let Some(running) = &mut self.at_mut(id).running {
                    running.start = Start::Cold;
                    running.init = Some(init);
                }
            }
        } else if let Some(running) = &mut self.at_mut(id).running {
            running.request.delivered = true;
            let request = running.request.clone();
            self.deliver(id, &request);
        }
    }

    /// An invocation begins in its environment; the process may have to be thawed, or started, first.
    fn begin(&mut self, id: EnvironmentId, mut request: Request) {
        let now = self.now;
        let was_frozen = self.at(id).phase == Phase::Frozen;
        let has_process = self.at(id).process.is_some();
        let start = match (self.at(id).invocations, has_process) {
            (0, _) => Start::Cold,
            (_, true) => Start::Warm,
            (_, false) => Start::Reset,
        };
        let invocation = request.invocation;
        if was_frozen {
            self.tell(Some(id), Some(invocation), EventKind::Thawed);
        }
        if has_process && !request.delivered {
            request.delivered = self.deliver(id, &request);
        }
        let handler = request.handler.clone();
        let running = Running { request, start, started_at: now, init: None, rejections: 0, first_rejection: None };
        let environment = self.at_mut(id);
        environment.running = Some(running);
        environment.invocations += 1;
        match environment.runs.iter_mut().find(|runs| runs.handler == handler) {
            Some(runs) => (runs.count, runs.last) = (runs.count + 1, now),
            None => environment.runs.push(Runs { handler, count: 1, last: now }),
        }
        self.set_phase(id, Step::Invoke);
        self.tell(Some(id), Some(invocation), EventKind::InvocationStarted { start });
        let line = log::start(&self.settings, invocation);
        self.platform(id, Some(invocation), line);
        let timeout = self.agenda.add(now + self.settings.lambda.timeout, Due::Timeout(id, invocation));
        self.at_mut(id).timeout_entry = Some(timeout);
        let reclaim = self.at_mut(id).reclaim_entry.take();
        self.agenda.remove(reclaim);
        if has_process {
            if was_frozen {
                self.wake(id);
            } else {
                self.schedule(id);
            }
        } else {
            if start == Start::Reset {
                self.tell(Some(id), Some(invocation), EventKind::ProcessReset);
            }
            self.start_runtime(id);
        }
    }

    /// Puts the event into the process' inbox, where there is a process that asks for events.
    fn deliver(&mut self, id: EnvironmentId, request: &Request) -> bool {
        let arrival = Arrival::Invocation {
            invocation: request.invocation,
            handler: request.handler.clone(),
            event: request.event.clone(),
        };
        match &mut self.at_mut(id).process {
            Some(process) if process.is_loaded() => {
                process.arrive(arrival);
                self.schedule(id);
                true
            }
            _ => false,
        }
    }

    /// The invocation under way is over.
    fn end(&mut self, id: EnvironmentId, status: Status, result: Option<Rc<str>>, error: Option<Failure>) {
        let Some(running) = self.at_mut(id).running.take() else { return };
        let timeout = self.at_mut(id).timeout_entry.take();
        self.agenda.remove(timeout);
        let (now, invocation) = (self.now, running.request.invocation);
        let duration = now.since(running.started_at);
        let outcome = Outcome {
            handler: running.request.handler.clone(),
            start: Some(running.start),
            status,
            requested_at: running.request.requested_at,
            ended_at: now,
            init: running.init,
            duration,
            result,
            error,
            rejections: running.rejections,
            first_rejection: running.first_rejection,
        };
        let line = log::end(&self.settings, invocation);
        self.platform(id, Some(invocation), line);
        let report = log::Report {
            duration,
            init: running.init,
            memory_used_mb: self.at(id).memory_used_mb(),
            status: match status {
                Status::Timeout => Some("timeout"),
                Status::Crashed => Some("error"),
                _ => None,
            },
        };
        let line = log::report(&self.settings, invocation, report);
        self.platform(id, Some(invocation), line);
        self.tell(Some(id), Some(invocation), EventKind::InvocationEnded { outcome: Rc::new(outcome) });
        if matches!(status, Status::Timeout | Status::Crashed) {
            self.end_process(id);
        }
        self.at_mut(id).idle_since = now;
        self.set_phase(id, Step::Over);
        self.after_invocation(id);
    }

    /// What an environment does between two invocations.
    fn after_invocation(&mut self, id: EnvironmentId) {
        let now = self.now;
        if self.at(id).version != self.version && self.at(id).waiting.is_empty() {
            self.shut_down(id);
            return;
        }
        if let Some(request) = self.at_mut(id).waiting.pop_front() {
            self.begin(id, request);
            return;
        }
        let reclaim = self.agenda.add(now + self.settings.lambda.reclaim_after, Due::Reclaim(id, now));
        self.at_mut(id).reclaim_entry = Some(reclaim);
        if self.settings.lambda.freeze == Freezing::Auto {
            self.go_cold(id);
        } else {
            self.schedule(id);
        }
    }

    fn reclaim_idle(&mut self, id: EnvironmentId, idle_since: Instant) {
        let environment = self.at(id);
        if environment.is_free() && environment.idle_since == idle_since {
            self.shut_down(id);
        }
    }

    fn shut_down(&mut self, id: EnvironmentId) {
        self.end_process(id);
        self.set_phase(id, Step::Reclaim);
        let tmp = u64::from(self.settings.lambda.tmp_mb) * 1_048_576;
        self.at_mut(id).files = crate::node::files::Files::new(tmp);
    }

    /// The process of an environment is gone: its sockets are closed by the system.
    fn end_process(&mut self, id: EnvironmentId) {
        self.unschedule(id);
        let environment = self.at_mut(id);
        environment.process = None;
        environment.booted_at = None;
        environment.boot += 1;
        environment.evaluated_at = None;
        // The events in its inbox went with it; those that wait at Lambda are given to the next process.
        for request in environment.waiting.iter_mut() {
            request.delivered = false;
        }
        let close = self.network.latencies().close;
        for connection in self.network.links_of(id) {
            self.tell(Some(id), None, EventKind::ConnectionLost { connection, why: Loss::Process });
            let fate = self.network.send(self.now, connection, Way::Up, close, Packet::Up(ToServer::Close));
            self.put_on_wire(connection, id, Way::Up, fate);
        }
    }

    fn time_out(&mut self, id: EnvironmentId, invocation: InvocationId) {
        if self.at(id).running() != Some(invocation) {
            return;
        }
        let line = log::timed_out(&self.settings, self.now, invocation);
        self.platform(id, Some(invocation), line);
        self.end(id, Status::Timeout, None, None);
    }

    fn exited(&mut self, id: EnvironmentId, failure: Failure) {
        let invocation = self.at(id).running();
        if let Some(invocation) = invocation {
            let request = log::request_id(&self.settings, invocation);
            let what = if failure.name.starts_with("Runtime.Exit") || failure.name.starts_with("Runtime.OutOfMemory") {
                failure.message.to_string()
            } else {
                "Runtime exited with error: exit status 128".to_owned()
            };
            self.platform(id, Some(invocation), format!("RequestId: {request} Error: {what}\nRuntime.ExitError"));
            let failure = Failure {
                message: if failure.name.starts_with("Runtime.Exit") {
                    format!("RequestId: {request} Error: {}", failure.message).into()
                } else {
                    failure.message
                },
                ..failure
            };
            self.end(id, Status::Crashed, None, Some(failure));
        } else if self.at(id).phase == Phase::Init {
            self.init_failed_in_init(id, false);
        } else {
            self.end_process(id);
            self.tell(Some(id), None, EventKind::ProcessReset);
        }
    }

    // ---- running

    fn unschedule(&mut self, id: EnvironmentId) {
        if let Some(entry) = self.runs[id.0 as usize - 1].take() {
            self.agenda.entries.remove(&entry);
        }
    }

    /// Enters the environment's process into the agenda, where it wants to go on and may.
    fn schedule(&mut self, id: EnvironmentId) {
        let environment = self.at(id);
        let wakes_at = match &environment.process {
            Some(process) if !matches!(environment.phase, Phase::Frozen | Phase::Shutdown) => {
                let now = self.now.max(process.clock()).max(environment.wakes_at);
                process.wakes_at(now).map(|at| at.max(now))
            }
            _ => None,
        };
        let entry = self.runs[id.0 as usize - 1];
        if entry.map(|(at, _)| at) == wakes_at {
            return;
        }
        self.unschedule(id);
        self.runs[id.0 as usize - 1] = wakes_at.map(|at| self.agenda.add_run(at, id));
    }

    fn run(&mut self, id: EnvironmentId, limit: Instant, stop_at_events: bool) {
        self.runs[id.0 as usize - 1] = None;
        let (now, settings, package) = (self.now, self.settings.clone(), self.package.clone());
        let after_limit = limit + Duration::from_micros(1);
        // At least one step, so that two processes that are busy at the same moment take turns.
        let soonest = now + Duration::from_micros(1);
        let until = self.agenda.next_at().map_or(after_limit, |next| next.min(after_limit).max(soonest));
        let environment = &mut self.environments[id.0 as usize - 1];
        if !environment.may_run(now) {
            return;
        }
        let deadline = environment.running.as_ref().map(|running| running.started_at + settings.lambda.timeout);
        let Some(process) = &mut environment.process else { return };
        let before = self.events.count();
        let mut outside = Outside {
            environment: id,
            package: &package,
            settings: &settings,
            files: &mut environment.files,
            events: &mut self.events,
            network: &mut self.network,
            outbox: &mut self.outbox,
            signals: &mut self.signals,
            deadline,
            stop_at_events,
        };
        let ran = process.run(&mut outside, now, until);
        let clock = process.clock();
        self.count_rejections(id, before);
        let next = self.agenda.next_at().unwrap_or(Instant::FAR);
        self.now = self.now.max(clock.min(next).min(limit));
        self.send_all(id);
        let at = match ran {
            Ran::Busy(at) => Some(at),
            Ran::Blocked(due) => due,
            Ran::Ended => None,
        };
        self.runs[id.0 as usize - 1] = at.map(|at| self.agenda.add_run(at.max(self.now), id));
        for signal in core::mem::take(&mut self.signals) {
            self.signalled(id, signal);
        }
    }

    /// Notes the rejections among the events of a run for the invocation that they belong to.
    fn count_rejections(&mut self, id: EnvironmentId, before: u64) {
        let Some(running) = &mut self.environments[id.0 as usize - 1].running else { return };
        for event in self.events.since(before) {
            if let EventKind::QueryRejected { position, message } = &event.kind
                && event.invocation == Some(running.request.invocation)
            {
                running.rejections += 1;
                running.first_rejection.get_or_insert_with(|| (*position, message.clone()));
            }
        }
    }

    fn signalled(&mut self, id: EnvironmentId, signal: Signal) {
        match signal {
            Signal::Loaded => self.loaded(id),
            Signal::InitFailed(failure) => {
                if self.at(id).phase == Phase::Init {
                    self.init_failed_in_init(id, false);
                } else {
                    self.end(id, Status::Crashed, None, Some(failure));
                }
            }
            Signal::Over(invocation, response) => {
                if self.at(id).running() == Some(invocation) {
                    match response {
                        Response::Value(text) => self.end(id, Status::Success, Some(text), None),
                        Response::Error(failure) => self.end(id, Status::Error, None, Some(failure)),
                    }
                }
            }
            Signal::Exited(failure) => self.exited(id, failure),
        }
    }

    // ---- the wire

    fn send_all(&mut self, id: EnvironmentId) {
        for Outgoing { at, connection, packet } in core::mem::take(&mut self.outbox) {
            let latencies = self.network.latencies();
            let span = match &packet {
                ToServer::Connect | ToServer::Password(_) => latencies.connect.half().half(),
                ToServer::Query { .. } => latencies.query.half(),
                ToServer::Close => latencies.close,
            };
            let fate = self.network.send(at, connection, Way::Up, span, Packet::Up(packet));
            self.put_on_wire(connection, id, Way::Up, fate);
        }
    }

    fn put_on_wire(&mut self, connection: ConnectionId, id: EnvironmentId, _way: Way, fate: Fate<Packet>) {
        match fate {
            // What takes no time is there before anything else is done.
            Fate::Arrives(at, packet @ Packet::Down(_)) if at <= self.now => self.arrive(connection, id, packet),
            Fate::Arrives(at, packet) => {
                self.agenda.add(at, Due::Packet(connection, id, packet));
            }
            Fate::Bounces(at, on_write) => {
                let (packet, why) = match on_write {
                    OnWrite::Reset => (ToClient::Reset, Loss::Reset),
                    OnWrite::Close => (ToClient::End, Loss::Closed),
                };
                let out = self.server.connection_cut(self.now, connection, why, &mut self.events);
                self.serve(out);
                self.agenda.add(at, Due::Packet(connection, id, Packet::Down(packet)));
            }
            Fate::Held | Fate::Gone => {}
        }
    }

    fn serve(&mut self, out: ServerOutput) {
        for (connection, span, packet) in out.sent {
            let Some(id) = self.network.environment_of(connection) else { continue };
            let fate = self.network.send(self.now, connection, Way::Down, span, Packet::Down(packet));
            self.put_on_wire(connection, id, Way::Down, fate);
        }
        for (at, pid, ticket) in out.wakes {
            self.agenda.add(at, Due::Server(pid, ticket));
        }
        let server = &self.server;
        self.agenda.tidy(&|due| matches!(due, Due::Server(pid, ticket) if !server.awaits(*pid, *ticket)));
    }

    fn arrive(&mut self, connection: ConnectionId, id: EnvironmentId, packet: Packet) {
        match packet {
            Packet::Up(packet) => {
                let out = self.server.receive(self.now, connection, id, packet, &mut self.events);
                self.serve(out);
            }
            Packet::Down(packet) => {
                let frozen = self.at(id).phase == Phase::Frozen;
                let knows = |process: &Process| process.knex().connections.contains_key(&connection);
                match &mut self.environments[id.0 as usize - 1].process {
                    Some(process) if knows(process) => {
                        let answer = matches!(packet, ToClient::Results(_) | ToClient::Error(_));
                        process.arrive(Arrival::Packet(connection, packet));
                        if frozen && answer {
                            self.tell(Some(id), None, EventKind::AnswerWaits { connection });
                        }
                        self.schedule(id);
                    }
                    // Nobody is left at this end of it.
                    _ => self.network.close(connection),
                }
            }
        }
    }
}

/// What there is to see of a world.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct WorldView {
    pub now: Instant,
    pub environments: Vec<EnvironmentView>,
    pub server: ServerView,
}

/// What there is to see of the server.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ServerView {
    pub up: bool,
    pub reserved: u32,
    pub slots: Vec<Option<SessionView>>,
}

/// A backend in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SessionView {
    pub pid: BackendPid,
    /// As `pg_stat_activity` words it, and `starting`.
    pub state: &'static str,
    pub connection: ConnectionId,
    pub environment: EnvironmentId,
}
