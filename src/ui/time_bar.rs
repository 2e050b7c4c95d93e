//! Time: the buttons that go along the history, the track of the whole history, and the clock with its choices.

use yew::prelude::*;

use super::button::{Button, Choice};
use super::icon;
use super::store::{use_dispatch, use_view};
use super::track::Track;
use crate::session::{Heading, Session, SessionAction, Stride};

const SPEEDS: [(&str, f64); 7] =
    [("0.1", 0.1), ("0.25", 0.25), ("0.5", 0.5), ("1", 1.0), ("2", 2.0), ("10", 10.0), ("100", 100.0)];
const STRIDES: [(&str, Stride); 3] =
    [("by event", Stride::Event), ("by line", Stride::Line), ("by invocation", Stride::Invocation)];
const NOTHING: &str = "Nothing has happened yet.";

/// The bar.
#[component]
pub(super) fn TimeBar() -> Html {
    let view = use_view(Session::time_bar);
    let refusal = (!view.started).then_some(NOTHING);
    let button = |path: &'static str, label: &'static str, action: SessionAction| {
        html! { <Button {refusal} {action} {label} title={label}>{ icon::draw(path) }</Button> }
    };
    html! {
        <div class="time">
            <div class="seg" role="group" aria-label="Time">
                { button(icon::FIRST, "To the beginning", SessionAction::Seek(0)) }
                { button(icon::BACK, "Step back", SessionAction::Step(Heading::Back)) }
                if view.playing {
                    { button(icon::PAUSE, "Pause", SessionAction::TogglePlaying) }
                } else {
                    { button(icon::PLAY, "Play", SessionAction::TogglePlaying) }
                }
                { button(icon::FORWARD, "Step", SessionAction::Step(Heading::Forward)) }
                { button(icon::LAST, "To the end", SessionAction::GoToEnd) }
            </div>
            <Track view={view.clone()} />
            <div class="clock">
                <span>{ view.clock.clone() }</span>
                <Button class="b plain copy" action={SessionAction::CopyLink} title="Copy a link to this moment">
                    if view.link_copied {
                        { icon::draw(icon::OK) }
                        { "Copied" }
                    } else {
                        { "Copy link" }
                    }
                </Button>
                <StrideChoice stride={view.stride} />
                <SpeedChoice speed={view.speed} />
            </div>
        </div>
    }
}

/// The properties of a [`StrideChoice`].
#[derive(Properties, PartialEq)]
struct StrideChoiceProps {
    stride: Stride,
}

/// The list of distances that a step can have.
#[component]
fn StrideChoice(props: &StrideChoiceProps) -> Html {
    let dispatch = use_dispatch();
    let onchange = Callback::from(move |place: usize| {
        if let Some((_, stride)) = STRIDES.get(place) {
            dispatch.emit(SessionAction::SetStride(*stride));
        }
    });
    let options: Vec<AttrValue> = STRIDES.iter().map(|(name, _)| AttrValue::from(*name)).collect();
    let chosen = STRIDES.iter().position(|(_, stride)| *stride == props.stride);
    html! { <Choice label="Step by" {options} {chosen} {onchange} /> }
}

/// The properties of a [`SpeedChoice`].
#[derive(Properties, PartialEq)]
struct SpeedChoiceProps {
    speed: f64,
}

/// The list of speeds.
#[component]
fn SpeedChoice(props: &SpeedChoiceProps) -> Html {
    let dispatch = use_dispatch();
    let onchange = Callback::from(move |place: usize| {
        if let Some((_, speed)) = SPEEDS.get(place) {
            dispatch.emit(SessionAction::SetSpeed(*speed));
        }
    });
    let options: Vec<AttrValue> = SPEEDS.iter().map(|(name, _)| format!("speed {name}×").into()).collect();
    let chosen = SPEEDS.iter().position(|(_, speed)| (speed - props.speed).abs() < 0.001);
    html! { <Choice label="Speed" {options} {chosen} {onchange} /> }
}
