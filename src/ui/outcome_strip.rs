//! The outcomes of a handler, one chip for each of its invocations: cold or warm, whether it went well, how long it took.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::event::{EventKind, InvocationId, Outcome, Start, Status};
use crate::history::MarkKind;

/// Chips that are drawn at most: the latest.
const CHIPS: usize = 40;

/// What a strip is drawn from.
#[derive(Properties, Clone, PartialEq)]
pub struct StripProps {
    /// The moment.
    pub scene: Scene,
    /// The handler.
    pub handler: AttrValue,
}

/// The strip. It shows all that has been seen, whichever moment is looked at: an outcome is the way to its own.
#[component]
pub fn OutcomeStrip(props: &StripProps) -> Html {
    let scene = &props.scene;
    let strip = use_node_ref();
    let player = scene.player();
    let cursor = player.cursor();
    let seen = scene.desk.shown().told;
    let own = player.timeline().marks.iter().filter_map(|mark| {
        let MarkKind::Ended { invocation, ok, events } = mark.kind else { return None };
        let EventKind::InvocationEnded { outcome } = &player.events().get(events - 1)?.kind else { return None };
        (*outcome.handler == *props.handler && events <= seen).then(|| (invocation, ok, events, outcome.clone()))
    });
    let own: Vec<_> = own.collect();
    let latest = own.iter().rev().find(|(_, _, events, _)| *events <= cursor).map(|it| it.0);
    let chosen = scene.desk.shown().chosen.filter(|id| own.iter().any(|it| it.0 == *id)).or(latest);
    {
        let strip = strip.clone();
        use_effect_with(chosen, move |_| {
            if let Some(strip) = strip.cast::<Element>() {
                keep_in_view(&strip);
            }
        });
    }
    if own.is_empty() {
        return tag("span", "none").text("no outcome yet").into();
    }
    let from = own.len().saturating_sub(CHIPS);
    tag("ol", "strip").at(&strip).each(own[from..].iter().map(|it| chip(scene, it, chosen, cursor))).into()
}

/// Scrolls the strip to its chosen chip, never the page.
fn keep_in_view(strip: &Element) {
    let Ok(Some(chip)) = strip.query_selector("[aria-pressed=true]") else { return };
    let (outer, inner) = (strip.get_bounding_client_rect(), chip.get_bounding_client_rect());
    let off = (inner.right() - outer.right()).max(0.0) + (inner.left() - outer.left()).min(0.0);
    strip.set_scroll_left(strip.scroll_left() + off as i32);
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
