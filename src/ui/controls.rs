//! The row of tools: invoke all, freeze, break something, reclaim, start over; and the switch of when Lambda freezes.

use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use crate::event::Phase;

const NO_ENVIRONMENT: &str = "There is no environment yet: invoke a function first.";
const BUSY: &str = "An invocation is running; only an idle environment is frozen or reclaimed.";

/// The row of tools.
#[component]
pub fn Controls(scene: &Scene) -> Html {
    let exports = scene.desk.exports();
    let all = exports.iter().map(|name| format!("invoke {name}")).collect::<Vec<_>>().join("; ");
    let idle = || scene.living().filter(|environment| environment.running.is_none());
    let freeze = if scene.living().next().is_none() {
        Some(NO_ENVIRONMENT)
    } else if idle().next().is_none() || scene.player().ledger().running().next().is_some() {
        Some(BUSY)
    } else {
        None
    };
    let frozen = idle().all(|environment| environment.phase == Phase::Frozen).then_some("It is frozen already.");
    let reclaim = match scene.latest() {
        None => (Some(NO_ENVIRONMENT), String::new(), "Reclaim".into()),
        Some(it) => {
            let refusal = matches!(it.phase, Phase::Init | Phase::Invoke).then_some(BUSY);
            (refusal, format!("reclaim {}", it.id), format!("Reclaim #{}", it.id))
        }
    };
    let faults = scene.desk.shown().faults;
    let at_once = scene.player().freezes_at_once();
    let press = |text: &str| Act::Press(text.into());
    html! {
        <>
            <div class="tools" role="group" aria-label="Controls">
                if exports.len() > 1 {
                    { scene.button("b", None, press(&all), html! { if exports.len() == 2 { {"Invoke both"} } else { {"Invoke all"} } }) }
                }
                <span class="seg freeze" role="group" aria-label="Freeze" data-t="frozen">
                    <span class="lab">{ "Freeze" }</span>
                    { scene.button("", freeze.or(frozen), press("freeze"), "now".into()) }
                    { scene.button("", freeze, press("freeze for 5m"), "5 min".into()) }
                    { scene.button("", freeze, press("freeze for 8h"), "8 h".into()) }
                </span>
                <button type="button" class="b" aria-expanded={faults.to_string()} aria-controls="faults" onclick={scene.on(Act::Faults)}>
                    { "Break something" }{ icon(icon::DOWN) }
                </button>
                <span class="sp" />
                if scene.player().can_undo() {
                    { scene.button("b plain", None, Act::Undo, "Undo".into()) }
                }
                { scene.button("b", reclaim.0, press(&reclaim.1), reclaim.2.into()) }
                { scene.button("b plain", None, Act::StartOver, html! { <>{ icon(icon::RESET) }{ "Start over" }</> }) }
            </div>
            <div class="sw" data-t="frozen">
                <span class="lab">{ "frozen" }</span>
                <span class="seg" role="group" aria-label="When an environment is frozen">
                    <button type="button" aria-pressed={(!at_once).to_string()} onclick={scene.on(Act::FreezeAtOnce(false))}
                        title="An environment stays awake until you freeze it.">{ "by hand" }</button>
                    <button type="button" aria-pressed={at_once.to_string()} onclick={scene.on(Act::FreezeAtOnce(true))}
                        title="As Lambda does: as soon as the invocation is over.">{ "at once" }</button>
                </span>
            </div>
        </>
    }
}
