//! The whole source, with what ran, what runs and what failed.

use crate::ordered::SortedMap;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::{Scene, mark};
use super::source::{Line, Part, Source};
use super::tag::{Tag, tag};
use super::words;
use crate::event::{Phase, Position};
use crate::history::InvocationRecord;
use crate::lambda::{MODULES, Package};

/// The listing.
#[component]
pub fn Listing(scene: &Scene) -> Html {
    let desk = scene.desk.clone();
    let source = use_memo(desk.module(), move |_| Source::new(desk.package(), desk.exports()));
    let code = use_node_ref();
    let at_work = at_work(scene, &source);
    {
        let code = code.clone();
        use_effect_with(scene.revision, move |_| {
            if let Some(code) = code.cast::<Element>() {
                keep_in_view(&code, ".lit");
                let machine = code.closest(".m").ok().flatten();
                let strips = machine.and_then(|it| it.query_selector_all(".strip").ok());
                for strip in strips.iter().flat_map(|all| (0..all.length()).filter_map(|at| all.item(at))) {
                    keep_in_view(strip.unchecked_ref(), "[aria-pressed=true]");
                }
            }
        });
    }
    let focus = scene.focus();
    let failed = focus.as_ref().map_or_else(Failed::default, |record| Failed::of(record, &source));
    let line = |number: u32| {
        let environments = at_work.get(&number);
        let gutter = match environments {
            Some(at) if at_work.len() > 1 || at.starts_with('×') => at.clone(),
            _ => number.to_string(),
        };
        let ran = focus.as_ref().is_some_and(|record| record.lines.contains(&(source.file(), number)));
        let why = failed.why.as_ref().filter(|(at, _)| at.line == number);
        let line = line(scene, source.line(number), gutter, why)
            .key(number)
            .class_if(ran, "ran")
            .class_if(failed.line == Some(number) && environments.is_none(), "bad")
            .class_if(environments.is_some(), "lit");
        if environments.is_some() { line.is("aria-current", "step") } else { line }
    };
    let name = source.name();
    tag("section", "src")
        .is("aria-label", "Source")
        .with(tag("div", "head").with(modules(scene)).with(tag("span", "").say(evaluated(scene))))
        .with(
            tag("ol", "code")
                .is("tabindex", "0")
                .set("aria-label", format!("{name}, by line"))
                .at(&code)
                .each((1..=source.lines()).map(line)),
        )
        .into()
}

/// Where the invocation that is looked at failed.
#[derive(Default)]
struct Failed {
    /// What raised it, and its message.
    why: Option<(Position, Rc<str>)>,
    /// The line that is marked: the one that complained of it, else the one that raised it.
    line: Option<u32>,
}

impl Failed {
    fn of(record: &InvocationRecord, source: &Source) -> Self {
        let Some(outcome) = &record.outcome else { return Self::default() };
        let loading = record.loading.filter(|_| record.called.is_none());
        let own = || outcome.error.as_ref().map(|error| (loading, error.message.clone()));
        let Some((at, message)) = outcome.first_rejection.clone().or_else(own) else { return Self::default() };
        let why = at.filter(|at| line_in(source, *at).is_some()).map(|at| (at, message));
        let complaint = record.complaint.and_then(|at| line_in(source, at));
        let line = complaint.or(why.as_ref().map(|(at, _)| at.line));
        Self { why, line }
    }
}

