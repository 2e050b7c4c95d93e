//! The time line: the whole history on an axis of the reader's time. Segments show the activity of the environments, marks
//! the invocations, the breaks and the faults.

use base::sorted_map::SortedMap;

use crate::event::{EnvironmentId, Event, EventKind, InvocationId, Phase};
use crate::history::pace;
use base::time::{Duration, Instant};

/// The activity over a stretch of time: that of the busiest environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentKind {
    /// There was no environment, or those that were awake had nothing to do.
    #[default]
    Idle,
    /// Every environment was frozen.
    Frozen,
    /// A runtime started, and evaluated its module.
    Init,
    /// An invocation ran.
    Running,
}

/// A stretch of the axis, in milliseconds shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The activity.
    pub kind: SegmentKind,
    /// The beginning.
    pub from: u64,
    /// The end.
    pub to: u64,
}

/// A mark on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The place on the axis, in milliseconds shown.
    pub at: u64,
    /// The kind of mark.
    pub kind: MarkKind,
}

/// The kinds of mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// An invocation began.
    Began {
        /// The virtual time.
        clock: Instant,
    },
    /// The middle of an invocation that has ended.
    Ended {
        /// The invocation.
        invocation: InvocationId,
        /// True if it [succeeded](crate::event::Outcome::succeeded).
        ok: bool,
        /// The number of events up to its end.
        events: usize,
    },
    /// A wait that is shown shorter than it was.
    Break {
        /// The duration of the wait.
        span: Duration,
        /// True if every environment was frozen meanwhile.
        frozen: bool,
    },
    /// A connection, the server or the network was disturbed.
    Fault,
}

/// The time line. It grows with every event.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// The activity, without gaps.
    pub segments: Vec<Segment>,
    /// The marks in the order of the axis.
    pub marks: Vec<Mark>,
    /// The end of each event on the axis.
    ends: Vec<u64>,
    last: Instant,
    phases: SortedMap<EnvironmentId, Phase>,
    began: SortedMap<InvocationId, u64>,
}

impl Timeline {
    /// Takes in the next event.
    pub fn push(&mut self, event: &Event) {
        let from = self.end();
        let wait = event.at.since(self.last);
        let at = from + u64::from(pace::wait(wait));
        if pace::is_break(wait) {
            let kind = MarkKind::Break { span: wait, frozen: self.kind() == SegmentKind::Frozen };
            self.marks.push(Mark { at: from.midpoint(at), kind });
        }
        self.last = event.at;
        self.extend(at);
        match &event.kind {
            EventKind::EnvironmentCreated { .. } => {
                if let Some(environment) = event.environment {
                    self.phases.insert(environment, Phase::Init);
                }
            }
            EventKind::PhaseChanged { phase } => {
                if let Some(environment) = event.environment {
                    self.phases.insert(environment, *phase);
                }
            }
            EventKind::InvocationStarted { .. } => {
                if let Some(invocation) = event.invocation {
                    self.began.insert(invocation, at);
                    self.marks.push(Mark { at, kind: MarkKind::Began { clock: event.at } });
                }
            }
            EventKind::InvocationEnded { outcome } => {
                if let Some(invocation) = event.invocation {
                    let began = self.began.remove(&invocation).unwrap_or(at);
                    let kind = MarkKind::Ended { invocation, ok: outcome.succeeded(), events: self.ends.len() + 1 };
                    self.marks.push(Mark { at: began.midpoint(at), kind });
                }
            }
            EventKind::ConnectionLost { .. } | EventKind::ServerChanged { .. } | EventKind::NetworkChanged { .. } => {
                self.marks.push(Mark { at, kind: MarkKind::Fault });
            }
            _ => {}
        }
        let end = at + u64::from(pace::moment(&event.kind));
        self.ends.push(end);
        self.extend(end);
    }

    /// The length of the axis, in milliseconds shown.
    pub fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The place on the axis after so many events.
    pub fn place(&self, events: usize) -> u64 {
        events.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0)
    }

    /// The number of events before a place on the axis.
    pub fn events_at(&self, place: u64) -> usize {
        self.ends.partition_point(|end| *end <= place)
    }

    fn kind(&self) -> SegmentKind {
        let busiest = self.phases.values().map(|phase| match phase {
            Phase::Invoke => SegmentKind::Running,
            Phase::Init => SegmentKind::Init,
            Phase::Frozen => SegmentKind::Frozen,
            Phase::Ready | Phase::Shutdown => SegmentKind::Idle,
        });
        busiest.max().unwrap_or_default()
    }

    fn extend(&mut self, to: u64) {
        let kind = self.kind();
        match self.segments.last_mut() {
            Some(segment) if segment.kind == kind => segment.to = to,
            _ => {
                let from = self.segments.last().map_or(0, |segment| segment.to);
                if to > from {
                    self.segments.push(Segment { kind, from, to });
                }
            }
        }
    }
}
