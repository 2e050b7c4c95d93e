//! Everything that an environment's event loop waits for: timers, answers and events.

use std::rc::Rc;

use yew::prelude::*;

use super::environment_card::{ROWS, more};
use super::icon;
use crate::session::{Part, words};
use base::time::Instant;
use simulation::event::Phase;
use simulation::lambda::view::{EnvironmentView, TimerView};

/// The properties of an [`EventLoop`].
#[derive(Properties, PartialEq)]
pub(super) struct EventLoopProps {
    /// The environment.
    pub environment: Rc<EnvironmentView>,
    /// The shown moment.
    pub now: Instant,
}

/// The event loop of an environment's process.
#[component]
pub(super) fn EventLoop(props: &EventLoopProps) -> Html {
    let environment = &*props.environment;
    let counts = [
        (environment.pending_answers, None, "answer", "pending"),
        (environment.unread, Some("due"), "answer", "arrived, not read"),
        (environment.waiting_events, Some("due"), "event", "waiting"),
    ];
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    if environment.timers.is_empty() && counts.clone().next().is_none() {
        return html! { <dd data-t={Part::Loop.name()}><div>{ "nothing pending" }</div></dd> };
    }
    html! {
        <dd data-t={Part::Loop.name()}>
            for timer in environment.timers.iter().take(ROWS) {
                { self::timer(timer, environment.phase == Phase::Frozen, props.now) }
            }
            { more(environment.timers.len(), "timer") }
            for (count, class, what, state) in counts {
                <div {class}>{ format!("{} {state}", words::count(count as usize, what)) }</div>
            }
        </dd>
    }
}

fn timer(timer: &TimerView, frozen: bool, now: Instant) -> Html {
    let what = if timer.interval { "interval" } else { "timer" };
    let overdue = !timer.immediate && timer.due < now;
    let text = match (timer.immediate, overdue) {
        (true, _) if frozen => "immediate, runs right after the thaw".into(),
        (true, _) => "immediate, runs next".into(),
        (_, true) => format!("{what} due {} ago", words::roughly(now.since(timer.due))),
        _ => format!("{what} due in {}", words::roughly(timer.due.since(now))),
    };
    html! {
        <>
            <div class={overdue.then_some("due")}>{ icon::draw(icon::TIMER) }{ text }</div>
            if overdue && frozen {
                <div>{ "fires right after the thaw" }</div>
            }
        </>
    }
}
