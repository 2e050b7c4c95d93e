//! What goes between the processes and the server: put on the network, delivered, answered.

use super::World;
use super::agenda::Due;
use crate::event::{ConnectionId, EnvironmentId, EventKind, Loss, Phase};
use crate::knex::{Outgoing, Packet};
use crate::lambda::process::{Arrival, Process};
use crate::network::{Delivery, Direction, OnWrite};
use crate::server::{SentMessage, ServerOutput, ServerWake, ToClient, ToServer};
use postgres::Database;

impl<D: Database> World<D> {
    pub(super) fn send_all(&mut self, id: EnvironmentId) {
        for Outgoing { at, connection, packet } in core::mem::take(&mut self.outbox) {
            let latencies = self.network.latencies();
            let span = match &packet {
                ToServer::StartupMessage | ToServer::Password(_) => latencies.connect.half().half(),
                ToServer::Query { .. } => latencies.query.half(),
                ToServer::Terminate => latencies.close,
            };
            let delivery = self.network.send(at, connection, Direction::ToServer, span, Packet::Up(packet));
            self.put_on_wire(connection, id, delivery);
        }
    }

    pub(super) fn put_on_wire(&mut self, connection: ConnectionId, id: EnvironmentId, delivery: Delivery<Packet>) {
        match delivery {
            // What takes no time is there before anything else is done.
            Delivery::Arrives(at, packet @ Packet::Down(_)) if at <= self.now => self.arrive(connection, id, packet),
            Delivery::Arrives(at, packet) => {
                self.agenda.add(at, Due::Packet(connection, id, packet));
            }
            Delivery::Bounces(at, on_write) => {
                let (packet, why) = match on_write {
                    OnWrite::Reset => (ToClient::ConnectionReset, Loss::Reset),
                    OnWrite::Close => (ToClient::ConnectionClosed, Loss::Closed),
                };
                let out = self.server.connection_cut(self.now, connection, why, &mut self.events);
                self.serve(out);
                self.agenda.add(at, Due::Packet(connection, id, Packet::Down(packet)));
            }
            Delivery::Held | Delivery::Lost => {}
        }
    }

    pub(super) fn serve(&mut self, out: ServerOutput) {
        for SentMessage { connection, latency, message } in out.sent {
            let Some(id) = self.network.environment_of(connection) else { continue };
            let packet = Packet::Down(message);
            let delivery = self.network.send(self.now, connection, Direction::ToClient, latency, packet);
            self.put_on_wire(connection, id, delivery);
        }
        for ServerWake { at, pid, ticket } in out.wakes {
            self.agenda.add(at, Due::Server(pid, ticket));
        }
        let server = &self.server;
        self.agenda.tidy(&|due| matches!(due, Due::Server(pid, ticket) if !server.awaits(*pid, *ticket)));
    }

    pub(super) fn arrive(&mut self, connection: ConnectionId, id: EnvironmentId, packet: Packet) {
        match packet {
            Packet::Up(packet) => {
                let out = self.server.receive(self.now, connection, id, packet, &mut self.events);
                if let Some(process) = &mut self.at_mut(id).process {
                    process.charge(out.steps as u64);
                }
                self.serve(out);
            }
            Packet::Down(packet) => {
                let frozen = self.at(id).phase == Phase::Frozen;
                let knows = |process: &Process| process.knex().connections.contains_key(&connection);
                match &mut self.environments[id.0 as usize - 1].process {
                    Some(process) if knows(process) => {
                        let answer = matches!(packet, ToClient::Results(_) | ToClient::ErrorResponse(_));
                        process.arrive(Arrival::Packet(connection, packet));
                        if frozen && answer {
                            self.tell(Some(id), None, EventKind::AnswerWaits { connection });
                        }
                        self.schedule(id);
                    }
                    // Nobody is left at this end of it.
                    _ => self.network.close(connection),
                }
            }
        }
    }
}
