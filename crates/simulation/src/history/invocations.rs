//! A summary of the events up to a moment. The world forgets an invocation when it has ended; the reader does not.

use base::sorted_map::{SortedMap, SortedSet};
use std::rc::Rc;

use crate::event::{
    ConnectionId, DisconnectReason, EnvironmentId, Event, EventKind, FileId, InvocationId, Level, Outcome, Position,
    Start,
};
use base::time::Instant;

/// The invocations of a run, and the latest of the other things that the page shows.
///
/// A clone is cheap: each record is shared until it changes.
#[derive(Clone, Debug, Default)]
pub struct Invocations {
    /// The invocations in the order in which they were asked for.
    pub records: Vec<Rc<InvocationRecord>>,
    /// How many times the module was evaluated, in all environments.
    pub evaluations: u32,
    /// The moment and the environment of the latest evaluation.
    pub evaluated: Option<(Instant, EnvironmentId)>,
    /// The latest thing that went along a wire.
    pub hop: Option<Hop>,
    /// The latest caption of the scenario.
    pub caption: Option<Rc<str>>,
    /// The latest session that ended: the invocation during which it ended, and why.
    pub last_session: Option<(Option<InvocationId>, DisconnectReason)>,
    /// The message of the latest connection that failed. `None` once one has succeeded.
    pub refused: Option<Rc<str>>,
    /// The invocation that the log lines of each environment are shown with: a place in `records`.
    current: SortedMap<EnvironmentId, usize>,
}

/// The record of one invocation.
#[derive(Clone, Debug)]
pub struct InvocationRecord {
    /// The number of the invocation.
    pub id: InvocationId,
    /// The environment that it went to. `None` if it was throttled.
    pub environment: Option<EnvironmentId>,
    /// The name of the handler.
    pub handler: Rc<str>,
    /// The moment at which it was asked for.
    pub requested_at: Instant,
    /// How the process came to be. `None` until the invocation begins.
    pub start: Option<Start>,
    /// True while its event waits at a frozen environment.
    pub queued: bool,
    /// The moment at which the handler was called. `None` if the module could not be evaluated.
    pub called: Option<Instant>,
    /// The last line that ran before the handler was called.
    pub loading: Option<Position>,
    /// The outcome, once the invocation has ended.
    pub outcome: Option<Rc<Outcome>>,
    /// The number of events up to its end. 0 until it has ended.
    pub ended: usize,
    /// The lines that ran during the invocation.
    pub lines: SortedSet<(FileId, u32)>,
    /// The line that printed the latest error.
    pub complaint: Option<Position>,
    /// Its part of the log: places in the list of events.
    pub log: Vec<u32>,
}

impl InvocationRecord {
    /// True if the invocation has ended and did not [succeed](Outcome::succeeded).
    pub fn failed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| !outcome.succeeded())
    }
}

/// A packet on its way along a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The connection that the wire stands for.
    pub connection: ConnectionId,
    /// True if it goes from the environment to the server.
    pub outward: bool,
    /// The place of its event in the list of events. Every hop has another one.
    pub event: usize,
}

