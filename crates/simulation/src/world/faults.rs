//! Faults of the network between environments and the server.

use super::World;
use super::action::Applied;
use super::refusal::Refusal;
use crate::event::{DisconnectReason, EnvironmentId, EventKind, Phase};
use crate::knex::Packet;
use crate::network::{NetworkFault, OnWrite};
use crate::server::ToClient;
use postgres::Database;

impl<D: Database> World<D> {
    pub(super) fn disturb(&mut self, on: Option<EnvironmentId>, fault: NetworkFault) -> Result<Applied, Refusal> {
        self.exists(on)?;
        for id in self.environments.targets(on) {
            // An environment that is shut down has no connections left.
            if self.environments[id].phase == Phase::Shutdown {
                continue;
            }
            self.emit(Some(id), None, EventKind::NetworkChanged { fault });
            match fault {
                NetworkFault::Silent => self.network.silence(id),
                NetworkFault::Restore => {
                    for (connection, _, delivery) in self.network.restore(self.now, id) {
                        self.put_on_wire(connection, id, delivery);
                    }
                }
                NetworkFault::Reset => self.lose_connections(id, DisconnectReason::Reset, None),
                NetworkFault::Close => self.lose_connections(id, DisconnectReason::Closed, None),
                NetworkFault::ResetOnWrite => self.lose_connections(id, DisconnectReason::Reset, Some(OnWrite::Reset)),
                NetworkFault::CloseOnWrite => self.lose_connections(id, DisconnectReason::Closed, Some(OnWrite::Close)),
            }
        }
        Ok(Applied::to(on))
    }

    /// Every connection of an environment loses its other side. The environment hears of it now, or at its next write.
    fn lose_connections(&mut self, id: EnvironmentId, why: DisconnectReason, on_write: Option<OnWrite>) {
        for connection in self.network.links_of(id) {
            self.emit(Some(id), None, EventKind::ConnectionLost { connection, why });
            if let Some(on_write) = on_write {
                self.network.cut(connection, on_write);
                continue;
            }
            let out = self.server.connection_cut(self.now, connection, why, &mut self.events);
            self.serve(out);
            let packet = if why == DisconnectReason::Reset { ToClient::Reset } else { ToClient::End };
            self.arrive(connection, id, Packet::Down(packet));
        }
    }
}
