//! What can be done to a world from outside.

use std::rc::Rc;

use super::World;
use super::refusal::Refusal;
use crate::event::{DisconnectReason, EnvironmentId, EventKind, InvocationId, named};
use crate::json::Json;
use crate::network::NetworkFault;
use postgres::Database;

/// Something that a reader, a scenario or a test does to a world.
///
/// Each action is a statement of the scenario language, or the first half of one that waits afterwards. `on` names an
/// environment; without it the action is for every environment that it can apply to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Asks for an invocation, as the `Invoke` call of Lambda's API does.
    Invoke(Call),
    /// Lets an event wait at a frozen environment without waking it.
    Queue(Call),
    /// Freezes environments.
    Freeze {
        /// The environment that is frozen.
        on: Option<EnvironmentId>,
    },
    /// Thaws environments. An event that waits there is processed.
    Thaw {
        /// The environment that is thawed.
        on: Option<EnvironmentId>,
    },
    /// Ends environments' sessions on the server, as `pg_terminate_backend` does.
    Terminate {
        /// The environment whose sessions end.
        on: Option<EnvironmentId>,
    },
    /// Changes what happens to environments' connections.
    Network {
        /// The environment whose connections are affected.
        on: Option<EnvironmentId>,
        /// The change.
        fault: NetworkFault,
    },
    /// Stops, starts or restarts the server.
    Postgres(ServerAction),
    /// Shuts environments down, as Lambda does when it needs their room.
    Reclaim {
        /// The environment that is shut down.
        on: Option<EnvironmentId>,
    },
    /// Deploys a new version: idle environments are shut down now, busy ones when their invocation ends.
    Deploy,
    /// Shows a caption. The simulation does not change.
    Say(Rc<str>),
}

impl Action {
    /// The environment that the action names.
    pub fn target(&self) -> Option<EnvironmentId> {
        match self {
            Self::Invoke(call) | Self::Queue(call) => call.on,
            Self::Freeze { on }
            | Self::Thaw { on }
            | Self::Terminate { on }
            | Self::Network { on, .. }
            | Self::Reclaim { on } => *on,
            Self::Postgres(_) | Self::Deploy | Self::Say(_) => None,
        }
    }

    /// The call of an action that asks for an invocation.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Invoke(call) | Self::Queue(call) => Some(call),
            _ => None,
        }
    }
}

/// A call of a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The handler: the name of one of the module's exports.
    pub handler: Rc<str>,
    /// The environment that is asked for. Without it Lambda chooses one.
    pub on: Option<EnvironmentId>,
    /// The event that the handler is called with.
    pub event: Json,
}

impl Call {
    /// A call of `handler` with an empty event, in an environment that Lambda chooses.
    pub fn new(handler: impl Into<Rc<str>>) -> Self {
        Self { handler: handler.into(), on: None, event: Json::empty_object() }
    }
}

/// Something that can be done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerAction {
    /// The server ends all sessions and accepts no connections.
    Stop,
    /// The server accepts connections again.
    Start,
    /// The server ends all sessions and accepts connections again at once.
    Restart,
}

named!(ServerAction {
    Stop => "stop",
    Start => "start",
    Restart => "restart",
});

/// The effect of an action that was not refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The environment that the action went to.
    pub environment: Option<EnvironmentId>,
    /// The invocation that the action asked for.
    pub invocation: Option<InvocationId>,
    /// True if the invocation was throttled: it ended at once, without an environment.
    pub throttled: bool,
}

impl Applied {
    /// The effect of an action on environments that have existed before.
    pub(super) fn to(environment: Option<EnvironmentId>) -> Self {
        Self { environment, ..Self::default() }
    }
}

impl<D: Database> World<D> {
    /// Carries out an action. What the action begins goes on while the world is [driven](crate#driving-a-world).
    ///
    /// # Errors
    /// A [`Refusal`] if the action is not possible now. The world has not changed then.
    pub fn apply(&mut self, action: Action) -> Result<Applied, Refusal> {
        let applied = match action {
            Action::Invoke(call) => self.invoke(call)?,
            Action::Queue(call) => self.queue(call)?,
            Action::Freeze { on } => self.freeze(on)?,
            Action::Thaw { on } => self.thaw(on)?,
            Action::Terminate { on } => self.terminate(on)?,
            Action::Network { on, fault } => self.disturb(on, fault)?,
            Action::Postgres(action) => self.server_action(action)?,
            Action::Reclaim { on } => self.reclaim(on)?,
            Action::Deploy => self.deploy(),
            Action::Say(text) => {
                self.emit(None, None, EventKind::Caption { text });
                Applied::default()
            }
        };
        self.assert_invariants();
        Ok(applied)
    }

    /// Refuses an action that names an environment which was never created.
    pub(super) fn exists(&self, on: Option<EnvironmentId>) -> Result<(), Refusal> {
        match on {
            Some(environment) if self.environment(environment).is_none() => {
                Err(Refusal::NoSuchEnvironment { environment, created: self.environments.len() })
            }
            _ => Ok(()),
        }
    }

    fn terminate(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for pid in self.server.pids(on) {
            let out = self.server.terminate(self.now, pid, DisconnectReason::Terminated, &mut self.events);
            self.serve(out);
        }
        Ok(Applied::to(on))
    }

    fn server_action(&mut self, action: ServerAction) -> Result<Applied, Refusal> {
        match (action, self.server.is_up()) {
            (ServerAction::Stop, false) => return Err(Refusal::ServerStopped),
            (ServerAction::Start, true) => return Err(Refusal::ServerRunning),
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
}
