//! The run as a terminal session, up to the shown moment.

use std::rc::Rc;

use crate::session::{Session, details, words};
use simulation::event::{EnvironmentId, Phase};
use simulation::export::{Line, LineKind};
use simulation::history::InvocationRecord;

/// The number of lines that the terminal shows: the latest ones.
const LINES: usize = 400;
/// The number of outcomes that the terminal shows: the latest ones.
const OUTCOMES: usize = 6;

/// The terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct TerminalView {
    /// The number of the first line that is shown.
    pub first: usize,
    /// The lines that are shown.
    pub lines: Vec<Line>,
    /// False once a scenario with chapters has been run: there is something to play then.
    pub offers_walk_through: bool,
    /// True while nothing has happened.
    pub empty: bool,
    /// True while the machine plays.
    pub playing: bool,
    /// The length of the time line, in milliseconds as they are shown.
    pub length: u64,
    /// The place of the shown moment on it.
    pub place: u64,
    /// The environments.
    pub environments: Vec<EnvironmentLine>,
    /// The latest outcomes.
    pub outcomes: Vec<OutcomeLine>,
    /// The chapters.
    pub chapters: Vec<Chapter>,
}

/// An environment in a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentLine {
    /// The environment.
    pub id: EnvironmentId,
    /// Its phase.
    pub phase: Phase,
    /// The pool of its first client.
    pub pool: Option<String>,
}

/// An outcome in a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeLine {
    /// The handler.
    pub handler: Rc<str>,
    /// The handler's place among the exports.
    pub place: usize,
    /// True if the invocation or its last query failed.
    pub failed: bool,
    /// `cold`, `warm`, …
    pub start: &'static str,
    /// The duration in words.
    pub took: String,
}

/// A chapter of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// The number of events at its beginning.
    pub events: usize,
    /// True for the chapter that the shown moment is part of.
    pub current: bool,
}

impl Session {
    /// The view of the terminal.
    pub fn terminal(&self) -> TerminalView {
        let transcript = self.transcript();
        let timeline = self.player.timeline();
        let cursor = self.player.cursor();
        let shown = transcript.partition_point(|line| line.events <= cursor);
        let first = shown.saturating_sub(LINES);
        let invocations = &self.player.invocations().records;
        let latest = &invocations[invocations.len().saturating_sub(OUTCOMES)..];
        TerminalView {
            first,
            lines: transcript[first..shown].to_vec(),
            offers_walk_through: transcript.iter().all(|line| line.kind != LineKind::Chapter),
            empty: self.player.events().is_empty(),
            playing: self.player.is_playing(),
            length: timeline.end(),
            place: timeline.place(cursor),
            environments: self
                .living()
                .map(|environment| EnvironmentLine {
                    id: environment.id,
                    phase: environment.phase,
                    pool: environment.clients.first().map(|client| details::pool(&client.pool)),
                })
                .collect(),
            outcomes: latest.iter().filter_map(|record| self.outcome_line(record)).collect(),
            chapters: chapters(&transcript, cursor),
        }
    }

    fn outcome_line(&self, record: &InvocationRecord) -> Option<OutcomeLine> {
        let outcome = record.outcome.as_ref()?;
        Some(OutcomeLine {
            handler: record.handler.clone(),
            place: self.exports().iter().position(|name| *name == record.handler).unwrap_or_default(),
            failed: record.failed(),
            start: words::start(outcome.start),
            took: words::took(outcome.duration),
        })
    }
}

fn chapters(transcript: &[Line], cursor: usize) -> Vec<Chapter> {
    // An empty line of a chapter separates it from the lines before it.
    let titles = || transcript.iter().filter(|line| line.kind == LineKind::Chapter && !line.text.is_empty());
    let current = titles().rfind(|line| line.events <= cursor).map(|line| line.events);
    titles()
        .map(|line| Chapter {
            title: line.text.strip_prefix("## ").unwrap_or(&line.text).to_owned(),
            events: line.events,
            current: current == Some(line.events),
        })
        .collect()
}
