//! PostgreSQL as a cabinet of slots, one for each session that the server can hold.

use std::rc::Rc;

use crate::session::{Session, words};
use simulation::event::{BackendPid, BackendState, DisconnectReason, EnvironmentId};

const COUNTS: [&str; 9] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];

/// The cabinet.
#[derive(Clone, Debug, PartialEq)]
pub struct CabinetView {
    /// False while the server is stopped.
    pub up: bool,
    /// The number of slots in use.
    pub used: usize,
    /// The slots in their order.
    pub slots: Vec<ServerSlot>,
    /// The sentence below the slots.
    pub note: CabinetNote,
}

/// A slot of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ServerSlot {
    /// Open to every role.
    Free,
    /// Free, and kept for superusers.
    Reserved,
    /// Free, while the server is stopped.
    Stopped,
    /// In use.
    Session {
        /// The process of the backend.
        pid: BackendPid,
        /// The state of the backend.
        state: BackendState,
        /// The environment whose connection it is.
        environment: EnvironmentId,
        /// True if the client's process is gone, so that nobody will use the session again.
        orphan: bool,
    },
}

/// The sentence below the slots.
#[derive(Clone, Debug, PartialEq)]
pub enum CabinetNote {
    /// The error of a connection that the server has refused.
    Refused(Rc<str>),
    /// Everything else.
    Text(String),
}

impl Session {
    /// The view of the cabinet.
    pub fn cabinet(&self) -> CabinetView {
        let server = &self.world.server;
        let open_to_all = server.slots.len().saturating_sub(server.reserved as usize);
        let slots = server.slots.iter().enumerate().map(|(at, session)| match session {
            Some(session) => ServerSlot::Session {
                pid: session.pid,
                state: session.state,
                environment: session.environment,
                orphan: session.orphan,
            },
            None if !server.up => ServerSlot::Stopped,
            None if at >= open_to_all => ServerSlot::Reserved,
            None => ServerSlot::Free,
        });
        let used = server.slots.iter().flatten().count();
        let note = match &self.player.invocations().refused {
            Some(refused) => CabinetNote::Refused(refused.clone()),
            None => CabinetNote::Text(self.cabinet_note(used)),
        };
        CabinetView { up: server.up, used, slots: slots.collect(), note }
    }

    fn cabinet_note(&self, used: usize) -> String {
        let server = &self.world.server;
        let slots = server.slots.len();
        let orphans = server.slots.iter().flatten().filter(|session| session.orphan).count();
        let open_slots_left = used + (server.reserved as usize) < slots;
        let number = |count: usize| COUNTS.get(count).map_or_else(|| count.to_string(), |word| (*word).into());
        if !server.up {
            "The server is stopped.".into()
        } else if used == 0
            && let Some((invocation, why)) = self.player.invocations().last_session
        {
            let last = match (why, invocation) {
                (DisconnectReason::Client, Some(id)) => format!("The last one ended with invocation {id}."),
                (DisconnectReason::Client, None) => "The last one was closed by the client.".into(),
                (why, _) => format!("The last one: {}.", words::lost(why)),
            };
            format!("No session is open. {last}")
        } else if orphans > 0 && open_slots_left {
            format!("{} held for a process that is gone: an orphan.", words::count(orphans, "session"))
        } else if used > 0 && !open_slots_left {
            format!("{} left, reserved for superusers.", number(slots - used))
        } else {
            format!("{} slots. {} are reserved for superusers.", number(slots), number(server.reserved as usize))
        }
    }
}
