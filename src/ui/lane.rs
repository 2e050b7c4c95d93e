//! A function: who asks, what came of it, and the environments where it runs.

use yew::prelude::*;

use super::desk::Act;
use super::environment_card::EnvironmentCard;
use super::outcome_strip::OutcomeStrip;
use super::scene::{Function, Scene, mark};
use super::words;
use crate::event::Phase;

/// Environments that are drawn open; the older ones become a count.
const OPEN: usize = 4;

/// What a lane is drawn from.
#[derive(Properties, Clone, PartialEq)]
pub struct LaneProps {
    /// The moment.
    pub scene: Scene,
    /// The function.
    pub function: Function,
    /// Whether it is the one that is shown where there is room for one.
    pub shown: bool,
}

/// One function.
#[component]
pub fn Lane(props: &LaneProps) -> Html {
    let LaneProps { scene, function, shown } = props;
    let own: Vec<_> = scene.view.environments.iter().filter(|environment| function.owns(environment)).collect();
    let living: Vec<_> = own.iter().filter(|environment| environment.phase != Phase::Shutdown).collect();
    let gone = own.iter().rev().find(|environment| environment.phase == Phase::Shutdown);
    let folded = &living[..living.len().saturating_sub(OPEN)];
    let frozen = folded.iter().filter(|environment| environment.phase == Phase::Frozen).count();
    let last = scene.player().ledger().invocations.last().map(|record| record.handler.clone());
    let color = function.handlers.first().map_or("h0", |(at, _)| mark(*at).0);
    html! {
        <section class={classes!("lane", color, (!shown).then_some("off"))}>
            { for function.handlers.iter().map(|(at, name)| {
                let (color, mark) = mark(*at);
                let primary = last.as_ref() == Some(name);
                let invoke = Act::Press(format!("invoke {name}").into());
                html! {
                    <>
                        <h3 class={color}><span class="mark" aria-hidden="true">{ mark }</span>{ " " }<code>{ &**name }</code></h3>
                        <div class="ask">
                            <button type="button" class={classes!("b", primary.then_some("go"))} onclick={scene.on(invoke)}>
                                { "Invoke" }<span class="vh">{ format!(" {name}") }</span>
                            </button>
                            <OutcomeStrip scene={scene.clone()} handler={name.clone()} />
                        </div>
                        { said(scene, name) }
                    </>
                }
            }) }
            if own.is_empty() {
                <div class="card empty" data-t="environment"><b>{ "No environment yet" }</b>{ "The first invocation makes one." }</div>
            }
            if !folded.is_empty() {
                <p class="more">{ format!("{} more, {frozen} of them frozen", words::count(folded.len(), "environment")) }</p>
            }
            { for living[folded.len()..].iter().chain(gone.iter()).map(|environment| html! {
                <EnvironmentCard key={environment.id.0} scene={scene.clone()} environment={(**environment).clone()} />
            }) }
        </section>
    }
}

/// The outcome that is looked at, in full.
fn said(scene: &Scene, handler: &str) -> Html {
    let player = scene.player();
    let chosen = scene.desk.shown().chosen;
    let mut own = player.ledger().invocations.iter().rev().filter(|record| *record.handler == *handler);
    let record = own.clone().find(|record| Some(record.id) == chosen).or_else(|| own.next());
    let Some(record) = record else { return html! { <p class="said" /> } };
    let Some(outcome) = &record.outcome else {
        let line = record.environment.and_then(|id| scene.environment(id)).and_then(|environment| environment.line);
        let words = match (record.queued, record.start, line) {
            (true, ..) => "its event waits at the frozen environment".into(),
            (_, None, _) => "init".into(),
            (_, _, Some(line)) => format!("line {}", line.line),
            _ => "waiting for an answer".into(),
        };
        return html! { <p class="said">{ format!("invocation {}: {words}", record.id) }</p> };
    };
    let quiet = outcome.rejections > 0 && outcome.error.is_none();
    html! {
        <p class="said">
            if let Some(message) = words::message(record) {
                <code class="fail">{ &*message }</code><br />
            }
            if let Some(result) = &outcome.result {
                { "returned " }<code>{ words::value(result) }</code>
                if quiet { { ": Lambda counts it as a success" } }
            } else if outcome.error.is_none() {
                { words::status(outcome.status) }
            }
        </p>
    }
}
