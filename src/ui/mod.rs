//! The machine as a reader sees it: draws a snapshot, emits actions, decides nothing.
//!
//! ```text
//!   page ◀─ news ── Desk ── Player ── World        Machine ─┬─ Controls, Faults
//!     └─ commands ─▶ │ ▲                                    ├─ Listing
//!              Scene ▼ │ Act                                ├─ Lane ─┬─ OutcomeStrip
//!                  components                               │        └─ EnvironmentCard
//!                                                           ├─ Cabinet, Wires
//!                                                           └─ Log, TimeBar
//! ```
//!
//! The [`desk::Desk`] keeps the run; with each change the [`Machine`] draws a [`scene::Scene`] from it. Which layout is
//! used is the stylesheet's business (`styles/machine.css`): there is one tree of elements for all widths.

pub mod attributes;
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
mod scene;
mod source;
mod time_bar;
mod wires;
mod words;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use attributes::Attributes;
use cabinet::Cabinet;
use controls::Controls;
use desk::{Act, Desk};
use faults::Faults;
use host::HostElement;
use lane::Lane;
use listing::Listing;
use log::Log;
use scene::{Scene, mark};
use time_bar::TimeBar;
use wires::Wires;

/// What [`Machine`] is given by the element around it.
#[derive(Properties, PartialEq, Clone)]
pub struct MachineProps {
    /// The element: commands come from it, news go to it.
    pub host: HostElement,
    /// How many times the app was put into a page, this one included. A machine keeps nothing from one to the next: it is
    /// rendered under this number as its key.
    pub epoch: u32,
    /// The element's attributes, as they are now.
    pub attributes: Attributes,
}

/// The machine.
#[component]
pub fn Machine(props: &MachineProps) -> Html {
    let redraw = use_force_update();
    let desk = use_memo(props.host.clone(), |host| Desk::new(host.clone(), &props.attributes));
    let desk: Rc<Desk> = (*desk).clone();
    desk.draw_with(redraw);
    let machine = use_node_ref();
    {
        let desk = desk.clone();
        let attributes = props.attributes.clone();
        let decisive = (attributes.scenario.clone(), attributes.knex().unwrap_or_default());
        use_effect_with(decisive, move |_| desk.configure(&attributes));
    }
    {
        let (desk, machine) = (desk.clone(), machine.clone());
        use_effect_with(props.host.clone(), move |host| {
            if let Some(machine) = machine.cast::<Element>() {
                desk.watch(&machine);
            }
            host.receive(Callback::from(move |command| desk.command(command)));
            let host = host.clone();
            move || host.release()
        });
    }
    let shown = desk.shown().clone();
    let (view, clock, place) = {
        let player = desk.player();
        (Rc::new(player.world().view()), player.clock(), player.place())
    };
    let scene = Scene { desk: desk.clone(), view, revision: shown.revision };
    let length = {
        let player = desk.player();
        let groups = player.ledger().invocations.iter().map(|record| record.log.len());
        (groups.clone().sum::<usize>(), groups.count())
    };
    let functions = scene.functions();
    let lane = functions.iter().position(|it| it.handlers.iter().any(|(at, _)| *at == shown.lane)).unwrap_or(0);
    let complaints = props.attributes.complaints();
    let lit = shown.term.as_ref().map(|term| format!("t-{term}"));
    let hover = {
        let (desk, last) = (desk.clone(), use_mut_ref(|| ""));
        Callback::from(move |event: MouseEvent| {
            let part = event.target().and_then(|it| it.dyn_into::<Element>().ok());
            let term =
                part.and_then(|it| it.closest("[data-t]").ok().flatten()).and_then(|it| it.get_attribute("data-t"));
            let term = TERMS.into_iter().find(|known| term.as_deref() == Some(known)).unwrap_or("");
            if last.replace(term) != term {
                desk.act(Act::Hover(term));
            }
        })
    };
    html! {
        <div class={classes!("m", lit)} role="group" aria-label="Lambda, simulated" ref={machine.clone()} onmouseover={hover}>
            <p class="vh" aria-live="polite">{ &*shown.said }</p>
            if !complaints.is_empty() || shown.error.is_some() {
                <div class="err" role="alert">
                    { for complaints.iter().map(|complaint| html! { <p>{ complaint.to_string() }</p> }) }
                    if let Some(error) = &shown.error {
                        <pre>{ &**error }</pre>
                        <button type="button" class="b" onclick={scene.on(Act::Dismiss)}>{ "Close" }</button>
                    }
                </div>
            }
            <Controls ..scene.clone() />
            if shown.faults {
                <Faults ..scene.clone() />
            }
            <Listing ..scene.clone() />
            <section class="lanes" aria-label="Lambda">
                <div class="head"><b>{ "Lambda" }</b></div>
                if functions.len() > 1 {
                    <div class="tabs" role="tablist">
                        { for functions.iter().enumerate().map(|(at, function)| tab(&scene, at == lane, &function.handlers[0])) }
                    </div>
                }
                <div class="scroll">
                    { for functions.iter().enumerate().map(|(at, function)| html! {
                        <Lane key={at} scene={scene.clone()} function={function.clone()} shown={at == lane} />
                    }) }
                </div>
            </section>
            <Cabinet ..scene.clone() />
            <Wires scene={scene.clone()} machine={machine} />
            <Log scene={scene.clone()} {length} />
            <TimeBar {scene} {clock} {place} />
        </div>
    }
}

/// Parts that a text can point at, and that point back.
const TERMS: [&str; 6] = ["pool", "environment", "frozen", "tmp", "loop", "backend"];

/// The way to a function, where there is room for one.
fn tab(scene: &Scene, selected: bool, (at, name): &(usize, Rc<str>)) -> Html {
    let (color, mark) = mark(*at);
    let player = scene.player();
    let outcomes = player.ledger().invocations.iter();
    let outcomes = outcomes.filter(|record| record.handler == *name && record.outcome.is_some()).count();
    let count = if outcomes == 0 { "no outcome yet".into() } else { words::count(outcomes, "outcome") };
    html! {
        <button type="button" role="tab" class={color} aria-selected={selected.to_string()} onclick={scene.on(Act::Lane(*at))}>
            <code>
                <span class="mark" aria-hidden="true">{ mark }</span>{ " " }
                { for words::humps(name).into_iter().enumerate().map(|(nth, word)| html! { <>if nth > 0 { <wbr /> }{ word }</> }) }
            </code>
            { count }
        </button>
    }
}
