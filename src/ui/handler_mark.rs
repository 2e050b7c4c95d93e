//! The colour and the shape by which the handlers are told apart.

use yew::prelude::*;

const SHAPES: [&str; 4] = ["◆", "●", "▲", "■"];
const COLOURS: [&str; 4] = ["h0", "h1", "h2", "h3"];

/// The shape of the handler at this place of the exports.
pub(super) const fn shape(handler: usize) -> &'static str {
    SHAPES[handler % SHAPES.len()]
}

/// The class that has the colour of the handler at this place of the exports.
pub(super) const fn colour(handler: usize) -> &'static str {
    COLOURS[handler % COLOURS.len()]
}

/// The properties of a [`HandlerMark`].
#[derive(Properties, PartialEq)]
pub(super) struct HandlerMarkProps {
    /// The handler's place among the exports.
    pub handler: usize,
    #[prop_or_default]
    pub class: Classes,
}

/// The shape of a handler beside its name.
#[component]
pub(super) fn HandlerMark(props: &HandlerMarkProps) -> Html {
    html! { <span class={props.class.clone()} aria-hidden="true">{ shape(props.handler) }</span> }
}
