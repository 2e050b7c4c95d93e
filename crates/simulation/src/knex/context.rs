//! The context that the libraries work in for the length of one call.

use crate::event::{ConnectionId, EnvironmentId, Event, EventKind, EventSink, InvocationId, Level, Position, Stream};
use crate::limits;
use crate::network::Network;
use crate::node::event_loop::{Drain, EventLoop};
use crate::server::{ToClient, ToServer};
use base::time::Instant;
use javascript::Vm;
use std::rc::Rc;

/// A packet with its direction.
#[derive(Clone, Debug)]
pub enum Packet {
    /// To the server.
    Up(ToServer),
    /// To the client.
    Down(ToClient),
}

/// A packet to the server that waits to be put on the wire when its process pauses.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The moment at which it was sent.
    pub at: Instant,
    /// The connection over which it goes.
    pub connection: ConnectionId,
    /// Its contents.
    pub packet: ToServer,
}

/// The part of a process and of the world around it that a call of the libraries works on.
pub struct Cx<'a> {
    /// The moment of the call.
    pub now: Instant,
    /// The environment of the process.
    pub environment: EnvironmentId,
    /// The invocation whose request id the runtime client holds.
    pub invocation: Option<InvocationId>,
    /// The process' event loop.
    pub event_loop: &'a mut EventLoop,
    /// The process' queue of `process.nextTick`.
    pub drain: &'a mut Drain,
    /// Receives events.
    pub events: &'a mut EventSink,
    /// Opens and closes links.
    pub network: &'a mut Network<Packet>,
    /// Receives packets to the server.
    pub outbox: &'a mut Vec<Outgoing>,
    /// Connections whose reset has arrived and has not been read.
    pub resets_unread: &'a [ConnectionId],
    /// The environment's variables, as the process was started with them.
    pub variables: &'a [(Rc<str>, Rc<str>)],
}

impl Cx<'_> {
    /// Emits an event of this environment. It belongs to the invocation whose async context is running, if there is one.
    pub fn emit(&mut self, vm: &Vm, kind: EventKind) {
        let invocation = Some(InvocationId(vm.context())).filter(|id| id.0 != 0).or(self.invocation);
        self.events.push(Event { at: self.now, environment: Some(self.environment), invocation, kind });
    }

    /// Prints a library's warning on standard output, as Knex's logger does.
    pub fn warn(&mut self, vm: &mut Vm, text: &str) {
        self.print(vm, Stream::Stdout, Level::Info, text, None);
    }

    /// Prints a line. The log attributes it to the invocation whose request id the runtime client holds.
    pub fn print(&mut self, vm: &mut Vm, stream: Stream, level: Level, text: &str, position: Option<Position>) {
        vm.add_work(limits::STEPS_A_LINE + (text.len() / limits::BYTES_LOGGED_A_STEP) as u64);
        let context = InvocationId(vm.context());
        let begun_by = Some(context).filter(|id| id.0 != 0 && Some(*id) != self.invocation);
        let text = text.into();
        let kind = EventKind::Printed { stream, level, text, begun_by, position };
        let (environment, invocation) = (Some(self.environment), self.invocation);
        self.events.push(Event { at: self.now, environment, invocation, kind });
    }

    pub(super) fn send(&mut self, connection: ConnectionId, packet: ToServer) {
        self.outbox.push(Outgoing { at: self.now, connection, packet });
    }
}
