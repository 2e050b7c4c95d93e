//! The life of an environment: made, initialised, invoked, at rest, shut down.

use std::rc::Rc;

use super::World;
use super::agenda::Due;
use crate::event::{EnvironmentId, EventKind, Failure, InvocationId, Loss, Outcome, Phase, Start, Status};
use crate::knex::Packet;
use crate::lambda::environment::{INIT_LIMIT, Request, Running, Runs, Step};
use crate::lambda::process::{Arrival, Process};
use crate::lambda::runtime::NextEvent;
use crate::lambda::{Environment, ProcessExit, log};
use crate::network::Way;
use crate::server::ToServer;
use crate::settings::Freezing;
use base::time::Instant;
use postgres::Database;

impl<D: Database> World<D> {
    pub(super) fn create_environment(&mut self, function: Rc<str>) -> EnvironmentId {
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
    pub(super) fn start_runtime(&mut self, id: EnvironmentId) {
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

    pub(super) fn boot(&mut self, id: EnvironmentId, boot: u32) {
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

    pub(super) fn init_limit(&mut self, id: EnvironmentId, boot: u32) {
        let environment = self.at_mut(id);
        if environment.boot == boot && environment.phase == Phase::Init {
            self.init_failed_in_init(id, true);
        }
    }

    /// The init did not come to its end: Lambda tries again inside the invocation that waits.
    pub(super) fn init_failed_in_init(&mut self, id: EnvironmentId, timed_out: bool) {
        let took = self.now.since(self.at(id).created_at);
        self.platform(id, None, log::init_report(took, timed_out));
        self.end_process(id);
        self.set_phase(id, Step::Initialized);
        if let Some(request) = self.at_mut(id).waiting.pop_front() {
            self.begin(id, request);
        }
    }

    pub(super) fn platform(&mut self, id: EnvironmentId, invocation: Option<InvocationId>, text: String) {
        self.tell(Some(id), invocation, EventKind::Platform { text: text.into() });
    }

    /// The module has been evaluated.
    pub(super) fn loaded(&mut self, id: EnvironmentId) {
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
    pub(super) fn begin(&mut self, id: EnvironmentId, mut request: Request) {
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
    pub(super) fn deliver(&mut self, id: EnvironmentId, request: &Request) -> bool {
        let arrival = Arrival::Invocation(NextEvent {
            invocation: request.invocation,
            handler: request.handler.clone(),
            event: request.event.clone(),
        });
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
    pub(super) fn end(&mut self, id: EnvironmentId, status: Status, result: Option<Rc<str>>, error: Option<Failure>) {
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
    pub(super) fn after_invocation(&mut self, id: EnvironmentId) {
        let now = self.now;
        let outlived = self.at(id).version != self.version || self.settings.lambda.reclaim_after.is_zero();
        if outlived && self.at(id).waiting.is_empty() {
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

    pub(super) fn reclaim_idle(&mut self, id: EnvironmentId, idle_since: Instant) {
        let environment = self.at(id);
        if environment.is_free() && environment.idle_since == idle_since {
            self.shut_down(id);
        }
    }

    pub(super) fn shut_down(&mut self, id: EnvironmentId) {
        self.end_process(id);
        self.set_phase(id, Step::Reclaim);
        let tmp = u64::from(self.settings.lambda.tmp_mb) * 1_048_576;
        self.at_mut(id).files = crate::node::files::Files::new(tmp);
    }

    /// The process of an environment is gone: its sockets are closed by the system.
    pub(super) fn end_process(&mut self, id: EnvironmentId) {
        self.unschedule(id);
        let environment = self.at_mut(id);
        environment.process = None;
        environment.booted_at = None;
        environment.boot += 1;
        environment.evaluated_at = None;
        // The events in its inbox went with it; those that wait at Lambda are given to the next process.
        for request in &mut environment.waiting {
            request.delivered = false;
        }
        let close = self.network.latencies().close;
        for connection in self.network.links_of(id) {
            self.tell(Some(id), None, EventKind::ConnectionLost { connection, why: Loss::Process });
            let fate = self.network.send(self.now, connection, Way::Up, close, Packet::Up(ToServer::Close));
            self.put_on_wire(connection, id, Way::Up, fate);
        }
    }

    pub(super) fn time_out(&mut self, id: EnvironmentId, invocation: InvocationId) {
        if self.at(id).running() != Some(invocation) {
            return;
        }
        let line = log::timed_out(&self.settings, self.now, invocation);
        self.platform(id, Some(invocation), line);
        self.end(id, Status::Timeout, None, None);
    }

    pub(super) fn exited(&mut self, id: EnvironmentId, exit: ProcessExit) {
        let invocation = self.at(id).running();
        if let Some(invocation) = invocation {
            let request = log::request_id(&self.settings, invocation);
            self.platform(id, Some(invocation), format!("RequestId: {request} Error: {exit}\nRuntime.ExitError"));
            let failure = exit.failure(&request);
            self.end(id, Status::Crashed, None, Some(failure));
        } else if self.at(id).phase == Phase::Init {
            self.init_failed_in_init(id, false);
        } else {
            self.end_process(id);
            self.tell(Some(id), None, EventKind::ProcessReset);
        }
    }
}
