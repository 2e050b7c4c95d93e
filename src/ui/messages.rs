//! The alert above the machine: complaints about the element's attributes, and what could not be done.

use std::rc::Rc;

use yew::prelude::*;

use super::button::Button;
use crate::session::SessionAction;
use crate::session::attributes::BadAttribute;

/// The properties of [`Messages`].
#[derive(Properties, PartialEq)]
pub(super) struct MessagesProps {
    /// The attributes with a bad value.
    pub complaints: Vec<BadAttribute>,
    /// The message of what failed last.
    pub error: Option<Rc<str>>,
}

/// The alert; nothing where there is nothing to say.
#[component]
pub(super) fn Messages(props: &MessagesProps) -> Html {
    if props.complaints.is_empty() && props.error.is_none() {
        return Html::default();
    }
    html! {
        <div class="err" role="alert">
            for complaint in &props.complaints {
                <p>{ complaint.to_string() }</p>
            }
            if let Some(error) = &props.error {
                <pre>{ error.clone() }</pre>
                <Button class="b" action={SessionAction::Dismiss}>{ "Close" }</Button>
            }
        </div>
    }
}
