//! PostgreSQL: a cabinet of numbered slots, one for each session that the server can hold.

use yew::prelude::*;

use super::scene::Scene;
use super::words;
use crate::event::Loss;

/// More slots than this are drawn as small cells.
const NAMED_SLOTS: usize = 16;
const COUNTS: [&str; 9] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];

/// The cabinet.
#[component]
pub fn Cabinet(scene: &Scene) -> Html {
    let server = &scene.view.server;
    let used = server.slots.iter().flatten().count();
    let max = server.slots.len();
    let open_to_all = max.saturating_sub(server.reserved as usize);
    let many = max > NAMED_SLOTS;
    let slot = |at: usize| {
        let session = server.slots.get(at).and_then(Option::as_ref);
        let class = match session {
            Some(session) if session.state == "active" => "busy active",
            Some(_) => "busy",
            None if at >= open_to_all => "res",
            None => "free",
        };
        let state = match session {
            Some(session) => session.state,
            None if !server.up => "stopped",
            None if at >= open_to_all => "reserved",
            None => "free",
        };
        let title = session.map(|it| format!("backend {}: {}, environment {}", it.pid, it.state, it.environment));
        html! {
            <li key={at} {class} data-s={at.to_string()} {title}>
                if !many {
                    <i>{ at + 1 }</i>
                    if let Some(session) = session { <b>{ session.pid.0 }</b> }
                    <span>{ state }</span>
                }
            </li>
        }
    };
    html! {
        <section class={classes!("pg", (!server.up).then_some("down"))} aria-label="PostgreSQL" data-t="backend">
            <div class="head"><b>{ "PostgreSQL" }</b><span>{ format!("{used}/{max}") }</span></div>
            <ol class={classes!("slots", many.then_some("many"))}>{ for (0..max).map(slot) }</ol>
            { note(scene, used) }
        </section>
    }
}

fn note(scene: &Scene, used: usize) -> Html {
    let server = &scene.view.server;
    let player = scene.player();
    let ledger = player.ledger();
    if let Some(refused) = &ledger.refused {
        return html! { <p class="note fail">{ &**refused }</p> };
    }
    let number = |count: u32| COUNTS.get(count as usize).map_or_else(|| count.to_string(), |word| (*word).into());
    let text = if !server.up {
        "The server is stopped.".into()
    } else if used == 0
        && let Some((invocation, why)) = ledger.last_session
    {
        let with = match (why, invocation) {
            (Loss::Client, Some(id)) => format!("The last one ended with invocation {id}."),
            (Loss::Client, None) => "The last one was closed by the client.".into(),
            (why, _) => format!("The last one: {}.", words::lost(why)),
        };
        format!("No session is open. {with}")
    } else if used + server.reserved as usize >= server.slots.len() && used > 0 {
        format!("{} left, reserved for superusers.", number((server.slots.len() - used) as u32))
    } else {
        format!("{} slots. {} are reserved for superusers.", number(server.slots.len() as u32), number(server.reserved))
    };
    html! { <p class="note">{ text }</p> }
}
