//! CloudWatch's lines as Lambda prints them, by invocation.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::icon;
use super::store::use_view;
use crate::session::view::log::{LogGroup, LogLine, LogLineKind};
use crate::session::{Session, words};

/// The log. It stays scrolled to its end.
#[component]
pub(super) fn Log() -> Html {
    let groups = use_view(Session::log);
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(groups.clone(), move |_| {
            if let Some(log) = node.cast::<Element>() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    }
    html! {
        <div class="log" role="log" aria-live="off" aria-label="CloudWatch log" tabindex="0" ref={node}>
            if groups.is_empty() {
                <p>{ "CloudWatch lines appear here." }</p>
            }
            <div>
                for group in groups.iter() {
                    <Group key={group.id.0} group={group.clone()} />
                }
            </div>
        </div>
    }
}

/// The properties of a [`Group`].
#[derive(Properties, PartialEq)]
struct GroupProps {
    group: Rc<LogGroup>,
}

/// The lines of an invocation.
#[component]
fn Group(props: &GroupProps) -> Html {
    let group = &props.group;
    html! {
        <section class="g">
            <h4>
                <b>{ group.id.to_string() }</b>
                { format!(" {}", group.start) }
                <br />
                { format!("at {}", group.requested_at) }
            </h4>
            <ol>
                if group.skipped > 0 {
                    <li>{ format!("… {}", words::count(group.skipped, "line")) }</li>
                }
                for line in &group.lines {
                    { row(line) }
                }
            </ol>
        </section>
    }
}

#[allow(clippy::similar_names, reason = "`html!` makes bindings of its own")]
fn row(line: &LogLine) -> Html {
    let class = match line.kind {
        LogLineKind::Platform => None,
        LogLineKind::Output => Some("out"),
        LogLineKind::Error => Some("bad"),
    };
    match &line.late {
        None => html! { <li {class}>{ text(line) }</li> },
        Some(note) => html! {
            <li class={classes!(class, "late")}>
                <span>{ text(line) }</span>
                <em>{ icon::draw(icon::TIMER) }{ note.clone() }</em>
            </li>
        },
    }
}

/// The text of a line, with its request id folded to the first part. The rest is there for copying.
fn text(line: &LogLine) -> Html {
    html! {
        <>
            { line.text.clone() }
            if let Some(id) = &line.request_id {
                <span class="id">{ id.short.clone() }<span>{ id.rest.clone() }</span></span>
                { id.after.clone() }
            }
        </>
    }
}
