//! The surroundings in which Node's functions run, and where their events go.

use super::event_loop::{Drain, EventLoop};
use super::files::Files;
use crate::event::{EnvironmentId, Event, EventKind, EventSink, InvocationId, Level, Position, Stream};
use crate::limits;
use base::time::Instant;
use javascript::{HostCall, HostReply, Vm};

/// The code of one of Node's functions.
pub struct NodeFunction(pub fn(&mut Vm, &mut NodeContext<'_>, &HostCall<'_>) -> HostReply);

/// The surroundings of one call of a Node function.
pub struct NodeContext<'a> {
    /// Where events go.
    pub output: Output<'a>,
    /// The event loop.
    pub event_loop: &'a mut EventLoop,
    /// The queue of `process.nextTick`.
    pub drain: &'a mut Drain,
    /// /tmp.
    pub files: &'a mut Files,
}

/// Where the events of a process go, with the time and the invocation that they are attributed to.
pub struct Output<'a> {
    /// The time.
    pub now: Instant,
    /// The environment of the process.
    pub environment: EnvironmentId,
    /// The invocation whose request id the runtime holds.
    pub invocation: Option<InvocationId>,
    /// The events so far.
    pub events: &'a mut EventSink,
}

impl Output<'_> {
    /// Emits an event. It belongs to the invocation on whose behalf code runs, if that is known, else to the one whose
    /// request id the runtime holds.
    pub fn emit(&mut self, vm: &Vm, kind: EventKind) {
        let invocation = Some(InvocationId(vm.context())).filter(|id| id.0 != 0).or(self.invocation);
        self.push(invocation, kind);
    }

    /// Prints a line. The log attributes it to the invocation whose request id the runtime holds.
    pub fn print(&mut self, vm: &mut Vm, stream: Stream, level: Level, text: &str, position: Option<Position>) {
        vm.add_work(limits::STEPS_A_LINE + (text.len() / limits::BYTES_LOGGED_A_STEP) as u64);
        let context = InvocationId(vm.context());
        let begun_by = Some(context).filter(|id| id.0 != 0 && Some(*id) != self.invocation);
        self.push(self.invocation, EventKind::Printed { stream, level, text: text.into(), begun_by, position });
    }

    fn push(&mut self, invocation: Option<InvocationId>, kind: EventKind) {
        self.events.push(Event { at: self.now, environment: Some(self.environment), invocation, kind });
    }
}
