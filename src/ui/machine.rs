//! A whole machine, or its terminal, or both: the provider of the store, and the root of everything else.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::cabinet::Cabinet;
use super::controls::Controls;
use super::faults::Faults;
use super::freezing::Freezing;
use super::lanes::Lanes;
use super::link_field::LinkField;
use super::listing::Listing;
use super::log::Log;
use super::messages::Messages;
use super::store::{StoreHandle, use_dispatch, use_view};
use super::terminal::Terminal;
use super::time_bar::TimeBar;
use super::wires::Wires;
use crate::session::attributes::{Attributes, BadAttribute, View, WALK_THROUGH};
use crate::session::{Part, SessionAction};

/// The properties of a [`Machine`].
#[derive(Properties, PartialEq, Clone)]
pub struct MachineProps {
    /// The session to draw.
    pub store: StoreHandle,
    /// True if it is the session of another element: that one shows its errors and takes its attributes.
    pub guest: bool,
    /// The element's attributes.
    pub attributes: Attributes,
}

/// The machine of an element.
#[component]
pub fn Machine(props: &MachineProps) -> Html {
    let MachineProps { store, guest, attributes } = props.clone();
    use_effect_with((store.clone(), guest, attributes.clone()), |(store, guest, attributes)| {
        if !guest {
            store.dispatch(SessionAction::Configure(attributes.clone()));
        }
    });
    let complaints = attributes.complaints();
    let script = attributes.script().unwrap_or_else(|| WALK_THROUGH.into());
    let content = match attributes.view().unwrap_or_default() {
        View::Machine => html! { <MachineBody {guest} {complaints} /> },
        View::WalkThrough => html! { <WalkThrough {guest} {complaints} {script} /> },
        View::Both => html! { <div class="both"><Terminal {script} /><MachineBody {guest} {complaints} /></div> },
    };
    html! { <ContextProvider<StoreHandle> context={store}>{ content }</ContextProvider<StoreHandle>> }
}

/// The properties of a [`WalkThrough`].
#[derive(Properties, PartialEq)]
struct WalkThroughProps {
    guest: bool,
    complaints: Vec<BadAttribute>,
    script: Rc<str>,
}

/// The terminal alone.
#[component]
fn WalkThrough(props: &WalkThroughProps) -> Html {
    let state = use_view(|session| session.state().clone());
    let error = state.error.clone().filter(|_| !props.guest);
    let announcement = if props.guest { "".into() } else { state.announcement.clone() };
    html! {
        <div class="walk">
            <Messages complaints={props.complaints.clone()} {error} />
            <p class="vh" aria-live="polite">{ announcement }</p>
            <Terminal script={props.script.clone()} />
            // The element's own children are for paper.
            <slot />
        </div>
    }
}

/// The properties of a [`MachineBody`].
#[derive(Properties, PartialEq)]
struct MachineBodyProps {
    guest: bool,
    complaints: Vec<BadAttribute>,
}

/// The machine without a terminal. The stylesheet lays it out: there is one tree of elements for all widths.
#[component]
fn MachineBody(props: &MachineBodyProps) -> Html {
    let state = use_view(|session| session.state().clone());
    let dispatch = use_dispatch();
    let machine = use_node_ref();
    let onmouseover = move |event: MouseEvent| {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let part = element.and_then(|element| element.closest("[data-t]").ok().flatten());
        let name = part.and_then(|part| part.get_attribute("data-t"));
        dispatch.emit(SessionAction::PointAt(name.and_then(|name| Part::named(&name))));
    };
    let highlighted = state.highlighted.map(|part| format!("t-{}", part.name()));
    let error = state.error.clone().filter(|_| !props.guest);
    let link = state.link.as_ref().filter(|link| !link.copied && !props.guest);
    html! {
        <div
            ref={&machine}
            class={classes!("m", highlighted)}
            role="group"
            aria-label="Lambda, simulated"
            {onmouseover}
        >
            <p class="vh" aria-live="polite">{ state.announcement.clone() }</p>
            <Messages complaints={props.complaints.clone()} {error} />
            if let Some(link) = link {
                <LinkField address={link.address.clone()} />
            }
            <Controls />
            if let Some(reason) = state.refusal {
                <p class="reason" aria-hidden="true">{ reason }</p>
            }
            <Faults />
            <Freezing />
            <Listing />
            <Lanes />
            <Cabinet />
            <Wires {machine} />
            <Log />
            <TimeBar />
        </div>
    }
}
