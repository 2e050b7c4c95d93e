//! Everything that a reader can break: connections, the server, the deployed version. It is a row of its own and covers
//! nothing.

use yew::prelude::*;

use super::button::{Button, Choice};
use super::store::{use_dispatch, use_view};
use crate::session::view::Refusal;
use crate::session::{Session, SessionAction, words};
use simulation::event::EnvironmentId;

/// The row of faults; nothing while it is closed.
#[component]
pub(super) fn Faults() -> Html {
    let view = use_view(Session::faults);
    let Some(view) = &*view else { return Html::default() };
    let of = view.target.map_or_else(String::new, |id| format!(" {id}"));
    let network = |what: &str| SessionAction::RunNow(format!("network{of} {what}").into());
    let run = |scenario: &str| SessionAction::RunNow(scenario.into());
    html! {
        <div class="faults" id="faults" role="group" aria-label="Break something">
            <div>
                <h4>
                    <label>
                        { "Connections of " }
                        <Target target={view.target} targets={view.targets.clone()} />
                    </label>
                </h4>
                <ul>
                    <li>
                        <Button class="b" refusal={view.no_connection} action={run(&format!("terminate{of}"))}>
                            { format!("End {}", words::count(view.sessions, "session")) }
                        </Button>
                        <small>{ "as pg_terminate_backend does" }</small>
                    </li>
                    <li>
                        <NowOrLater
                            name="Reset"
                            refusal={view.no_connection}
                            now={network("reset")}
                            later={network("reset-on-write")}
                        />
                        <NowOrLater
                            name="Close"
                            refusal={view.no_connection}
                            now={network("close")}
                            later={network("close-on-write")}
                        />
                    </li>
                    <li>
                        <Button class="b" refusal={view.no_environment} action={network("silent")}>
                            { "Drop packets silently" }
                        </Button>
                        <Button class="b" refusal={view.no_environment} action={network("restore")}>
                            { "Restore the network" }
                        </Button>
                    </li>
                </ul>
            </div>
            <div>
                <h4>{ "PostgreSQL" }</h4>
                <ul>
                    <li>
                        <Button class="b" refusal={view.stopped} action={run("postgres restart")}>{ "Restart" }</Button>
                        <small>{ "ends every session" }</small>
                    </li>
                    <li>
                        <Button class="b" refusal={view.stopped} action={run("postgres stop")}>{ "Stop" }</Button>
                        <Button class="b" refusal={view.running} action={run("postgres start")}>{ "Start" }</Button>
                    </li>
                </ul>
            </div>
            <div>
                <h4>{ "Lambda" }</h4>
                <ul>
                    <li>
                        <Button class="b" refusal={view.no_environment} action={run("deploy")}>
                            { "Deploy a new version" }
                        </Button>
                        <small>
                            { "Idle environments are shut down now, busy ones when their invocation ends." }
                        </small>
                    </li>
                </ul>
            </div>
        </div>
    }
}

/// The properties of [`NowOrLater`].
#[derive(Properties, PartialEq)]
struct NowOrLaterProps {
    name: &'static str,
    refusal: Refusal,
    now: SessionAction,
    later: SessionAction,
}

/// A fault that comes at once or with the next write.
#[component]
fn NowOrLater(props: &NowOrLaterProps) -> Html {
    html! {
        <span class="pair">
            <b>{ props.name }</b>
            <span class="seg" role="group" aria-label={props.name}>
                <Button refusal={props.refusal} action={props.now.clone()}>{ "now" }</Button>
                <Button refusal={props.refusal} action={props.later.clone()}>{ "at next write" }</Button>
            </span>
        </span>
    }
}

/// The properties of a [`Target`].
#[derive(Properties, PartialEq)]
struct TargetProps {
    target: Option<EnvironmentId>,
    targets: Vec<EnvironmentId>,
}

/// The list from which a reader chooses whose connections to break.
#[component]
fn Target(props: &TargetProps) -> Html {
    let dispatch = use_dispatch();
    let targets: Vec<_> = std::iter::once(None).chain(props.targets.iter().copied().map(Some)).collect();
    let text = |target: &Option<EnvironmentId>| match target {
        None => AttrValue::from("every environment"),
        Some(id) => format!("#{id}").into(),
    };
    let options: Vec<_> = targets.iter().map(text).collect();
    let chosen = targets.iter().position(|target| *target == props.target);
    let onchange = Callback::from(move |place: usize| {
        dispatch.emit(SessionAction::ChooseTarget(targets.get(place).copied().flatten()));
    });
    html! { <Choice {options} {chosen} {onchange} /> }
}
