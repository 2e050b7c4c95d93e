//! Packets between the processes and the server: put on the network, delivered, answered.

use super::World;
use super::event_queue::Scheduled;
use crate::event::{ConnectionId, DisconnectReason, EnvironmentId, EventKind, Phase};
use crate::knex::{Outgoing, Packet};
use crate::lambda::process::{Arrival, Process};
use crate::network::{Delivery, Direction, OnWrite};
use crate::server::{ServerOutput, ToClient, ToServer};
use postgres::Database;

impl<D: Database> World<D> {
    /// Sends everything that the process of an environment has put into the outbox.
    pub(super) fn send_all(&mut self, id: EnvironmentId) {
        for Outgoing { at, connection, packet } in core::mem::take(&mut self.outbox) {
            let latencies = self.network.latencies();
            let span = match &packet {
                ToServer::Connect | ToServer::Password(_) => latencies.connect.half().half(),
                ToServer::Query { .. } => latencies.query.half(),
                ToServer::Close => latencies.close,
            };
            let delivery = self.network.send(at, connection, Direction::Up, span, Packet::Up(packet));
            self.put_on_wire(connection, id, delivery);
        }
    }

    /// Schedules the arrival of a packet that has been sent, or of the other side's answer to it.
    pub(super) fn put_on_wire(&mut self, connection: ConnectionId, id: EnvironmentId, delivery: Delivery<Packet>) {
        match delivery {
            // A packet of the server's that takes no time arrives before anything else happens.
            Delivery::Arrives(at, packet @ Packet::Down(_)) if at <= self.now => self.arrive(connection, id, packet),
            Delivery::Arrives(at, packet) => {
                self.queue.schedule(at, Scheduled::Packet(connection, id, packet));
            }
            Delivery::Bounces(at, on_write) => {
                let (packet, why) = match on_write {
                    OnWrite::Reset => (ToClient::Reset, DisconnectReason::Reset),
                    OnWrite::Close => (ToClient::End, DisconnectReason::Closed),
                };
                let out = self.server.connection_cut(self.now, connection, why, &mut self.events);
                self.serve(out);
                self.queue.schedule(at, Scheduled::Packet(connection, id, Packet::Down(packet)));
            }
            Delivery::Held | Delivery::Gone => {}
        }
    }

    /// Sends what the server has written, and schedules the callbacks that it asks for.
    pub(super) fn serve(&mut self, out: ServerOutput) {
        for (connection, span, packet) in out.sent {
            let Some(id) = self.network.environment_of(connection) else { continue };
            let delivery = self.network.send(self.now, connection, Direction::Down, span, Packet::Down(packet));
            self.put_on_wire(connection, id, delivery);
        }
        for (at, pid, ticket) in out.wakes {
            self.queue.schedule(at, Scheduled::Server(pid, ticket));
        }
        let server = &self.server;
        self.queue
            .remove_stale(&|what| matches!(what, Scheduled::Server(pid, ticket) if !server.awaits(*pid, *ticket)));
    }

    /// A packet arrives at the server or at a process.
    pub(super) fn arrive(&mut self, connection: ConnectionId, id: EnvironmentId, packet: Packet) {
        match packet {
            Packet::Up(packet) => {
                let out = self.server.receive(self.now, connection, id, packet, &mut self.events);
                if let Some(process) = &mut self.environments[id].process {
                    process.charge(out.steps as u64);
                }
                self.serve(out);
            }
            Packet::Down(packet) => {
                let environment = &mut self.environments[id];
                let is_frozen = environment.phase == Phase::Frozen;
                let has_connection = |process: &Process| process.knex().connections.contains_key(&connection);
                match &mut environment.process {
                    Some(process) if has_connection(process) => {
                        let is_answer = matches!(packet, ToClient::Results(_) | ToClient::Error(_));
                        process.arrive(Arrival::Packet(connection, packet));
                        if is_frozen && is_answer {
                            self.emit(Some(id), None, EventKind::AnswerWaits { connection });
                        }
                        self.schedule(id);
                    }
                    // The process that had opened the connection is gone.
                    _ => self.network.close(connection),
                }
            }
        }
    }
}
