//! The row of tools: invoke all, freeze, break something, reclaim, start over; and the switch of when Lambda freezes.

use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use super::tag::tag;
use crate::event::Phase;

const NO_ENVIRONMENT: &str = "There is no environment: invoke a function first.";
const BUSY: &str = "An invocation is running; only an idle environment is frozen or reclaimed.";

/// The row of tools.
pub fn controls(scene: &Scene) -> Html {
    let exports = scene.desk.exports();
    let all = exports.iter().map(|name| format!("invoke {name}")).collect::<Vec<_>>();
    let all = all.join("; ");
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
        None => scene.button("b", Some(NO_ENVIRONMENT), Act::StartOver).text("Reclaim"),
        Some(it) => {
            let refusal = matches!(it.phase, Phase::Init | Phase::Invoke).then_some(BUSY);
            scene.press("b", refusal, format!("reclaim {}", it.id)).say(format!("Reclaim #{}", it.id))
        }
    };
    let both = match exports.len() {
        0 | 1 => None,
        count => Some(scene.press("b", None, all).text(if count == 2 { "Invoke both" } else { "Invoke all" })),
    };
    let undo = scene.player().can_undo().then(|| scene.button("b plain", None, Act::Undo).text("Undo"));
    tag("div", "tools")
        .is("role", "group")
        .is("aria-label", "Controls")
        .maybe(both)
        .with(
            tag("span", "seg freeze")
                .is("role", "group")
                .is("aria-label", "Freeze")
                .is("data-t", "frozen")
                .with(tag("span", "lab").text("Freeze"))
                .with(scene.press("", freeze.or(frozen), "freeze".into()).text("now"))
                .with(scene.press("", freeze, "freeze for 5m".into()).text("5 min"))
                .with(scene.press("", freeze, "freeze for 8h".into()).text("8 h")),
        )
        .with(
            scene
                .button("b", None, Act::Faults)
                .flag("aria-expanded", scene.desk.shown().faults)
                .is("aria-controls", "faults")
                .text("Break something")
                .with(icon(icon::DOWN)),
        )
        .with(tag("span", "sp"))
        .maybe(undo)
        .with(reclaim)
        .with(scene.button("b plain", None, Act::StartOver).with(icon(icon::RESET)).text("Start over"))
        .into()
}

/// The switch of when an environment is frozen.
pub fn freezing(scene: &Scene) -> Html {
    let at_once = scene.player().freezes_at_once();
    let choice = |on: bool, title: &'static str, text: &'static str| {
        scene.button("", None, Act::FreezeAtOnce(on)).flag("aria-pressed", at_once == on).is("title", title).text(text)
    };
    tag("div", "sw")
        .is("data-t", "frozen")
        .with(tag("span", "lab").text("frozen"))
        .with(
            tag("span", "seg")
                .is("role", "group")
                .is("aria-label", "When an environment is frozen")
                .with(choice(false, "An environment stays awake until you freeze it.", "by hand"))
                .with(choice(true, "As Lambda does: as soon as the invocation is over.", "at once")),
        )
        .into()
}
