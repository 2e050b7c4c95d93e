//! A scenario once it has been read: its statements, each with its place in the text.

use crate::event::EnvironmentId;
use crate::settings::Settings;
use crate::world::{Action, Call};
use base::time::Duration;

use super::print;
use super::settings::Assignment;

/// A scenario: its statements in order, the `set` statements first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// The statements.
    pub statements: Vec<Statement>,
}

impl Scenario {
    /// The settings of a run of this scenario: `base` with the changes of its `set` statements.
    #[must_use]
    pub fn settings(&self, mut base: Settings) -> Settings {
        for assignment in self.assignments() {
            assignment.apply(&mut base);
        }
        base
    }

    /// The settings that the scenario changes, in its order.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.statements.iter().filter_map(|statement| statement.kind.assignments()).flatten()
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The statement itself.
    pub kind: StatementKind,
    /// Its place in the text.
    pub span: Span,
}

/// Statements are compared without their places in the text.
impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl From<StatementKind> for Statement {
    /// A statement without a place in a text.
    fn from(kind: StatementKind) -> Self {
        Self { kind, span: Span::default() }
    }
}

/// The statement in its canonical form.
impl core::fmt::Display for Statement {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str(&print::statement(&self.kind))
    }
}

/// A stretch of a scenario's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// The line of the first character, from 1.
    pub line: u32,
    /// The column of the first character in its line, from 1.
    pub column: u32,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `set KEY=VALUE …`: changes settings before the run begins.
    Set(Vec<Assignment>),
    /// A statement that is one action and goes on at once: `start`, `queue`, `freeze`, `thaw`, `terminate`, `network`,
    /// `postgres`, `reclaim`, `deploy`, `say`.
    Do(Action),
    /// `invoke NAME [on N] [JSON]`: begins an invocation and waits until it has ended.
    Invoke(Call),
    /// `freeze [N] for D`: freezes, and then time passes.
    FreezeFor {
        /// The environment that is frozen. Without it, every environment that can be.
        on: Option<EnvironmentId>,
        /// The time that passes.
        span: Duration,
    },
    /// `wait D`: time passes.
    Wait(Duration),
}

impl StatementKind {
    /// `start NAME`: begins an invocation and goes on at once.
    pub fn start(call: Call) -> Self {
        Self::Do(Action::Invoke(call))
    }

    /// The settings that a `set` statement changes.
    pub fn assignments(&self) -> Option<&[Assignment]> {
        if let Self::Set(assignments) = self { Some(assignments) } else { None }
    }

    /// The action that the statement begins with. `set` and `wait` have none.
    pub fn action(&self) -> Option<Action> {
        match self {
            Self::Set(_) | Self::Wait(_) => None,
            Self::Do(action) => Some(action.clone()),
            Self::Invoke(call) => Some(Action::Invoke(call.clone())),
            Self::FreezeFor { on, .. } => Some(Action::Freeze { on: *on }),
        }
    }

    /// The call of a statement that asks for an invocation.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Invoke(call) => Some(call),
            Self::Do(action) => action.call(),
            Self::Set(_) | Self::FreezeFor { .. } | Self::Wait(_) => None,
        }
    }

    /// The environment that the statement names.
    pub fn target(&self) -> Option<EnvironmentId> {
        match self {
            Self::Invoke(call) => call.on,
            Self::FreezeFor { on, .. } => *on,
            Self::Do(action) => action.target(),
            Self::Set(_) | Self::Wait(_) => None,
        }
    }
}

/// An entry of the language's reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementDoc {
    /// The statement's first word.
    pub name: &'static str,
    /// The form in which it is written.
    pub form: &'static str,
    /// Its effect.
    pub meaning: &'static str,
}

const fn doc(name: &'static str, form: &'static str, meaning: &'static str) -> StatementDoc {
    StatementDoc { name, form, meaning }
}

/// All statements, in the order of the reference.
pub const STATEMENTS: [StatementDoc; 13] = [
    doc("set", "set KEY=VALUE …", "settings, before all other statements"),
    doc("invoke", "invoke NAME [on N] [JSON]", "one invocation, until it has ended"),
    doc("start", "start NAME [on N] [JSON]", "begins an invocation and goes on at once"),
    doc("queue", "queue NAME [on N] [JSON]", "lets an event wait at a frozen environment without waking it"),
    doc("freeze", "freeze [N] [for D]", "frozen now; with `for`, time passes and it stays frozen"),
    doc("thaw", "thaw [N]", "lets the process go on, with the event that waits if there is one"),
    doc("wait", "wait D", "time passes"),
    doc("terminate", "terminate [N]", "the server ends the environments' sessions"),
    doc("network", "network [N] FAULT", "what happens to the environments' open connections"),
    doc("postgres", "postgres stop|start|restart", "the server's life"),
    doc("reclaim", "reclaim [N]", "Lambda shuts the environments down"),
    doc("deploy", "deploy", "a new version: idle environments go now, busy ones when they are done"),
    doc("say", "say TEXT", "a caption"),
];
