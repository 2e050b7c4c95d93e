//! Lets the process of an environment run up to the next entry of the event queue, and handles the signals that it gives.

use super::World;
use crate::event::{EnvironmentId, EventKind, Phase, Status};
use crate::lambda::process::{Outside, Ran, Signal};
use crate::lambda::runtime::Response;
use base::time::{Duration, Instant};
use postgres::Database;

/// The shortest time that can pass.
const TICK: Duration = Duration::from_micros(1);

impl<D: Database> World<D> {
    pub(super) fn unschedule(&mut self, id: EnvironmentId) {
        self.queue.cancel(self.environments.keys_mut(id).run.take());
    }

    /// Schedules the process of an environment for the moment at which it can go on, if there is one.
    pub(super) fn schedule(&mut self, id: EnvironmentId) {
        let environment = &self.environments[id];
        let wakes_at = match &environment.process {
            Some(process) if !matches!(environment.phase, Phase::Frozen | Phase::Shutdown) => {
                let now = self.now.max(process.clock()).max(environment.wakes_at);
                process.wakes_at(now).map(|at| at.max(now))
            }
            _ => None,
        };
        if self.environments.keys(id).run.map(|key| key.at()) == wakes_at {
            return;
        }
        self.unschedule(id);
        self.schedule_process(id, wakes_at);
    }

    fn schedule_process(&mut self, id: EnvironmentId, at: Option<Instant>) {
        let key = at.map(|at| self.queue.schedule_process(at, id));
        self.environments.keys_mut(id).run = key;
    }

    /// Lets a process run until the next entry of the queue, and not past `limit`.
    pub(super) fn run(&mut self, id: EnvironmentId, limit: Instant, stop_at_events: bool) {
        self.environments.keys_mut(id).run = None;
        let (now, settings, package) = (self.now, self.settings.clone(), self.package.clone());
        let after_limit = limit + TICK;
        // A process takes at least one step, so that two processes that are busy at the same moment take turns.
        let soonest = now + TICK;
        let until = self.queue.next_at().map_or(after_limit, |next| next.min(after_limit).max(soonest));
        let environment = &mut self.environments[id];
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
        let next = self.queue.next_at().unwrap_or(Instant::FAR);
        self.now = self.now.max(clock.min(next).min(limit));
        self.send_all(id);
        let resumes_at = match ran {
            Ran::Busy(at) => Some(at),
            Ran::Blocked(due) => due,
            Ran::Ended => None,
        };
        self.schedule_process(id, resumes_at.map(|at| at.max(self.now)));
        for signal in core::mem::take(&mut self.signals) {
            self.handle_signal(id, signal);
        }
    }

    /// Counts the rejected queries of the invocation under way among the events from the `before`th on.
    ///
    /// A query that succeeds resets the count: a retry that works is not a failure. The rejection of a query that the
    /// server refuses comes after its answer, so it is counted.
    fn count_rejections(&mut self, id: EnvironmentId, before: u64) {
        let Some(running) = &mut self.environments[id].running else { return };
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

    fn handle_signal(&mut self, id: EnvironmentId, signal: Signal) {
        match signal {
            Signal::Loaded => self.loaded(id),
            Signal::InitFailed(_) if self.environments[id].phase == Phase::Init => self.abandon_init(id, false),
            Signal::InitFailed(failure) => self.end(id, Status::Crashed, None, Some(failure)),
            // The invocation may have ended by its timeout in the meantime.
            Signal::Over(invocation, _) if self.environments[id].running() != Some(invocation) => {}
            Signal::Over(_, Response::Value(text)) => self.end(id, Status::Success, Some(text), None),
            Signal::Over(_, Response::Error(failure)) => self.end(id, Status::Error, None, Some(failure)),
            Signal::Exited(exit) => self.exited(id, exit),
        }
    }
}
