//! The machine as a reader sees it: draws a snapshot, emits actions, decides nothing.
//!
//! ```text
//!   page ◀─ news ── Desk ── Player ── World        Machine ─┬─ controls, faults
//!     └─ commands ─▶ │ ▲                                    ├─ Listing
//!              Scene ▼ │ Act                                ├─ lane ─┬─ outcome_strip
//!               Machine and its parts                       │        └─ environment_card
//!                                                           ├─ cabinet, Wires
//!                                                           ├─ Log, TimeBar
//!                                                           └─ terminal
//! ```
//!
//! The [`desk::Desk`] keeps the run; with each change the [`Machine`] draws a [`scene::Scene`] from it. Which layout is
//! used is the stylesheet's business (`styles/machine.css`): there is one tree of elements for all widths. What has a life
//! of its own beside the scene (measuring, scrolling, dragging) is a component; the rest are functions of the scene.

pub mod attributes;
mod browser;
mod cabinet;
mod controls;
mod desk;
mod environment_card;
mod faults;
mod frames;
pub mod host;
mod icon;
mod lane;
mod listing;
mod log;
mod news;
mod outcome_strip;
mod recording;
mod runs;
mod scene;
mod sharing;
mod source;
mod tag;
mod terminal;
mod time_bar;
mod wires;
mod words;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use attributes::{Attributes, View};
use cabinet::cabinet;
use controls::{controls, freezing};
use desk::{Act, Desk};
use faults::faults;
use host::HostElement;
use lane::lane;
use listing::Listing;
use log::Log;
use scene::{Scene, mark};
use sharing::LinkField;
use tag::{Tag, tag};
use terminal::{WALK_THROUGH, terminal};
use time_bar::TimeBar;
use wires::Wires;

/// What [`Machine`] is given by the element around it.
#[derive(Properties, PartialEq, Clone)]
pub struct MachineProps {
    /// The element: commands come from it, news go to it.
    pub host: HostElement,
    /// The element whose machine it shows, where that is another one.
    pub of: Option<HostElement>,
    /// How many times the app was put into a page, this one included. A machine keeps nothing from one to the next: it is
    /// rendered under this number as its key.
    pub epoch: u32,
    /// The element's attributes, as they are now.
    pub attributes: Attributes,
}

