//! The source of the handlers, with what ran, what runs and what failed.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::button::Choice;
use super::handler_mark::{self, colour};
use super::icon;
use super::scrolling::keep_in_view;
use super::store::{use_dispatch, use_view};
use crate::session::view::listing::{ListingRow, Raised};
use crate::session::view::source::{Colour, Piece, Region};
use crate::session::{Session, SessionAction};

/// The listing. It scrolls so that a line in execution can be seen.
#[component]
pub(super) fn Listing() -> Html {
    let view = use_view(Session::listing);
    let dispatch = use_dispatch();
    let code = use_node_ref();
    {
        let code = code.clone();
        use_effect_with(view.clone(), move |_| {
            if let Some(code) = code.cast::<Element>() {
                keep_in_view(&code, ".lit");
            }
        });
    }
    let choose = Callback::from(move |module| dispatch.emit(SessionAction::ChooseModule(module)));
    html! {
        <section class="src" aria-label="Source">
            <div class="head">
                <Choice
                    class="pick"
                    label="Module"
                    title="The module that runs. Another one starts over."
                    options={view.modules.map(AttrValue::from).to_vec()}
                    chosen={view.module}
                    onchange={choose}
                />
                <span>{ view.evaluated.clone() }</span>
            </div>
            <ol class="code" tabindex="0" aria-label={format!("{}, by line", view.name)} ref={code}>
                for row in &view.rows {
                    <SourceRow key={row.number} row={row.clone()} />
                }
            </ol>
        </section>
    }
}

/// The properties of a [`SourceRow`].
#[derive(Properties, PartialEq)]
struct SourceRowProps {
    row: Rc<ListingRow>,
}

/// A line of the source.
#[component]
fn SourceRow(props: &SourceRowProps) -> Html {
    let row = &*props.row;
    let region = match row.source.region {
        Region::Module => classes!("mod"),
        Region::Handler(handler) => classes!("hnd", colour(handler)),
        Region::Function => classes!("fn"),
        Region::Blank => classes!(),
    };
    let state = [
        ("note", row.note.is_some() && row.source.pieces.is_empty()),
        ("why", row.raised.is_some()),
        ("ran", row.ran),
        ("bad", row.failed),
        ("lit", row.lit),
    ];
    let state: Classes = state.into_iter().filter(|(_, on)| *on).map(|(class, _)| class).collect();
    html! {
        <li class={classes!("l", region, state)} aria-current={row.lit.then_some("step")}>
            <i>{ row.gutter.clone() }</i>
            <code>{ for pieces(&row.source.pieces, row.raised.as_ref()) }</code>
            if let Some(note) = &row.note {
                <span class={classes!("note", colour(note.handler))}>
                    { handler_mark::draw("", note.handler) }
                    { format!(" {}", note.text) }
                </span>
            }
            if let Some(raised) = &row.raised {
                <span class="why">{ icon::draw(icon::FAIL) }{ " " }{ raised.message.clone() }</span>
            }
        </li>
    }
}

/// The pieces of a line. The one in which an error was raised is underlined.
fn pieces<'a>(pieces: &'a [Piece], raised: Option<&'a Raised>) -> impl Iterator<Item = Html> + 'a {
    let mut column = 1;
    pieces.iter().map(move |piece| {
        let from = column;
        column += piece.text.chars().count() as u32;
        let text = piece.text.clone();
        if raised.is_some_and(|raised| (from..column).contains(&raised.column)) {
            return html! { <u>{ text }</u> };
        }
        match piece.colour {
            Colour::Plain => html! { text },
            Colour::Keyword => html! { <span class="k">{ text }</span> },
            Colour::String => html! { <span class="s">{ text }</span> },
            Colour::Comment => html! { <span class="c">{ text }</span> },
        }
    })
}
