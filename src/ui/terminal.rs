//! The run as a terminal session: what the simulation printed, line by line, in the colours of the post's recording. It draws
//! the machine's own run, so that both play at the same time and scrubbing moves both.
//!
//! The stylesheet lays the screen out from its end, so that the latest line is in sight without a script that scrolls.

use std::rc::Rc;

use web_sys::{Element, HtmlButtonElement, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::browser;
use super::button::Button;
use super::handler_mark::shape;
use super::icon;
use super::store::{use_dispatch, use_view};
use crate::session::view::terminal::{Chapter, EnvironmentLine, OutcomeLine, TerminalView};
use crate::session::{Heading, Session, SessionAction, words};
use simulation::event::Phase;
use simulation::export::LineKind;

/// The properties of a [`Terminal`].
#[derive(Properties, PartialEq)]
pub(super) struct TerminalProps {
    /// The scenario that it offers to play while the run has no chapters.
    pub script: Rc<str>,
}

/// The terminal.
#[component]
pub(super) fn Terminal(props: &TerminalProps) -> Html {
    let view = use_view(Session::terminal);
    let dispatch = use_dispatch();
    let (pane, screen) = (use_node_ref(), use_node_ref());
    let onkeydown = {
        let (pane, script, empty) = (pane.clone(), props.script.clone(), view.empty);
        move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            let action = match event.key().as_str() {
                // On a button it is the button's key.
                " " if event.target_dyn_into::<HtmlButtonElement>().is_some() => return,
                " " if empty => SessionAction::PlayFromStart(script.clone()),
                " " => SessionAction::TogglePlaying,
                "ArrowLeft" => SessionAction::StepLine(Heading::Back),
                "ArrowRight" => SessionAction::StepLine(Heading::Forward),
                "[" => SessionAction::StepChapter(Heading::Back),
                "]" => SessionAction::StepChapter(Heading::Forward),
                "f" => return fill_the_screen(&pane),
                _ => return,
            };
            event.prevent_default();
            dispatch.emit(action);
        }
    };
    let onstart = {
        let screen = screen.clone();
        Callback::from(move |()| {
            // The button that was pressed goes away. The focus stays in the terminal, whose keys play on.
            if let Some(screen) = screen.cast::<HtmlElement>() {
                let _ = screen.focus();
            }
        })
    };
    let onfill = {
        let pane = pane.clone();
        Callback::from(move |()| fill_the_screen(&pane))
    };
    html! {
        <section class="term" aria-label="Terminal" ref={pane} {onkeydown}>
            <div class="tty" tabindex="0" role="log" aria-live="off" aria-label="Session" ref={screen}>
                <div>
                    for (place, line) in view.lines.iter().enumerate() {
                        <p key={view.first + place} class={class(line.kind)}>{ line.text.clone() }</p>
                    }
                </div>
            </div>
            <Keys view={view.clone()} script={props.script.clone()} {onstart} {onfill} />
            <div class="state">
                <ul aria-label="Environments">
                    for environment in &view.environments {
                        { self::environment(environment) }
                    }
                </ul>
                <ul aria-label="Outcomes">
                    for outcome in &view.outcomes {
                        { self::outcome(outcome) }
                    }
                </ul>
            </div>
            <ol class="chapters" aria-label="Chapters">
                for chapter in &view.chapters {
                    { self::chapter(chapter) }
                }
            </ol>
        </section>
    }
}

fn fill_the_screen(pane: &NodeRef) {
    if let Some(pane) = pane.cast::<Element>() {
        browser::toggle_full_screen(&pane);
    }
}

const fn class(kind: LineKind) -> Option<&'static str> {
    match kind {
        LineKind::Chapter => Some("chapter"),
        LineKind::Command => Some("command"),
        LineKind::Output => Some("out"),
        LineKind::Complaint | LineKind::Failure => Some("fail"),
        LineKind::Result => Some("ok"),
        LineKind::Platform => None,
    }
}

fn environment(environment: &EnvironmentLine) -> Html {
    let pool = environment.pool.as_ref().map_or_else(String::new, |pool| format!(", pool {pool}"));
    html! {
        <li class={(environment.phase == Phase::Frozen).then_some("ice")}>
            { format!("#{} {}{pool}", environment.id, words::phase(environment.phase)) }
        </li>
    }
}

fn outcome(outcome: &OutcomeLine) -> Html {
    let OutcomeLine { handler, place, failed, start, took } = outcome;
    let (class, verdict) = if *failed { ("fail", "✗") } else { ("ok", "✓") };
    html! { <li {class} title={handler.clone()}>{ format!("{} {verdict} {start} {took}", shape(*place)) }</li> }
}

fn chapter(chapter: &Chapter) -> Html {
    html! {
        <li>
            <Button action={SessionAction::GoTo(chapter.events)} current={chapter.current}>
                { chapter.title.clone() }
            </Button>
        </li>
    }
}

/// The properties of [`Keys`].
#[derive(Properties, PartialEq)]
struct KeysProps {
    view: Rc<TerminalView>,
    script: Rc<str>,
    /// Called after the script has been started.
    onstart: Callback<()>,
    /// Called to let the terminal fill the screen.
    onfill: Callback<()>,
}

/// The row of buttons below the screen.
#[component]
fn Keys(props: &KeysProps) -> Html {
    let view = &props.view;
    let dispatch = use_dispatch();
    let start = {
        let (dispatch, script, onstart) = (dispatch.clone(), props.script.clone(), props.onstart.clone());
        move |_: MouseEvent| {
            dispatch.emit(SessionAction::PlayFromStart(script.clone()));
            onstart.emit(());
        }
    };
    let onfill = props.onfill.reform(|_: MouseEvent| ());
    let oninput = move |event: InputEvent| {
        let place = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        dispatch.emit(SessionAction::SeekPlace(place as u64));
    };
    let key = |title: &'static str, path: &'static str, action: SessionAction| {
        html! { <Button class="b" {action} {title}>{ icon::draw(path) }</Button> }
    };
    let (play, path) = if view.playing { ("Pause (space)", icon::PAUSE) } else { ("Play (space)", icon::PLAY) };
    html! {
        <div class="keys" role="group" aria-label="Playing">
            if view.offers_walk_through {
                <button type="button" class="b go" title="Starts over" onclick={start}>
                    { "Play the walk-through" }
                </button>
            }
            { key("Chapter before ([)", icon::FIRST, SessionAction::StepChapter(Heading::Back)) }
            { key("Line before (left arrow)", icon::BACK, SessionAction::StepLine(Heading::Back)) }
            { key(play, path, SessionAction::TogglePlaying) }
            { key("Next line (right arrow)", icon::FORWARD, SessionAction::StepLine(Heading::Forward)) }
            { key("Next chapter (])", icon::LAST, SessionAction::StepChapter(Heading::Forward)) }
            <input
                type="range"
                aria-label="Moment"
                max={view.length.to_string()}
                value={view.place.to_string()}
                {oninput}
            />
            if browser::can_fill_the_screen() {
                <button type="button" class="b" title="Full screen (f)" onclick={onfill}>
                    { icon::draw(icon::FULL) }
                </button>
            }
            <Button class="b" action={SessionAction::SaveRecording} title="The whole session as an asciicast">
                { "Download .cast" }
            </Button>
        </div>
    }
}
