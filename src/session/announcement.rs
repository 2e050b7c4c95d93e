//! Sentences for readers who cannot see the machine.

use super::words;
use simulation::event::{Event, EventKind, Phase};
use simulation::history::Invocations;

/// The announcement of an event; `None` for the many events that deserve none.
pub(super) fn of(event: &Event, invocations: &Invocations) -> Option<String> {
    let environment = || event.environment.map_or_else(String::new, |id| format!("Environment {id}"));
    match &event.kind {
        EventKind::InvocationEnded { .. } => {
            invocations.invocation(event.invocation?).map(|record| words::ended(record))
        }
        EventKind::PhaseChanged { phase: Phase::Frozen } => Some(format!("{} is frozen", environment())),
        EventKind::Thawed => Some(format!("{} is thawed", environment())),
        EventKind::PhaseChanged { phase: Phase::Shutdown } => Some(format!("{} is shut down", environment())),
        EventKind::ProcessReset => Some(format!("{}: its process was ended", environment())),
        EventKind::ServerChanged { up } => Some(format!("PostgreSQL is {}", if *up { "up" } else { "down" })),
        EventKind::Caption { text } => Some(text.to_string()),
        _ => None,
    }
}
