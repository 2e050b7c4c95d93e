//! The run as a terminal session: what the simulation printed, line by line, in the colours of the post's recording. It is
//! driven by the machine's own run, so that both play at the same time and scrubbing moves both.
//!
//! The stylesheet lays the screen out from its end, so that the latest line is in sight without a script that scrolls.

use std::rc::Rc;

use web_sys::{HtmlButtonElement, HtmlInputElement};
use yew::prelude::*;

use super::browser;
use super::desk::Act;
use super::icon::{self, icon};
use super::news;
use super::scene::{Scene, mark};
use super::tag::{Tag, tag};
use super::words;
use crate::event::Phase;
use crate::export::{Line, LineKind};
use crate::history::InvocationRecord;
use crate::lambda::view::EnvironmentView;

/// What is played where the element has no scenario of its own.
pub const WALK_THROUGH: &str = include_str!("../../assets/scenarios/walk-through.txt");

/// Lines and outcomes that are drawn at most: the latest.
const LINES: usize = 400;
const OUTCOMES: usize = 6;

/// The pane; `script` is what it plays when nothing with captions has been run.
pub fn terminal(scene: &Scene, script: &Rc<str>) -> Tag {
    let lines = scene.desk.session();
    let cursor = scene.player().cursor();
    let shown = lines.partition_point(|line| line.events <= cursor);
    let from = shown.saturating_sub(LINES);
    let rows = lines[from..shown].iter().enumerate().map(|(at, line)| row(from + at, line));
    tag("section", "term")
        .is("aria-label", "Terminal")
        .hear(Rc::new(yew::html::onkeydown::Wrapper::new(keys(scene, script))))
        .with(
            tag("div", "tty")
                .is("tabindex", "0")
                .is("role", "log")
                .is("aria-live", "off")
                .is("aria-label", "Session")
                .with(tag("div", "").each(rows)),
        )
        .with(buttons(scene, script, lines.iter().all(|line| line.kind != LineKind::Chapter)))
        .with(state(scene))
        .with(chapters(scene, &lines, cursor))
}

fn row(at: usize, line: &Line) -> Tag {
    let class = match line.kind {
        LineKind::Chapter => "chapter",
        LineKind::Command => "command",
        LineKind::Output => "out",
        LineKind::Complaint | LineKind::Failure => "fail",
        LineKind::Result => "ok",
        LineKind::Platform => "",
    };
    tag("p", class).key(at as u32).quote(&line.text)
}

fn keys(scene: &Scene, script: &Rc<str>) -> Callback<KeyboardEvent> {
    let (desk, script) = (scene.desk.clone(), script.clone());
    Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        let act = match key.as_str() {
            // On a button it is the button's.
            " " if event.target_dyn_into::<HtmlButtonElement>().is_some() => return,
            " " if desk.player().events().is_empty() => Act::Walk(script.clone()),
            " " => Act::Toggle,
            "ArrowLeft" => Act::Line(false),
            "ArrowRight" => Act::Line(true),
            "[" => Act::Chapter(false),
            "]" => Act::Chapter(true),
            "f" => {
                browser::fill_the_screen(&event);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        desk.act(act);
    })
}

/// The row of buttons; `fresh`: there is no walk yet that could be played.
fn buttons(scene: &Scene, script: &Rc<str>, fresh: bool) -> Tag {
    let player = scene.player();
    let timeline = player.timeline();
    let key = |title: &'static str, path: &'static str, act: Act| {
        scene.button("b", None, act).is("title", title).with(icon(path))
    };
    let walk = fresh.then(|| {
        let (desk, script) = (scene.desk.clone(), script.clone());
        let begin = Callback::from(move |event: MouseEvent| {
            desk.act(Act::Walk(script.clone()));
            // This button goes; the keys are still the pane's.
            browser::focus_the_session(&event);
        });
        tag("button", "b go").is("type", "button").is("title", "Starts over").click(begin).text("Play the walk-through")
    });
    let full = browser::can_fill_the_screen().then(|| {
        let fill = Callback::from(|event: MouseEvent| browser::fill_the_screen(&event));
        tag("button", "b").is("type", "button").is("title", "Full screen (f)").click(fill).with(icon(icon::FULL))
    });
    let scrub = {
        let desk = scene.desk.clone();
        Callback::from(move |event: InputEvent| {
            let place = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
            let events = desk.player().timeline().events_at(place as u64);
            desk.act(Act::Seek(events));
        })
    };
    let (play, path) = if player.is_playing() { ("Pause (space)", icon::PAUSE) } else { ("Play (space)", icon::PLAY) };
    tag("div", "keys")
        .is("role", "group")
        .is("aria-label", "Playing")
        .maybe(walk)
        .with(key("Chapter before ([)", icon::FIRST, Act::Chapter(false)))
        .with(key("Line before (left arrow)", icon::BACK, Act::Line(false)))
        .with(key(play, path, Act::Toggle))
        .with(key("Next line (right arrow)", icon::FORWARD, Act::Line(true)))
        .with(key("Next chapter (])", icon::LAST, Act::Chapter(true)))
        .with(
            tag("input", "")
                .is("type", "range")
                .is("aria-label", "Moment")
                .set("max", timeline.end().to_string())
                .value(timeline.place(player.cursor()).to_string())
                .hear(Rc::new(yew::html::oninput::Wrapper::new(scrub))),
        )
        .maybe(full)
        .with(
            scene.button("b", None, Act::Save).is("title", "The whole session as an asciicast").text("Download .cast"),
        )
}

/// What the machine is in at that moment: its environments, and how the invocations went.
fn state(scene: &Scene) -> Tag {
    let environment = |it: &EnvironmentView| {
        let pool = it.clients.first().map_or_else(String::new, |client| format!(", pool {}", news::pool(&client.pool)));
        let class = if it.phase == Phase::Frozen { "ice" } else { "" };
        tag("li", class).say(format!("#{} {}{pool}", it.id, words::phase(it.phase)))
    };
    let player = scene.player();
    let outcome = |record: &Rc<InvocationRecord>| {
        let outcome = record.outcome.as_ref()?;
        let place = scene.desk.exports().iter().position(|name| *name == record.handler).unwrap_or_default();
        let (class, verdict) = if record.failed() { ("fail", "✗") } else { ("ok", "✓") };
        let (start, took) = (words::start(outcome.start), words::took(outcome.duration));
        let said = format!("{} {verdict} {start} {took}", mark(place).1);
        Some(tag("li", class).quote_as("title", &record.handler).say(said))
    };
    let all = &player.invocations().records;
    let latest = &all[all.len().saturating_sub(OUTCOMES)..];
    tag("div", "state")
        .with(tag("ul", "").is("aria-label", "Environments").each(scene.living().map(environment)))
        .with(tag("ul", "").is("aria-label", "Outcomes").each(latest.iter().filter_map(outcome)))
}

/// The way to each chapter.
fn chapters(scene: &Scene, lines: &[Line], cursor: usize) -> Tag {
    let all = || lines.iter().filter(|line| line.kind == LineKind::Chapter && !line.text.is_empty());
    let current = all().rfind(|line| line.events <= cursor).map(|line| line.events);
    tag("ol", "chapters").is("aria-label", "Chapters").each(all().map(|line| {
        let name = line.text.strip_prefix("## ").unwrap_or(&line.text).to_owned();
        let button = scene.button("", None, Act::Moment(line.events)).say(name);
        tag("li", "").with(if current == Some(line.events) { button.is("aria-current", "step") } else { button })
    }))
}
