//! What a scenario is once it has been read: its statements, each with the place it came from.

use std::rc::Rc;

use crate::event::EnvironmentId;
use crate::settings::Settings;
use crate::world::{NetworkFault, ServerAction};
use base::time::Duration;

use super::json::Json;
use super::print;
use super::settings::Assignment;

/// A scenario: statements in their order, the `set` statements first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// The statements.
    pub statements: Vec<Statement>,
}

impl Scenario {
    /// `base` with what the scenario sets.
    #[must_use]
    pub fn settings(&self, mut base: Settings) -> Settings {
        for assignment in self.assignments() {
            assignment.apply(&mut base);
        }
        base
    }

    /// What the scenario sets, in its order.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.statements.iter().filter_map(|statement| statement.kind.assignments()).flatten()
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// Where it was written.
    pub span: Span,
}

/// Two statements are the same that say the same, wherever they were written.
impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl From<StatementKind> for Statement {
    /// A statement that was never written.
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

/// A place in a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// The line where it begins, from 1.
    pub line: u32,
    /// The column in characters where it begins, from 1.
    pub column: u32,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `set KEY=VALUE …`
    Set(Vec<Assignment>),
    /// `invoke NAME [on N] [JSON]`
    Invoke(Call),
    /// `start NAME [on N] [JSON]`
    Start(Call),
    /// `queue NAME [on N] [JSON]`
    Queue(Call),
    /// `freeze [N] [for D]`
    Freeze {
        /// Which environment; all where none is named.
        on: Option<EnvironmentId>,
        /// How much time passes.
        span: Option<Duration>,
    },
    /// `thaw [N]`
    Thaw(Option<EnvironmentId>),
    /// `wait D`
    Wait(Duration),
    /// `terminate [N]`
    Terminate(Option<EnvironmentId>),
    /// `network [N] FAULT`
    Network(Option<EnvironmentId>, NetworkFault),
    /// `postgres stop|start|restart`
    Postgres(ServerAction),
    /// `reclaim [N]`
    Reclaim(Option<EnvironmentId>),
    /// `deploy`
    Deploy,
    /// `say TEXT`
    Say(Rc<str>),
}

impl StatementKind {
    /// What a `set` statement sets.
    pub fn assignments(&self) -> Option<&[Assignment]> {
        if let Self::Set(assignments) = self { Some(assignments) } else { None }
    }

    /// The invocation that the statement asks for.
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Invoke(call) | Self::Start(call) | Self::Queue(call) => Some(call),
            _ => None,
        }
    }

    /// The environment that the statement names.
    pub fn environment(&self) -> Option<EnvironmentId> {
        match self {
            Self::Invoke(call) | Self::Start(call) | Self::Queue(call) => call.on,
            Self::Freeze { on, .. }
            | Self::Thaw(on)
            | Self::Terminate(on)
            | Self::Network(on, _)
            | Self::Reclaim(on) => *on,
            Self::Set(_) | Self::Wait(_) | Self::Postgres(_) | Self::Deploy | Self::Say(_) => None,
        }
    }
}

/// What is invoked, where, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The handler: the name of an export.
    pub handler: Rc<str>,
    /// In which environment, where that is said.
    pub on: Option<EnvironmentId>,
    /// The event.
    pub event: Json,
}

/// A statement of the language, for its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementDoc {
    /// Its first word.
    pub name: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// What it does.
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

/// The words for what `network` can do.
pub(super) const FAULTS: [(&str, NetworkFault); 6] = [
    ("reset", NetworkFault::Reset),
    ("close", NetworkFault::Close),
    ("reset-on-write", NetworkFault::ResetOnWrite),
    ("close-on-write", NetworkFault::CloseOnWrite),
    ("silent", NetworkFault::Silent),
    ("restore", NetworkFault::Restore),
];

/// The words for what `postgres` can do.
pub(super) const SERVER_ACTIONS: [(&str, ServerAction); 3] =
    [("stop", ServerAction::Stop), ("start", ServerAction::Start), ("restart", ServerAction::Restart)];
