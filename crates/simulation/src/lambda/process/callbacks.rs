//! Callbacks of the loop: each begins here, does its work, and is followed by its ticks and microtasks.

use super::{Arrival, Outside, Process, Root};
use crate::event::{ConnectionId, EventKind};
use crate::knex::FIRST_TASK;
use crate::lambda::exit::ProcessExit;
use crate::lambda::runtime::{self, ASK, ASKED, COMPLETE};
use crate::node::callback;
use crate::node::event_loop::{Drained, NewTimer, Task, Turn};
use crate::server::ToClient;
use base::time::Instant;

impl Process {
    /// Begins a callback of the loop.
    pub(super) fn begin(&mut self, outside: &mut Outside<'_>, now: Instant, turn: Turn) {
        self.root = Root::Callback;
        match turn {
            Turn::Timer(timer) => {
                self.vm.set_context(timer.context);
                if timer.position.is_some() {
                    let kind = EventKind::TimerFired { timer: timer.id, due: timer.due() };
                    self.emit(outside, now, kind, timer.set_by);
                }
                self.run_task(outside, now, timer.task, timer.repeats);
            }
            Turn::Immediate(immediate) => {
                self.vm.set_context(immediate.context);
                self.run_task(outside, now, immediate.task, false);
            }
            Turn::Input => match self.state.inbox.pop_front() {
                Some(Arrival::Packet(connection, ToClient::ConnectionClosed)) if self.end_comes_later(connection) => {
                    self.state.inbox.push_back(Arrival::Packet(connection, ToClient::ConnectionClosed));
                }
                Some(Arrival::Packet(connection, packet)) => {
                    if let ToClient::ConnectionReset = packet
                        && let Some(place) = self.state.resets_unread.iter().position(|reset| *reset == connection)
                    {
                        self.state.resets_unread.remove(place);
                    }
                    self.vm.set_context(0);
                    self.has_read.push(connection);
                    self.with_knex(outside, now, |knex, vm, cx| knex.receive(vm, cx, connection, packet));
                    self.callback_over();
                }
                Some(Arrival::Invocation(next)) => self.call_handler(outside, now, &next),
                None => {}
            },
            Turn::Pending(token) => {
                let refused = ToClient::ConnectionRefused;
                self.with_knex(outside, now, |knex, vm, cx| knex.receive(vm, cx, ConnectionId(token), refused));
                self.callback_over();
            }
            Turn::Close(token) => {
                self.with_knex(outside, now, |knex, vm, cx| knex.closed(vm, cx, token));
                self.callback_over();
            }
            Turn::Block(_) => {}
        }
    }

    /// True if the end of a connection is read in the next round of the loop. libuv does not read a socket that gave data
    /// again in the same round (`uv__read`), so an end behind the data waits.
    fn end_comes_later(&mut self, connection: ConnectionId) -> bool {
        let place = self.has_read.iter().position(|read| *read == connection);
        place.map(|place| self.has_read.remove(place)).is_some()
    }

    /// A callback is over, or has begun to run code; ticks and microtasks follow when the machine is idle.
    pub(super) fn callback_over(&mut self) {
        self.state.event_loop.timer_callback_over();
        if self.vm.is_idle() {
            self.draining = true;
            self.state.drain.begin();
        }
    }

    pub(super) fn run_task(&mut self, outside: &mut Outside<'_>, now: Instant, task: Task, again: bool) {
        match task {
            Task::Call { function, arguments } => {
                let called = self.vm.held(function);
                let values = arguments.iter().map(|argument| self.vm.held(*argument)).collect();
                if !again {
                    callback::release(&mut self.vm, Task::Call { function, arguments });
                }
                self.vm.enter(&called, values);
            }
            Task::Host(COMPLETE) => {
                let waiting = self.state.current.as_ref().and_then(|current| current.progress.waiting().cloned());
                if let Some(response) = waiting {
                    self.respond(response);
                }
                self.callback_over();
            }
            Task::Host(ASK) => {
                self.state.event_loop.set_immediate(NewTimer::host(ASKED, self.vm.context()));
                self.callback_over();
            }
            Task::Host(ASKED) => {
                self.asked(outside);
                self.callback_over();
            }
            Task::Host(number) if number >= FIRST_TASK => {
                self.with_knex(outside, now, |knex, vm, cx| knex.run_task(vm, cx, number));
                self.callback_over();
            }
            Task::Host(_) => self.callback_over(),
        }
    }

    /// Runs one tick or microtask, or ends the drain.
    pub(super) fn drain_one(&mut self, outside: &mut Outside<'_>, now: Instant) {
        self.root = Root::Callback;
        match self.state.drain.next(self.vm.has_jobs()) {
            Drained::Tick(tick) => {
                self.vm.set_context(tick.context);
                match tick.task {
                    Task::Host(number) => {
                        self.with_knex(outside, now, |knex, vm, cx| knex.run_task(vm, cx, number));
                    }
                    task @ Task::Call { .. } => self.run_task(outside, now, task, false),
                }
            }
            Drained::Microtask => match self.vm.take_host_job() {
                Some(number) => self.with_knex(outside, now, |knex, vm, cx| knex.run_task(vm, cx, number)),
                None => {
                    self.vm.enter_job();
                }
            },
            Drained::Nothing => {
                self.draining = false;
                if let Some((_, reason)) = self.vm.take_unhandled().into_iter().next() {
                    let package = outside.package;
                    let (text, failure) = runtime::unhandled_rejection(&self.vm, &reason, &|file| {
                        package.files()[file.0 as usize].path.clone()
                    });
                    self.print(outside, now, &text);
                    self.exit(outside, ProcessExit::Uncaught(failure));
                }
            }
        }
    }
}
