//! The functions: for each a lane with its handlers, their outcomes, and the environments where they run.

use std::rc::Rc;

use crate::session::{Session, words};
use base::time::Instant;
use simulation::event::{InvocationId, Phase, Start, Status};
use simulation::history::InvocationRecord;
use simulation::lambda::view::EnvironmentView;
use simulation::settings::Deployment;

/// The number of environments that a lane shows as cards. Older ones become a count.
const CARDS: usize = 4;
/// The number of outcomes that a strip shows: the latest ones.
const CHIPS: usize = 40;

/// All functions, in the order of the exports.
#[derive(Clone, Debug, PartialEq)]
pub struct LanesView {
    /// The place in `lanes` of the one that is shown where the layout has room for one only.
    pub shown: usize,
    /// The lanes.
    pub lanes: Vec<Rc<LaneView>>,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneView {
    /// The handlers that run in this function's environments.
    pub handlers: Vec<HandlerView>,
    /// The number of environments without a card, if there are any.
    pub folded: Option<Folded>,
    /// The environments with a card, the oldest first. The last one may be shut down.
    pub cards: Vec<Rc<CardView>>,
}

/// Environments without a card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Folded {
    /// Their number.
    pub environments: usize,
    /// The number of frozen ones among them.
    pub frozen: usize,
}

/// A handler.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerView {
    /// Its place among the exports, which decides its colour and mark.
    pub place: usize,
    /// Its name.
    pub name: Rc<str>,
    /// True if the latest invocation is one of this handler.
    pub is_latest: bool,
    /// The number of its invocations that have ended at the shown moment.
    pub ended: usize,
    /// Its outcomes, the latest last.
    pub chips: Rc<[Chip]>,
    /// The outcome in focus.
    pub result: HandlerResult,
}

/// The outcome of an invocation in short. Choosing it shows the moment at which it came.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each drawn on its own")]
pub struct Chip {
    /// The invocation.
    pub id: InvocationId,
    /// True if neither the invocation nor its last query failed.
    pub ok: bool,
    /// True if the invocation succeeded in a process that was started anew inside its own time.
    pub reset: bool,
    /// True if it comes after the shown moment.
    pub later: bool,
    /// True if it is the one in focus.
    pub chosen: bool,
    /// `cold`, `warm`, …
    pub start: &'static str,
    /// The duration in words.
    pub took: String,
    /// The verdict in words.
    pub verdict: &'static str,
}

/// The outcome in full, or what the invocation is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum HandlerResult {
    /// The handler was never invoked.
    None,
    /// The invocation is under way: a sentence about it.
    UnderWay(String),
    /// The invocation has returned or failed.
    Ended {
        /// The message of its failure.
        message: Option<Rc<str>>,
        /// The value that it returned.
        returned: Option<String>,
        /// True if Lambda counts it as a success although its last query was rejected.
        counts_as_success: bool,
        /// The status in a word, where there is neither a message nor a value.
        status: Option<&'static str>,
    },
}

/// An environment, and what its card says beyond it.
#[derive(Clone, Debug, PartialEq)]
pub struct CardView {
    /// The environment.
    pub environment: Rc<EnvironmentView>,
    /// The shown moment.
    pub now: Instant,
    /// True if it is idle and not alone, so that the card has a button that reclaims it.
    pub reclaimable: bool,
    /// True if the last evaluation of the module failed.
    pub load_failed: bool,
}

impl Session {
    /// The view of all functions.
    pub fn lanes(&self) -> LanesView {
        let handlers = || self.exports().iter().cloned().enumerate();
        let groups: Vec<Vec<_>> = match self.player.world().settings().lambda.deploy {
            Deployment::Shared => vec![handlers().collect()],
            Deployment::Separate => handlers().map(|handler| vec![handler]).collect(),
        };
        let shown = groups.iter().position(|group| group.iter().any(|(place, _)| *place == self.state.lane));
        LanesView {
            shown: shown.unwrap_or(0),
            lanes: groups.into_iter().map(|group| Rc::new(self.lane(group))).collect(),
        }
    }

