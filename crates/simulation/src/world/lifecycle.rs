//! The life of an environment: created, initialised, invoked, idle, shut down.

use std::rc::Rc;

use super::World;
use super::event_queue::Scheduled;
use crate::event::{DisconnectReason, EnvironmentId, EventKind, Failure, InvocationId, Outcome, Phase, Start, Status};
use crate::knex::Packet;
use crate::lambda::environment::{HandlerRuns, INIT_LIMIT, Request, Running, Step};
use crate::lambda::process::{Arrival, Process};
use crate::lambda::runtime::NextEvent;
use crate::lambda::{Environment, ProcessExit, log};
use crate::network::Direction;
use crate::node::files::Files;
use crate::server::ToServer;
use crate::settings::Freezing;
use base::time::Instant;
use postgres::Database;

impl<D: Database> World<D> {
    pub(super) fn create_environment(&mut self, function: Rc<str>) -> EnvironmentId {
        let id = self.environments.next_id();
        let environment = Environment::new(id, function.clone(), &self.settings, self.now, self.version);
        self.environments.push(environment);
        self.emit(Some(id), None, EventKind::EnvironmentCreated { function });
        self.emit(Some(id), None, EventKind::PhaseChanged { phase: Phase::Init });
        self.start_runtime(id);
        id
    }

    /// Starts the runtime of an environment. After `latency.init` it has a new process, which evaluates the module.
    fn start_runtime(&mut self, id: EnvironmentId) {
        let init = self.network.latencies().init;
        let init = self.network.jittered(init);
        let now = self.now;
        let environment = &mut self.environments[id];
        environment.boot += 1;
        environment.booted_at = Some(now);
        let boot = environment.boot;
        if environment.phase == Phase::Init {
            self.queue.schedule(now + INIT_LIMIT, Scheduled::InitLimit(id, boot));
        }
        self.queue.schedule(now + init, Scheduled::Boot(id, boot));
    }

    /// The runtime has started. A boot that is not the environment's latest was abandoned.
    pub(super) fn boot(&mut self, id: EnvironmentId, boot: u32) {
        let now = self.now;
        let environment = &mut self.environments[id];
        if environment.boot != boot || environment.booted_at.is_none() {
            return;
        }
        environment.processes += 1;
        environment.process = Some(Process::new(&environment.options, &self.package));
        environment.wakes_at = now;
        let invocation = environment.running();
        self.emit(Some(id), invocation, EventKind::ModuleEvaluating);
        self.schedule(id);
    }

    pub(super) fn init_limit(&mut self, id: EnvironmentId, boot: u32) {
        let environment = &self.environments[id];
        if environment.boot == boot && environment.phase == Phase::Init {
            self.abandon_init(id, true);
        }
    }

    /// The init failed or took too long. Lambda tries again inside the invocation that waits.
    pub(super) fn abandon_init(&mut self, id: EnvironmentId, timed_out: bool) {
        let took = self.now.since(self.environments[id].created_at);
        self.print_platform_line(id, None, log::init_report(took, timed_out));
        self.end_process(id);
        self.take_phase_step(id, Step::Initialized);
        if let Some(request) = self.environments[id].waiting.pop_front() {
            self.begin(id, request);
        }
    }

    fn print_platform_line(&mut self, id: EnvironmentId, invocation: Option<InvocationId>, text: String) {
        self.emit(Some(id), invocation, EventKind::Platform { text: text.into() });
    }

    /// The module has been evaluated: the init is over, or the invocation that a new process was started for goes on.
    pub(super) fn loaded(&mut self, id: EnvironmentId) {
        let now = self.now;
        let environment = &mut self.environments[id];
        environment.evaluated_at = Some(now);
        let began = environment.booted_at.take().unwrap_or(now);
        if environment.phase == Phase::Init {
            let init = now.since(began);
            self.take_phase_step(id, Step::Initialized);
            if let Some(request) = self.environments[id].waiting.pop_front() {
                self.begin(id, request);
                if let Some(running) = &mut self.environments[id].running {
                    running.start = Start::Cold;
                    running.init = Some(init);
                }
            }
        } else if let Some(running) = &mut environment.running {
            running.request.delivered = true;
            let request = running.request.clone();
            self.deliver(id, &request);
        }
    }

    /// Begins an invocation in an environment. Its process may have to be thawed, or started, first.
    pub(super) fn begin(&mut self, id: EnvironmentId, mut request: Request) {
        let now = self.now;
        let environment = &self.environments[id];
        let was_frozen = environment.phase == Phase::Frozen;
        let has_process = environment.process.is_some();
        let start = match (environment.invocations, has_process) {
            (0, _) => Start::Cold,
            (_, true) => Start::Warm,
            (_, false) => Start::Reset,
        };
        let invocation = request.invocation;
        if was_frozen {
            self.emit(Some(id), Some(invocation), EventKind::Thawed);
        }
        if has_process && !request.delivered {
            request.delivered = self.deliver(id, &request);
        }
        let handler = request.handler.clone();
        let environment = &mut self.environments[id];
        environment.running = Some(Running::new(request, start, now));
        environment.invocations += 1;
        match environment.runs.iter_mut().find(|runs| runs.handler == handler) {
            Some(runs) => (runs.count, runs.last) = (runs.count + 1, now),
            None => environment.runs.push(HandlerRuns { handler, count: 1, last: now }),
        }
        self.take_phase_step(id, Step::Invoke);
        self.emit(Some(id), Some(invocation), EventKind::InvocationStarted { start });
        let line = log::start(&self.settings, invocation);
        self.print_platform_line(id, Some(invocation), line);
        let timeout = self.queue.schedule(now + self.settings.lambda.timeout, Scheduled::Timeout(id, invocation));
        let keys = self.environments.keys_mut(id);
        keys.timeout = Some(timeout);
        self.queue.cancel(keys.reclaim.take());
        if !has_process {
            if start == Start::Reset {
                self.emit(Some(id), Some(invocation), EventKind::ProcessReset);
            }
            self.start_runtime(id);
        } else if was_frozen {
            self.wake(id);
        } else {
            self.schedule(id);
        }
    }

