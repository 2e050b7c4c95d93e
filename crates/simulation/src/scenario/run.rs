//! Carries out a scenario in a world, one statement after the other, at the pace of whoever drives it.
//!
//! ```text
//! loop {
//!     begin_next ─▶ Begun { goal }          applies the statement's action
//!     while goal.step(&mut world) {}        or one step a frame, or as slowly as a reader wants to watch
//! }
//! ```

use std::rc::Rc;

use crate::event::InvocationId;
use crate::world::{Action, Applied, World};
use base::time::Instant;
use postgres::Database;

use super::report::{Account, StatementReport};
use super::syntax::{Scenario, Statement, StatementKind};

/// A scenario on its way. Plain data: cloned with the world it belongs to, it goes on from there.
#[derive(Clone, Debug)]
pub struct Run {
    scenario: Rc<Scenario>,
    next: usize,
}

/// A statement that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Which one, counted from 0.
    pub index: usize,
    /// When it began.
    pub at: Instant,
    /// What the world made of it, or why it refused. Statements without an action give `Applied` with nothing in it.
    pub applied: Result<Applied, Rc<str>>,
    /// What has to be reached before the next statement may begin.
    pub goal: Goal,
}

/// When a statement is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// At once.
    Now,
    /// When this invocation has ended.
    Ended(InvocationId),
    /// At this moment, with everything that is due then.
    At(Instant),
}

impl Goal {
    /// Does the next single thing on the way to the goal; false once it has been reached.
    pub fn step<D: Database>(self, world: &mut World<D>) -> bool {
        match self {
            Self::Now => false,
            Self::At(moment) => world.step(moment),
            Self::Ended(invocation) => {
                if !world.is_running(invocation) {
                    return false;
                }
                // An invocation always ends, by its timeout at the latest; a world with nothing to do is at an end too.
                if world.next_deadline().is_none() {
                    return false;
                }
                // No limit: how far a process gets in a step must not depend on who drives the world.
                world.step(Instant::FAR);
                true
            }
        }
    }

    /// Whether the goal has been reached; for a moment, whether time has come to it.
    pub fn reached<D: Database>(self, world: &World<D>) -> bool {
        match self {
            Self::Now => true,
            Self::At(moment) => world.now() >= moment,
            Self::Ended(invocation) => !world.is_running(invocation),
        }
    }
}

impl Run {
    /// The scenario from its beginning. Its settings are those of the world that it will run in.
    pub fn new(scenario: Rc<Scenario>) -> Self {
        Self { scenario, next: 0 }
    }

    /// The scenario.
    pub fn scenario(&self) -> &Rc<Scenario> {
        &self.scenario
    }

    /// The statement that begins next.
    pub fn upcoming(&self) -> Option<&Statement> {
        self.scenario.statements.get(self.next)
    }

    /// What has not begun.
    pub fn rest(&self) -> &[Statement] {
        self.scenario.statements.get(self.next..).unwrap_or_default()
    }

    /// Begins the next statement; `None` when there is none left.
    pub fn begin_next<D: Database>(&mut self, world: &mut World<D>) -> Option<Begun> {
        let kind = &self.scenario.statements.get(self.next)?.kind;
        let index = self.next;
        self.next += 1;
        let at = world.now();
        let applied = match action(kind) {
            None => Ok(Applied::default()),
            Some(action) => world.apply(action).map_err(|refusal| Rc::from(refusal.to_string())),
        };
        let goal = match (&applied, kind) {
            (Err(_), _) => Goal::Now,
            (Ok(applied), StatementKind::Invoke(_)) if !applied.throttled => {
                applied.invocation.map_or(Goal::Now, Goal::Ended)
            }
            (_, StatementKind::Wait(span) | StatementKind::Freeze { span: Some(span), .. }) => Goal::At(at + *span),
            _ => Goal::Now,
        };
        Some(Begun { index, at, applied, goal })
    }
}

/// What the statement asks of the world.
fn action(kind: &StatementKind) -> Option<Action> {
    let action = match kind {
        StatementKind::Set(_) | StatementKind::Wait(_) => return None,
        StatementKind::Invoke(call) | StatementKind::Start(call) => {
            Action::Invoke { handler: call.handler.clone(), on: call.on, event: call.event.text().clone() }
        }
        StatementKind::Queue(call) => {
            Action::Queue { handler: call.handler.clone(), on: call.on, event: call.event.text().clone() }
        }
        StatementKind::Freeze { on, .. } => Action::Freeze { on: *on },
        StatementKind::Thaw(on) => Action::Thaw { on: *on },
        StatementKind::Terminate(on) => Action::Terminate { on: *on },
        StatementKind::Network(on, fault) => Action::Network { on: *on, fault: *fault },
        StatementKind::Postgres(action) => Action::Postgres(*action),
        StatementKind::Reclaim(on) => Action::Reclaim { on: *on },
        StatementKind::Deploy => Action::Deploy,
        StatementKind::Say(caption) => Action::Say(caption.clone()),
    };
    Some(action)
}

/// Events that are read at once while a statement runs, so that a long one does not pile them up.
const EVENTS_AT_ONCE: u64 = 4_096;

/// Runs a scenario to its end and gives the report of each statement in turn. True when none was refused.
pub fn run<D: Database>(world: &mut World<D>, scenario: &Rc<Scenario>, each: &mut dyn FnMut(StatementReport)) -> bool {
    let mut run = Run::new(scenario.clone());
    let mut account = Account::new();
    let mut accepted = true;
    while let Some(begun) = run.begin_next(world) {
        accepted &= begun.applied.is_ok();
        account.begin(&scenario.statements[begun.index], &begun);
        let mut read = world.event_count();
        while begun.goal.step(world) {
            if world.event_count() - read >= EVENTS_AT_ONCE {
                read = world.event_count();
                account.observe(&world.take_events());
            }
        }
        account.observe(&world.take_events());
        each(account.finish(world));
    }
    accepted
}
