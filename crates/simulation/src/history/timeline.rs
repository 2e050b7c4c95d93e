//! The time line: the whole history on an axis of the reader's time, with what the environments did and the invocations
//! as marks on it.

use base::sorted_map::SortedMap;

use crate::event::{EnvironmentId, Event, EventKind, InvocationId, Phase, Status};
use crate::history::pace;
use base::time::{Duration, Instant};

/// What the environments did over a stretch of time; of several, the busiest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentKind {
    /// There was none, or it was awake and had nothing to do.
    #[default]
    Idle,
    /// All that there were, frozen.
    Frozen,
    /// A module was evaluated.
    Init,
    /// An invocation ran.
    Running,
}

/// A stretch of the axis, in milliseconds shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What the environments did.
    pub kind: SegmentKind,
    /// Where it begins.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
}

/// Something to see on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where, in milliseconds shown.
    pub at: u64,
    /// What.
    pub kind: MarkKind,
}

/// The kinds of mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// An invocation began.
    Began {
        /// When.
        clock: Instant,
    },
    /// The middle of an invocation that has ended.
    Ended {
        /// Which.
        invocation: InvocationId,
        /// Whether it went well, for Lambda and for its queries.
        ok: bool,
        /// How many events there were then.
        events: usize,
    },
    /// A wait that is shown shorter than it was.
    Break {
        /// How long it was.
        span: Duration,
        /// Whether something was frozen meanwhile.
        frozen: bool,
    },
    /// Something was broken.
    Fault,
}

/// The axis, grown event by event.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// What the environments did, without gaps.
    pub segments: Vec<Segment>,
    /// In the order of the axis.
    pub marks: Vec<Mark>,
    /// Where each event ends on the axis.
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
                    let ok = outcome.status == Status::Success && outcome.rejections == 0;
                    let kind = MarkKind::Ended { invocation, ok, events: self.ends.len() + 1 };
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

    /// How long the axis is, in milliseconds shown.
    pub fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Where on the axis one is when `events` have happened.
    pub fn place(&self, events: usize) -> u64 {
        events.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0)
    }

    /// How many events have happened at a place on the axis.
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
