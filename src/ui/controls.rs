//! The row of buttons above the machine: invoke all, freeze, break something, reclaim, start over.

use yew::prelude::*;

use super::button::Button;
use super::icon;
use super::store::use_view;
use crate::session::{Part, Session, SessionAction};

/// The row of buttons.
#[component]
pub(super) fn Controls() -> Html {
    let view = use_view(Session::controls);
    let run = |scenario: &str| SessionAction::RunNow(scenario.into());
    html! {
        <div class="tools" role="group" aria-label="Controls">
            if let Some(all) = &view.invoke_all {
                <Button class="b" action={run(&all.scenario)}>{ all.label }</Button>
            }
            <span class="seg freeze" role="group" aria-label="Freeze" data-t={Part::Frozen.name()}>
                <span class="lab">{ "Freeze" }</span>
                <Button refusal={view.freeze_now} action={run("freeze")}>{ "now" }</Button>
                <Button refusal={view.freeze_for} action={run("freeze for 5m")}>{ "5 min" }</Button>
                <Button refusal={view.freeze_for} action={run("freeze for 8h")}>{ "8 h" }</Button>
            </span>
            <Button class="b" action={SessionAction::ToggleFaults} expanded={view.faults_open} controls="faults">
                { "Break something" }
                { icon::draw(icon::DOWN) }
            </Button>
            <span class="sp" />
            if view.can_undo {
                <Button class="b plain" action={SessionAction::Undo}>{ "Undo" }</Button>
            }
            if let Some(id) = view.reclaim {
                <Button class="b" refusal={view.reclaim_refusal} action={run(&format!("reclaim {id}"))}>
                    { format!("Reclaim #{id}") }
                </Button>
            } else {
                <Button class="b" refusal={view.reclaim_refusal} action={run("reclaim")}>{ "Reclaim" }</Button>
            }
            <Button class="b plain" action={SessionAction::StartOver}>
                { icon::draw(icon::RESET) }
                { "Start over" }
            </Button>
        </div>
    }
}
