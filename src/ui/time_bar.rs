//! Time: the whole history on one line, and the buttons to go along it.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;
use yew::virtual_dom::Listener;

use super::desk::{Act, Stride};
use super::icon::{self, icon};
use super::scene::Scene;
use super::tag::{Tag, tag};
use super::words;
use crate::float;
use crate::history::{Mark, MarkKind, Segment, SegmentKind};
use crate::time::Instant;

const SPEEDS: [(&str, f64); 7] =
    [("0.1", 0.1), ("0.25", 0.25), ("0.5", 0.5), ("1", 1.0), ("2", 2.0), ("10", 10.0), ("100", 100.0)];
const STRIDES: [(&str, Stride); 3] =
    [("by event", Stride::Event), ("by line", Stride::Line), ("by invocation", Stride::Invocation)];
/// Labels closer than this share of the line (in tenths of a percent) are left out.
const ROOM: u64 = 70;
/// What is drawn at most: the latest.
const SEGMENTS: usize = 200;
const MARKS: usize = 150;
const NOTHING: &str = "Nothing has happened yet.";

/// What the bar is drawn from: the clock goes on within a moment of the world.
#[derive(Properties, Clone, PartialEq)]
pub struct TimeBarProps {
    /// The moment.
    pub scene: Scene,
    /// The clock.
    pub clock: Instant,
    /// Its place on the line.
    pub place: u64,
}

/// The bar.
#[component]
pub fn TimeBar(props: &TimeBarProps) -> Html {
    let TimeBarProps { scene, clock, place } = props;
    let track = use_node_ref();
    let dragged = use_mut_ref(|| false);
    let player = scene.player();
    let timeline = player.timeline();
    // While the line grows it keeps some room, so that it is not drawn anew to its full width with each event.
    let end = timeline.end().max(*place);
    let whole = (end + end / 8).max(4_000);
    let share = move |at: u64| at * 1_000 / whole;
    let started = timeline.end() > 0;
    let none = (!started).then_some(NOTHING);
    let playing = player.is_playing();
    let shown = scene.desk.shown();
    let key = |path: &'static str, label: &'static str, act: Act| {
        scene.button("", none, act).is("aria-label", label).is("title", none.unwrap_or(label)).with(icon(path))
    };
    let first = timeline.segments.len().saturating_sub(SEGMENTS);
    let segment = |it: &Segment| {
        let (x, width) = (share(it.from), share(it.to).saturating_sub(share(it.from)).max(2));
        match it.kind {
            SegmentKind::Idle => tag("g", ""),
            SegmentKind::Frozen => stroke("ice", x, x + width),
            SegmentKind::Init => bar("init", x, width),
            SegmentKind::Running => bar("run", x, width),
        }
    };
    let slider = tag("div", "track")
        .is("role", "slider")
        .is("tabindex", "0")
        .is("aria-label", "Moment")
        .is("aria-valuemin", "0")
        .set("aria-valuemax", player.events().len().to_string())
        .set("aria-valuenow", player.cursor().to_string())
        .set("aria-valuetext", format!("{}, event {}", words::fine_clock(*clock), player.cursor()))
        .at(&track);
    let slider = pointing(scene, &track, &dragged, whole).into_iter().fold(slider, Tag::hear);
    let playing = if playing { key(icon::PAUSE, "Pause", Act::Toggle) } else { key(icon::PLAY, "Play", Act::Toggle) };
    tag("div", "time")
        .with(
            tag("div", "seg")
                .is("role", "group")
                .is("aria-label", "Time")
                .with(key(icon::FIRST, "To the beginning", Act::Seek(0)))
                .with(key(icon::BACK, "Step back", Act::Back))
                .with(playing)
                .with(key(icon::FORWARD, "Step", Act::Forward))
                .with(key(icon::LAST, "To the end", Act::End)),
        )
        .with(
            slider.with(
                tag("svg", "")
                    .is("aria-hidden", "true")
                    .with(stroke("", 0, 1_000))
                    .with(tag("g", "").each(timeline.segments[first..].iter().map(segment)))
                    .with(marks(&timeline.marks, shown.told, &share))
                    .with(sign(share(*place), "now", "M-4 8h8l-4 6zM0 12V34")),
            ),
        )
        .with(clock_and_choices(scene, *clock))
        .into()
}

