//! The wires from pool slots to backends. They follow the layout: they are measured after each change of the wires, and
//! whenever the machine changes its size or a lane is scrolled. A wire leaves a card at the height of its pool and runs in the
//! channel beside it; where the cabinet is below, it runs at the edge of the machine.

use std::fmt::Write as _;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{AddEventListenerOptions, Element, ResizeObserver};
use yew::prelude::*;

use super::store::use_view;
use crate::session::Session;
use crate::session::view::wires::{Pulse, Wire, WireState};
use simulation::event::ConnectionId;

/// The properties of [`Wires`].
#[derive(Properties, Clone, PartialEq)]
pub(super) struct WiresProps {
    /// The machine's outermost element.
    pub machine: NodeRef,
}

/// A wire as it is drawn.
#[derive(Clone, PartialEq)]
struct Drawn {
    connection: ConnectionId,
    path: Rc<str>,
    state: WireState,
    pulse: Option<Pulse>,
}

/// All wires.
#[component]
pub(super) fn Wires(props: &WiresProps) -> Html {
    let drawn = use_state_eq(Rc::<[Drawn]>::default);
    let layout = use_layout_changes(&props.machine);
    let view = use_view(Session::wires);
    {
        let (drawn, machine) = (drawn.setter(), props.machine.clone());
        use_effect_with((view, layout), move |(view, _)| {
            if let Some(machine) = machine.cast::<Element>() {
                drawn.set(measure(&machine, &view.wires).into());
            }
        });
    }
    html! {
        <svg class="wires" aria-hidden="true">
            for wire in drawn.iter() {
                <g key={wire.connection.0} class={class(wire.state)}>
                    <path d={wire.path.clone()} />
                    if let Some(pulse) = wire.pulse {
                        <g>
                            <path
                                key={pulse.event}
                                class={if pulse.outward { "pulse" } else { "pulse back" }}
                                pathLength="100"
                                d={wire.path.clone()}
                            />
                        </g>
                    }
                </g>
            }
        </svg>
    }
}

const fn class(state: WireState) -> &'static str {
    match state {
        WireState::Cut => "cut",
        WireState::Mute => "mute",
        WireState::Cold => "cold",
        WireState::Active => "active",
        WireState::Idle => "idle",
    }
}

/// Counts how often an element has changed its size, or a list in it was scrolled.
#[hook]
fn use_layout_changes(element: &NodeRef) -> u32 {
    let changes = use_state(|| 0_u32);
    let (setter, element) = (changes.setter(), element.clone());
    use_effect_with((), move |()| {
        let mut count = 0;
        let changed = Closure::<dyn FnMut()>::new(move || {
            count += 1;
            setter.set(count);
        });
        let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
        if let Some(element) = element.cast::<Element>() {
            if let Some(observer) = &observer {
                observer.observe(&element);
            }
            // Scrolling does not bubble, but it can be captured.
            let options = AddEventListenerOptions::new();
            options.set_capture(true);
            options.set_passive(true);
            let _ = element.add_event_listener_with_callback_and_add_event_listener_options(
                "scroll",
                changed.as_ref().unchecked_ref(),
                &options,
            );
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(changed);
        }
    });
    *changes
}

/// A box in the machine's coordinates.
struct Place {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn measure(machine: &Element, wires: &[Wire]) -> Vec<Drawn> {
    let origin = machine.get_bounding_client_rect();
    let place = |element: &Element| {
        let it = element.get_bounding_client_rect();
        let (x, y) = (origin.left() + f64::from(machine.client_left()), origin.top() + f64::from(machine.client_top()));
        Place { left: it.left() - x, right: it.right() - x, top: it.top() - y, bottom: it.bottom() - y }
    };
    let find = |selector: String| machine.query_selector(&selector).ok().flatten();
    let Some(cabinet) = find(".slots".into()).map(|it| place(&it)) else { return Vec::new() };
    let window = find(".scroll".into()).map(|it| place(&it));
    let mut drawn = Vec::new();
    for (nth, wire) in wires.iter().enumerate() {
        let Some(slot) = find(format!("[data-c=\"{}\"]", wire.connection)) else { continue };
        let Some(card) = slot.closest(".card").ok().flatten().map(|it| place(&it)) else { continue };
        let from = place(&slot);
        let hidden = window.as_ref().is_some_and(|it| from.bottom < it.top || from.bottom + 4.0 > it.bottom);
        if from.right <= from.left || hidden {
            continue;
        }
        let beside = cabinet.left > card.right;
        let to = wire.slot.and_then(|at| find(format!("[data-s=\"{at}\"]"))).map(|it| place(&it));
        let lane = (nth % 8) as f64;
        let start = f64::midpoint(from.left, from.right);
        let below = from.bottom + 3.0 + (nth % 5) as f64 * 1.5;
        let mut path = String::new();
        let mut draw = |steps: &[(&str, f64)]| {
            for (command, at) in steps {
                // Writing to a string never fails.
                let _ = write!(path, "{command}{at:.1}");
            }
        };
        draw(&[("M", start), (" ", from.bottom), ("V", below)]);
        match (beside, to) {
            (true, Some(to)) => {
                let (x, y) = (card.right + 5.0 + lane * 3.0, f64::midpoint(to.top, to.bottom));
                draw(&[("H", x), ("V", y), ("H", to.left)]);
            }
            (true, None) => {
                draw(&[("H", card.right + 5.0 + lane * 3.0)]);
                path.push_str("q4 0 4 4v22q0 5 4 8m-4-8q0 5-3 7");
            }
            (false, Some(to)) => {
                let (x, y) = (card.right + 2.0 + lane * 1.2, to.top - 4.0 - lane * 0.8);
                draw(&[("H", x), ("V", y), ("H", f64::midpoint(to.left, to.right)), ("V", to.top)]);
            }
            (false, None) => {
                draw(&[("H", card.right + 2.0 + lane * 1.2)]);
                path.push_str("q3 0 3 4v16q0 5-4 7m4-7q0 5 2 7");
            }
        }
        drawn.push(Drawn { connection: wire.connection, path: path.into(), state: wire.state, pulse: wire.pulse });
    }
    drawn
}
