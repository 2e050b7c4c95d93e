//! An execution environment: its phase, and the three things in it that outlive an invocation.

use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use super::words;
use crate::event::Phase;
use crate::lambda::view::{ClientView, EnvironmentView, PoolView, Shown, SlotState, TimerView};
use crate::time::Instant;

/// Slots of a pool that are drawn at most, and rows of timers, files and clients.
const SLOTS: usize = 12;
const ROWS: usize = 3;

const FROST: &str = "M72 64 38 4M72 64 6 34M72 64 4 60M62 46l-4-14M62 46l-13-3M55 34l-3-12M55 34l-12-3M48 22l-2-10M48 22l-10-2M52 55l-6-9M52 55l-12 6M38 48l-5-9M38 48l-12 5M24 42l-4-7M24 42l-9 3M50 62l-8-6M34 61l-8-5M20 60l-6-4";
const CRACKS: [&str; 2] = ["M3 0 6 6 1 11 5 15 3 20", "M5 0 2 6 7 11 3 15 5 20"];

/// What a card is drawn from.
#[derive(Properties, Clone, PartialEq)]
pub struct CardProps {
    /// The moment.
    pub scene: Scene,
    /// The environment.
    pub environment: EnvironmentView,
}

/// A card.
#[component]
pub fn EnvironmentCard(props: &CardProps) -> Html {
    let CardProps { scene, environment: it } = props;
    let class = match it.phase {
        Phase::Init => "init",
        Phase::Ready => "ready",
        Phase::Invoke => "run",
        Phase::Frozen => "frozen",
        Phase::Shutdown => "gone",
    };
    let now = scene.view.now;
    let id = it.id;
    let invocations = words::count(it.invocations as usize, "invocation");
    let crowded = matches!(it.phase, Phase::Ready | Phase::Frozen) && scene.living().count() > 1;
    let story = match it.phase {
        Phase::Init => html! { format!("#{id} · {}", words::took(now.since(it.phase_since))) },
        Phase::Invoke => {
            let line = it.line.map_or_else(String::new, |line| format!("line {} · ", line.line));
            html! { format!("#{id} · {line}{}", words::took(now.since(it.phase_since))) }
        }
        Phase::Ready => {
            html! { format!("#{id} · {invocations} · {}{}", words::age(now.since(it.created_at)), if crowded { "" } else { " old" }) }
        }
        Phase::Frozen => html! {
            <>{ format!("#{id} · {invocations} · ") }{ icon(icon::PAUSE) }{ words::age(now.since(it.phase_since)) }</>
        },
        Phase::Shutdown => html! { format!("#{id} · gone since {}", words::clock(it.phase_since)) },
    };
    html! {
        <article class={classes!("card", class)} aria-label={format!("Environment {id}")} data-t="environment">
            <header data-t={(it.phase == Phase::Frozen).then_some("frozen")}>
                { icon(icon::phase(it.phase)) }<b>{ words::phase(it.phase) }</b>
                <span>{ story }</span>
                if crowded {
                    <button type="button" class="shut" onclick={scene.on(Act::Press(format!("reclaim {id}").into()))}
                        title={format!("Reclaim #{id}: Lambda shuts it down")} aria-label={format!("Reclaim environment {id}")}>
                        { icon(icon::FAIL) }
                    </button>
                }
            </header>
            if it.phase != Phase::Shutdown {
                <dl>
                    <dt>{ "module" }</dt>
                    <dd data-t="pool">{ module(it) }</dd>
                    <dt>{ "/tmp" }</dt>
                    <dd data-t="tmp">{ tmp(it) }</dd>
                    <dt>{ "loop" }</dt>
                    <dd data-t="loop">{ event_loop(it, now) }</dd>
                </dl>
            }
            <svg class="frost" viewBox="0 0 72 64" aria-hidden="true"><path pathLength="100" d={FROST} /></svg>
        </article>
    }
}

fn module(it: &EnvironmentView) -> Html {
    let named = |client: &ClientView| it.module_scope.iter().any(|binding| binding.value == Shown::Client(client.id));
    let others: Vec<_> = it.clients.iter().filter(|client| !named(client)).collect();
    html! {
        <>
            if it.evaluated_at.is_none() {
                <div>{ "being evaluated" }</div>
            }
            { for it.module_scope.iter().map(|binding| match &binding.value {
                Shown::Text(text) if it.evaluated_at.is_none() && text == "not yet" => Html::default(),
                Shown::Text(text) => html! { <div title={text.clone()}><code>{ &*binding.name }</code><code>{ text }</code></div> },
                Shown::Client(id) => match it.clients.iter().find(|client| client.id == *id) {
                    Some(client) => pool(&binding.name, &client.pool),
                    None => html! { <div><code>{ &*binding.name }</code></div> },
                },
                Shown::Function => Html::default(),
            }) }
            { for others.iter().rev().take(ROWS).map(|client| pool("a client", &client.pool)) }
            if others.len() > ROWS {
                <div>{ format!("and {} more", words::count(others.len() - ROWS, "client")) }</div>
            }
            if it.processes > 1 && it.evaluated_at.is_some() {
                <div class="due">{ format!("evaluated again at {}: reset", it.evaluated_at.map(words::clock).unwrap_or_default()) }</div>
            }
        </>
    }
}

