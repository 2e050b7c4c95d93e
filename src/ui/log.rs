//! CloudWatch's lines as Lambda prints them, by invocation.

use std::rc::Rc;

use yew::prelude::*;

use super::scene::Scene;
use super::words;
use crate::event::{Event, EventKind, Level};
use crate::history::InvocationRecord;
use crate::lambda::log;

/// Invocations whose lines are drawn, and lines of each: the latest.
const GROUPS: usize = 30;
const LINES: usize = 200;

/// What the log is drawn from: it changes only with its lines.
#[derive(Properties, Clone)]
pub struct LogProps {
    /// The moment.
    pub scene: Scene,
    /// How many lines there are, in how many invocations.
    pub length: (usize, usize),
}

impl PartialEq for LogProps {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && Rc::ptr_eq(&self.scene.desk, &other.scene.desk)
    }
}

/// The log.
#[component]
pub fn Log(props: &LogProps) -> Html {
    let scene = &props.scene;
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.length, move |_| {
            if let Some(log) = node.cast::<web_sys::Element>() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    }
    let player = scene.player();
    let groups: Vec<_> = player.ledger().invocations.iter().filter(|record| !record.log.is_empty()).collect();
    let from = groups.len().saturating_sub(GROUPS);
    html! {
        <div class="log" role="log" aria-live="off" aria-label="CloudWatch log" tabindex="0" ref={node}>
            if groups.is_empty() {
                <p>{ "CloudWatch lines appear here." }</p>
            }
            { for groups[from..].iter().map(|record| group(scene, record, player.events())) }
        </div>
    }
}

fn group(scene: &Scene, record: &InvocationRecord, events: &[Event]) -> Html {
    let skipped = record.log.len().saturating_sub(LINES);
    let environment = record.environment.map_or_else(String::new, |id| format!(", #{id}"));
    html! {
        <section class="g" key={record.id.0}>
            <h4>
                <b>{ record.id.0 }</b>{ format!(" {}{environment}", words::start(record.start)) }<br />
                { format!("at {}", words::clock(record.requested_at)) }
            </h4>
            <ol>
                if skipped > 0 {
                    <li>{ format!("… {}", words::count(skipped, "line")) }</li>
                }
                { for record.log[skipped..].iter().filter_map(|at| events.get(*at as usize)).map(|event| line(scene, record, event)) }
            </ol>
        </section>
    }
}

fn line(scene: &Scene, record: &InvocationRecord, event: &Event) -> Html {
    let EventKind::Printed { level, begun_by, .. } = &event.kind else {
        return html! { <li>{ ids(&log::line(scene.player().world().settings(), event).unwrap_or_default()) }</li> };
    };
    let began = begun_by.or(event.invocation).filter(|id| *id != record.id);
    let class = classes!(if *level == Level::Error { "bad" } else { "out" }, began.map(|_| "late"));
    html! {
        <li {class}>
            { ids(&log::line(scene.player().world().settings(), event).unwrap_or_default()) }
            if let Some(id) = began {
                <em>{ format!("printed now, by what invocation {id} began") }</em>
            }
        </li>
    }
}

/// Request ids are folded to their first part; the rest is there for copying.
fn ids(line: &str) -> Html {
    let is_id = |word: &str| {
        word.len() == 36
            && word.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    let id = line.split(|character: char| character.is_whitespace() || character == '"').find(|word| is_id(word));
    let Some((before, after)) = id.and_then(|id| line.split_once(id)) else { return line.into() };
    let id = &line[before.len()..before.len() + 36];
    html! { <>{ before }<span class="id">{ &id[..8] }<span>{ &id[8..] }</span></span>{ after }</> }
}
