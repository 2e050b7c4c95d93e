//! The details of the element's events, as serde writes them. `docs/embedding.md` documents their JSON for authors.

use std::rc::Rc;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::ShownWorld;
use super::words;
use simulation::event::{EnvironmentId, EventKind, InvocationId, Outcome, Phase, Status};
use simulation::history::{MarkKind, Player};
use simulation::lambda::view::PoolView;

/// The number of outcomes that [`StateDetail`] lists: the latest ones.
const OUTCOMES: usize = 8;

/// The detail of `lambda-state`: enough for a bar at the edge of the page. It is `element.state`, too.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateDetail {
    events: usize,
    playing: bool,
    running: bool,
    #[serde(flatten)]
    environment: Option<EnvironmentDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<Rc<str>>,
    outcomes: Vec<Verdict>,
}

/// The environment that was invoked last.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct EnvironmentDetail {
    environment: EnvironmentId,
    phase: &'static str,
    frozen: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
}

/// The detail of `lambda-outcome`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeDetail {
    invocation: InvocationId,
    /// 0 where the invocation was throttled.
    environment: EnvironmentId,
    handler: Rc<str>,
    start: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Rc<str>>,
    /// JSON as the handler's runtime wrote it.
    #[serde(serialize_with = "as_json")]
    result: Option<Rc<str>>,
    #[serde(flatten)]
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Verdict {
    /// True if neither the invocation nor its last query failed.
    ok: bool,
    duration_ms: f64,
}

impl Verdict {
    fn of(outcome: &Outcome) -> Self {
        Self {
            ok: outcome.status == Status::Success && outcome.rejections == 0,
            duration_ms: outcome.duration.as_millis_f64(),
        }
    }
}

impl StateDetail {
    /// The state of the moment that `player` shows.
    pub(super) fn of(player: &Player, world: &ShownWorld) -> Self {
        let latest = player.world().latest_environment();
        let environment = world.environments.iter().find(|environment| Some(environment.id) == latest);
        let ended = player.timeline().marks.iter().filter_map(|mark| match mark.kind {
            MarkKind::Ended { events, .. } if events <= player.cursor() => match &player.events()[events - 1].kind {
                EventKind::InvocationEnded { outcome } => Some(Verdict::of(outcome)),
                _ => None,
            },
            _ => None,
        });
        let mut outcomes: Vec<_> = ended.collect();
        outcomes.drain(..outcomes.len().saturating_sub(OUTCOMES));
        Self {
            events: player.cursor(),
            playing: player.is_playing(),
            running: player.invocations().running().next().is_some(),
            environment: environment.map(|environment| EnvironmentDetail {
                environment: environment.id,
                phase: words::phase(environment.phase),
                frozen: environment.phase == Phase::Frozen,
                pool: environment.clients.first().map(|client| pool(&client.pool)),
            }),
            handler: player.invocations().records.last().map(|record| record.handler.clone()),
            outcomes,
        }
    }
}

impl OutcomeDetail {
    pub(super) fn of(invocation: InvocationId, environment: Option<EnvironmentId>, outcome: &Outcome) -> Self {
        Self {
            invocation,
            environment: environment.unwrap_or_default(),
            handler: outcome.handler.clone(),
            start: words::start(outcome.start),
            status: words::status(outcome.status),
            message: words::message(outcome),
            result: outcome.result.clone(),
            verdict: Verdict::of(outcome),
        }
    }
}

/// A pool in a few words: `none`, `1 used, 0 free`, `destroyed`.
pub(super) fn pool(pool: &PoolView) -> String {
    match pool {
        PoolView::Never => "none".into(),
        PoolView::Destroyed { .. } => "destroyed".into(),
        PoolView::Live { destroying: true, .. } => "being destroyed".into(),
        PoolView::Live { counters, .. } => format!("{} used, {} free", counters.used, counters.free),
    }
}

/// Writes JSON text as the JSON that it is.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn as_json<S: Serializer>(text: &Option<Rc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        None => serializer.serialize_none(),
        Some(text) => serde_json::from_str::<&RawValue>(text).map_err(S::Error::custom)?.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_written_as_json_and_an_absent_one_as_null() {
        let detail = |result: Option<&str>| OutcomeDetail {
            invocation: InvocationId(2),
            environment: EnvironmentId(1),
            handler: "check".into(),
            start: "warm",
            status: "success",
            message: None,
            result: result.map(Into::into),
            verdict: Verdict { ok: true, duration_ms: 1.5 },
        };
        assert_eq!(
            serde_json::to_string(&detail(Some("{\"a\": [1]}"))).unwrap(),
            "{\"invocation\":2,\"environment\":1,\"handler\":\"check\",\"start\":\"warm\",\"status\":\"success\",\
             \"result\":{\"a\": [1]},\"ok\":true,\"duration_ms\":1.5}"
        );
        assert!(serde_json::to_string(&detail(None)).unwrap().contains("\"result\":null"));
    }
}
