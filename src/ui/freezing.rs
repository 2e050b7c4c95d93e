//! The switch that says when an environment is frozen.

use yew::prelude::*;

use super::button::Button;
use super::store::use_view;
use crate::session::{Part, Session, SessionAction};

/// The switch.
#[component]
pub(super) fn Freezing() -> Html {
    let at_once = *use_view(Session::freezes_at_once);
    html! {
        <div class="sw" data-t={Part::Frozen.name()}>
            <span class="lab">{ "frozen" }</span>
            <span class="seg" role="group" aria-label="When an environment is frozen">
                <Button
                    action={SessionAction::FreezeAtOnce(false)}
                    pressed={!at_once}
                    title="An environment stays awake until you freeze it."
                >
                    { "by hand" }
                </Button>
                <Button
                    action={SessionAction::FreezeAtOnce(true)}
                    pressed={at_once}
                    title="As Lambda does: as soon as the invocation is over."
                >
                    { "at once" }
                </Button>
            </span>
        </div>
    }
}
