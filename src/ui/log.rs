//! CloudWatch's lines as Lambda prints them, by invocation.

use std::rc::Rc;

use yew::prelude::*;

use super::icon::{self, icon};
use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::event::{Event, EventKind, Level};
use crate::history::InvocationRecord;
use crate::lambda::log;

/// Invocations whose lines are drawn, and lines of each: the latest.
const GROUPS: usize = 12;
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
    let groups: Vec<_> = player.invocations().records.iter().filter(|record| !record.log.is_empty()).collect();
    let from = groups.len().saturating_sub(GROUPS);
    let none = groups.is_empty().then(|| tag("p", "").text("CloudWatch lines appear here."));
    tag("div", "log")
        .is("role", "log")
        .is("aria-live", "off")
        .is("aria-label", "CloudWatch log")
        .is("tabindex", "0")
        .at(&node)
        .maybe(none)
        .with(tag("div", "").each(groups[from..].iter().map(|record| group(scene, record, player.events()))))
        .into()
}

fn group(scene: &Scene, record: &InvocationRecord, events: &[Event]) -> Tag {
    let skipped = record.log.len().saturating_sub(LINES);
    let environment = record.environment.map_or_else(String::new, |id| format!(", #{id}"));
    let head = tag("h4", "")
        .with(tag("b", "").say(record.id.to_string()))
        .say(format!(" {}{environment}", words::start(record.start)))
        .with(tag("br", ""))
        .say(format!("at {}", words::clock(record.requested_at)));
    let skipped_lines = (skipped > 0).then(|| tag("li", "").say(format!("… {}", words::count(skipped, "line"))));
    let lines = record.log[skipped..].iter().filter_map(|at| events.get(*at as usize));
    let lines = tag("ol", "").maybe(skipped_lines).each(lines.map(|event| line(scene, record, event)));
    tag("section", "g").key(record.id.0).with(head).with(lines)
}

fn line(scene: &Scene, record: &InvocationRecord, event: &Event) -> Tag {
    let text = log::line(scene.player().world().settings(), event).unwrap_or_default();
    let EventKind::Printed { level, begun_by, .. } = &event.kind else { return ids(tag("li", ""), &text) };
    let began = begun_by.or(event.invocation).filter(|id| *id != record.id);
    let item = tag("li", if *level == Level::Error { "bad" } else { "out" });
    let Some(began) = began else { return ids(item, &text) };
    let id = if event.invocation == Some(record.id) { "this one’s request id" } else { "its request id" };
    let late = tag("em", "").with(icon(icon::TIMER)).say(format!("late, begun by {began}, {id}"));
    item.class_if(true, "late").with(ids(tag("span", ""), &text)).with(late)
}

/// The line with its request id folded to the first part; the rest is there for copying.
fn ids(tag_of_line: Tag, line: &str) -> Tag {
    let parts = log::request_id_in(line).and_then(|at| {
        let end = at + 36;
        Some((line.get(..at)?, line.get(at..at + 8)?, line.get(at + 8..end)?, line.get(end..)?))
    });
    let Some((before, short, rest, after)) = parts else { return tag_of_line.say(line.into()) };
    let id = tag("span", "id").say(short.into()).with(tag("span", "").say(rest.into()));
    tag_of_line.say(before.into()).with(id).say(after.into())
}
