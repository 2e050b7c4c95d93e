//! The invocations that have ended in the whole history, as far as the reader has seen it.

use std::rc::Rc;

use crate::session::Session;
use simulation::event::{EventKind, InvocationId, Outcome};
use simulation::history::MarkKind;

/// An invocation that has ended.
pub(super) struct Ended<'a> {
    pub(super) id: InvocationId,
    /// True if neither the invocation nor its last query failed.
    pub(super) ok: bool,
    /// The number of events at that moment.
    pub(super) events: usize,
    pub(super) outcome: &'a Rc<Outcome>,
}

impl Session {
    /// The invocations of a handler that have ended and that the reader has seen, whichever moment is shown.
    pub(super) fn ended(&self, handler: &str) -> impl Iterator<Item = Ended<'_>> {
        self.player.timeline().marks.iter().filter_map(move |mark| {
            let MarkKind::Ended { invocation, ok, events } = mark.kind else { return None };
            let EventKind::InvocationEnded { outcome } = &self.player.events().get(events - 1)?.kind else {
                return None;
            };
            let shown = *outcome.handler == *handler && events <= self.seen;
            shown.then_some(Ended { id: invocation, ok, events, outcome })
        })
    }
}
