//! What can be broken: connections, the server, the deployed version. It opens as a row of its own and covers nothing.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::desk::Act;
use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::event::EnvironmentId;

/// The open row.
pub fn faults(scene: &Scene) -> Html {
    let target = scene.desk.shown().target.filter(|id| scene.living().any(|environment| environment.id == *id));
    let of = target.map_or_else(String::new, |id| format!(" {id}"));
    let sessions = scene.view.server.slots.iter().flatten();
    let sessions = sessions.filter(|session| target.is_none_or(|id| session.environment == id)).count();
    let none = scene.living().next().is_none().then_some("There is no environment.");
    let unconnected = none.or((sessions == 0).then_some("It has no connection."));
    let up = scene.view.server.up;
    let (down, running) = ((!up).then_some("The server is stopped."), up.then_some("The server is running."));
    let network = |class, refusal, what: &str| scene.press(class, refusal, format!("network{of} {what}"));
    let server = |refusal, what: &str| scene.press("b", refusal, format!("postgres {what}"));
    let pair = |name: &'static str, now: &str, later: &str| {
        tag("span", "pair").with(tag("b", "").text(name)).with(
            tag("span", "seg")
                .is("role", "group")
                .is("aria-label", name)
                .with(network("", unconnected, now).text("now"))
                .with(network("", unconnected, later).text("at next write")),
        )
    };
    tag("div", "faults")
        .is("id", "faults")
        .is("role", "group")
        .is("aria-label", "Break something")
        .with(
            part("")
                .with(tag("h4", "").with(tag("label", "").text("Connections of ").with(targets(scene, target))))
                .with(
                    tag("ul", "")
                        .with(
                            tag("li", "")
                                .with(
                                    scene
                                        .press("b", unconnected, format!("terminate{of}"))
                                        .say(format!("End {}", words::count(sessions, "session"))),
                                )
                                .with(tag("small", "").text("as pg_terminate_backend does")),
                        )
                        .with(tag("li", "").with(pair("Reset", "reset", "reset-on-write")).with(pair(
                            "Close",
                            "close",
                            "close-on-write",
                        )))
                        .with(
                            tag("li", "")
                                .with(network("b", none, "silent").text("Drop packets silently"))
                                .with(network("b", none, "restore").text("Restore the network")),
                        ),
                ),
        )
        .with(
            part("PostgreSQL").with(
                tag("ul", "")
                    .with(
                        tag("li", "")
                            .with(server(down, "restart").text("Restart"))
                            .with(tag("small", "").text("ends every session")),
                    )
                    .with(
                        tag("li", "")
                            .with(server(down, "stop").text("Stop"))
                            .with(server(running, "start").text("Start")),
                    ),
            ),
        )
        .with(part("Lambda").with(tag("ul", "").with(
            tag("li", "").with(scene.press("b", none, "deploy".into()).text("Deploy a new version")).with(
                tag("small", "").text("Idle environments are shut down now, busy ones when their invocation ends."),
            ),
        )))
        .into()
}

fn part(name: &'static str) -> Tag {
    let part = tag("div", "");
    if name.is_empty() { part } else { part.with(tag("h4", "").text(name)) }
}

/// Whose connections.
fn targets(scene: &Scene, target: Option<EnvironmentId>) -> Tag {
    let desk = scene.desk.clone();
    let choose = Callback::from(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        desk.act(Act::Target(select.value().parse().ok().map(EnvironmentId)));
    });
    let option = |id: Option<EnvironmentId>| {
        let (value, text) = match id {
            None => (String::new(), "every environment".into()),
            Some(id) => (id.to_string(), format!("#{id}")),
        };
        tag("option", "").set("value", value).say(text).chosen(id == target)
    };
    tag("select", "")
        .hear(Rc::new(yew::html::onchange::Wrapper::new(choose)))
        .with(option(None))
        .each(scene.living().map(|it| option(Some(it.id))))
}
