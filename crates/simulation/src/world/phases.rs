//! Actions that lead an environment from one phase to another: freeze, thaw, reclaim, deploy.

use super::World;
use super::action::Applied;
use super::refusal::Refusal;
use crate::event::{EnvironmentId, EventKind, Phase};
use crate::lambda::environment::{Step, StepError, next_phase};
use postgres::Database;

impl<D: Database> World<D> {
    pub(super) fn freeze(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.environments.targets(on) {
            match next_phase(self.environments[id].phase, Step::Freeze) {
                Ok(_) if self.environments[id].phase == Phase::Frozen => {}
                Ok(_) => self.freeze_now(id),
                Err(why) if on.is_some() => return Err(self.phase_refusal(id, why)),
                Err(_) => {}
            }
        }
        Ok(Applied::to(on))
    }

    /// Freezes an environment that is ready.
    pub(super) fn freeze_now(&mut self, id: EnvironmentId) {
        self.take_phase_step(id, Step::Freeze);
        self.unschedule(id);
        let now = self.now;
        if let Some(process) = &mut self.environments[id].process {
            process.freeze(now);
        }
    }

    pub(super) fn thaw(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.environments.targets(on) {
            match next_phase(self.environments[id].phase, Step::Thaw) {
                Ok(_) => {
                    if let Some(request) = self.environments[id].waiting.pop_front() {
                        self.begin(id, request);
                    } else {
                        self.emit(Some(id), None, EventKind::Thawed);
                        self.take_phase_step(id, Step::Thaw);
                        self.wake(id);
                    }
                }
                Err(why) if on.is_some() => return Err(self.phase_refusal(id, why)),
                Err(_) => {}
            }
        }
        Ok(Applied::to(on))
    }

    /// Lets the process of a thawed environment go on after `latency.thaw`.
    pub(super) fn wake(&mut self, id: EnvironmentId) {
        let thaw = self.network.latencies().thaw;
        let thaw = self.network.jittered(thaw);
        self.environments[id].wakes_at = self.now + thaw;
        self.schedule(id);
    }

    pub(super) fn reclaim(&mut self, on: Option<EnvironmentId>) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.environments.targets(on) {
            let environment = &self.environments[id];
            let waiting = environment.waiting.front().map(|request| request.invocation);
            match (next_phase(environment.phase, Step::Reclaim), waiting) {
                (Ok(_), None) => self.shut_down(id),
                (Ok(_), Some(waiting)) if on.is_some() => {
                    return Err(Refusal::KeepsEvent { environment: id, waiting });
                }
                (Err(why), _) if on.is_some() => return Err(self.phase_refusal(id, why)),
                _ => {}
            }
        }
        Ok(Applied::to(on))
    }

    pub(super) fn deploy(&mut self) -> Applied {
        self.version += 1;
        self.emit(None, None, EventKind::Deployed);
        for id in self.environments.targets(None) {
            if self.environments[id].is_free() {
                self.shut_down(id);
            }
        }
        Applied::default()
    }

    fn phase_refusal(&self, environment: EnvironmentId, why: StepError) -> Refusal {
        match self.environments[environment].running() {
            Some(running) => Refusal::RunsInvocation { environment, running },
            None => Refusal::Phase { environment, why },
        }
    }
}
