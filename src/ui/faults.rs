//! What can be broken: connections, the server, the deployed version. It opens as a row of its own and covers nothing.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::desk::Act;
use super::scene::Scene;
use super::words;
use crate::event::EnvironmentId;

/// The open row.
#[component]
pub fn Faults(scene: &Scene) -> Html {
    let target = scene.desk.shown().target.filter(|id| scene.living().any(|environment| environment.id == *id));
    let of = target.map_or_else(String::new, |id| format!(" {id}"));
    let sessions = scene.view.server.slots.iter().flatten();
    let sessions = sessions.filter(|session| target.is_none_or(|id| session.environment == id)).count();
    let none = scene.living().next().is_none().then_some("There is no environment yet.");
    let unconnected = none.or((sessions == 0).then_some("It has no connection."));
    let up = scene.view.server.up;
    let (down, running) = ((!up).then_some("The server is stopped."), up.then_some("The server is running."));
    let press = |text: String| Act::Press(text.into());
    let network = |what: &str| press(format!("network{of} {what}"));
    let pair = |name: &'static str, now: &str, later: &str| {
        html! {
            <>
                <b>{ name }</b>
                <span class="seg" role="group" aria-label={name}>
                    { scene.button("", unconnected, network(now), "now".into()) }
                    { scene.button("", unconnected, network(later), "at next write".into()) }
                </span>
            </>
        }
    };
    let choose = {
        let desk = scene.desk.clone();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            desk.act(Act::Target(select.value().parse().ok().map(EnvironmentId)));
        })
    };
    html! {
        <div class="faults" id="faults" role="group" aria-label="Break something">
            <div>
                <h4>
                    <label>
                        { "Connections of " }
                        <select onchange={choose}>
                            <option value="" selected={target.is_none()}>{ "every environment" }</option>
                            { for scene.living().map(|it| html! {
                                <option value={it.id.to_string()} selected={target == Some(it.id)}>{ format!("#{}", it.id) }</option>
                            }) }
                        </select>
                    </label>
                </h4>
                <ul>
                    <li>
                        { scene.button("b", unconnected, press(format!("terminate{of}")), format!("End {}", words::count(sessions, "session")).into()) }
                        <small>{ "as pg_terminate_backend does" }</small>
                    </li>
                    <li>{ pair("Reset", "reset", "reset-on-write") }{ pair("Close", "close", "close-on-write") }</li>
                    <li>
                        { scene.button("b", none, network("silent"), "Drop packets silently".into()) }
                        { scene.button("b", none, network("restore"), "Restore the network".into()) }
                    </li>
                </ul>
            </div>
            <div>
                <h4>{ "PostgreSQL" }</h4>
                <ul>
                    <li>
                        { scene.button("b", down, press("postgres restart".into()), "Restart".into()) }
                        <small>{ "ends every session" }</small>
                    </li>
                    <li>
                        { scene.button("b", down, press("postgres stop".into()), "Stop".into()) }
                        { scene.button("b", running, press("postgres start".into()), "Start".into()) }
                    </li>
                </ul>
            </div>
            <div>
                <h4>{ "Lambda" }</h4>
                <ul>
                    <li>
                        { scene.button("b", none, press("deploy".into()), "Deploy a new version".into()) }
                        <small>{ "Idle environments are shut down now, busy ones when their invocation ends." }</small>
                    </li>
                </ul>
            </div>
        </div>
    }
}
