//! The outcomes of a handler, one chip for each of its invocations: cold or warm, whether it went well, how long it took.

use std::rc::Rc;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::event::{EventKind, InvocationId, Outcome, Start, Status};
use crate::history::MarkKind;

/// Chips that are drawn at most: the latest.
const CHIPS: usize = 40;

/// The strip. It shows all that has been seen, whichever moment is looked at: an outcome is the way to its own.
pub fn outcome_strip(scene: &Scene, handler: &str) -> Tag {
    let player = scene.player();
    let cursor = player.cursor();
    let seen = scene.desk.shown().told;
    let own = player.timeline().marks.iter().filter_map(|mark| {
        let MarkKind::Ended { invocation, ok, events } = mark.kind else { return None };
        let EventKind::InvocationEnded { outcome } = &player.events().get(events - 1)?.kind else { return None };
        (*outcome.handler == *handler && events <= seen).then(|| (invocation, ok, events, outcome.clone()))
    });
    let own: Vec<_> = own.collect();
    let latest = own.iter().rev().find(|(_, _, events, _)| *events <= cursor).map(|it| it.0);
    let chosen = scene.desk.shown().chosen.filter(|id| own.iter().any(|it| it.0 == *id)).or(latest);
    if own.is_empty() {
        return tag("span", "none").text("no outcome yet");
    }
    let from = own.len().saturating_sub(CHIPS);
    tag("ol", "strip").each(own[from..].iter().map(|it| chip(scene, it, chosen, cursor)))
}

type Ended = (InvocationId, bool, usize, Rc<Outcome>);

fn chip(scene: &Scene, ended: &Ended, chosen: Option<InvocationId>, cursor: usize) -> Tag {
    let (id, ok, events, outcome) = ended;
    let path = if *ok { icon::OK } else { icon::FAIL };
    let verdict = match (ok, outcome.status) {
        (true, _) => "succeeded",
        (false, Status::Success) => "returned, but its last query was rejected",
        (false, status) => words::status(status),
    };
    let chip = scene
        .button("o", None, Act::Choose(*id))
        .class_if(!ok, "x")
        .class_if(*ok && outcome.start == Some(Start::Reset), "r")
        .class_if(*events > cursor, "later")
        .flag("aria-pressed", chosen == Some(*id))
        .set("title", format!("Invocation {id} {verdict}. Shows the moment when it had ended."));
    let chip =
        chip.text(words::start(outcome.start)).text(" ").with(icon(path)).text(" ").say(words::took(outcome.duration));
    tag("li", "").key(id.0).with(chip)
}
