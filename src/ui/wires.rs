//! The wires from pool slots to backends. They follow the layout: measured after each drawing, and again when the machine
//! changes its size or a lane is scrolled. They leave a card at the height of its pool and run in the channel beside it;
//! where the cabinet is below, at the edge of the machine.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{AddEventListenerOptions, Element, ResizeObserver};
use yew::prelude::*;

use super::scene::Scene;
use super::tag::tag;
use crate::event::{BackendState, ConnectionId, Phase};
use crate::lambda::view::{Cut, PoolView};

/// What the wires are drawn from.
#[derive(Properties, Clone, PartialEq)]
pub struct WiresProps {
    /// The moment.
    pub scene: Scene,
    /// The machine's outermost element.
    pub machine: NodeRef,
}

/// A wire that should be there: the slot of the pool, the slot of the cabinet (none when it is cut), its look.
#[derive(PartialEq)]
struct Wire {
    connection: ConnectionId,
    slot: Option<usize>,
    class: &'static str,
    /// What goes along it now: a number of its own, and whether it goes outward.
    pulse: Option<(usize, bool)>,
}

/// A wire as it is drawn.
#[derive(Clone, PartialEq)]
struct Drawn {
    connection: ConnectionId,
    path: Rc<str>,
    class: &'static str,
    pulse: Option<(usize, bool)>,
}

/// All wires.
#[component]
pub fn Wires(props: &WiresProps) -> Html {
    let drawn = use_state_eq(Rc::<[Drawn]>::default);
    let layout = use_state(|| 0_u32);
    {
        let (drawn, machine, scene) = (drawn.setter(), props.machine.clone(), props.scene.clone());
        use_effect_with((props.scene.revision, *layout), move |_| {
            if let Some(machine) = machine.cast::<Element>() {
                drawn.set(measure(&machine, &wires(&scene)).into());
            }
        });
    }
    {
        let (layout, machine) = (layout.setter(), props.machine.clone());
        use_effect_with((), move |()| {
            let count = std::cell::Cell::new(0);
            let changed = Closure::<dyn FnMut()>::new(move || {
                count.set(count.get() + 1);
                layout.set(count.get());
            });
            let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
            if let Some(machine) = machine.cast::<Element>() {
                if let Some(observer) = &observer {
                    observer.observe(&machine);
                }
                let options = AddEventListenerOptions::new();
                options.set_capture(true);
                options.set_passive(true);
                let _ = machine.add_event_listener_with_callback_and_add_event_listener_options(
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
    }
    let wire = |wire: &Drawn| {
        let group = tag("g", wire.class).key(wire.connection.0).with(tag("path", "").quote_as("d", &wire.path));
        let Some((number, outward)) = wire.pulse else { return group };
        let pulse = tag("path", if outward { "pulse" } else { "pulse back" });
        group.with(tag("g", "").with(pulse.key(number as u32).is("pathLength", "100").quote_as("d", &wire.path)))
    };
    tag("svg", "wires").is("aria-hidden", "true").each(drawn.iter().map(wire)).into()
}

fn wires(scene: &Scene) -> Vec<Wire> {
    let player = scene.player();
    let drawn_before = scene.desk.shown().drawn;
    let hop = player.invocations().hop.filter(|hop| player.is_playing() && hop.event >= drawn_before);
    let mut wires = Vec::new();
    for environment in scene.living() {
        for client in &environment.clients {
            let PoolView::Live { connections, .. } = &client.pool else { continue };
            for connection in connections {
                let of = |slot: &Option<_>| {
                    slot.as_ref().is_some_and(|it: &crate::world::SessionView| it.connection == connection.id)
                };
                let slot = scene.view.server.slots.iter().position(of);
                let state = slot.and_then(|at| scene.view.server.slots[at].as_ref()).map(|session| session.state);
                let class = match (&connection.cut, state) {
                    (Some(Cut::Unread(_) | Cut::Kept(_)), _) => "cut",
                    (Some(_), None) => "cut",
                    (Some(_), Some(_)) => "mute",
                    (None, None) => continue,
                    (None, Some(_)) if environment.phase == Phase::Frozen => "cold",
                    (None, Some(BackendState::Active | BackendState::Starting)) => "active",
                    (None, Some(_)) => "idle",
                };
                let slot = slot.filter(|_| class != "cut");
                let pulse = hop.filter(|hop| hop.connection == connection.id).map(|hop| (hop.event, hop.outward));
                wires.push(Wire { connection: connection.id, slot, class, pulse });
            }
        }
    }
    wires
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
                let tenths = (at * 10.0).round() as i64;
                let (whole, tenth) = ((tenths / 10).to_string(), (tenths % 10).abs().to_string());
                let sign = if tenths < 0 && tenths > -10 { "-" } else { "" };
                path.extend([command, sign, &whole, ".", &tenth]);
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
        drawn.push(Drawn { connection: wire.connection, path: path.into(), class: wire.class, pulse: wire.pulse });
    }
    drawn
}
