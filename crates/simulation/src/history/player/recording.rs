//! The recording of a run: everything that has happened, and the inputs from which it can be made again.
//!
//! A world is plain data, and the same inputs after the same number of steps give the same events. So the recording keeps
//! no picture of every moment. It keeps a checkpoint every 512 events, and replays from the nearest one.

use crate::event::{Event, EventKind, Phase};
use crate::history::invocations::Invocations;
use crate::history::timeline::Timeline;
use crate::scenario::Statement;
use crate::settings::Freezing;
use crate::world::{Goal, World};
use base::time::Instant;

/// Events between two checkpoints. No seek replays more.
const CHECKPOINT_EVENTS: usize = 512;

/// A moment of a run: the world, and a summary of the events before it.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) world: World,
    pub(super) invocations: Invocations,
    /// Steps that the world has taken.
    pub(super) steps: u64,
    /// Inputs that the world has been given.
    pub(super) inputs: usize,
}

impl Snapshot {
    /// How many events have happened.
    pub(super) fn events(&self) -> usize {
        self.world.event_count() as usize
    }
}

/// A change that a reader or a scenario made to the run.
#[derive(Clone, Debug)]
pub(in crate::history) enum Change {
    /// A statement began.
    Statement(Statement),
    /// Environments are frozen at other times from now on.
    Freezing(Freezing),
}

/// A change, with its place in the run.
#[derive(Clone, Debug)]
pub(in crate::history) struct Input {
    pub(in crate::history) change: Change,
    /// The moment of the change.
    pub(in crate::history) at: Instant,
    /// Events before the change.
    pub(in crate::history) events: usize,
    /// Events after the change and before the next step.
    events_after: usize,
    /// Steps before the change.
    pub(super) steps: u64,
}

/// The place between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Boundary {
    /// Events before this place.
    events: usize,
    /// True if the step before this place is shown for some time.
    is_visible: bool,
}

/// The part of a recording that was replaced when the reader went on from a moment of the past.
struct Replaced {
    /// Events that were kept.
    kept_events: usize,
    kept_inputs: usize,
    kept_boundaries: usize,
    /// The goals of the whole recording, those of the kept part included.
    goals: Vec<(u64, Goal)>,
    events: Vec<Event>,
    inputs: Vec<Input>,
    boundaries: Vec<Boundary>,
    steps: u64,
    end: Instant,
}

/// Everything that has happened in a run, up to the last moment that has been played.
pub(in crate::history) struct Recording {
    /// Moments to replay from, by their number of events. The first one is the beginning.
    checkpoints: Vec<Snapshot>,
    pub(in crate::history) events: Vec<Event>,
    pub(in crate::history) inputs: Vec<Input>,
    /// The goal of the world's steps, each with the number of steps before the first step towards it.
    goals: Vec<(u64, Goal)>,
    boundaries: Vec<Boundary>,
    pub(super) timeline: Timeline,
    /// Steps up to the end.
    pub(super) steps: u64,
    /// The moment of the end.
    pub(in crate::history) end: Instant,
    replaced: Option<Replaced>,
}

impl Recording {
    /// A recording of a world in which nothing has happened.
    pub(super) fn new(beginning: Snapshot) -> Self {
        Self {
            events: Vec::new(),
            inputs: Vec::new(),
            goals: Vec::new(),
            boundaries: Vec::new(),
            timeline: Timeline::default(),
            steps: 0,
            end: beginning.world.now(),
            replaced: None,
            checkpoints: vec![beginning],
        }
    }

    /// The world before anything happened.
    pub(in crate::history) fn beginning(&self) -> &World {
        &self.checkpoints[0].world
    }

    /// True while nothing has happened, and nothing can be brought back by undo.
    pub(super) fn is_untouched(&self) -> bool {
        self.events.is_empty() && self.inputs.is_empty() && self.steps == 0 && self.replaced.is_none()
    }

    /// Changes the freezing of a run that is still untouched.
    pub(super) fn begin_with_freezing(&mut self, freezing: Freezing) {
        self.checkpoints[0].world.set_freezing(freezing);
    }

    /// True if a snapshot is at the end of the recording.
    pub(super) fn ends_at(&self, shown: &Snapshot) -> bool {
        shown.steps == self.steps && shown.inputs == self.inputs.len() && shown.world.now() >= self.end
    }

    /// The next input, if it belongs to the moment of this snapshot.
    pub(super) fn input_at(&self, shown: &Snapshot) -> Option<&Input> {
        self.inputs.get(shown.inputs).filter(|input| input.steps == shown.steps)
    }

    /// The goal of the step that follows so many steps.
    pub(super) fn goal_after(&self, steps: u64) -> Goal {
        let at = self.goals.partition_point(|(from, _)| *from <= steps);
        at.checked_sub(1).map_or(Goal::At(Instant::FAR), |at| self.goals[at].1)
    }

    /// Adds an input at the end. `shown` is the moment after it.
    pub(super) fn add_input(&mut self, change: Change, at: Instant, events: usize, shown: &mut Snapshot) {
        let input = Input { change, at, events, events_after: shown.events(), steps: shown.steps };
        self.inputs.push(input);
        shown.inputs = self.inputs.len();
    }

    /// Adds a step at the end. `shown` is the moment after it.
    pub(super) fn add_step(&mut self, goal: Goal, shown: &mut Snapshot) {
        if self.goals.last().is_none_or(|(_, last)| *last != goal) {
            self.goals.push((shown.steps, goal));
        }
        shown.steps += 1;
        self.steps = shown.steps;
    }

