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
            (Ok(applied), StatementKind::Invoke(_)) if !applied.throttled => {
                applied.invocation.map_or(Goal::Now, Goal::Ended)
            }
            (Ok(_), StatementKind::Wait(span) | StatementKind::FreezeFor { span, .. }) => Goal::At(at + *span),
            (Ok(_) | Err(_), _) => Goal::Now,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::Package;
    use crate::scenario::parse;
    use crate::settings::Settings;
    use base::time::Duration;

    fn scenario(text: &str) -> Rc<Scenario> {
        Rc::new(parse(text, Package::post().exports()).expect("the scenario can be read"))
    }

    fn world() -> World {
        World::new(Settings::default(), Package::post())
    }

    /// The goals of a scenario's statements.
    fn goals(text: &str) -> Vec<Goal> {
        let mut world = world();
        let begin = |statement: &Statement| {
            let goal = statement.begin(&mut world).goal;
            world.drive(goal, &mut |_| {});
            goal
        };
        scenario(text).statements.iter().map(begin).collect()
    }

    #[test]
    fn a_statement_waits_only_if_its_form_says_so() {
        use crate::event::InvocationId;
        let at = |seconds| Goal::At(Instant::ZERO + Duration::from_secs(seconds));
        assert_eq!(goals("set seed=2; say a; deploy; start check"), [Goal::Now; 4]);
        assert_eq!(goals("wait 2s; freeze for 5s; freeze"), [at(2), at(7), Goal::Now]);
        assert_eq!(goals("invoke check"), [Goal::Ended(InvocationId(1))]);
    }

    #[test]
    fn a_statement_that_is_refused_or_throttled_does_not_wait() {
        assert_eq!(goals("freeze 1 for 5s"), [Goal::Now]);
        let mut world = World::new(scenario("set lambda.concurrency=0").settings(Settings::default()), Package::post());
        assert_eq!(scenario("invoke check").statements[0].begin(&mut world).goal, Goal::Now);
    }

    #[test]
    fn each_statement_is_reported_and_a_refusal_does_not_end_the_run() {
        let mut names = Vec::new();
        let accepted = run(&mut world(), &scenario("invoke check on 3; invoke check; wait 1s"), &mut |report| {
            names.push(report.result.name());
        });
        assert_eq!((accepted, names), (false, vec!["refused", "success", "ok"]));
    }
}
