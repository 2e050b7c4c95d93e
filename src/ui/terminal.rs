//! The run as a terminal session: what the simulation printed, line by line, in the colours of the post's recording. It is
//! driven by the machine's own run, so that both play at the same time and scrubbing moves both.

use std::rc::Rc;

use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::browser;
use super::desk::Act;
use super::icon::{self, icon};
use super::news;
use super::scene::{Scene, mark};
use super::tag::{Tag, tag};
use super::words;
use crate::event::Phase;
use crate::export::{Line, LineKind, cast, moment, session};
use crate::history::InvocationRecord;

/// What is played where the element has no scenario of its own.
pub const WALK_THROUGH: &str = include_str!("../../assets/scenarios/walk-through.txt");

const TITLE: &str = "What persists between Lambda invocations?";
const FILE: &str = "lambda-lifecycles.cast";
/// Lines and outcomes that are drawn at most: the latest.
const LINES: usize = 400;
const OUTCOMES: usize = 8;

/// What the pane is drawn from.
#[derive(Properties, Clone, PartialEq)]
pub struct TerminalProps {
    /// The moment.
    pub scene: Scene,
    /// What it plays when nothing with captions has been run.
    pub script: Rc<str>,
}

/// The pane.
#[component]
pub fn Terminal(props: &TerminalProps) -> Html {
    let TerminalProps { scene, script } = props;
    let (pane, screen) = (use_node_ref(), use_node_ref());
    let file = use_mut_ref(String::new);
    let player = scene.player();
    let (cursor, timeline) = (player.cursor(), player.timeline());
    let length = (player.events().len(), timeline.end(), player.statements().count());
    let lines = use_memo(length, |_| session(&player));
    let shown = lines.partition_point(|line| line.events <= cursor);
    {
        let screen = screen.clone();
        use_effect_with((shown, length), move |_| {
            if let Some(screen) = screen.cast::<Element>() {
                screen.set_scroll_top(screen.scroll_height());
            }
        });
    }

    let go = {
        let (desk, lines) = (scene.desk.clone(), lines.clone());
        move |forward, chapters| {
            let cursor = desk.player().cursor();
            desk.act(Act::Moment(moment(&lines, cursor, forward, chapters)));
        }
    };
    let chapters: Vec<_> = lines.iter().filter(|it| it.kind == LineKind::Chapter && !it.text.is_empty()).collect();
    let toggle = {
        let (desk, script) = (scene.desk.clone(), script.clone());
        move |anew: bool| {
            if anew || desk.player().events().is_empty() {
                desk.act(Act::Walk(script.clone()));
            }
            desk.act(Act::Toggle);
        }
    };
    let fill = {
        let pane = pane.clone();
        move || browser::fill_the_screen(&pane)
    };
    let keys = {
        let (go, toggle, fill) = (go.clone(), toggle.clone(), fill.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            match event.key().as_str() {
                // On a button it is the button's.
                " " if event.target_dyn_into::<web_sys::HtmlButtonElement>().is_some() => return,
                " " => toggle(false),
                "ArrowLeft" => go(false, false),
                "ArrowRight" => go(true, false),
                "[" => go(false, true),
                "]" => go(true, true),
                "f" => fill(),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let scrub = {
        let desk = scene.desk.clone();
        Callback::from(move |event: InputEvent| {
            let place = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
            let events = desk.player().timeline().events_at(place as u64);
            desk.act(Act::Seek(events));
        })
    };
    let save = {
        let lines = lines.clone();
        move || browser::download(FILE, &cast(&lines, TITLE), &file)
    };

    let step = |label: &'static str, path: &'static str, forward: bool, chapters: bool| {
        let go = go.clone();
        key(label, move || go(forward, chapters)).with(icon(path))
    };
    // What has captions is a walk already.
    let walk = chapters.is_empty().then(|| {
        let (toggle, screen) = (toggle.clone(), screen.clone());
        let begin = move || {
            toggle(true);
            // This button goes; the keys are still the pane's.
            if let Some(screen) = screen.cast::<HtmlElement>() {
                let _ = screen.focus();
            }
        };
        key("Starts over", begin)
            .class_if(true, "go")
            .with(icon(icon::PLAY))
            .text("Play the walk-through")
    });
    let (label, path) = if player.is_playing() { ("Pause (space)", icon::PAUSE) } else { ("Play (space)", icon::PLAY) };
    let play = key(label, move || toggle(false)).with(icon(path));
    let full = browser::can_fill_the_screen().then(|| key("Full screen (f)", fill).with(icon(icon::FULL)));
    let slider = tag("input", "")
        .is("type", "range")
        .is("aria-label", "Moment")
        .is("min", "0")
        .set("max", timeline.end().to_string())
        .value(timeline.place(cursor).to_string())
        .hear(Rc::new(yew::html::oninput::Wrapper::new(scrub)));
    let from = shown.saturating_sub(LINES);
    let current = chapters.iter().rposition(|line| line.events <= cursor);
    let chapter = |(at, line): (usize, &&Line)| {
        let here = scene.button("", None, Act::Moment(line.events)).say(line.text.trim_start_matches("## ").to_owned());
        tag("li", "").with(if current == Some(at) { here.is("aria-current", "step") } else { here })
    };
    tag("section", "term")
        .is("aria-label", "Terminal")
        .at(&pane)
        .hear(Rc::new(yew::html::onkeydown::Wrapper::new(keys)))
        .with(
            tag("div", "tty")
                .is("tabindex", "0")
                .is("role", "log")
                .is("aria-live", "off")
                .is("aria-label", "Session")
                .at(&screen)
                .with(
                    tag("div", "").each(lines[from..shown].iter().enumerate().map(|(at, line)| row(from + at, line))),
                ),
        )
        .with(
            tag("div", "keys")
                .is("role", "group")
                .is("aria-label", "Playing")
                .maybe(walk)
                .with(step("Chapter before ([)", icon::FIRST, false, true))
                .with(step("Line before (left arrow)", icon::BACK, false, false))
                .with(play)
                .with(step("Next line (right arrow)", icon::FORWARD, true, false))
                .with(step("Next chapter (])", icon::LAST, true, true))
                .with(slider)
                .maybe(full)
                .with(key("Saves what the terminal shows in the end as an asciicast", save).text("Download .cast")),
        )
        .with(state(scene))
        .maybe(
            (!chapters.is_empty()).then(|| {
                tag("ol", "chapters").is("aria-label", "Chapters").each(chapters.iter().enumerate().map(chapter))
            }),
        )
        .into()
}

/// A button of the pane; where it is only a drawing, its title is its name.
fn key(title: &'static str, act: impl Fn() + 'static) -> Tag {
    tag("button", "b").is("type", "button").is("title", title).click(Callback::from(move |_: MouseEvent| act()))
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

/// What the machine is in at that moment: its environments, and how the invocations went.
fn state(scene: &Scene) -> Tag {
    let environment = |it: &crate::lambda::view::EnvironmentView| {
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
        Some(
            tag("li", class)
                .quote_as("title", &record.handler)
                .say(format!("{} {verdict} {start} {took}", mark(place).1)),
        )
    };
    let outcomes: Vec<_> = player.ledger().invocations.iter().filter_map(outcome).collect();
    let from = outcomes.len().saturating_sub(OUTCOMES);
    tag("div", "state")
        .with(tag("ul", "").is("aria-label", "Environments").each(scene.living().map(environment)))
        .with(tag("ul", "").is("aria-label", "Outcomes").each(outcomes.into_iter().skip(from)))
}
