//! PostgreSQL: a cabinet of numbered slots, one for each session that the server can hold.

use yew::prelude::*;

use super::store::use_view;
use crate::session::view::cabinet::{CabinetNote, ServerSlot};
use crate::session::{Part, Session};
use simulation::event::BackendState;

/// With more slots than this they are small cells without text.
const SLOTS_WITH_TEXT: usize = 16;

/// The cabinet.
#[component]
pub(super) fn Cabinet() -> Html {
    let view = use_view(Session::cabinet);
    let many = view.slots.len() > SLOTS_WITH_TEXT;
    html! {
        <section
            class={classes!("pg", (!view.up).then_some("down"))}
            aria-label="PostgreSQL"
            data-t={Part::Backend.name()}
        >
            <div class="head">
                <b>{ "PostgreSQL" }</b>
                <span>{ format!("{}/{}", view.used, view.slots.len()) }</span>
            </div>
            <ol class={classes!("slots", many.then_some("many"))}>
                for (place, slot) in view.slots.iter().enumerate() {
                    <Slot {place} slot={*slot} small={many} />
                }
            </ol>
            {
                match &view.note {
                    CabinetNote::Refused(error) => html! { <p class="note fail">{ error.clone() }</p> },
                    CabinetNote::Text(text) => html! { <p class="note">{ text.clone() }</p> },
                }
            }
        </section>
    }
}

/// The properties of a [`Slot`].
#[derive(Properties, PartialEq)]
struct SlotProps {
    /// The slot's place, from 0. A wire finds it by this number.
    place: usize,
    slot: ServerSlot,
    small: bool,
}

/// A slot of the server.
#[component]
fn Slot(props: &SlotProps) -> Html {
    let (class, state) = match props.slot {
        ServerSlot::Session { orphan: true, .. } => ("busy orphan", "orphan"),
        ServerSlot::Session { state: BackendState::Active, .. } => ("busy active", BackendState::Active.name()),
        ServerSlot::Session { state, .. } => ("busy", state.name()),
        ServerSlot::Stopped => ("free", "stopped"),
        ServerSlot::Reserved => ("res", "reserved"),
        ServerSlot::Free => ("free", "free"),
    };
    let (pid, title) = match props.slot {
        ServerSlot::Session { pid, state, environment, orphan } => {
            let gone = if orphan { ", its process is gone" } else { "" };
            (Some(pid), Some(format!("backend {pid}: {state}, environment {environment}{gone}")))
        }
        _ => (None, None),
    };
    html! {
        <li {class} data-s={props.place.to_string()} {title}>
            if !props.small {
                <i>{ props.place + 1 }</i>
                if let Some(pid) = pid {
                    <b>{ pid.to_string() }</b>
                }
                <span>{ state }</span>
            }
        </li>
    }
}
