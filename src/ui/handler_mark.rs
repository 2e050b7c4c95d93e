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

/// The shape of a handler beside its name.
pub(super) fn draw(class: &'static str, handler: usize) -> Html {
    html! { <span class={(!class.is_empty()).then_some(class)} aria-hidden="true">{ shape(handler) }</span> }
}