fn pool(name: &str, pool: &PoolView) -> Html {
    match pool {
        PoolView::Never => html! { <div><code>{ name }</code>{ "no pool" }</div> },
        PoolView::Destroyed { since } => html! {
            <>
                <div>
                    <code>{ name }</code>
                    <span class="dead">{ crack(0) }{ "destroyed" }{ crack(1) }</span>
                </div>
                <div>{ "pool: undefined" }{ since.map(|id| format!(" since invocation {id}")) }</div>
            </>
        },
        PoolView::Live { counters, destroying, connections } => {
            let free_slots = (counters.max as usize).min(SLOTS).saturating_sub(connections.len());
            let mut words = Vec::new();
            for (count, what) in [
                (counters.used, "used"),
                (counters.free, "free"),
                (counters.pending_creates, "being made"),
                (counters.pending_acquires, "waiting"),
            ] {
                if count > 0 {
                    words.push(format!("{count} {what}"));
                }
            }
            if *destroying {
                words.push("being destroyed".into());
            } else if words.is_empty() {
                words.push(format!("empty, up to {}", counters.max));
            }
            let lost = connections.iter().find_map(|connection| connection.lost);
            html! {
                <>
                    <div class="wired">
                        <code>{ name }</code>
                        <span class="pool">
                            { for connections.iter().map(|connection| {
                                let class = match connection.state {
                                    _ if connection.lost.is_some() => "lost",
                                    SlotState::Used => "used",
                                    SlotState::Free => "free",
                                    SlotState::Creating => "making",
                                    SlotState::Closing => "closing",
                                };
                                html! { <i key={connection.id.0} class={classes!("p", class)} data-c={connection.id.to_string()} /> }
                            }) }
                            { for (0..free_slots).map(|_| html! { <i class="p" /> }) }
                        </span>
                    </div>
                    <div>{ words.join(", ") }</div>
                    if let Some(why) = lost {
                        <div class="fail">{ icon(icon::CUT) }{ format!("{}, not read yet", words::lost(why)) }</div>
                    }
                </>
            }
        }
    }
}

fn crack(side: usize) -> Html {
    html! { <svg viewBox="0 0 8 20" aria-hidden="true"><path d={CRACKS[side]} /></svg> }
}

fn tmp(it: &EnvironmentView) -> Html {
    let share = (it.tmp_bytes * 100).checked_div(it.tmp_limit).unwrap_or(0);
    let shown = if it.tmp_bytes > 0 { share.max(4) } else { 0 };
    html! {
        <>
            <div>
                <svg class="gauge" aria-hidden="true"><rect width={format!("{shown}%")} height="6" /></svg>
                if it.files.is_empty() {
                    { format!("empty, 0 of {}", words::size(it.tmp_limit)) }
                } else {
                    { format!("{} of {}", words::size(it.tmp_bytes), words::size(it.tmp_limit)) }
                }
            </div>
            { for it.files.iter().take(ROWS).map(|(path, bytes)| html! {
                <div><code>{ path.strip_prefix("/tmp/").unwrap_or(path) }</code>{ words::size(*bytes) }</div>
            }) }
            if it.files.len() > ROWS {
                <div>{ format!("and {} more", words::count(it.files.len() - ROWS, "file")) }</div>
            }
        </>
    }
}

fn event_loop(it: &EnvironmentView, now: Instant) -> Html {
    let quiet = it.timers.is_empty() && it.pending_answers == 0 && it.unread == 0 && it.waiting_events == 0;
    html! {
        <>
            if quiet {
                <div>{ "nothing pending" }</div>
            }
            { for it.timers.iter().take(ROWS).map(|timer| row_of(timer, it.phase == Phase::Frozen, now)) }
            if it.timers.len() > ROWS {
                <div>{ format!("and {} more", words::count(it.timers.len() - ROWS, "timer")) }</div>
            }
            if it.pending_answers > 0 {
                <div>{ format!("{} pending", words::count(it.pending_answers as usize, "answer")) }</div>
            }
            if it.unread > 0 {
                <div class="due">{ format!("{} arrived, not read", words::count(it.unread as usize, "answer")) }</div>
            }
            if it.waiting_events > 0 {
                <div class="due">{ format!("{} waiting", words::count(it.waiting_events as usize, "event")) }</div>
            }
        </>
    }
}

fn row_of(timer: &TimerView, frozen: bool, now: Instant) -> Html {
    let what = if timer.interval { "interval" } else { "timer" };
    if timer.immediate {
        let when = if frozen { "right after the thaw" } else { "next" };
        return html! { <div>{ icon(icon::TIMER) }{ format!("immediate, runs {when}") }</div> };
    }
    if timer.due < now {
        return html! {
            <>
                <div class="due">{ icon(icon::TIMER) }{ format!("{what} due {} ago", words::roughly(now.since(timer.due))) }</div>
                if frozen { <div>{ "fires right after the thaw" }</div> }
            </>
        };
    }
    html! { <div>{ icon(icon::TIMER) }{ format!("{what} due in {}", words::roughly(timer.due.since(now))) }</div> }
}
