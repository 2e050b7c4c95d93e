//! The row of buttons above the machine.

use super::Refusal;
use crate::session::Session;
use simulation::event::{EnvironmentId, Phase};

const NO_ENVIRONMENT: &str = "There is no environment: invoke a function first.";
const BUSY: &str = "An invocation is running; only an idle environment is frozen or reclaimed.";
const FROZEN: &str = "It is frozen already.";

/// The buttons, and why some of them cannot act.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlsView {
    /// The button that invokes every handler; absent where there is one handler only.
    pub invoke_all: Option<InvokeAll>,
    /// Refusal of *Freeze now*.
    pub freeze_now: Refusal,
    /// Refusal of *Freeze for 5 min* and *for 8 h*.
    pub freeze_for: Refusal,
    /// True while the row of faults is open.
    pub faults_open: bool,
    /// True if *Undo* has something to take back.
    pub can_undo: bool,
    /// The environment that *Reclaim* means, if there is one.
    pub reclaim: Option<EnvironmentId>,
    /// Refusal of *Reclaim*.
    pub reclaim_refusal: Refusal,
}

/// The button that invokes every handler.
#[derive(Clone, Debug, PartialEq)]
pub struct InvokeAll {
    /// Its text.
    pub label: &'static str,
    /// The scenario that it runs.
    pub scenario: String,
}

impl Session {
    /// The view of the row of buttons.
    pub fn controls(&self) -> ControlsView {
        let exports = self.exports();
        let scenario = || exports.iter().map(|name| format!("invoke {name}")).collect::<Vec<_>>().join("; ");
        let label = if exports.len() == 2 { "Invoke both" } else { "Invoke all" };
        let idle = || self.living().filter(|environment| environment.running.is_none());
        let freeze_for = if self.living().next().is_none() {
            Some(NO_ENVIRONMENT)
        } else if idle().next().is_none() || self.player.invocations().running().next().is_some() {
            Some(BUSY)
        } else {
            None
        };
        let all_frozen = idle().all(|environment| environment.phase == Phase::Frozen);
        let latest = self.latest_environment();
        ControlsView {
            invoke_all: (exports.len() > 1).then(|| InvokeAll { label, scenario: scenario() }),
            freeze_now: freeze_for.or(all_frozen.then_some(FROZEN)),
            freeze_for,
            faults_open: self.state.faults_open,
            can_undo: self.player.can_undo(),
            reclaim: latest.map(|environment| environment.id),
            reclaim_refusal: match latest.map(|environment| environment.phase) {
                None => Some(NO_ENVIRONMENT),
                Some(Phase::Init | Phase::Invoke) => Some(BUSY),
                Some(_) => None,
            },
        }
    }

    /// True if an environment is frozen as soon as its invocation is over.
    pub fn freezes_at_once(&self) -> bool {
        self.player.freezes_at_once()
    }
}
