//! The outcomes of a handler, one chip for each of its invocations: cold or warm, whether it went well, how long it took.

use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use super::words;
use crate::event::{EventKind, Start, Status};
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

/// The strip. It shows the whole history, whichever moment is looked at: an outcome is the way to its own.
#[component]
pub fn OutcomeStrip(props: &StripProps) -> Html {
    let scene = &props.scene;
    let strip = use_node_ref();
    let player = scene.player();
    let cursor = player.cursor();
    let own = player.timeline().marks.iter().filter_map(|mark| {
        let MarkKind::Ended { invocation, ok, events } = mark.kind else { return None };
        let EventKind::InvocationEnded { outcome } = &player.events().get(events - 1)?.kind else { return None };
        (*outcome.handler == *props.handler).then(|| (invocation, ok, events, outcome.clone()))
    });
    let own: Vec<_> = own.collect();
    {
        let strip = strip.clone();
        use_effect_with(own.len(), move |_| {
            if let Some(strip) = strip.cast::<web_sys::Element>() {
                strip.set_scroll_left(strip.scroll_width());
            }
        });
    }
    let Some(latest) = own.iter().rev().find(|(_, _, events, _)| *events <= cursor).map(|it| it.0) else {
        if own.is_empty() {
            return html! { <span class="none">{ "no outcome yet" }</span> };
        }
        return html! { <ol class="strip" ref={strip}>{ for own.iter().map(|it| chip(scene, it, None, cursor)) }</ol> };
    };
    let chosen = scene.desk.shown().chosen.filter(|id| own.iter().any(|it| it.0 == *id)).unwrap_or(latest);
    let from = own.len().saturating_sub(CHIPS);
    html! {
        <ol class="strip" ref={strip}>{ for own[from..].iter().map(|it| chip(scene, it, Some(chosen), cursor)) }</ol>
    }
}

type Ended = (crate::event::InvocationId, bool, usize, std::rc::Rc<crate::event::Outcome>);

fn chip(scene: &Scene, ended: &Ended, chosen: Option<crate::event::InvocationId>, cursor: usize) -> Html {
    let (id, ok, events, outcome) = ended;
    let start = words::start(outcome.start);
    let path = if *ok { icon::OK } else { icon::FAIL };
    let verdict = match (ok, outcome.status) {
        (true, _) => "succeeded",
        (false, Status::Success) => "returned, but a query of it was rejected",
        (false, status) => words::status(status),
    };
    let class = classes!(
        "o",
        (!ok).then_some("x"),
        (*ok && outcome.start == Some(Start::Reset)).then_some("r"),
        (*events > cursor).then_some("later"),
    );
    html! {
        <li key={id.0}>
            <button type="button" {class} aria-pressed={(chosen == Some(*id)).to_string()} onclick={scene.on(Act::Choose(*id))}
                title={format!("Invocation {id} {verdict}. Shows the moment when it had ended.")}>
                { start }{ " " }{ icon(path) }{ " " }{ words::took(outcome.duration) }
            </button>
        </li>
    }
}
