//! What a reader, a scenario or a test does to the world, and what it comes to: one action for each statement.

use std::fmt;
use std::rc::Rc;

use super::World;
use crate::event::{EnvironmentId, EventKind, Failure, InvocationId, Loss, Outcome, Phase, Status};
use crate::knex::Packet;
use crate::lambda::Environment;
use crate::lambda::environment::{Request, Step, function_name, next_phase};
use crate::limits;
use crate::network::{NetworkFault, OnWrite};
use crate::server::ToClient;
use base::time::Duration;
use postgres::Database;

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

impl<D: Database> World<D> {
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

    pub(super) fn exists(&self, on: Option<EnvironmentId>) -> Result<(), Refusal> {
        match on {
            Some(id) if self.environment(id).is_none() => Err(Refusal(match self.environments.len() {
                0 => format!("there is no environment {id}: none has been created yet"),
                count => format!("there is no environment {id}: the last one is {count}"),
            })),
            _ => Ok(()),
        }
    }

    pub(super) fn new_invocation(&mut self) -> InvocationId {
        self.last_invocation += 1;
        InvocationId(self.last_invocation)
    }

    pub(super) fn invoke(
        &mut self,
        handler: Rc<str>,
        on: Option<EnvironmentId>,
        event: Rc<str>,
    ) -> Result<Applied, Refusal> {
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
        if self.is_at_its_limit() {
            return Ok(self.throttle(&request));
        }
        let handler = request.handler.clone();
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
    pub(super) fn may_take(&self, id: EnvironmentId, function: &str) -> Result<(), Refusal> {
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
        if let Some(request) = environment.waiting.front() {
            let waits = request.invocation;
            return Err(Refusal(format!("environment {id} is busy: invocation {waits} waits at it")));
        }
        Ok(())
    }

    /// A free warm environment of the function, the one used last.
    pub(super) fn route(&self, function: &str) -> Option<EnvironmentId> {
        self.environments
            .iter()
            .filter(|environment| {
                environment.is_free() && &*environment.function == function && environment.version == self.version
            })
            .max_by_key(|environment| (environment.idle_since, environment.id))
            .map(|environment| environment.id)
    }

    /// Whether as many environments have an invocation as the function's concurrency allows; an event that waits counts.
    fn is_at_its_limit(&self) -> bool {
        let works = |environment: &&Environment| environment.running.is_some() || !environment.waiting.is_empty();
        self.environments.iter().filter(works).count() as u32 >= self.settings.lambda.concurrency
    }

    fn throttle(&mut self, request: &Request) -> Applied {
        let invocation = Some(request.invocation);
        self.tell(None, invocation, EventKind::InvocationRequested { handler: request.handler.clone() });
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
        self.tell(None, invocation, EventKind::InvocationEnded { outcome: Rc::new(outcome) });
        Applied { environment: None, invocation, throttled: true }
    }

    pub(super) fn queue(
        &mut self,
        handler: Rc<str>,
        on: Option<EnvironmentId>,
        event: Rc<str>,
    ) -> Result<Applied, Refusal> {
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
        let mut request = Request { invocation, handler, event, requested_at: self.now, delivered: false };
        if self.at(id).waiting.is_empty() && self.is_at_its_limit() {
            return Ok(self.throttle(&request));
        }
        let handler = request.handler.clone();
        self.tell(Some(id), Some(invocation), EventKind::InvocationRequested { handler });
        self.tell(Some(id), Some(invocation), EventKind::InvocationQueued);
        // The runtime reads one event at a time: the first one lies in its socket already, the others wait at Lambda.
        if self.at(id).waiting.is_empty() && self.deliver(id, &request) {
            request.delivered = true;
        }
        self.at_mut(id).waiting.push_back(request);
        self.latest = Some(id);
        Ok(Applied { environment: Some(id), invocation: Some(invocation), throttled: false })
    }

    pub(super) fn freeze(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
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

    pub(super) fn refusal(&self, id: EnvironmentId, why: &str) -> Refusal {
        match self.at(id).running() {
            Some(running) => Refusal(format!("environment {id} runs invocation {running}")),
            None => Refusal(format!("environment {id} {why}")),
        }
    }

    /// Frozen from now on.
    pub(super) fn go_cold(&mut self, id: EnvironmentId) {
        self.set_phase(id, Step::Freeze);
        self.unschedule(id);
        let now = self.now;
        if let Some(process) = &mut self.at_mut(id).process {
            process.freeze(now);
        }
    }

    pub(super) fn thaw(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
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
    pub(super) fn wake(&mut self, id: EnvironmentId) {
        let thaw = self.network.latencies().thaw;
        let thaw = self.network.jittered(thaw);
        let wakes_at = self.now + thaw;
        self.at_mut(id).wakes_at = wakes_at;
        self.schedule(id);
    }

    pub(super) fn reclaim(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
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

    pub(super) fn deploy(&mut self) -> Applied {
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

    pub(super) fn server_action(&mut self, action: ServerAction) -> Result<Applied, Refusal> {
        match (action, self.server.is_up()) {
            (ServerAction::Stop, false) => return Err(Refusal("the server is stopped already".to_owned())),
            (ServerAction::Start, true) => return Err(Refusal("the server is running already".to_owned())),
            _ => {}
        }
        if action != ServerAction::Start && self.server.is_up() {
            let out = self.server.stop(self.now, &mut self.events);
            self.serve(out);
        }
        if action != ServerAction::Stop {
            self.server.start(self.now, &mut self.events);
        }
        Ok(Applied::default())
    }

    pub(super) fn disturb(&mut self, on: Option<EnvironmentId>, fault: NetworkFault) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.ids(on) {
            // One that is shut down has no connections left that anything could happen to.
            if self.at(id).phase == Phase::Shutdown {
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
                    for (connection, delivery) in self.network.restore(self.now, id) {
                        self.put_on_wire(connection, id, delivery);
                    }
                }
                _ => self.cut(id, fault),
            }
        }
        Ok(Applied { environment: on, ..Applied::default() })
    }

    /// Every connection of an environment loses its other side.
    pub(super) fn cut(&mut self, id: EnvironmentId, fault: NetworkFault) {
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
                    let packet = if reset { ToClient::ConnectionReset } else { ToClient::ConnectionClosed };
                    self.arrive(connection, id, Packet::Down(packet));
                }
            }
        }
    }
}
