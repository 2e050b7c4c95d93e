//! The whole history on one line: a slider that shows the moment under it.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::store::use_dispatch;
use crate::session::view::time_bar::{Sign, SignKind, Stretch, TimeBarView};
use crate::session::{Heading, SessionAction};
use simulation::history::SegmentKind;

/// The properties of a [`Track`].
#[derive(Properties, PartialEq)]
pub(super) struct TrackProps {
    /// The time line.
    pub view: Rc<TimeBarView>,
}

/// The slider.
#[component]
pub(super) fn Track(props: &TrackProps) -> Html {
    let view = &props.view;
    let dispatch = use_dispatch();
    let track = use_node_ref();
    let dragging = use_mut_ref(|| false);
    let seek = {
        let (dispatch, track, length) = (dispatch.clone(), track.clone(), view.length as f64);
        move |event: &PointerEvent| {
            let Some(track) = track.cast::<Element>() else { return };
            let bounds = track.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width();
            dispatch.emit(SessionAction::SeekPlace((share.clamp(0.0, 1.0) * length) as u64));
        }
    };
    let onpointerdown = {
        let (seek, dragging, track) = (seek.clone(), dragging.clone(), track.clone());
        move |event: PointerEvent| {
            *dragging.borrow_mut() = true;
            if let Some(track) = track.cast::<Element>() {
                let _ = track.set_pointer_capture(event.pointer_id());
            }
            seek(&event);
        }
    };
    let onpointermove = {
        let dragging = dragging.clone();
        move |event: PointerEvent| {
            if *dragging.borrow() {
                seek(&event);
            }
        }
    };
    let onpointerup = move |_: PointerEvent| *dragging.borrow_mut() = false;
    let onkeydown = move |event: KeyboardEvent| {
        if let Some(action) = action_of_key(&event.key()) {
            event.prevent_default();
            dispatch.emit(action);
        }
    };
    html! {
        <div
            class="track"
            role="slider"
            tabindex="0"
            aria-label="Moment"
            aria-valuemin="0"
            aria-valuemax={view.events.to_string()}
            aria-valuenow={view.cursor.to_string()}
            aria-valuetext={format!("{}, event {}", view.clock, view.cursor)}
            ref={track}
            {onpointerdown}
            {onpointermove}
            {onpointerup}
            {onkeydown}
        >
            <svg aria-hidden="true">
                { line(None, 0, 1_000) }
                <g>
                    for stretch in view.segments.iter().copied() {
                        { segment(stretch) }
                    }
                </g>
                <g>
                    for sign in &view.signs {
                        { self::sign(sign) }
                    }
                </g>
                { shape(view.now, "now", "M-4 8h8l-4 6zM0 12V34") }
            </svg>
        </div>
    }
}

/// The keys of a slider, and those of a player.
fn action_of_key(key: &str) -> Option<SessionAction> {
    Some(match key {
        "ArrowLeft" | "ArrowDown" => SessionAction::Step(Heading::Back),
        "ArrowRight" | "ArrowUp" => SessionAction::Step(Heading::Forward),
        "Home" => SessionAction::Seek(0),
        "End" => SessionAction::GoToEnd,
        "[" | "PageDown" => SessionAction::StepInvocation(Heading::Back),
        "]" | "PageUp" => SessionAction::StepInvocation(Heading::Forward),
        " " => SessionAction::TogglePlaying,
        _ => return None,
    })
}

fn segment(stretch: Stretch) -> Html {
    let Stretch { kind, from, width } = stretch;
    match kind {
        SegmentKind::Idle => Html::default(),
        SegmentKind::Frozen => line(Some("ice"), from, from + width),
        SegmentKind::Init => bar("init", from, width),
        SegmentKind::Running => bar("run", from, width),
    }
}

fn sign(sign: &Sign) -> Html {
    let at = sign.at;
    match &sign.kind {
        SignKind::Outcome { invocation, ok: true } => label(Some("ok"), at, "12", format!("✓ {invocation}")),
        SignKind::Outcome { invocation, ok: false } => label(Some("x"), at, "12", format!("✗ {invocation}")),
        SignKind::Began(clock) => label(None, at, "44", clock.clone()),
        SignKind::Break(span) => html! {
            <>
                if let Some(span) = span {
                    { label(None, at, "44", span.clone()) }
                }
                { shape(at, "gap", "M-5 31 0 15M0 31 5 15") }
            </>
        },
        SignKind::Fault => shape(at, "gap", "M-3 20 3 26M3 20-3 26"),
    }
}

fn line(class: Option<&'static str>, from: u64, to: u64) -> Html {
    html! { <line {class} x1={percent(from)} x2={percent(to)} y1="23" y2="23" /> }
}

fn bar(class: &'static str, from: u64, width: u64) -> Html {
    html! { <rect {class} x={percent(from)} width={percent(width)} y="20" height="6" /> }
}

fn label(class: Option<&'static str>, at: u64, y: &'static str, text: String) -> Html {
    html! { <text {class} x={percent(at)} {y}>{ text }</text> }
}

fn shape(at: u64, class: &'static str, path: &'static str) -> Html {
    html! { <svg x={percent(at)}><path {class} d={path} /></svg> }
}

fn percent(tenths: u64) -> String {
    format!("{}.{}%", tenths / 10, tenths % 10)
}
