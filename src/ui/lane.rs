//! A function: who asks, what came of it, and the environments where it runs.

use std::rc::Rc;

use super::environment_card::environment_card;
use super::outcome_strip::outcome_strip;
use super::scene::{Function, Scene, mark};
use super::tag::{Tag, tag};
use super::words;
use crate::event::Phase;
use crate::history::InvocationRecord;

/// Environments that are drawn open; the older ones become a count.
const OPEN: usize = 4;

/// One function; `shown`: whether it is the one that is shown where there is room for one.
pub fn lane(scene: &Scene, function: &Function, shown: bool) -> Tag {
    let own: Vec<_> = scene.view.environments.iter().filter(|environment| function.owns(environment)).collect();
    let living: Vec<_> = own.iter().filter(|environment| environment.phase != Phase::Shutdown).collect();
    let gone = own.iter().rev().find(|environment| environment.phase == Phase::Shutdown);
    let folded = &living[..living.len().saturating_sub(OPEN)];
    let frozen = folded.iter().filter(|environment| environment.phase == Phase::Frozen).count();
    let last = scene.player().invocations().records.last().map(|record| record.handler.clone());
    let color = function.handlers.first().map_or("h0", |(at, _)| mark(*at).0);
    let mut lane = tag("section", "lane").class_if(true, color).class_if(!shown, "off");
    for (at, name) in &function.handlers {
        let (color, mark) = mark(*at);
        let invoke = scene.press("b", None, format!("invoke {name}")).class_if(last.as_ref() == Some(name), "go");
        lane = lane
            .with(
                tag("h3", color)
                    .with(tag("span", "mark").is("aria-hidden", "true").text(mark))
                    .text(" ")
                    .with(tag("code", "").quote(name)),
            )
            .with(
                tag("div", "ask")
                    .with(invoke.text("Invoke").with(tag("span", "vh").say(format!(" {name}"))))
                    .with(outcome_strip(scene, name)),
            )
            .with(said(scene, name));
    }
    let none = own.is_empty().then(|| {
        tag("div", "card empty")
            .is("data-t", "environment")
            .with(tag("b", "").text("No environment yet"))
            .text("The first invocation makes one.")
    });
    let more = (!folded.is_empty()).then(|| {
        let count = words::count(folded.len(), "more environment");
        tag("p", "more").say(if frozen == 0 { count } else { format!("{count}, {frozen} of them frozen") })
    });
    // Keyed children of their own: a card keeps its element, and so its way from one phase to the next.
    let open = living[folded.len()..].iter().copied().chain(gone);
    lane.maybe(none)
        .maybe(more)
        .with(tag("div", "").each(open.map(|environment| environment_card(scene, environment).key(environment.id.0))))
}

/// The outcome that is looked at, in full.
fn said(scene: &Scene, handler: &str) -> Tag {
    let player = scene.player();
    let chosen = scene.desk.shown().chosen;
    let own = player.invocations().records.iter().filter(|record| *record.handler == *handler);
    // The one whose chip is the last, after one that is under way: that has ended after no events.
    let latest = |record: &&Rc<InvocationRecord>| record.ended.wrapping_sub(1);
    let record = own.clone().find(|record| Some(record.id) == chosen).or_else(|| own.max_by_key(latest));
    let said = tag("p", "said");
    let Some(record) = record else { return said };
    let Some(outcome) = &record.outcome else {
        let line = record.environment.and_then(|id| scene.environment(id)).and_then(|environment| environment.line);
        let words = match (record.queued, record.start, line) {
            (true, ..) => "its event waits at the frozen environment".into(),
            (_, None, _) => "init".into(),
            (_, _, Some(line)) => format!("line {}", line.line),
            _ => "waiting for an answer".into(),
        };
        return said.say(format!("invocation {}: {words}", record.id));
    };
    let message = words::message(outcome);
    let failed = message.is_some();
    let said = match message {
        Some(message) => said.with(tag("code", "fail").quote(&message)).with(tag("br", "")),
        None => said,
    };
    match &outcome.result {
        Some(result) => {
            let quiet = outcome.rejections > 0 && outcome.error.is_none();
            let said = said.text("returned ").with(tag("code", "").say(words::value(result)));
            if quiet { said.text(": Lambda counts it as a success") } else { said }
        }
        None if failed => said,
        None => said.text(words::status(outcome.status)),
    }
}
