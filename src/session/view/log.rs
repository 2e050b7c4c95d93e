//! CloudWatch's lines by invocation.

use std::rc::Rc;

use crate::session::{Session, words};
use simulation::event::{Event, EventKind, InvocationId, Level};
use simulation::history::{InvocationRecord, Player};
use simulation::lambda::log;
use simulation::settings::Settings;

/// The number of invocations that the log shows: the latest ones.
const GROUPS: usize = 12;
/// The number of lines of an invocation that the log shows: the latest ones.
const LINES: usize = 200;

/// The lines of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// The invocation.
    pub id: InvocationId,
    /// Its start, and its environment: `cold, #1`.
    pub start: String,
    /// The time at which it was asked for.
    pub requested_at: String,
    /// The number of lines that are left out before the first.
    pub skipped: usize,
    /// The lines, the latest last.
    pub lines: Vec<LogLine>,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The kind of line.
    pub kind: LogLineKind,
    /// The text before the request id; the whole line where there is none.
    pub text: String,
    /// The request id.
    pub request_id: Option<RequestId>,
    /// The note on a line that another invocation began.
    pub late: Option<String>,
}

/// The kinds of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLineKind {
    /// A line of Lambda itself.
    Platform,
    /// A line that the process printed.
    Output,
    /// A line that the process printed as an error.
    Error,
}

/// A request id in the middle of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The first eight characters, which are shown.
    pub short: String,
    /// The rest, which is there for copying.
    pub rest: String,
    /// The text after it.
    pub after: String,
}

/// The groups that are shown, each beside the record from which it was made.
///
/// A record is immutable while it is shared, and another run has other records. A group is therefore made anew exactly if its
/// record is another one, however much the two runs are alike.
#[derive(Default)]
pub(in crate::session) struct LogView(Vec<(Rc<InvocationRecord>, Rc<LogGroup>)>);

impl LogView {
    /// Takes in the shown moment.
    pub(in crate::session) fn refresh(&mut self, player: &Player) {
        let records: Vec<_> = player.invocations().records.iter().filter(|record| !record.log.is_empty()).collect();
        let known = std::mem::take(&mut self.0);
        let shown = &records[records.len().saturating_sub(GROUPS)..];
        self.0.extend(shown.iter().map(|record| {
            let same = known.iter().find(|(before, _)| Rc::ptr_eq(before, record));
            let group = same.map_or_else(
                || Rc::new(group(player.world().settings(), player.events(), record)),
                |(_, group)| group.clone(),
            );
            (Rc::clone(record), group)
        }));
    }
}

impl Session {
    /// The view of the log.
    pub fn log(&self) -> Vec<Rc<LogGroup>> {
        self.log.0.iter().map(|(_, group)| group.clone()).collect()
    }
}

fn group(settings: &Settings, events: &[Event], record: &InvocationRecord) -> LogGroup {
    let skipped = record.log.len().saturating_sub(LINES);
    let environment = record.environment.map_or_else(String::new, |id| format!(", #{id}"));
    let lines = record.log[skipped..].iter().filter_map(|at| events.get(*at as usize));
    LogGroup {
        id: record.id,
        start: format!("{}{environment}", words::start(record.start)),
        requested_at: words::clock(record.requested_at),
        skipped,
        lines: lines.map(|event| line(settings, record, event)).collect(),
    }
}

fn line(settings: &Settings, record: &InvocationRecord, event: &Event) -> LogLine {
    let text = log::line(settings, event).unwrap_or_default();
    let (kind, late) = match &event.kind {
        EventKind::Printed { level, begun_by, .. } => {
            let kind = if *level == Level::Error { LogLineKind::Error } else { LogLineKind::Output };
            let whose = if event.invocation == Some(record.id) { "this one’s" } else { "its" };
            let begun_by = begun_by.or(event.invocation).filter(|id| *id != record.id);
            (kind, begun_by.map(|id| format!("late, begun by {id}, {whose} request id")))
        }
        _ => (LogLineKind::Platform, None),
    };
    let (text, request_id) = split_at_request_id(text);
    LogLine { kind, text, request_id, late }
}

fn split_at_request_id(line: String) -> (String, Option<RequestId>) {
    const LENGTH: usize = 36;
    const SHORT: usize = 8;
    let parts = log::request_id_in(&line).and_then(|at| {
        let id = RequestId {
            short: line.get(at..at + SHORT)?.into(),
            rest: line.get(at + SHORT..at + LENGTH)?.into(),
            after: line.get(at + LENGTH..)?.into(),
        };
        Some((line.get(..at)?.to_owned(), id))
    });
    match parts {
        Some((before, id)) => (before, Some(id)),
        None => (line, None),
    }
}