/// A line of the source; `why`: what was raised in it.
fn line(scene: &Scene, shown: &Line, gutter: String, why: Option<&(Position, Rc<str>)>) -> Tag {
    let (part, color) = match shown.part {
        Part::Module => ("l mod", ""),
        Part::Handler(at) => ("l hnd", mark(at).0),
        Part::Function => ("l fn", ""),
        Part::Blank => ("l", ""),
    };
    let mut code = tag("code", "");
    let mut column = 1;
    for (class, text) in &shown.pieces {
        let from = column;
        column += text.chars().count() as u32;
        let raised = why.is_some_and(|(at, _)| (from..column).contains(&at.column));
        code = match class {
            _ if raised => code.with(tag("u", "").quote(text)),
            Some(class) => code.with(tag("span", class).quote(text)),
            None => code.quote(text),
        };
    }
    let note = shown.note.map(|handler| note(scene, handler));
    let message = why.map(|(_, why)| tag("span", "why").with(icon(icon::FAIL)).text(" ").quote(why));
    tag("li", part)
        .class_if(!color.is_empty(), color)
        .class_if(note.is_some() && shown.pieces.is_empty(), "note")
        .class_if(why.is_some(), "why")
        .with(tag("i", "").say(gutter))
        .with(code)
        .maybe(note)
        .maybe(message)
}

/// The file's name, and the way to the other modules.
fn modules(scene: &Scene) -> Tag {
    let option = |place: usize| tag("option", "").text(Package::name_of(place)).chosen(place == scene.desk.module());
    scene
        .choice("pick", "Module", Act::Module)
        .is("title", "The module that runs. Another one starts over.")
        .each((0..MODULES.len()).map(option))
}

/// The lines in execution, each with the environment that is there, or how many are.
fn at_work(scene: &Scene, source: &Source) -> SortedMap<u32, String> {
    let mut lines: SortedMap<u32, Vec<u32>> = SortedMap::new();
    for environment in scene.living().filter(|it| it.phase != Phase::Frozen) {
        if let Some(line) = environment.line.and_then(|at| line_in(source, at)) {
            lines.entry(line).or_default().push(environment.id.0);
        }
    }
    let label = |there: Vec<u32>| if let [one] = there[..] { format!("#{one}") } else { format!("×{}", there.len()) };
    lines.into_iter().map(|(line, there)| (line, label(there))).collect()
}

fn line_in(source: &Source, at: Position) -> Option<u32> {
    (at.file == source.file()).then_some(at.line)
}

fn evaluated(scene: &Scene) -> String {
    let player = scene.player();
    let ledger = player.ledger();
    let Some((at, environment)) = ledger.evaluated else { return "not evaluated yet".into() };
    let at = words::clock(at);
    match ledger.evaluations {
        1 => format!("evaluated once, at {at}, in #{environment}"),
        times => format!("evaluated {times}×, last at {at}, in #{environment}"),
    }
}

/// How often a handler ran, on the blank line before it.
fn note(scene: &Scene, handler: usize) -> Tag {
    let (color, mark) = mark(handler);
    let name: Option<&Rc<str>> = scene.desk.exports().get(handler);
    let player = scene.player();
    let (mut times, mut last) = (0, None);
    for record in player.ledger().invocations.iter().filter(|record| Some(&record.handler) == name) {
        if let (Some(at), Some(id)) = (record.called, record.environment) {
            times += 1;
            last = last.max(Some((at, id)));
        }
    }
    let text = match last {
        None => "handler, not run yet".into(),
        Some((at, id)) => format!("handler ran {times}×, last at {}, in #{id}", words::clock(at)),
    };
    tag("span", "note")
        .class_if(true, color)
        .with(tag("span", "").is("aria-hidden", "true").text(mark))
        .say(format!(" {text}"))
}

/// Scrolls a list, never the page, until what it points at can be seen: the line in execution, the chosen outcome.
fn keep_in_view(list: &Element, what: &str) {
    let Ok(Some(item)) = list.query_selector(what) else { return };
    let (outer, inner) = (list.get_bounding_client_rect(), item.get_bounding_client_rect());
    let margin = inner.height() * 2.0;
    let down = (inner.bottom() + margin - outer.bottom()).max(0.0) + (inner.top() - margin - outer.top()).min(0.0);
    list.set_scroll_top(list.scroll_top() + down as i32);
    let right = (inner.right() + 2.0 - outer.right()).max(0.0) + (inner.left() - 2.0 - outer.left()).min(0.0);
    list.set_scroll_left(list.scroll_left() + right as i32);
}
