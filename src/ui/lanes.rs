//! The functions, each in a lane. Where there is room for one lane only, tabs lead from one to the other.

use yew::prelude::*;

use super::button::Button;
use super::handler_mark::{self, colour};
use super::lane::Lane;
use super::store::use_view;
use crate::session::view::lanes::HandlerView;
use crate::session::{Session, SessionAction, words};

/// All lanes.
#[component]
pub(super) fn Lanes() -> Html {
    let view = use_view(Session::lanes);
    let lanes = || view.lanes.iter().enumerate();
    html! {
        <section class="lanes" aria-label="Lambda">
            <div class="head"><b>{ "Lambda" }</b></div>
            if view.lanes.len() > 1 {
                <div class="tabs" role="tablist">
                    for (place, lane) in lanes() {
                        for handler in lane.handlers.iter().take(1) {
                            { tab(handler, place == view.shown) }
                        }
                    }
                </div>
            }
            <div class="scroll">
                for (place, lane) in lanes() {
                    <Lane lane={lane.clone()} shown={place == view.shown} />
                }
            </div>
        </section>
    }
}

/// The tab of a lane with one handler.
fn tab(handler: &HandlerView, selected: bool) -> Html {
    let count = if handler.ended == 0 { "no outcome yet".into() } else { words::count(handler.ended, "outcome") };
    html! {
        <Button class={colour(handler.place)} role="tab" {selected} action={SessionAction::ShowLane(handler.place)}>
            <code>
                { handler_mark::draw("mark", handler.place) }
                { " " }
                for (nth, word) in words::humps(&handler.name).into_iter().enumerate() {
                    if nth > 0 {
                        <wbr />
                    }
                    { word.to_owned() }
                }
            </code>
            { count }
        </Button>
    }
}
