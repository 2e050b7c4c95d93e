//! The outcomes of a handler, one chip for each invocation: cold or warm, good or bad, and how long it took.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::button::Button;
use super::icon;
use super::scrolling::keep_in_view;
use crate::session::SessionAction;
use crate::session::view::lanes::Chip;

/// The properties of an [`OutcomeStrip`].
#[derive(Properties, PartialEq)]
pub(super) struct OutcomeStripProps {
    /// The outcomes, the latest last.
    pub chips: Rc<[Chip]>,
}

/// The strip. It scrolls so that the chosen chip can be seen.
#[component]
pub(super) fn OutcomeStrip(props: &OutcomeStripProps) -> Html {
    let strip = use_node_ref();
    {
        let strip = strip.clone();
        use_effect_with(props.chips.clone(), move |_| {
            if let Some(strip) = strip.cast::<Element>() {
                keep_in_view(&strip, "[aria-pressed=true]");
            }
        });
    }
    if props.chips.is_empty() {
        return html! { <span class="none">{ "no outcome yet" }</span> };
    }
    html! {
        <ol class="strip" ref={strip}>
            for chip in props.chips.iter() {
                <li key={chip.id.0}>{ self::chip(chip) }</li>
            }
        </ol>
    }
}

fn chip(chip: &Chip) -> Html {
    let state = [("x", !chip.ok), ("r", chip.reset), ("later", chip.later)];
    let state: Classes = state.into_iter().filter(|(_, on)| *on).map(|(class, _)| class).collect();
    html! {
        <Button
            class={classes!("o", state)}
            action={SessionAction::ChooseInvocation(chip.id)}
            pressed={chip.chosen}
            title={format!("Invocation {} {}. Shows the moment when it had ended.", chip.id, chip.verdict)}
        >
            { chip.start }
            { " " }
            { icon::draw(if chip.ok { icon::OK } else { icon::FAIL }) }
            { " " }
            { chip.took.clone() }
        </Button>
    }
}
