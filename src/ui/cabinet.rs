//! PostgreSQL: a cabinet of numbered slots, one for each session that the server can hold.

use yew::prelude::*;

use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::event::{BackendState, DisconnectReason};

/// More slots than this are drawn as small cells.
const NAMED_SLOTS: usize = 16;
const COUNTS: [&str; 9] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];

/// The cabinet.
pub fn cabinet(scene: &Scene) -> Html {
    let server = &scene.view.server;
    let used = server.slots.iter().flatten().count();
    let max = server.slots.len();
    let open_to_all = max.saturating_sub(server.reserved as usize);
    let many = max > NAMED_SLOTS;
    let slot = |at: usize| {
        let (class, state) = match server.slots[at].as_ref() {
            Some(session) if session.orphan => ("busy orphan", "orphan"),
            Some(session) if session.state == BackendState::Active => ("busy active", "active"),
            Some(session) => ("busy", session.state.name()),
            None if !server.up => ("free", "stopped"),
            None if at >= open_to_all => ("res", "reserved"),
            None => ("free", "free"),
        };
        let mut slot = tag("li", class).set("data-s", at.to_string());
        if let Some(it) = &server.slots[at] {
            let gone = if it.orphan { ", its process is gone" } else { "" };
            slot = slot.set("title", format!("backend {}: {}, environment {}{gone}", it.pid, it.state, it.environment));
        }
        if many {
            return slot;
        }
        slot = slot.with(tag("i", "").say((at + 1).to_string()));
        if let Some(session) = &server.slots[at] {
            slot = slot.with(tag("b", "").say(session.pid.to_string()));
        }
        slot.with(tag("span", "").text(state))
    };
    tag("section", "pg")
        .class_if(!server.up, "down")
        .is("aria-label", "PostgreSQL")
        .is("data-t", "backend")
        .with(
            tag("div", "head").with(tag("b", "").text("PostgreSQL")).with(tag("span", "").say(format!("{used}/{max}"))),
        )
        .with(tag("ol", "slots").class_if(many, "many").each((0..max).map(slot)))
        .with(note(scene, used))
        .into()
}

fn note(scene: &Scene, used: usize) -> Tag {
    let server = &scene.view.server;
    let player = scene.player();
    let ledger = player.invocations();
    if let Some(refused) = &ledger.refused {
        return tag("p", "note fail").quote(refused);
    }
    let orphans = server.slots.iter().flatten().filter(|it| it.orphan).count();
    let number = |count: u32| COUNTS.get(count as usize).map_or_else(|| count.to_string(), |word| (*word).into());
    let text = if !server.up {
        "The server is stopped.".into()
    } else if used == 0
        && let Some((invocation, why)) = ledger.last_session
    {
        let with = match (why, invocation) {
            (DisconnectReason::Client, Some(id)) => format!("The last one ended with invocation {id}."),
            (DisconnectReason::Client, None) => "The last one was closed by the client.".into(),
            (why, _) => format!("The last one: {}.", words::lost(why)),
        };
        format!("No session is open. {with}")
    } else if orphans > 0 && used + (server.reserved as usize) < server.slots.len() {
        format!("{} held for a process that is gone: an orphan.", words::count(orphans, "session"))
    } else if used + server.reserved as usize >= server.slots.len() && used > 0 {
        format!("{} left, reserved for superusers.", number((server.slots.len() - used) as u32))
    } else {
        format!("{} slots. {} are reserved for superusers.", number(server.slots.len() as u32), number(server.reserved))
    };
    tag("p", "note").say(text)
}
