//! The history as a scenario: statements that do again what a reader did, one click after the other.
//!
//! A statement of a scenario begins when the one before it is over. A click comes at any time. So a statement is written in
//! the form that was given only if the next one followed at its end. Otherwise it is written in a form that goes on at
//! once, with a `wait` up to the next click.
//!
//! We find out by replaying: a form is right if a scratch world then stands where the history did. Statements that have not
//! begun are written as they are.

use base::sort::sort_by_key;
use std::collections::VecDeque;

use super::Player;
use super::player::Change;
use crate::scenario::link::Moment;
use crate::scenario::settings::difference;
use crate::scenario::{Scenario, Statement, StatementKind};
use crate::settings::{Freezing, Settings};
use crate::world::{Action, World};
use base::time::Instant;

/// A place in a run: its time, and the number of events before it.
type Place = (Instant, usize);

/// A statement of the history, and the place at which it began.
struct Given {
    kind: StatementKind,
    place: Place,
}

impl Player {
    /// The scenario that makes this history, and then goes on as this one would. Its settings are those that differ from
    /// `base`.
    ///
    /// Freezes that come at once follow from `lambda.freeze=auto`. If that changed in the middle of the run, the scenario
    /// sets `manual`, and each freeze is a statement of its own.
    pub fn script(&self, base: &Settings) -> Scenario {
        let explicit_freezes = self.recording().freezing_changed();
        let mut world = self.recording().beginning().clone();
        if explicit_freezes {
            world.set_freezing(Freezing::Manual);
        }
        let set = difference(world.settings(), base);
        let mut statements: Vec<StatementKind> = if set.is_empty() { vec![] } else { vec![StatementKind::Set(set)] };
        let mut given = self.given(explicit_freezes);
        let end = (self.recording().end, self.events().len());
        while let Some(Given { kind, .. }) = given.pop_front() {
            let target = given.front().map_or(end, |next| next.place);
            let may_be_under_way = given.is_empty() && self.pending.goal_is_statement;
            let (written, after) = write(&world, &kind, target, may_be_under_way);
            statements.extend(written);
            world = after;
        }
        let pending = self.pending.statements.iter().map(|statement| &statement.kind);
        statements.extend(pending.filter(|kind| kind.assignments().is_none()).cloned());
        Scenario { statements: statements.into_iter().map(Statement::from).collect() }
    }

    /// The statements of the history. `set` is left out: it was applied when the world was made.
    fn given(&self, explicit_freezes: bool) -> VecDeque<Given> {
        let inputs = self.recording().inputs.iter().filter_map(|input| match &input.change {
            Change::Statement(statement) if statement.kind.assignments().is_none() => {
                Some(Given { kind: statement.kind.clone(), place: (input.at, input.events) })
            }
            _ => None,
        });
        let mut given: Vec<Given> = inputs.collect();
        if explicit_freezes {
            let freezes = self.recording().automatic_freezes();
            given.extend(freezes.map(|(events, event)| Given {
                kind: StatementKind::Do(Action::Freeze { on: event.environment }),
                place: (event.at, events),
            }));
            // Statements at one place keep their order.
            sort_by_key(&mut given, |given| given.place.1);
        }
        given.into()
    }

    /// The shown moment. `None` at the end.
    pub fn moment(&self) -> Option<Moment> {
        if self.at_end() && !self.busy() {
            return None;
        }
        let (before, after) = self.events().split_at(self.cursor());
        let Some(last) = before.last() else { return Some(Moment { at: Instant::ZERO, events: Some(0) }) };
        // At the end of the recording, more events may follow at this very time.
        let is_split = after.first().is_none_or(|next| next.at == last.at);
        let at_this_time = before.iter().rev().take_while(|event| event.at == last.at).count();
        Some(Moment { at: last.at, events: is_split.then_some(at_this_time as u32) })
    }

    /// Shows a moment of the history. `None` is its end.
    pub fn show(&mut self, moment: Option<Moment>) {
        let Some(Moment { at, events }) = moment else { return self.seek(usize::MAX) };
        let first = self.events().partition_point(|event| event.at < at);
        let at_this_time = self.events()[first..].iter().take_while(|event| event.at == at).count();
        let target = first + events.map_or(at_this_time, |events| at_this_time.min(events as usize));
        self.go_to(self.recording().boundary_at_most(target), false);
    }
}

fn place(world: &World) -> Place {
    (world.now(), world.event_count() as usize)
}

/// The statements that lead from `world` to the place `target` and do what `kind` asks, with the world there.
///
/// `may_be_under_way` is true for the latest statement if nothing was done after it: it may not be over at `target`.
fn write(world: &World, kind: &StatementKind, target: Place, may_be_under_way: bool) -> (Vec<StatementKind>, World) {
    let mut forms = vec![kind.clone()];
    match kind {
        StatementKind::Invoke(call) => forms.push(StatementKind::start(call.clone())),
        StatementKind::Do(Action::Invoke(call)) => forms.push(StatementKind::Invoke(call.clone())),
        StatementKind::FreezeFor { on, .. } => forms.push(StatementKind::Do(Action::Freeze { on: *on })),
        StatementKind::Wait(_) => forms = vec![StatementKind::Wait(target.0.since(world.now()))],
        StatementKind::Do(_) | StatementKind::Set(_) => {}
    }
    let ends: Vec<World> = forms.iter().map(|form| carried_out(world, form, target.0)).collect();
    if may_be_under_way && place(&ends[0]) > target {
        return (vec![kind.clone()], ends[0].clone());
    }
    if let Some(found) = ends.iter().position(|end| place(end) == target) {
        return (vec![forms[found].clone()], ends[found].clone());
    }
    // No form ends there: the one that goes on at once, and a wait up to the next statement.
    let is_start = matches!(kind, StatementKind::Do(Action::Invoke(_)));
    let short = if is_start { 0 } else { forms.len() - 1 };
    let wait = StatementKind::Wait(target.0.since(ends[short].now()));
    let end = carried_out(&ends[short], &wait, target.0);
    (vec![forms[short].clone(), wait], end)
}

/// The world after a statement, or soon after `last` if the statement takes longer.
fn carried_out(world: &World, kind: &StatementKind, last: Instant) -> World {
    let mut world = world.clone();
    let goal = Statement::from(kind.clone()).begin(&mut world).goal;
    while world.now() <= last && world.step_to_event(goal) {}
    world
}
