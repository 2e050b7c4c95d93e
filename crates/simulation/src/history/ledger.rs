//! What the events up to a moment add up to, beyond what the world itself still knows: it forgets an invocation when it
//! has ended, the reader does not.

use base::sorted_map::{SortedMap, SortedSet};
use std::rc::Rc;

use crate::event::{
    ConnectionId, EnvironmentId, Event, EventKind, FileId, InvocationId, Level, Loss, Outcome, Position, Start,
};
use base::time::Instant;

/// The invocations and what they did. Cheap to clone: each invocation is shared until it changes.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// In the order in which they were asked for.
    pub invocations: Vec<Rc<InvocationRecord>>,
    /// How many times the module was evaluated, in whichever environment.
    pub evaluations: u32,
    /// When and where it was evaluated last.
    pub evaluated: Option<(Instant, EnvironmentId)>,
    /// What went along a wire last.
    pub hop: Option<Hop>,
    /// The scenario's latest caption.
    pub caption: Option<Rc<str>>,
    /// The last session that ended: in the life of which invocation, and why.
    pub last_session: Option<(Option<InvocationId>, Loss)>,
    /// The last refusal of a connection, until one succeeds.
    pub refused: Option<Rc<str>>,
    /// The invocation that a line of this environment's log stands with.
    at_work: SortedMap<EnvironmentId, usize>,
}

/// One invocation.
#[derive(Clone, Debug)]
pub struct InvocationRecord {
    /// Its number.
    pub id: InvocationId,
    /// Where it went; `None` where it was throttled.
    pub environment: Option<EnvironmentId>,
    /// The handler's name.
    pub handler: Rc<str>,
    /// When it was asked for.
    pub requested_at: Instant,
    /// How its process came to be, once it has begun.
    pub start: Option<Start>,
    /// Whether its event waits at a frozen environment.
    pub queued: bool,
    /// When the handler was called: never, where the module did not come to its end.
    pub called: Option<Instant>,
    /// The last line before that.
    pub loading: Option<Position>,
    /// How it ended.
    pub outcome: Option<Rc<Outcome>>,
    /// How many events there were when it had ended.
    pub ended: usize,
    /// The lines that ran in its life.
    pub lines: SortedSet<(FileId, u32)>,
    /// The line that printed its last error.
    pub complaint: Option<Position>,
    /// Its part of the log: places in the list of events.
    pub log: Vec<u32>,
}

impl InvocationRecord {
    /// Whether it went wrong for a reader: for Lambda, or because the last of its queries was rejected.
    pub fn failed(&self) -> bool {
        self.outcome
            .as_ref()
            .is_some_and(|outcome| outcome.rejections > 0 || !matches!(outcome.status, crate::event::Status::Success))
    }
}

/// Something on its way along a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which wire.
    pub connection: ConnectionId,
    /// From the environment to the server, or back.
    pub outward: bool,
    /// The event that told it: a new number is a new hop.
    pub event: usize,
}

impl Ledger {
    /// Takes in the event at `index`.
    pub fn observe(&mut self, index: usize, event: &Event) {
        match &event.kind {
            EventKind::InvocationRequested { handler } => {
                let Some(id) = event.invocation else { return };
                if let Some(environment) = event.environment {
                    self.at_work.entry(environment).or_insert(self.invocations.len());
                }
                self.invocations.push(Rc::new(InvocationRecord {
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
                    self.at_work.insert(environment, at);
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
                if let Some(record) = self.standing(event) {
                    record.lines.insert((position.file, position.line));
                    if record.called.is_none() {
                        record.loading = Some(*position);
                    }
                }
            }
            EventKind::Printed { level, position, .. } => {
                let complaint = position.filter(|_| *level == Level::Error);
                if let Some(record) = self.standing(event) {
                    record.log.push(index as u32);
                    record.complaint = complaint.or(record.complaint);
                }
            }
            EventKind::Platform { .. } => {
                if let Some(record) = self.standing(event) {
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
                let invocation = event.invocation.or_else(|| self.standing(event).map(|record| record.id));
                self.last_session = Some((invocation, *why));
            }
            EventKind::Caption { text } => self.caption = Some(text.clone()),
            _ => {}
        }
    }

    /// The invocation of this number.
    pub fn invocation(&self, id: InvocationId) -> Option<&Rc<InvocationRecord>> {
        self.place(Some(id)).map(|at| &self.invocations[at])
    }

    /// Those that have begun, or will without anybody's doing, and have not ended.
    pub fn running(&self) -> impl Iterator<Item = &Rc<InvocationRecord>> {
        self.invocations.iter().rev().filter(|record| record.outcome.is_none() && !record.queued)
    }

    /// Whether the module did not come to its end when it was evaluated last in this environment.
    pub fn not_loaded(&self, environment: EnvironmentId) -> bool {
        let mut latest = self.invocations.iter().rev();
        let ended = latest.find(|record| record.environment == Some(environment) && record.ended > 0);
        ended.is_some_and(|record| record.called.is_none())
    }

    /// Numbers grow in the order of the list.
    fn place(&self, id: Option<InvocationId>) -> Option<usize> {
        self.invocations.binary_search_by_key(&id?, |record| record.id).ok()
    }

    fn own(&mut self, event: &Event) -> Option<&mut InvocationRecord> {
        let at = self.place(event.invocation)?;
        Some(Rc::make_mut(&mut self.invocations[at]))
    }

    /// The invocation in whose life the event happens, whichever it is attributed to.
    fn standing(&mut self, event: &Event) -> Option<&mut InvocationRecord> {
        let at_work = event.environment.and_then(|environment| self.at_work.get(&environment).copied());
        let at = at_work.or_else(|| self.place(event.invocation))?;
        Some(Rc::make_mut(&mut self.invocations[at]))
    }
}
