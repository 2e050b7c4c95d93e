//! The row of things that a reader can break.

use super::Refusal;
use crate::session::Session;
use simulation::event::EnvironmentId;

const NO_ENVIRONMENT: &str = "There is no environment.";
const NO_CONNECTION: &str = "It has no connection.";
const STOPPED: &str = "The server is stopped.";
const RUNNING: &str = "The server is running.";

/// The row of faults.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultsView {
    /// The environment whose connections are meant; `None` means all of them.
    pub target: Option<EnvironmentId>,
    /// The environments to choose the target from.
    pub targets: Vec<EnvironmentId>,
    /// The number of sessions that the target has at the server.
    pub sessions: usize,
    /// Refusal of what needs an environment.
    pub no_environment: Refusal,
    /// Refusal of what needs a connection.
    pub no_connection: Refusal,
    /// Refusal of *Stop* and *Restart*.
    pub stopped: Refusal,
    /// Refusal of *Start*.
    pub running: Refusal,
}

impl Session {
    /// The view of the row of faults; `None` while it is closed.
    pub fn faults(&self) -> Option<FaultsView> {
        if !self.state.faults_open {
            return None;
        }
        let target = self.state.target.filter(|id| self.living().any(|environment| environment.id == *id));
        let server = &self.world.server;
        let sessions = server.slots.iter().flatten();
        let sessions = sessions.filter(|session| target.is_none_or(|id| session.environment == id)).count();
        let no_environment = self.living().next().is_none().then_some(NO_ENVIRONMENT);
        Some(FaultsView {
            target,
            targets: self.living().map(|environment| environment.id).collect(),
            sessions,
            no_environment,
            no_connection: no_environment.or((sessions == 0).then_some(NO_CONNECTION)),
            stopped: (!server.up).then_some(STOPPED),
            running: server.up.then_some(RUNNING),
        })
    }
}
