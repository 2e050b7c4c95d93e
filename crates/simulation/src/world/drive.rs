//! The drive loop: the only way in which a world's time passes.
//!
//! See the [crate's documentation](crate#driving-a-world) for the loop as a picture and an example.

use super::World;
use crate::event::{Event, InvocationId};
use base::time::Instant;
use postgres::Database;

/// Events that pile up at most before [`World::drive`] hands them over.
const BATCH: usize = 4_096;

/// What a world is driven to: the condition under which the next action may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Reached at once.
    Now,
    /// Reached when this invocation has ended, or when nothing is scheduled that could end it.
    Ended(InvocationId),
    /// Reached at this moment, once everything that is due then has happened.
    At(Instant),
}

impl Goal {
    /// The moment that a step towards the goal does not go beyond.
    ///
    /// The end of an invocation has none: how far a process gets in one step must not depend on who drives the world.
    fn limit(self) -> Instant {
        match self {
            Self::At(moment) => moment,
            Self::Now | Self::Ended(_) => Instant::FAR,
        }
    }
}

impl<D: Database> World<D> {
    /// True once the goal has been reached.
    pub fn has_reached(&self, goal: Goal) -> bool {
        match goal {
            Goal::Now => true,
            // The function's timeout ends every invocation that has begun. One that waits at a frozen environment ends
            // only if somebody acts, so a world without anything scheduled is as far as it gets by itself.
            Goal::Ended(invocation) => !self.is_running(invocation) || self.next_deadline().is_none(),
            Goal::At(moment) => self.now >= moment && self.next_deadline().is_none_or(|due| due > moment),
        }
    }

    /// Takes one step towards a goal: the next entry of the event queue happens, or a process runs up to the next entry.
    ///
    /// Returns false when the goal is reached. Nothing has happened then, except that time may have come to the goal's
    /// moment.
    pub fn step(&mut self, goal: Goal) -> bool {
        !self.has_reached(goal) && self.take_step(goal.limit(), false)
    }

    /// Like [`step`](Self::step), but a process stops after its first event, so that each event can be shown.
    ///
    /// The events are the same in both cases.
    pub fn step_to_event(&mut self, goal: Goal) -> bool {
        !self.has_reached(goal) && self.take_step(goal.limit(), true)
    }

    /// Drives the world until a goal is reached, and hands the events over in batches, in order.
    ///
    /// The last call of `observe` comes after the last step, so no event is left in the world. The first batch begins with
    /// the events of the action before.
    pub fn drive(&mut self, goal: Goal, observe: &mut dyn FnMut(&[Event])) {
        let mut batch = Vec::new();
        loop {
            let more = self.step(goal);
            if !more || self.events.waiting() >= BATCH {
                self.events.take_into(&mut batch);
                observe(&batch);
            }
            if !more {
                return;
            }
        }
    }

    /// Drives the world to a moment. The events stay in the world until they are taken.
    pub fn advance_to(&mut self, moment: Instant) {
        while self.step(Goal::At(moment)) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::Package;
    use crate::settings::Settings;
    use crate::world::{Action, Call};
    use base::time::Duration;

    fn invoked() -> (World, InvocationId) {
        let mut world = World::new(Settings::default(), Package::post());
        let applied = world.apply(Action::Invoke(Call::new("checkDatabaseConnection"))).expect("a new world is free");
        (world, applied.invocation.expect("an invocation has begun"))
    }

    #[test]
    fn an_invocation_is_driven_to_its_end_and_no_further() {
        let (mut world, invocation) = invoked();
        assert!(!world.has_reached(Goal::Ended(invocation)));
        let mut events = 0;
        world.drive(Goal::Ended(invocation), &mut |batch| events += batch.len() as u64);
        assert!(!world.is_running(invocation));
        assert_eq!(events, world.event_count());
        assert!(world.take_events().is_empty(), "drive hands every event over");
        let ended = world.now();
        assert!(!world.step(Goal::Ended(invocation)), "a goal that is reached takes no step");
        assert_eq!(world.now(), ended);
    }

    #[test]
    fn a_moment_is_reached_with_everything_that_is_due_then() {
        let (mut world, invocation) = invoked();
        let moment = Instant::ZERO + Duration::from_secs(1);
        world.advance_to(moment);
        assert_eq!(world.now(), moment);
        assert!(world.has_reached(Goal::At(moment)) && !world.is_running(invocation));
        assert!(!world.step(Goal::At(Instant::ZERO)), "a moment of the past is reached");
        assert_eq!(world.now(), moment);
    }

    #[test]
    fn the_size_of_a_step_does_not_change_the_events() {
        let (mut coarse, invocation) = invoked();
        let mut fine = coarse.clone();
        while coarse.step(Goal::Ended(invocation)) {}
        let mut steps = 0;
        while fine.step_to_event(Goal::Ended(invocation)) {
            steps += 1;
        }
        assert_eq!(coarse.take_events(), fine.take_events());
        assert!(steps > 20, "each lit line is a step of its own");
    }

    #[test]
    fn an_event_that_waits_at_a_frozen_environment_is_no_reason_to_go_on() {
        let (mut world, invocation) = invoked();
        world.drive(Goal::Ended(invocation), &mut |_| {});
        let queued = world.apply(Action::Queue(Call::new("checkDatabaseConnection"))).expect("it is frozen");
        let queued = queued.invocation.expect("an event waits");
        while world.step(Goal::Ended(queued)) {}
        assert!(world.is_running(queued), "nobody thaws the environment");
    }
}