/// The run of the element, or of the one that it shows; and whether it is another one's.
#[hook]
fn use_desk(props: &MachineProps) -> (bool, Rc<Desk>) {
    let redraw = use_force_update();
    let desk = use_memo(props.host.clone(), |host| {
        let other = props.of.as_ref().and_then(HostElement::desk);
        (other.is_some(), other.unwrap_or_else(|| Desk::new(host.clone(), &props.attributes)))
    });
    let (elsewhere, desk) = (desk.0, desk.1.clone());
    if !elsewhere {
        props.host.keep_desk(&desk);
    }
    desk.draw_with(redraw, elsewhere);
    {
        let desk = desk.clone();
        let attributes = props.attributes.clone();
        let decisive =
            (attributes.script(), attributes.knex().unwrap_or_default(), attributes.module().unwrap_or_default());
        use_effect_with(decisive, move |_| {
            if !elsewhere {
                desk.configure(&attributes);
            }
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(props.host.clone(), move |host| {
            host.receive(Callback::from(move |command| desk.command(command)));
            let host = host.clone();
            move || host.release()
        });
    }
    (elsewhere, desk)
}

/// The machine.
#[component]
pub fn Machine(props: &MachineProps) -> Html {
    let (elsewhere, desk) = use_desk(props);
    let machine = use_node_ref();
    let pointed_at = use_mut_ref(|| "");
    let shown = desk.shown().clone();
    let (view, clock, place) = {
        let player = desk.player();
        (Rc::new(player.world().view()), player.clock(), player.place())
    };
    let scene = Scene { desk: desk.clone(), view, revision: shown.revision };
    // A machine that is shown elsewhere says there what could not be done, and what happens.
    let error = shown.error.as_ref().filter(|_| !elsewhere);
    let told = told(&scene, &props.attributes, error);
    let view = props.attributes.view().unwrap_or_default();
    let pane = (view != View::Machine).then(|| {
        let script = props.attributes.script().unwrap_or_else(|| WALK_THROUGH.into());
        terminal(&scene, &script)
    });
    let said = tag("p", "vh").is("aria-live", "polite");
    if view == View::WalkThrough {
        let said = if elsewhere { said } else { said.quote(&shown.said) };
        // What the page put there, for paper.
        return tag("div", "walk").maybe(told).with(said).maybe(pane).with(tag("slot", "")).into();
    }
    let link = match &shown.link {
        Some((link, false)) if !elsewhere => html! { <LinkField scene={scene.clone()} link={link.clone()} /> },
        _ => Html::default(),
    };
    let length = {
        let player = desk.player();
        let groups = player.invocations().records.iter().map(|record| record.log.len());
        (groups.clone().sum::<usize>(), groups.count())
    };
    let open = if shown.faults { faults(&scene) } else { Html::default() };
    let all = tag("div", "m").is("role", "group").is("aria-label", "Lambda, simulated").at(&machine);
    let all = match &shown.term {
        Some(term) => all.set("class", format!("m t-{term}")),
        None => all,
    }
    .hear(Rc::new(yew::html::onmouseover::Wrapper::new(hover(&desk, &pointed_at))))
    .with(said.quote(&shown.said))
    .maybe(told)
    .node(link)
    .node(controls(&scene))
    .maybe(shown.reason.map(|why| tag("p", "reason").is("aria-hidden", "true").text(why)))
    .node(open)
    .node(freezing(&scene))
    .node(html! { <Listing ..scene.clone() /> })
    .with(lanes(&scene, shown.lane))
    .node(cabinet(&scene))
    .node(html! { <Wires scene={scene.clone()} machine={machine} /> })
    .node(html! { <Log scene={scene.clone()} {length} /> })
    .node(html! { <TimeBar {scene} {clock} {place} /> });
    match pane {
        None => all.into(),
        Some(pane) => tag("div", "both").with(pane).with(all).into(),
    }
}

/// What is wrong with the element's attributes, and what could not be done.
fn told(scene: &Scene, attributes: &Attributes, error: Option<&Rc<str>>) -> Option<Tag> {
    let complaints = attributes.complaints();
    if complaints.is_empty() && error.is_none() {
        return None;
    }
    let mut told = tag("div", "err").is("role", "alert");
    for complaint in &complaints {
        told = told.with(tag("p", "").say(complaint.to_string()));
    }
    Some(match error {
        Some(error) => told.with(tag("pre", "").quote(error)).with(scene.button("b", None, Act::Dismiss).text("Close")),
        None => told,
    })
}

/// Tells which part the reader points at; `last`: the one told of before.
fn hover(desk: &Rc<Desk>, last: &Rc<RefCell<&'static str>>) -> Callback<MouseEvent> {
    let (desk, last) = (desk.clone(), last.clone());
    Callback::from(move |event: MouseEvent| {
        let part = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let term = part.and_then(|it| it.closest("[data-t]").ok().flatten()).and_then(|it| it.get_attribute("data-t"));
        let term = TERMS.into_iter().find(|known| term.as_deref() == Some(known)).unwrap_or("");
        if last.replace(term) != term {
            desk.act(Act::Hover(term));
        }
    })
}

/// The functions; `shown`: the handler that is looked at where there is room for one.
fn lanes(scene: &Scene, shown: usize) -> Tag {
    let functions = scene.functions();
    let shown = functions.iter().position(|it| it.handlers.iter().any(|(at, _)| *at == shown)).unwrap_or(0);
    let tabs = (functions.len() > 1).then(|| {
        let tabs = functions.iter().enumerate().map(|(at, function)| tab(scene, at == shown, &function.handlers[0]));
        tag("div", "tabs").is("role", "tablist").each(tabs)
    });
    let lanes = functions.iter().enumerate().map(|(at, function)| lane(scene, function, at == shown));
    tag("section", "lanes")
        .is("aria-label", "Lambda")
        .with(tag("div", "head").with(tag("b", "").text("Lambda")))
        .maybe(tabs)
        .with(tag("div", "scroll").each(lanes))
}

/// Parts that a text can point at, and that point back.
const TERMS: [&str; 6] = ["pool", "environment", "frozen", "tmp", "loop", "backend"];

/// The way to a function, where there is room for one.
fn tab(scene: &Scene, selected: bool, (at, name): &(usize, Rc<str>)) -> Tag {
    let (color, mark) = mark(*at);
    let player = scene.player();
    let outcomes = player.invocations().records.iter();
    let outcomes = outcomes.filter(|record| record.handler == *name && record.outcome.is_some()).count();
    let count = if outcomes == 0 { "no outcome yet".into() } else { words::count(outcomes, "outcome") };
    let mut code = tag("code", "").with(tag("span", "mark").is("aria-hidden", "true").text(mark)).text(" ");
    for (nth, word) in words::humps(name).into_iter().enumerate() {
        code = if nth > 0 { code.with(tag("wbr", "")) } else { code }.say(word.into());
    }
    scene.button(color, None, Act::Lane(*at)).is("role", "tab").flag("aria-selected", selected).with(code).say(count)
}
