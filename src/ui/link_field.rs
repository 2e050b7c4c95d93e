//! A share link to be copied by hand, for a browser that lets no page write to the clipboard.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::button::Button;
use crate::session::SessionAction;

/// The properties of a [`LinkField`].
#[derive(Properties, PartialEq)]
pub(super) struct LinkFieldProps {
    /// The whole address.
    pub address: Rc<str>,
}

/// The field with the link. It takes the focus, with its text selected.
#[component]
pub(super) fn LinkField(props: &LinkFieldProps) -> Html {
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with(props.address.clone(), move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        });
    }
    html! {
        <div class="link">
            <input ref={field} readonly=true aria-label="Link to this moment" value={props.address.clone()} />
            <Button class="b" action={SessionAction::Dismiss}>{ "Close" }</Button>
        </div>
    }
}