/// The clock, and what it goes by.
fn clock_and_choices(scene: &Scene, clock: Instant) -> Tag {
    let shown = scene.desk.shown();
    let speed = scene.player().speed();
    let by = |(name, stride): &(&'static str, Stride)| tag("option", "").text(name).chosen(*stride == shown.stride);
    let option = |(name, value): &(&'static str, f64)| {
        tag("option", "").say(format!("speed {name}×")).chosen((value - speed).abs() < 0.001)
    };
    let copied = shown.link.as_ref().is_some_and(|(_, copied)| *copied);
    let link = scene.button("b plain copy", None, Act::CopyLink).is("title", "Copy a link to this moment");
    let link = if copied { link.with(icon(icon::OK)).text("Copied") } else { link.text("Copy link") };
    tag("div", "clock")
        .with(tag("span", "").say(words::fine_clock(clock)))
        .with(link)
        .with(scene.choice("", "Step by", |at| Act::StepBy(STRIDES[at % STRIDES.len()].1)).each(STRIDES.iter().map(by)))
        .with(scene.choice("", "Speed", |at| Act::Speed(SPEEDS[at % SPEEDS.len()].1)).each(SPEEDS.iter().map(option)))
}

/// What the line does when it is pointed at, and for keys; `whole`: how long it is in the timeline's time.
fn pointing(scene: &Scene, track: &NodeRef, dragged: &Rc<RefCell<bool>>, whole: u64) -> [Rc<dyn Listener>; 4] {
    let scrub = {
        let (desk, track) = (scene.desk.clone(), track.clone());
        move |event: &PointerEvent| {
            let Some(track) = track.cast::<Element>() else { return };
            let bounds = track.get_bounding_client_rect();
            let at = float::between((f64::from(event.client_x()) - bounds.left()) / bounds.width(), 0.0, 1.0);
            let events = desk.player().timeline().events_at((at * whole as f64) as u64);
            desk.act(Act::Seek(events));
        }
    };
    let down = {
        let (scrub, dragged, track) = (scrub.clone(), dragged.clone(), track.clone());
        Callback::from(move |event: PointerEvent| {
            *dragged.borrow_mut() = true;
            if let Some(track) = track.cast::<Element>() {
                let _ = track.set_pointer_capture(event.pointer_id());
            }
            scrub(&event);
        })
    };
    let drag = {
        let dragged = dragged.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragged.borrow() {
                scrub(&event);
            }
        })
    };
    let dragged = dragged.clone();
    let up = Callback::from(move |_: PointerEvent| *dragged.borrow_mut() = false);
    [
        Rc::new(yew::html::onpointerdown::Wrapper::new(down)),
        Rc::new(yew::html::onpointermove::Wrapper::new(drag)),
        Rc::new(yew::html::onpointerup::Wrapper::new(up)),
        Rc::new(yew::html::onkeydown::Wrapper::new(keys(scene))),
    ]
}

/// The keys of a slider, and those of a player.
fn keys(scene: &Scene) -> Callback<KeyboardEvent> {
    let desk = scene.desk.clone();
    Callback::from(move |event: KeyboardEvent| {
        let act = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => Act::Back,
            "ArrowRight" | "ArrowUp" => Act::Forward,
            "Home" => Act::Seek(0),
            "End" => Act::End,
            "[" | "PageDown" => Act::Mark(false),
            "]" | "PageUp" => Act::Mark(true),
            " " => Act::Toggle,
            _ => return,
        };
        event.prevent_default();
        desk.act(act);
    })
}

fn stroke(class: &'static str, from: u64, to: u64) -> Tag {
    tag("line", class).set("x1", percent(from)).set("x2", percent(to)).is("y1", "23").is("y2", "23")
}

fn bar(class: &'static str, x: u64, width: u64) -> Tag {
    tag("rect", class).set("x", percent(x)).set("width", percent(width)).is("y", "20").is("height", "6")
}

fn sign(x: u64, class: &'static str, path: &'static str) -> Tag {
    tag("svg", "").set("x", percent(x)).with(tag("path", class).is("d", path))
}

fn label(class: &'static str, x: u64, y: &'static str, text: String) -> Tag {
    tag("text", class).set("x", percent(x)).is("y", y).say(text)
}

fn percent(tenths: u64) -> String {
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Marks and labels, from the latest back: where there is no room for two, the later one is read. Outcomes have theirs when
/// they have been seen.
fn marks(marks: &[Mark], seen: usize, share: &impl Fn(u64) -> u64) -> Tag {
    let (mut upper, mut lower) = (u64::MAX, u64::MAX);
    let mut drawn = tag("g", "");
    for mark in marks.iter().rev().take(MARKS) {
        let x = share(mark.at);
        let room = |line: &mut u64, width: u64| {
            let free = x + width <= *line;
            if free {
                *line = x;
            }
            free
        };
        drawn = match mark.kind {
            MarkKind::Ended { invocation, ok, events } if events <= seen && room(&mut upper, ROOM / 2) => {
                let (class, mark) = if ok { ("ok", "✓") } else { ("x", "✗") };
                drawn.with(label(class, x, "12", format!("{mark} {invocation}")))
            }
            MarkKind::Began { clock } if room(&mut lower, ROOM) => drawn.with(label("", x, "44", words::clock(clock))),
            MarkKind::Break { span, frozen } => {
                if room(&mut lower, ROOM + ROOM / 2) {
                    let what = if frozen { "frozen " } else { "" };
                    drawn = drawn.with(label("", x, "44", format!("{what}{}", words::roughly(span))));
                }
                drawn.with(sign(x, "gap", "M-5 31 0 15M0 31 5 15"))
            }
            MarkKind::Fault => drawn.with(sign(x, "gap", "M-3 20 3 26M3 20-3 26")),
            _ => drawn,
        };
    }
    drawn
}
