//! Lets an environment's process run, up to the next thing in the agenda, and takes in what it signals.

use super::World;
use crate::event::{EnvironmentId, EventKind, Phase, Status};
use crate::lambda::process::{Outside, Ran, Signal};
use crate::lambda::runtime::Response;
use base::time::{Duration, Instant};
use postgres::Database;

impl<D: Database> World<D> {
    pub(super) fn unschedule(&mut self, id: EnvironmentId) {
        if let Some(entry) = self.runs[id.0 as usize - 1].take() {
            self.agenda.entries.remove(&entry);
        }
    }

    /// Enters the environment's process into the agenda, where it wants to go on and may.
    pub(super) fn schedule(&mut self, id: EnvironmentId) {
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

    pub(super) fn run(&mut self, id: EnvironmentId, limit: Instant, stop_at_events: bool) {
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

    /// Notes the rejections among the events of a run for the invocation that they belong to. An answer after them is a
    /// query that succeeded: what recovers has not failed. The rejection of a query that the server refuses is told after
    /// its answer.
    pub(super) fn count_rejections(&mut self, id: EnvironmentId, before: u64) {
        let Some(running) = &mut self.environments[id.0 as usize - 1].running else { return };
        for event in self.events.since(before) {
            if event.invocation != Some(running.request.invocation) {
                continue;
            }
            match &event.kind {
                EventKind::QueryRejected { position, message } => {
                    running.rejections += 1;
                    running.first_rejection.get_or_insert_with(|| (*position, message.clone()));
                }
                EventKind::AnswerRead { .. } => (running.rejections, running.first_rejection) = (0, None),
                _ => {}
            }
        }
    }

    pub(super) fn signalled(&mut self, id: EnvironmentId, signal: Signal) {
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
            Signal::Exited(exit) => self.exited(id, exit),
        }
    }
}
