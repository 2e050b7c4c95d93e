//! A function: its handlers with their outcomes, and the environments where they run.

use std::rc::Rc;

use yew::prelude::*;

use super::button::Button;
use super::environment_card::EnvironmentCard;
use super::handler_mark::{self, colour};
use super::outcome_strip::OutcomeStrip;
use crate::session::view::lanes::{Folded, HandlerResult, HandlerView, LaneView};
use crate::session::{Part, SessionAction, words};

/// The properties of a [`Lane`].
#[derive(Properties, PartialEq)]
pub(super) struct LaneProps {
    /// The function.
    pub lane: Rc<LaneView>,
    /// True for the lane that is shown where there is room for one only.
    pub shown: bool,
}

/// One function.
#[component]
pub(super) fn Lane(props: &LaneProps) -> Html {
    let lane = &props.lane;
    let first = lane.handlers.first().map_or(0, |handler| handler.place);
    html! {
        <section class={classes!("lane", colour(first), (!props.shown).then_some("off"))}>
            for handler in &lane.handlers {
                { self::handler(handler) }
            }
            if lane.cards.is_empty() {
                <div class="card empty" data-t={Part::Environment.name()}>
                    <b>{ "No environment yet" }</b>
                    { "The first invocation makes one." }
                </div>
            }
            if let Some(folded) = lane.folded {
                <p class="more">{ folded_in_words(folded) }</p>
            }
            // Under its key a card keeps its element, so that it can move smoothly from one phase to the next.
            <div>
                for card in &lane.cards {
                    <EnvironmentCard key={card.environment.id.0} card={card.clone()} />
                }
            </div>
        </section>
    }
}

/// A handler: its name, the button that invokes it, its outcomes in short, and one of them in full.
fn handler(handler: &HandlerView) -> Html {
    let name = &handler.name;
    html! {
        <>
            <h3 class={colour(handler.place)}>
                { handler_mark::draw("mark", handler.place) }
                { " " }
                <code>{ name.clone() }</code>
            </h3>
            <div class="ask">
                <Button
                    class={classes!("b", handler.is_latest.then_some("go"))}
                    action={SessionAction::RunNow(format!("invoke {name}").into())}
                >
                    { "Invoke" }
                    <span class="vh">{ format!(" {name}") }</span>
                </Button>
                <OutcomeStrip chips={handler.chips.clone()} />
            </div>
            { result(&handler.result) }
        </>
    }
}

fn result(result: &HandlerResult) -> Html {
    let content = match result {
        HandlerResult::None => Html::default(),
        HandlerResult::UnderWay(sentence) => html! { sentence.clone() },
        HandlerResult::Ended { message, returned, counts_as_success, status } => html! {
            <>
                if let Some(message) = message {
                    <code class="fail">{ message.clone() }</code>
                    <br />
                }
                if let Some(returned) = returned {
                    { "returned " }
                    <code>{ returned.clone() }</code>
                    if *counts_as_success {
                        { ": Lambda counts it as a success" }
                    }
                }
                if let Some(status) = *status {
                    { status }
                }
            </>
        },
    };
    html! { <p class="said">{ content }</p> }
}

fn folded_in_words(folded: Folded) -> String {
    let count = words::count(folded.environments, "more environment");
    if folded.frozen == 0 { count } else { format!("{count}, {} of them frozen", folded.frozen) }
}
