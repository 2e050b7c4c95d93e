//! A run as a terminal session: prompts, log lines, results, captions.

use std::rc::Rc;

use crate::event::{Event, EventKind, Level, Outcome, Phase, Status};
use crate::history::{Player, pace};
use crate::lambda::log;
use crate::scenario::{Statement, StatementKind};
use crate::settings::Settings;
use crate::world::Action;

/// What a line of the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A caption: a chapter begins.
    Chapter,
    /// A statement behind its prompt.
    Command,
    /// What the process printed.
    Output,
    /// What it printed as an error.
    Complaint,
    /// What Lambda itself wrote, and what became of an environment.
    Platform,
    /// What an invocation returned.
    Result,
    /// The same, where the invocation or one of its queries went wrong.
    Failure,
}

/// A line of the session, without a line break or anything else that a terminal would obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// It is there when so many events have happened: at the end of the step that brought it.
    pub events: usize,
    /// When it appears, in milliseconds shown.
    pub at_ms: u64,
    /// What it is.
    pub kind: LineKind,
    /// Its text.
    pub text: Rc<str>,
}

/// The whole history as a terminal session, what comes after the shown moment included.
pub fn session(player: &Player) -> Vec<Line> {
    let settings = player.world().settings();
    let mut session = Session { player, events: 0, at_ms: 0, lines: Vec::new() };
    let mut statements = player.statements().peekable();
    for (at, event) in player.events().iter().enumerate() {
        while let Some((_, statement)) = statements.next_if(|(before, _)| *before <= at) {
            session.statement(at, statement);
        }
        session.events = player.whole_step(at + 1);
        session.at_ms = player.timeline().place(at + 1) - u64::from(pace::moment(&event.kind));
        session.event(settings, event);
    }
    for (at, statement) in statements {
        session.statement(at, statement);
    }
    session.lines
}

struct Session<'a> {
    player: &'a Player,
    /// Of the line that comes next.
    events: usize,
    at_ms: u64,
    lines: Vec<Line>,
}

impl Session<'_> {
    /// Captions show themselves, as events.
    fn statement(&mut self, events: usize, statement: &Statement) {
        if !matches!(statement.kind, StatementKind::Do(Action::Say(_))) {
            (self.events, self.at_ms) = (events, self.player.timeline().place(events));
            self.push(LineKind::Command, "$ ", &statement.to_string());
        }
    }

    fn event(&mut self, settings: &Settings, event: &Event) {
        let state = match &event.kind {
            EventKind::Caption { text } => {
                if !self.lines.is_empty() {
                    self.push(LineKind::Chapter, "", "");
                }
                return self.push(LineKind::Chapter, "## ", text);
            }
            EventKind::InvocationEnded { outcome } => {
                let kind = if outcome.succeeded() { LineKind::Result } else { LineKind::Failure };
                return self.push(kind, "→ ", &result(outcome));
            }
            EventKind::PhaseChanged { phase: Phase::Frozen } => "frozen",
            EventKind::Thawed => "thawed",
            EventKind::PhaseChanged { phase: Phase::Shutdown } => "shut down",
            EventKind::ProcessReset => "process ended",
            kind => {
                let Some(text) = log::line(settings, event) else { return };
                let kind = match kind {
                    EventKind::Printed { level: Level::Error, .. } => LineKind::Complaint,
                    EventKind::Printed { .. } => LineKind::Output,
                    _ => LineKind::Platform,
                };
                return self.push(kind, "", &text);
            }
        };
        let environment = event.environment.unwrap_or_default();
        self.push(LineKind::Platform, "# environment ", &(environment.to_string() + ": " + state));
    }

    /// A text of several lines becomes as many.
    fn push(&mut self, kind: LineKind, before: &str, text: &str) {
        let (events, at_ms) = (self.events, self.at_ms);
        for line in text.trim_end().split('\n') {
            self.lines.push(Line { events, at_ms, kind, text: plain(before, line).into() });
        }
    }
}

/// Tabs become two blanks, so that a narrow pane and a wide terminal have the same text; what else a terminal would obey is
/// shown as a mark that stands for it.
fn plain(before: &str, line: &str) -> String {
    let mut plain = before.to_owned();
    for character in line.chars() {
        match character {
            '\t' => plain.push_str("  "),
            _ if character.is_control() => plain.push('\u{fffd}'),
            _ => plain.push(character),
        }
    }
    plain
}

fn result(outcome: &Outcome) -> String {
    match (&outcome.error, &outcome.result) {
        (Some(error), _) => error.name.to_string() + ": " + &error.message,
        (None, Some(result)) => result.to_string(),
        (None, None) => match outcome.status {
            Status::Timeout => "timed out",
            Status::Throttled => "throttled",
            _ => "undefined",
        }
        .to_owned(),
    }
}

/// Where the line before or after the shown moment is there: how many events have happened then. With `chapters` only
/// chapters count; the first way back from within a chapter leads to its beginning.
pub fn moment(lines: &[Line], cursor: usize, forward: bool, chapters: bool) -> usize {
    let counts = |line: &&Line| !chapters || line.kind == LineKind::Chapter;
    let shown = lines.iter().map(|line| line.events).filter(|events| *events <= cursor).max().unwrap_or(0);
    let (before, after) = (
        lines.iter().rev().filter(counts).find(|line| line.events < shown),
        lines.iter().filter(counts).find(|line| line.events > cursor),
    );
    if forward { after.map_or(usize::MAX, |line| line.events) } else { before.map_or(0, |line| line.events) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(events: usize, kind: LineKind) -> Line {
        Line { events, at_ms: 0, kind, text: "".into() }
    }

    #[test]
    fn one_goes_by_lines_and_by_chapters() {
        use LineKind::{Chapter, Command, Output};
        let lines =
            [line(0, Command), line(1, Chapter), line(1, Command), line(5, Output), line(8, Chapter), line(12, Output)];
        let walk = |forward, chapters| {
            let mut at = if forward { 0 } else { 14 };
            let mut places = Vec::new();
            while (1..15).contains(&at) || places.is_empty() {
                at = moment(&lines, at, forward, chapters);
                places.push(at);
            }
            places
        };
        assert_eq!(walk(true, false), [1, 5, 8, 12, usize::MAX]);
        assert_eq!(walk(true, true), [1, 8, usize::MAX]);
        assert_eq!(walk(false, false), [8, 5, 1, 0]);
        assert_eq!(walk(false, true), [8, 1, 0]);
        assert_eq!(moment(&[], 3, false, true), 0);
    }
}
