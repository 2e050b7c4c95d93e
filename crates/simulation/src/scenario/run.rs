//! Carries out the statements of a scenario in a world.

use std::rc::Rc;

use crate::world::{Applied, Goal, Refusal, World};
use base::time::Instant;
use postgres::Database;

use super::report::{Reporter, StatementReport};
use super::syntax::{Scenario, Statement, StatementKind};

/// A statement that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The moment at which the statement began.
    pub at: Instant,
    /// The effect of the statement's action, or the reason why it was refused. A statement without an action has no
    /// effect.
    pub applied: Result<Applied, Refusal>,
    /// The goal that is reached before the next statement begins.
    pub goal: Goal,
}

impl Statement {
    /// Applies the statement's action to a world. The statement is over when the world has reached the goal.
    ///
    /// A `set` statement does nothing: its settings are those that the world was made with, see [`Scenario::settings`].
    pub fn begin<D: Database>(&self, world: &mut World<D>) -> Begun {
        let at = world.now();
        let applied = self.kind.action().map_or_else(|| Ok(Applied::default()), |action| world.apply(action));
        let goal = match (&applied, &self.kind) {
            (Err(_), _) => Goal::Now,
            (Ok(applied), StatementKind::Invoke(_)) if !applied.throttled => {
                applied.invocation.map_or(Goal::Now, Goal::Ended)
            }
            (Ok(_), StatementKind::Wait(span) | StatementKind::FreezeFor { span, .. }) => Goal::At(at + *span),
            (Ok(_), _) => Goal::Now,
        };
        Begun { at, applied, goal }
    }
}

/// Runs a scenario to its end, and gives the report of each statement in turn. Returns true if none was refused.
pub fn run<D: Database>(world: &mut World<D>, scenario: &Rc<Scenario>, each: &mut dyn FnMut(StatementReport)) -> bool {
    let mut reporter = Reporter::default();
    let mut accepted = true;
    for statement in &scenario.statements {
        let begun = statement.begin(world);
        accepted &= begun.applied.is_ok();
        let mut report = reporter.begin(statement, &begun);
        world.drive(begun.goal, &mut |events| reporter.observe(&mut report, events));
        report.finish(world);
        each(report);
    }
    accepted
}
