//! The whole source, with what ran, what runs and what failed.

use crate::ordered::Map;
use std::rc::Rc;

use web_sys::{HtmlElement, HtmlSelectElement};
use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::{Scene, mark};
use super::source::{Part, Source};
use super::tag::{Tag, tag};
use super::words;
use crate::event::{Phase, Position};
use crate::lambda::view::EnvironmentView;
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
        use_effect_with(at_work.keys().copied().collect::<Vec<_>>(), move |_| {
            if let Some(code) = code.cast::<HtmlElement>() {
                keep_in_view(&code);
            }
        });
    }
    let focus = scene.focus();
    let failure = focus.as_ref().and_then(|record| {
        let outcome = record.outcome.as_ref()?;
        let rejected = outcome.first_rejection.clone();
        let loading = record.loading.filter(|_| record.called.is_none());
        rejected.or_else(|| outcome.error.as_ref().map(|error| (loading, error.message.clone())))
    });
    let why =
        failure.as_ref().and_then(|(at, message)| Some((line_in(&source, (*at)?)?, (*at)?.column, message.clone())));
    let complaint = focus.as_ref().filter(|_| failure.is_some()).and_then(|record| line_in(&source, record.complaint?));
    let bad = complaint.or(why.as_ref().map(|(line, ..)| *line));
    let line = |number: u32| {
        let shown = source.line(number);
        let environments = at_work.get(&number);
        let ran = focus.as_ref().is_some_and(|record| record.lines.contains(&(source.file(), number)));
        let why = why.as_ref().filter(|(line, ..)| *line == number);
        let mut column = 1;
        let note = shown.note.map(|handler| note(scene, handler));
        let (part, color) = match shown.part {
            Part::Module => ("l mod", ""),
            Part::Handler(at) => ("l hnd", mark(at).0),
            Part::Function => ("l fn", ""),
            Part::Blank => ("l", ""),
        };
        let several = at_work.len() > 1;
        let gutter = match environments {
            Some(at) if several || at.starts_with('×') => at.clone(),
            _ => number.to_string(),
        };
        let mut code = tag("code", "");
        for (class, text) in &shown.pieces {
            let from = column;
            column += text.chars().count() as u32;
            let raised = why.is_some_and(|(_, at, _)| (from..column).contains(at));
            code = match class {
                _ if raised => code.with(tag("u", "").quote(text)),
                Some(class) => code.with(tag("span", class).quote(text)),
                None => code.quote(text),
            };
        }
        let message = why.map(|(_, _, why)| tag("span", "why").with(icon(icon::FAIL)).text(" ").quote(why));
        let line = tag("li", part)
            .key(number)
            .class_if(!color.is_empty(), color)
            .class_if(note.is_some() && shown.pieces.is_empty(), "note")
            .class_if(ran, "ran")
            .class_if(bad == Some(number) && environments.is_none(), "bad")
            .class_if(why.is_some(), "why")
            .class_if(environments.is_some(), "lit")
            .with(tag("i", "").say(gutter))
            .with(code)
            .maybe(note)
            .maybe(message);
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

/// The file's name, and the way to the other modules.
fn modules(scene: &Scene) -> Tag {
    let desk = scene.desk.clone();
    let choose = Callback::from(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        desk.act(Act::Module(usize::try_from(select.selected_index()).unwrap_or(0)));
    });
    let option = |place: usize| tag("option", "").text(Package::name_of(place)).chosen(place == scene.desk.module());
    tag("select", "pick")
        .is("aria-label", "Module")
        .is("title", "The module that runs. Another one starts over.")
        .hear(Rc::new(yew::html::onchange::Wrapper::new(choose)))
        .each((0..MODULES.len()).map(option))
}

/// The lines in execution, each with the environment that is there, or how many are.
fn at_work(scene: &Scene, source: &Source) -> Map<u32, String> {
    let mut lines: Map<u32, Vec<u32>> = Map::new();
    for environment in scene.living().filter(|it| it.phase != Phase::Frozen) {
        if let Some(line) = environment.line.and_then(|at| line_in(source, at)) {
            lines.get_or_insert_with(line, Vec::new).push(environment.id.0);
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
    let own = player.ledger().invocations.iter().filter(|record| Some(&record.handler) == name);
    let runs: Vec<_> = own.filter_map(|record| Some((record.called?, record.environment?))).collect();
    let text = match runs.iter().max() {
        None => "handler, not run yet".into(),
        Some((at, last)) => {
            let elsewhere = |it: &&EnvironmentView| it.id != *last && runs.iter().any(|(_, id)| *id == it.id);
            let others = scene.view.environments.iter().filter(elsewhere).count();
            let more = if others > 0 { format!(" and in {others} more") } else { String::new() };
            let times = runs.iter().filter(|(_, id)| id == last).count();
            format!("handler ran {times}× in #{last}, last at {}{more}", words::clock(*at))
        }
    };
    tag("span", "note")
        .class_if(true, color)
        .with(tag("span", "").is("aria-hidden", "true").text(mark))
        .say(format!(" {text}"))
}

/// Scrolls the listing, never the page.
fn keep_in_view(code: &HtmlElement) {
    let Ok(Some(lit)) = code.query_selector(".lit") else { return };
    let (outer, inner) = (code.get_bounding_client_rect(), lit.get_bounding_client_rect());
    let margin = inner.height() * 2.0;
    let above = inner.top() - margin - outer.top();
    let below = inner.bottom() + margin - outer.bottom();
    if above < 0.0 {
        code.set_scroll_top(code.scroll_top() + above as i32);
    } else if below > 0.0 {
        code.set_scroll_top(code.scroll_top() + below as i32);
    }
}