    /// Adds an event at the end.
    pub(super) fn add_event(&mut self, event: Event) {
        self.timeline.push(&event);
        self.events.push(event);
    }

    /// Notes that a step has ended at the moment of this snapshot. It is made a checkpoint if the last one is far away.
    pub(super) fn end_step(&mut self, shown: &Snapshot, is_visible: bool) {
        let events = shown.events();
        self.end = self.end.max(shown.world.now());
        if self.boundaries.last().map_or(0, |boundary| boundary.events) < events {
            self.boundaries.push(Boundary { events, is_visible });
        }
        if events >= self.checkpoints.last().map_or(0, Snapshot::events) + CHECKPOINT_EVENTS {
            self.checkpoints.push(shown.clone());
        }
    }

    /// The latest checkpoint with at most so many events.
    pub(super) fn checkpoint(&self, events: usize) -> &Snapshot {
        let at = self.checkpoints.partition_point(|checkpoint| checkpoint.events() <= events);
        &self.checkpoints[at.max(1) - 1]
    }

    /// The number of events at the last boundary with at most so many events.
    pub(in crate::history) fn boundary_at_most(&self, events: usize) -> usize {
        let at = self.boundaries.partition_point(|boundary| boundary.events <= events);
        at.checked_sub(1).map_or(0, |at| self.boundaries[at].events)
    }

    /// The number of events at the end of the step that the last of the first `events` belongs to.
    pub(super) fn whole_step(&self, events: usize) -> usize {
        if events == 0 {
            return 0;
        }
        let at = self.boundaries.partition_point(|boundary| boundary.events < events);
        self.boundaries.get(at).map_or(events, |boundary| boundary.events)
    }

    /// The number of events at the last visible boundary before so many events.
    pub(super) fn visible_before(&self, events: usize) -> usize {
        let before = self.boundaries.partition_point(|boundary| boundary.events < events);
        let visible = self.boundaries[..before].iter().rev().find(|boundary| boundary.is_visible);
        visible.map_or(0, |boundary| boundary.events)
    }

    /// True if the freezing changed in the middle of the run.
    pub(in crate::history) fn freezing_changed(&self) -> bool {
        self.inputs.iter().any(|input| matches!(input.change, Change::Freezing(_)))
    }

    /// The environments that Lambda itself froze: the event, with its place in the list of events. Freezes that a statement
    /// asked for are left out.
    pub(in crate::history) fn automatic_freezes(&self) -> impl Iterator<Item = (usize, &Event)> {
        let by_statement = |at: usize| self.inputs.iter().any(|input| (input.events..input.events_after).contains(&at));
        let is_freeze = |event: &Event| matches!(event.kind, EventKind::PhaseChanged { phase: Phase::Frozen });
        self.events.iter().enumerate().filter(move |(at, event)| is_freeze(event) && !by_statement(*at))
    }

    /// Makes the moment of this snapshot the end. The part after it can be brought back once.
    pub(super) fn cut_after(&mut self, shown: &Snapshot) {
        let kept_events = shown.events();
        let kept_boundaries = self.boundaries.partition_point(|boundary| boundary.events <= kept_events);
        self.replaced = Some(Replaced {
            kept_events,
            kept_inputs: shown.inputs,
            kept_boundaries,
            goals: self.goals.clone(),
            events: self.events[kept_events..].to_vec(),
            inputs: self.inputs[shown.inputs..].to_vec(),
            boundaries: self.boundaries[kept_boundaries..].to_vec(),
            steps: self.steps,
            end: self.end,
        });
        self.truncate(shown.inputs, kept_boundaries, shown);
    }

    /// True if there is a part that [`Self::restore`] brings back.
    pub(super) fn can_restore(&self) -> bool {
        self.replaced.is_some()
    }

    /// The number of events before the part that was replaced.
    pub(super) fn replaced_at(&self) -> Option<usize> {
        self.replaced.as_ref().map(|replaced| replaced.kept_events)
    }

    /// Brings back the part that was replaced. `shown` is the moment before its first event.
    pub(super) fn restore(&mut self, shown: &Snapshot) {
        let Some(replaced) = self.replaced.take() else { return };
        self.truncate(replaced.kept_inputs, replaced.kept_boundaries, shown);
        for event in replaced.events {
            self.add_event(event);
        }
        self.inputs.extend(replaced.inputs);
        self.boundaries.extend(replaced.boundaries);
        self.goals = replaced.goals;
        self.steps = replaced.steps;
        self.end = replaced.end;
    }

    /// Drops everything after the moment of this snapshot. Inputs and boundaries without an event of their own are told
    /// from those before the moment by their number.
    fn truncate(&mut self, inputs: usize, boundaries: usize, shown: &Snapshot) {
        let events = shown.events();
        self.events.truncate(events);
        self.inputs.truncate(inputs);
        self.boundaries.truncate(boundaries);
        self.goals.retain(|(from, _)| *from < shown.steps);
        self.checkpoints.retain(|checkpoint| checkpoint.events() <= events && checkpoint.inputs <= inputs);
        self.timeline = Timeline::default();
        for event in &self.events {
            self.timeline.push(event);
        }
        self.steps = shown.steps;
        self.end = shown.world.now();
    }
}