    /// Puts an event into the process' inbox. Returns false if there is no process that asks for events.
    pub(super) fn deliver(&mut self, id: EnvironmentId, request: &Request) -> bool {
        let arrival = Arrival::Invocation(NextEvent {
            invocation: request.invocation,
            handler: request.handler.clone(),
            event: request.event.text().clone(),
        });
        match &mut self.environments[id].process {
            Some(process) if process.is_loaded() => {
                process.arrive(arrival);
                self.schedule(id);
                true
            }
            _ => false,
        }
    }

    /// Ends the invocation under way.
    pub(super) fn end(&mut self, id: EnvironmentId, status: Status, result: Option<Rc<str>>, error: Option<Failure>) {
        let Some(running) = self.environments[id].running.take() else { return };
        self.queue.cancel(self.environments.keys_mut(id).timeout.take());
        let (now, invocation) = (self.now, running.request.invocation);
        let duration = now.since(running.started_at);
        let line = log::end(&self.settings, invocation);
        self.print_platform_line(id, Some(invocation), line);
        let report = log::Report {
            duration,
            init: running.init,
            memory_used_mb: self.environments[id].memory_used_mb(),
            status: log::ReportStatus::of(status),
        };
        let line = log::report(&self.settings, invocation, report);
        self.print_platform_line(id, Some(invocation), line);
        let outcome = Outcome {
            handler: running.request.handler,
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
        self.emit(Some(id), Some(invocation), EventKind::InvocationEnded { outcome: Rc::new(outcome) });
        if matches!(status, Status::Timeout | Status::Crashed) {
            self.end_process(id);
        }
        self.environments[id].idle_since = now;
        self.take_phase_step(id, Step::Over);
        self.after_invocation(id);
    }

    /// Shuts the environment down, begins the next invocation, or lets it be idle. This is the only place where Lambda
    /// itself freezes an environment.
    fn after_invocation(&mut self, id: EnvironmentId) {
        let lambda = &self.settings.lambda;
        let is_outdated = self.environments[id].version != self.version || lambda.reclaim_after.is_zero();
        if let Some(request) = self.environments[id].waiting.pop_front() {
            return self.begin(id, request);
        }
        if is_outdated {
            return self.shut_down(id);
        }
        let reclaim = self.queue.schedule(self.now + lambda.reclaim_after, Scheduled::Reclaim(id, self.now));
        self.environments.keys_mut(id).reclaim = Some(reclaim);
        match lambda.freeze {
            Freezing::Auto => self.freeze_now(id),
            Freezing::Manual => self.schedule(id),
        }
    }

    pub(super) fn reclaim_idle(&mut self, id: EnvironmentId, idle_since: Instant) {
        let environment = &self.environments[id];
        if environment.is_free() && environment.idle_since == idle_since {
            self.shut_down(id);
        }
    }

    pub(super) fn shut_down(&mut self, id: EnvironmentId) {
        self.end_process(id);
        self.take_phase_step(id, Step::Reclaim);
        let files = Files::new(self.settings.lambda.tmp_bytes());
        self.environments[id].files = files;
    }

    /// Ends the process of an environment, if there is one. The operating system closes its sockets.
    pub(super) fn end_process(&mut self, id: EnvironmentId) {
        self.unschedule(id);
        let environment = &mut self.environments[id];
        environment.process = None;
        environment.booted_at = None;
        environment.boot += 1;
        environment.evaluated_at = None;
        // The events in the inbox are gone with the process. Lambda gives those that wait to the next process.
        for request in &mut environment.waiting {
            request.delivered = false;
        }
        let close = self.network.latencies().close;
        for connection in self.network.links_of(id) {
            self.emit(Some(id), None, EventKind::ConnectionLost { connection, why: DisconnectReason::Process });
            let packet = Packet::Up(ToServer::Terminate);
            let delivery = self.network.send(self.now, connection, Direction::ToServer, close, packet);
            self.put_on_wire(connection, id, delivery);
        }
    }

    pub(super) fn time_out(&mut self, id: EnvironmentId, invocation: InvocationId) {
        if self.environments[id].running() != Some(invocation) {
            return;
        }
        let line = log::timed_out(&self.settings, self.now, invocation);
        self.print_platform_line(id, Some(invocation), line);
        self.end(id, Status::Timeout, None, None);
    }

    /// The process has ended by itself: under an invocation, in its init, or between two invocations.
    pub(super) fn exited(&mut self, id: EnvironmentId, exit: ProcessExit) {
        if let Some(invocation) = self.environments[id].running() {
            let request_id = log::request_id(&self.settings, invocation);
            let line = format!("RequestId: {request_id} Error: {exit}\nRuntime.ExitError");
            self.print_platform_line(id, Some(invocation), line);
            self.end(id, Status::Crashed, None, Some(exit.failure(&request_id)));
        } else if self.environments[id].phase == Phase::Init {
            self.abandon_init(id, false);
        } else {
            self.end_process(id);
            self.emit(Some(id), None, EventKind::ProcessReset);
        }
    }
}
