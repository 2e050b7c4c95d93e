//! The wires between the slots of a pool and the slots of the server.

use crate::session::Session;
use simulation::event::{BackendState, ConnectionId, Phase};
use simulation::lambda::view::{ConnectionView, Cut, EnvironmentView, PoolView};

/// A wire: one connection that has been begun and not taken off its pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    /// The connection. The slot of its pool has this number as its `data-c`.
    pub connection: ConnectionId,
    /// The slot of the server, from 0; `None` where the wire is cut.
    pub slot: Option<usize>,
    /// The state of the connection.
    pub state: WireState,
    /// The message that travels along the wire now.
    pub pulse: Option<Pulse>,
}

/// The state of a connection, as far as its wire shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WireState {
    /// The connection is lost.
    Cut,
    /// Packets vanish on their way.
    Mute,
    /// The environment is frozen.
    Cold,
    /// The server works on a statement, or starts the session.
    Active,
    /// Nothing is under way.
    Idle,
}

/// A message on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// The event that sent it: another number is another message.
    pub event: usize,
    /// True if it goes to the server.
    pub outward: bool,
}

/// All wires.
#[derive(Clone, Debug, PartialEq)]
pub struct WiresView {
    /// The wires.
    pub wires: Vec<Wire>,
    /// The number of changes of the machine so far. Each may have moved the slots, so that the wires are to be measured again.
    pub changes: u32,
}

impl Session {
    /// The view of all wires.
    pub fn wires(&self) -> WiresView {
        let mut wires = Vec::new();
        for environment in self.living() {
            for client in &environment.clients {
                if let PoolView::Live { connections, .. } = &client.pool {
                    wires.extend(connections.iter().filter_map(|connection| self.wire(environment, connection)));
                }
            }
        }
        WiresView { wires, changes: self.changes }
    }

    fn wire(&self, environment: &EnvironmentView, connection: &ConnectionView) -> Option<Wire> {
        let mut slots = self.world.server.slots.iter().enumerate();
        let session = slots.find_map(|(at, slot)| {
            slot.filter(|session| session.connection == connection.id).map(|session| (at, session.state))
        });
        let state = match (&connection.cut, session) {
            (Some(Cut::Unread(_) | Cut::Kept(_)), _) | (Some(_), None) => WireState::Cut,
            (Some(_), Some(_)) => WireState::Mute,
            (None, None) => return None,
            (None, Some(_)) if environment.phase == Phase::Frozen => WireState::Cold,
            (None, Some((_, BackendState::Active | BackendState::Starting))) => WireState::Active,
            (None, Some(_)) => WireState::Idle,
        };
        let slot = session.map(|(at, _)| at).filter(|_| state != WireState::Cut);
        // What happened before the last change has been shown already.
        let hop = self.player.invocations().hop.filter(|hop| {
            self.player.is_playing() && hop.event >= self.cursor_before && hop.connection == connection.id
        });
        let pulse = hop.map(|hop| Pulse { event: hop.event, outward: hop.outward });
        Some(Wire { connection: connection.id, slot, state, pulse })
    }
}
