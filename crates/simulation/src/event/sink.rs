//! Collects the events of a world until they are taken.

use super::Event;

/// The events of a world that have not been taken, and how many have been.
#[derive(Clone, Debug, Default)]
pub struct EventSink {
    events: Vec<Event>,
    taken: u64,
}

impl EventSink {
    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// How many events there have been, taken ones included.
    pub fn count(&self) -> u64 {
        self.taken + self.events.len() as u64
    }

    /// How many events have not been taken.
    pub fn waiting(&self) -> usize {
        self.events.len()
    }

    /// The events from the `count`th on. Events that have been taken are not among them.
    pub fn since(&self, count: u64) -> &[Event] {
        &self.events[(count.saturating_sub(self.taken) as usize).min(self.events.len())..]
    }

    /// Takes the events that have not been taken yet.
    pub fn take(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.take_into(&mut events);
        events
    }

    /// Like [`take`](Self::take), but reuses the allocation of `events`, whose content is dropped.
    pub fn take_into(&mut self, events: &mut Vec<Event>) {
        self.taken += self.events.len() as u64;
        events.clear();
        core::mem::swap(&mut self.events, events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use base::time::Instant;

    fn event() -> Event {
        Event { at: Instant::ZERO, environment: None, invocation: None, kind: EventKind::Deployed }
    }

    #[test]
    fn events_are_counted_whether_or_not_they_were_taken() {
        let mut sink = EventSink::default();
        sink.push(event());
        assert_eq!(sink.take().len(), 1);
        sink.push(event());
        sink.push(event());
        assert_eq!((sink.count(), sink.waiting()), (3, 2));
        assert_eq!([0, 1, 2, 3, 9].map(|count| sink.since(count).len()), [2, 2, 1, 0, 0]);
    }
}
