//! The machine as a reader sees it: draws a snapshot, emits actions, decides nothing.

pub mod attributes;
pub mod host;

use yew::prelude::*;

use attributes::Attributes;
use host::{Command, HostElement};

/// What [`Machine`] is given by the element around it.
#[derive(Properties, PartialEq, Clone)]
pub struct MachineProps {
    /// The element: commands come from it, news go to it.
    pub host: HostElement,
    /// How many times the app was put into a page, this one included. A machine keeps nothing from one to the next: it is
    /// rendered under this number as its key.
    pub epoch: u32,
    /// The element's attributes, as they are now.
    pub attributes: Attributes,
}

/// Counts what it is asked to do.
#[component]
pub fn Machine(props: &MachineProps) -> Html {
    let count = use_state_eq(|| 0_u32);
    let asked = use_mut_ref(|| 0_u32);
    let term = use_state_eq(|| None);
    let ask = {
        let (count, asked, host) = (count.setter(), asked.clone(), props.host.clone());
        Callback::from(move |()| {
            *asked.borrow_mut() += 1;
            count.set(*asked.borrow());
            host.tell_state(&format!("{{\"count\":{}}}", *asked.borrow()));
        })
    };
    {
        let (ask, term) = (ask.clone(), term.setter());
        use_effect_with(props.host.clone(), move |host| {
            let host = host.clone();
            host.receive(Callback::from(move |command| match command {
                Command::Run(_) => ask.emit(()),
                Command::Highlight(name) => term.set(name),
            }));
            move || host.release()
        });
    }
    html! {
        <section class="machine" aria-label="Machine">
            { for props.attributes.complaints().iter().map(|complaint| html! { <p class="complaint">{ complaint.to_string() }</p> }) }
            <button type="button" onclick={move |_| ask.emit(())}>{ "Invoke" }</button>
            <output>{ *count }</output>
            <p>{ term.as_deref().unwrap_or_default() }</p>
        </section>
    }
}
