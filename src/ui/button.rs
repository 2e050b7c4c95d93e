//! A button, and a list to choose from: the two ways in which a reader acts.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::store::use_dispatch;
use crate::session::SessionAction;
use crate::session::view::Refusal;

/// The properties of a [`Button`].
#[derive(Properties, PartialEq)]
pub(super) struct ButtonProps {
    /// The action that a click dispatches.
    pub action: SessionAction,
    /// The reason why it cannot act now.
    #[prop_or_default]
    pub refusal: Refusal,
    #[prop_or_default]
    pub class: Classes,
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// Its name for a screen reader, where its content is none.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub role: Option<&'static str>,
    /// The state of a switch.
    #[prop_or_default]
    pub pressed: Option<bool>,
    /// The state of a tab.
    #[prop_or_default]
    pub selected: Option<bool>,
    /// True while the element named `controls` is open.
    #[prop_or_default]
    pub expanded: Option<bool>,
    #[prop_or_default]
    pub controls: Option<&'static str>,
    /// True for the current one of several steps.
    #[prop_or_default]
    pub current: bool,
    #[prop_or_default]
    pub children: Html,
}

/// A button. One that cannot act keeps its place in the page and in the order of focus, and says why when it is pressed.
#[component]
pub(super) fn Button(props: &ButtonProps) -> Html {
    let dispatch = use_dispatch();
    let action = props.refusal.map_or_else(|| props.action.clone(), SessionAction::Explain);
    let flag = |value: Option<bool>| value.map(|value| if value { "true" } else { "false" });
    html! {
        <button
            type="button"
            class={props.class.clone()}
            title={props.refusal.map(AttrValue::from).or_else(|| props.title.clone())}
            role={props.role}
            aria-label={props.label.clone()}
            aria-disabled={props.refusal.map(|_| "true")}
            aria-pressed={flag(props.pressed)}
            aria-selected={flag(props.selected)}
            aria-expanded={flag(props.expanded)}
            aria-controls={props.controls}
            aria-current={props.current.then_some("step")}
            onclick={move |_| dispatch.emit(action.clone())}
        >
            { props.children.clone() }
        </button>
    }
}

/// The properties of a [`Choice`].
#[derive(Properties, PartialEq)]
pub(super) struct ChoiceProps {
    #[prop_or_default]
    pub class: Classes,
    /// Its name for a screen reader, where no `<label>` stands around it.
    #[prop_or_default]
    pub label: Option<&'static str>,
    #[prop_or_default]
    pub title: Option<&'static str>,
    /// The texts to choose from.
    pub options: Vec<AttrValue>,
    /// The place of the chosen text.
    pub chosen: Option<usize>,
    /// Takes the place of the text that the reader chooses.
    pub onchange: Callback<usize>,
}

/// A list to choose one text from.
#[component]
pub(super) fn Choice(props: &ChoiceProps) -> Html {
    let list = use_node_ref();
    {
        let list = list.clone();
        // The reader changes the selection too, so that it is set as a property: an attribute is not heeded after that.
        use_effect_with((props.chosen, props.options.clone()), move |(chosen, _)| {
            if let Some(list) = list.cast::<HtmlSelectElement>() {
                list.set_selected_index(chosen.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1));
            }
        });
    }
    let onchange = {
        let onchange = props.onchange.clone();
        move |event: Event| {
            let list: HtmlSelectElement = event.target_unchecked_into();
            if let Ok(place) = usize::try_from(list.selected_index()) {
                onchange.emit(place);
            }
        }
    };
    html! {
        <select class={props.class.clone()} aria-label={props.label} title={props.title} ref={list} {onchange}>
            for text in &props.options {
                <option>{ text.clone() }</option>
            }
        </select>
    }
}
