//! The history as a scenario: what a reader did, one click after the other, in statements that do the same again.
//!
//! A statement of a scenario begins when the one before it is over; a click comes when it comes. So each is written as it
//! was given where the next one followed at its end, and else as one that is only begun, with a `wait` up to the next
//! click. Which of them it is, is tried: a world is carried along, and what a statement comes to in it has to be where the
//! history was. What is still to be run is written as it is.

use std::rc::Rc;

use super::Player;
use super::player::Entry;
use crate::scenario::link::Moment;
use crate::scenario::settings::difference;
use crate::scenario::{Goal, Run, Scenario, Statement, StatementKind};
use crate::settings::{Freezing, Settings};
use crate::world::World;
use base::time::Instant;

/// A point of a run: its time, and how many events there had been.
type Point = (Instant, usize);

impl Player {
    /// The scenario that makes this history, and goes on as this one would. Its settings are those that differ from `base`.
    ///
    /// Freezes that come at once are implied by `lambda.freeze=auto`, unless that was turned in the middle of the run: then
    /// each is a statement of its own.
    pub fn script(&self, base: &Settings) -> Scenario {
        let mut statements = Vec::new();
        let mut settings = self.world().settings().clone();
        if self.freezes_at_once() && !self.turned {
            settings.lambda.freeze = Freezing::Auto;
        }
        let set = difference(&settings, base);
        if !set.is_empty() {
            statements.push(StatementKind::Set(set));
        }
        let implied = |entry: &Entry| entry.implied && !self.turned;
        let mut world = self.beginning().clone();
        let mut rest = &self.entries[..];
        while let Some((entry, later)) = rest.split_first() {
            let own = later.iter().take_while(|entry| implied(entry)).count();
            let (freezes, next) = later.split_at(own);
            rest = next;
            // `set` has been applied when the world was made.
            let kind =
                entry.run.upcoming().map(|statement| &statement.kind).filter(|kind| kind.assignments().is_none());
            let Some(kind) = kind else { continue };
            let target = next.first().map_or((self.end, self.events().len()), |next| (next.at, next.events));
            let (written, after) = write(&world, kind, freezes, target, next.is_empty() && self.own_goal);
            statements.extend(written);
            world = after;
        }
        let queued = self.queue.iter().flat_map(Run::rest).map(|statement| &statement.kind);
        statements.extend(queued.filter(|kind| kind.assignments().is_none()).cloned());
        Scenario { statements: statements.into_iter().map(Statement::from).collect() }
    }

    /// The shown moment; `None` at the end.
    pub fn moment(&self) -> Option<Moment> {
        if self.at_end() && !self.busy() {
            return None;
        }
        let (before, after) = self.events().split_at(self.cursor());
        let Some(last) = before.last() else { return Some(Moment { at: Instant::ZERO, events: Some(0) }) };
        // Where nothing is known of what comes, more may come at this very time.
        let split = after.first().is_none_or(|next| next.at == last.at);
        let own = before.iter().rev().take_while(|event| event.at == last.at).count();
        Some(Moment { at: last.at, events: split.then_some(own as u32) })
    }

    /// Shows a moment of the history; its end where none is given.
    pub fn show(&mut self, moment: Option<Moment>) {
        let Some(Moment { at, events }) = moment else { return self.seek(usize::MAX) };
        let first = self.events().partition_point(|event| event.at < at);
        let own = self.events()[first..].iter().take_while(|event| event.at == at).count();
        let target = first + events.map_or(own, |events| own.min(events as usize));
        self.go_to(self.boundary(target), false);
    }
}

/// The statements that lead from `world` to `target` by what `kind` asks, and the world there. `last`: nobody has done
/// anything after it, and it may be under way.
fn write(
    world: &World,
    kind: &StatementKind,
    freezes: &[Entry],
    target: Point,
    last: bool,
) -> (Vec<StatementKind>, World) {
    let at = |world: &World| (world.now(), world.event_count() as usize);
    let mut forms = vec![kind.clone()];
    match kind {
        StatementKind::Invoke(call) => forms.push(StatementKind::Start(call.clone())),
        StatementKind::Start(call) => forms.push(StatementKind::Invoke(call.clone())),
        StatementKind::Freeze { on, span: Some(_) } => forms.push(StatementKind::Freeze { on: *on, span: None }),
        StatementKind::Wait(_) => forms = vec![StatementKind::Wait(target.0.since(world.now()))],
        _ => {}
    }
    let ends: Vec<World> = forms.iter().map(|form| carried(world, form, freezes, target)).collect();
    if last && at(&ends[0]) > target {
        return (vec![kind.clone()], ends[0].clone());
    }
    if let Some(found) = ends.iter().position(|end| at(end) == target) {
        return (vec![forms[found].clone()], ends[found].clone());
    }
    // The one that is only begun, where there is one; a wait, and then the next.
    let short = if matches!(kind, StatementKind::Start(_)) { 0 } else { forms.len() - 1 };
    let wait = StatementKind::Wait(target.0.since(ends[short].now()));
    let end = carried(&ends[short], &wait, freezes, target);
    (vec![forms[short].clone(), wait], end)
}

/// The world after a statement and what it waits for, with the freezes that came in between; stopped where it is past the
/// target.
fn carried(world: &World, kind: &StatementKind, freezes: &[Entry], target: Point) -> World {
    let mut world = world.clone();
    let one = |kind: StatementKind| Run::new(Rc::new(Scenario { statements: vec![Statement::from(kind)] }));
    let goal = one(kind.clone()).begin_next(&mut world).map_or(Goal::Now, |begun| begun.goal);
    loop {
        for freeze in freezes {
            if (freeze.at, freeze.events) == (world.now(), world.event_count() as usize) {
                freeze.run.clone().begin_next(&mut world);
            }
        }
        let more = match goal {
            Goal::Now => false,
            Goal::At(moment) => world.step_to_event(moment),
            Goal::Ended(id) => {
                world.is_running(id) && world.next_deadline().is_some() && world.step_to_event(Instant::FAR)
            }
        };
        if !more || world.now() > target.0 {
            return world;
        }
    }
}