impl Invocations {
    /// Takes in the event at the place `index` in the list of events.
    pub fn observe(&mut self, index: usize, event: &Event) {
        match &event.kind {
            EventKind::InvocationRequested { handler } => {
                let Some(id) = event.invocation else { return };
                if let Some(environment) = event.environment {
                    self.current.entry(environment).or_insert(self.records.len());
                }
                self.records.push(Rc::new(InvocationRecord {
                    id,
                    environment: event.environment,
                    handler: handler.clone(),
                    requested_at: event.at,
                    start: None,
                    queued: false,
                    called: None,
                    loading: None,
                    outcome: None,
                    ended: 0,
                    lines: SortedSet::new(),
                    complaint: None,
                    log: Vec::new(),
                }));
            }
            EventKind::InvocationQueued => {
                if let Some(record) = self.own(event) {
                    record.queued = true;
                }
            }
            EventKind::InvocationStarted { start } => {
                if let (Some(environment), Some(at)) = (event.environment, self.place(event.invocation)) {
                    self.current.insert(environment, at);
                }
                if let Some(record) = self.own(event) {
                    record.start = Some(*start);
                    record.queued = false;
                    record.environment = event.environment.or(record.environment);
                }
            }
            EventKind::HandlerCalled { .. } => {
                if let Some(record) = self.own(event) {
                    record.called = Some(event.at);
                }
            }
            EventKind::InvocationEnded { outcome } => {
                if let Some(record) = self.own(event) {
                    record.outcome = Some(outcome.clone());
                    record.queued = false;
                    record.ended = index + 1;
                }
            }
            EventKind::ModuleEvaluated => {
                self.evaluations += 1;
                self.evaluated = event.environment.map(|environment| (event.at, environment));
            }
            EventKind::Line { position, .. } => {
                if let Some(record) = self.during(event) {
                    record.lines.insert((position.file, position.line));
                    if record.called.is_none() {
                        record.loading = Some(*position);
                    }
                }
            }
            EventKind::Printed { level, position, .. } => {
                let complaint = position.filter(|_| *level == Level::Error);
                if let Some(record) = self.during(event) {
                    record.log.push(index as u32);
                    record.complaint = complaint.or(record.complaint);
                }
            }
            EventKind::Platform { .. } => {
                if let Some(record) = self.during(event) {
                    record.log.push(index as u32);
                }
            }
            EventKind::QuerySent { connection, .. } | EventKind::Connecting { connection, .. } => {
                self.hop = Some(Hop { connection: *connection, outward: true, event: index });
            }
            EventKind::AnswerRead { connection } => {
                self.hop = Some(Hop { connection: *connection, outward: false, event: index });
            }
            EventKind::Connected { connection, .. } => {
                self.hop = Some(Hop { connection: *connection, outward: false, event: index });
                self.refused = None;
            }
            EventKind::ConnectFailed { message, .. } => self.refused = Some(message.clone()),
            EventKind::SessionEnded { why, .. } => {
                let invocation = event.invocation.or_else(|| self.during(event).map(|record| record.id));
                self.last_session = Some((invocation, *why));
            }
            EventKind::Caption { text } => self.caption = Some(text.clone()),
            _ => {}
        }
    }

    /// The record of an invocation.
    pub fn invocation(&self, id: InvocationId) -> Option<&Rc<InvocationRecord>> {
        self.place(Some(id)).map(|at| &self.records[at])
    }

    /// The invocations that have not ended and do not wait at a frozen environment, the latest first.
    pub fn running(&self) -> impl Iterator<Item = &Rc<InvocationRecord>> {
        self.records.iter().rev().filter(|record| record.outcome.is_none() && !record.queued)
    }

    /// True if the latest invocation that ended in this environment never called the handler, because the module could not
    /// be evaluated.
    pub fn not_loaded(&self, environment: EnvironmentId) -> bool {
        let mut latest = self.records.iter().rev();
        let ended = latest.find(|record| record.environment == Some(environment) && record.ended > 0);
        ended.is_some_and(|record| record.called.is_none())
    }

    /// The place of an invocation in `records`, which is sorted by number.
    fn place(&self, id: Option<InvocationId>) -> Option<usize> {
        self.records.binary_search_by_key(&id?, |record| record.id).ok()
    }

    fn own(&mut self, event: &Event) -> Option<&mut InvocationRecord> {
        let at = self.place(event.invocation)?;
        Some(Rc::make_mut(&mut self.records[at]))
    }

    /// The record of the invocation during which an event happens. Lambda's log may attribute the event to another one.
    fn during(&mut self, event: &Event) -> Option<&mut InvocationRecord> {
        let current = event.environment.and_then(|environment| self.current.get(&environment).copied());
        let at = current.or_else(|| self.place(event.invocation))?;
        Some(Rc::make_mut(&mut self.records[at]))
    }
}