    fn lane(&self, handlers: Vec<(usize, Rc<str>)>) -> LaneView {
        let shared = self.player.world().settings().lambda.deploy == Deployment::Shared;
        let own = |environment: &&Rc<EnvironmentView>| {
            shared || handlers.iter().any(|(_, name)| *name == environment.function)
        };
        let living: Vec<_> = self.living().filter(own).collect();
        let gone =
            self.world.environments.iter().rev().filter(own).find(|environment| environment.phase == Phase::Shutdown);
        let (folded, open) = living.split_at(living.len().saturating_sub(CARDS));
        let folded = (!folded.is_empty()).then(|| Folded {
            environments: folded.len(),
            frozen: folded.iter().filter(|environment| environment.phase == Phase::Frozen).count(),
        });
        let cards = open.iter().copied().chain(gone).map(|environment| Rc::new(self.card(environment))).collect();
        LaneView {
            folded,
            cards,
            handlers: handlers.into_iter().map(|(place, name)| self.handler(place, name)).collect(),
        }
    }

    fn card(&self, environment: &Rc<EnvironmentView>) -> CardView {
        let idle = matches!(environment.phase, Phase::Ready | Phase::Frozen);
        CardView {
            environment: environment.clone(),
            now: self.world.now,
            reclaimable: idle && self.living().count() > 1,
            load_failed: self.player.invocations().not_loaded(environment.id),
        }
    }

    fn handler(&self, place: usize, name: Rc<str>) -> HandlerView {
        let invocations = &self.player.invocations().records;
        HandlerView {
            place,
            is_latest: invocations.last().is_some_and(|record| record.handler == name),
            ended: invocations.iter().filter(|record| record.handler == name && record.outcome.is_some()).count(),
            chips: self.chips(&name),
            result: self.result(&name),
            name,
        }
    }

    fn chips(&self, handler: &str) -> Rc<[Chip]> {
        let cursor = self.player.cursor();
        let ended: Vec<_> = self.ended(handler).collect();
        let latest = ended.iter().rev().find(|it| it.events <= cursor).map(|it| it.id);
        let chosen = self.state.chosen.filter(|id| ended.iter().any(|it| it.id == *id)).or(latest);
        let shown = &ended[ended.len().saturating_sub(CHIPS)..];
        let chip = |it: &super::outcomes::Ended<'_>| Chip {
            id: it.id,
            ok: it.ok,
            reset: it.ok && it.outcome.start == Some(Start::Reset),
            later: it.events > cursor,
            chosen: chosen == Some(it.id),
            start: words::start(it.outcome.start),
            took: words::took(it.outcome.duration),
            verdict: match (it.ok, it.outcome.status) {
                (true, _) => "succeeded",
                (false, Status::Success) => "returned, but its last query was rejected",
                (false, status) => words::status(status),
            },
        };
        shown.iter().map(chip).collect()
    }

    fn result(&self, handler: &str) -> HandlerResult {
        let own = self.player.invocations().records.iter().filter(|record| *record.handler == *handler);
        // Latest by end time. A running invocation (`ended == 0`, wraps to the maximum) sorts last.
        let latest = |record: &&Rc<InvocationRecord>| record.ended.wrapping_sub(1);
        let record = own.clone().find(|record| Some(record.id) == self.state.chosen).or_else(|| own.max_by_key(latest));
        let Some(record) = record else { return HandlerResult::None };
        let Some(outcome) = &record.outcome else { return HandlerResult::UnderWay(self.under_way(record)) };
        let message = words::message(outcome);
        HandlerResult::Ended {
            returned: outcome.result.as_deref().map(words::value),
            counts_as_success: outcome.rejections > 0 && outcome.error.is_none(),
            status: (message.is_none() && outcome.result.is_none()).then(|| words::status(outcome.status)),
            message,
        }
    }

    fn under_way(&self, record: &InvocationRecord) -> String {
        let environment = self.world.environments.iter().find(|environment| Some(environment.id) == record.environment);
        let line = environment.and_then(|environment| environment.line);
        let words = match (record.queued, record.start, line) {
            (true, ..) => "its event waits at the frozen environment".into(),
            (_, None, _) => "init".into(),
            (_, _, Some(line)) => format!("line {}", line.line),
            _ => "waiting for an answer".into(),
        };
        format!("invocation {}: {words}", record.id)
    }
}
