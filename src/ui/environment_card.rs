//! An execution environment: its phase, and the three things in it that outlive an invocation.

use std::rc::Rc;

use yew::prelude::*;

use super::button::Button;
use super::event_loop::EventLoop;
use super::icon;
use super::module_scope::ModuleScope;
use crate::session::view::lanes::CardView;
use crate::session::{Part, SessionAction, words};
use simulation::event::Phase;
use simulation::lambda::view::EnvironmentView;

/// The number of rows of one kind that a card shows.
pub(super) const ROWS: usize = 3;

const FROST: &str = "M72 64 38 4M72 64 6 34M72 64 4 60M62 46l-4-14M62 46l-13-3M55 34l-3-12M55 34l-12-3M48 22l-2-10M48 22l-10-2M52 55l-6-9M52 55l-12 6M38 48l-5-9M38 48l-12 5M24 42l-4-7M24 42l-9 3M50 62l-8-6M34 61l-8-5M20 60l-6-4";

/// The properties of an [`EnvironmentCard`].
#[derive(Properties, PartialEq)]
pub(super) struct EnvironmentCardProps {
    /// The environment.
    pub card: Rc<CardView>,
}

/// A card.
#[component]
pub(super) fn EnvironmentCard(props: &EnvironmentCardProps) -> Html {
    let card = &props.card;
    let environment = &card.environment;
    let id = environment.id;
    let class = match environment.phase {
        Phase::Init => "init",
        Phase::Ready => "ready",
        Phase::Invoke => "run",
        Phase::Frozen => "frozen",
        Phase::Shutdown => "gone",
    };
    let part = if environment.phase == Phase::Frozen { Part::Frozen } else { Part::Environment };
    html! {
        <article class={classes!("card", class)} aria-label={format!("Environment {id}")} data-t={part.name()}>
            <header>
                { icon::draw(icon::phase(environment.phase)) }
                <b>{ words::phase(environment.phase) }</b>
                <span>{ story(card) }</span>
                if card.reclaimable {
                    <Button
                        class="shut"
                        action={SessionAction::RunNow(format!("reclaim {id}").into())}
                        title={format!("Reclaim #{id}: Lambda shuts it down")}
                        label={format!("Reclaim environment {id}")}
                    >
                        { icon::draw(icon::FAIL) }
                    </Button>
                }
            </header>
            if environment.phase != Phase::Shutdown {
                <dl>
                    <dt>{ "module" }</dt>
                    <ModuleScope environment={environment.clone()} load_failed={card.load_failed} />
                    <dt>{ "/tmp" }</dt>
                    { tmp(environment) }
                    <dt>{ "loop" }</dt>
                    <EventLoop environment={environment.clone()} now={card.now} />
                </dl>
            }
            { icon::drawing("frost", "0 0 72 64", FROST) }
        </article>
    }
}

/// The number of the environment and how it stands. Words in `<i>` are left out where the card is narrow.
fn story(card: &CardView) -> Html {
    let environment = &card.environment;
    let (id, invocations) = (environment.id, environment.invocations);
    let since = card.now.since(environment.phase_since);
    let word = if invocations == 1 { " invocation" } else { " invocations" };
    match environment.phase {
        Phase::Init => html! { format!("#{id} · {}", words::took(since)) },
        Phase::Invoke => match environment.line {
            Some(line) => html! { format!("#{id} · line {} · {}", line.line, words::took(since)) },
            None => html! { format!("#{id} · {}", words::took(since)) },
        },
        Phase::Ready => html! {
            <>
                { format!("#{id} · {invocations}") }
                <i>{ word }</i>
                { format!(" · {}", words::age(card.now.since(environment.created_at))) }
                <i>{ " old" }</i>
            </>
        },
        Phase::Frozen => html! {
            <>
                { format!("#{id} · {invocations}") }
                <i>{ word }</i>
                { " · " }
                { icon::draw(icon::PAUSE) }
                { words::age(since) }
            </>
        },
        Phase::Shutdown => html! { format!("#{id} · gone since {}", words::clock(environment.phase_since)) },
    }
}

/// The files under `/tmp`, and how full it is.
fn tmp(environment: &EnvironmentView) -> Html {
    // A gauge that is not empty shows at least this many percent.
    const LEAST: u64 = 4;
    let (bytes, limit) = (environment.tmp_bytes, environment.tmp_limit);
    let percent = (bytes * 100).checked_div(limit).unwrap_or(0);
    let percent = if bytes > 0 { percent.max(LEAST) } else { 0 };
    let used = if environment.files.is_empty() { "empty, 0".into() } else { words::size(bytes) };
    html! {
        <dd data-t={Part::Tmp.name()}>
            <div>
                <svg class="gauge" aria-hidden="true"><rect width={format!("{percent}%")} height="6" /></svg>
                { format!("{used} of {}", words::size(limit)) }
            </div>
            for (path, bytes) in environment.files.iter().take(ROWS) {
                <div>
                    <code>{ path.strip_prefix("/tmp/").unwrap_or(path).to_owned() }</code>
                    { words::size(*bytes) }
                </div>
            }
            { more(environment.files.len(), "file") }
        </dd>
    }
}

/// The row that counts what does not fit among [`ROWS`] rows.
pub(super) fn more(all: usize, what: &str) -> Html {
    if all <= ROWS {
        return Html::default();
    }
    html! { <div>{ format!("and {} more", words::count(all - ROWS, what)) }</div> }
}
