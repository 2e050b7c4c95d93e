//! What the page is told: JSON written by hand, and one sentence for those who cannot see the machine.

use std::fmt::Write as _;

use super::words;
use crate::event::{EnvironmentId, Event, EventKind, InvocationId, Outcome, Phase, Status};
use crate::history::{Invocations, MarkKind, Player};
use crate::js::json::quote;
use crate::lambda::view::PoolView;

/// Outcomes that `lambda-state` lists, the latest last.
const OUTCOMES: usize = 8;

/// The detail of `lambda-outcome`.
pub fn outcome(id: InvocationId, environment: Option<EnvironmentId>, outcome: &Outcome) -> String {
    let mut json = format!("{{\"invocation\":{id},\"environment\":{}", environment.map_or(0, |it| it.0));
    let mut text = |name: &str, value: &str| {
        let _ = write!(json, ",\"{name}\":");
        quote(&mut json, value);
    };
    text("handler", &outcome.handler);
    text("start", words::start(outcome.start));
    text("status", words::status(outcome.status));
    if let Some(message) = words::message(outcome) {
        text("message", &message);
    }
    let _ = write!(json, ",\"result\":{},", outcome.result.as_deref().unwrap_or("null"));
    verdict(&mut json, outcome);
    json.push('}');
    json
}

/// The detail of `lambda-state`: what a bar at the edge of the page shows.
pub fn state(player: &Player) -> String {
    let world = player.world();
    let view = world.view();
    let latest = world.latest_environment();
    let environment = view.environments.iter().find(|environment| Some(environment.id) == latest);
    let mut json = format!("{{\"events\":{},\"playing\":{}", player.cursor(), player.is_playing());
    let _ = write!(json, ",\"running\":{}", player.invocations().running().next().is_some());
    if let Some(environment) = environment {
        let _ = write!(json, ",\"environment\":{}", environment.id);
        let _ = write!(json, ",\"phase\":\"{}\"", words::phase(environment.phase));
        let _ = write!(json, ",\"frozen\":{}", environment.phase == Phase::Frozen);
        if let Some(client) = environment.clients.first() {
            let _ = write!(json, ",\"pool\":\"{}\"", pool(&client.pool));
        }
    }
    if let Some(record) = player.invocations().records.last() {
        json.push_str(",\"handler\":");
        quote(&mut json, &record.handler);
    }
    json.push_str(",\"outcomes\":[");
    let cursor = player.cursor();
    let ended = player.timeline().marks.iter().filter_map(|mark| match mark.kind {
        MarkKind::Ended { events, .. } if events <= cursor => match &player.events()[events - 1].kind {
            EventKind::InvocationEnded { outcome } => Some(outcome),
            _ => None,
        },
        _ => None,
    });
    let ended: Vec<_> = ended.collect();
    for (at, outcome) in ended.iter().skip(ended.len().saturating_sub(OUTCOMES)).enumerate() {
        json.push_str(if at == 0 { "{" } else { ",{" });
        verdict(&mut json, outcome);
        json.push('}');
    }
    json.push_str("]}");
    json
}

/// The pool in a few words.
pub fn pool(pool: &PoolView) -> String {
    match pool {
        PoolView::Never => "none".into(),
        PoolView::Destroyed { .. } => "destroyed".into(),
        PoolView::Live { destroying: true, .. } => "being destroyed".into(),
        PoolView::Live { counters, .. } => format!("{} used, {} free", counters.used, counters.free),
    }
}

fn verdict(json: &mut String, outcome: &Outcome) {
    let ok = outcome.status == Status::Success && outcome.rejections == 0;
    let micros = outcome.duration.as_micros();
    let _ = write!(json, "\"ok\":{ok},\"duration_ms\":{}.{:03}", micros / 1_000, micros % 1_000);
}

/// What happened, in one sentence, where it is worth one.
pub fn sentence(event: &Event, ledger: &Invocations) -> Option<String> {
    let environment = || event.environment.map_or_else(String::new, |id| format!("Environment {id}"));
    match &event.kind {
        EventKind::InvocationEnded { .. } => ledger.invocation(event.invocation?).map(|record| words::ended(record)),
        EventKind::PhaseChanged { phase: Phase::Frozen } => Some(format!("{} is frozen", environment())),
        EventKind::Thawed => Some(format!("{} is thawed", environment())),
        EventKind::PhaseChanged { phase: Phase::Shutdown } => Some(format!("{} is shut down", environment())),
        EventKind::ProcessReset => Some(format!("{}: its process was ended", environment())),
        EventKind::ServerChanged { up } => Some(format!("PostgreSQL is {}", if *up { "up" } else { "down" })),
        EventKind::Caption { text } => Some(text.to_string()),
        _ => None,
    }
}
