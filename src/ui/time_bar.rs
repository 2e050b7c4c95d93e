//! Time: the whole history on one line, and the buttons to go along it.

use web_sys::{Element, HtmlSelectElement};
use yew::prelude::*;

use super::desk::Act;
use super::icon::{self, icon};
use super::scene::Scene;
use super::words;
use crate::history::{Mark, MarkKind, SegmentKind};
use crate::time::Instant;

const SPEEDS: [(&str, f64); 7] =
    [("0.1", 0.1), ("0.25", 0.25), ("0.5", 0.5), ("1", 1.0), ("2", 2.0), ("10", 10.0), ("100", 100.0)];
/// Labels closer than this share of the line (in tenths of a percent) are left out.
const ROOM: u64 = 70;
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
    let speed = player.speed();

    let scrub = {
        let (desk, track) = (scene.desk.clone(), track.clone());
        move |event: &PointerEvent| {
            let Some(track) = track.cast::<Element>() else { return };
            let bounds = track.get_bounding_client_rect();
            let at = ((f64::from(event.client_x()) - bounds.left()) / bounds.width()).clamp(0.0, 1.0);
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
    let up = Callback::from(move |_: PointerEvent| *dragged.borrow_mut() = false);
    let keys = {
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
    };
    let pace = {
        let desk = scene.desk.clone();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            if let Some((_, speed)) = SPEEDS.get(usize::try_from(select.selected_index()).unwrap_or(0)) {
                desk.act(Act::Speed(*speed));
            }
        })
    };
    let key = |path: &'static str, label: &'static str, act: Act| {
        html! {
            <button type="button" aria-label={label} title={none.unwrap_or(label)} aria-disabled={none.map(|_| "true")}
                onclick={scene.on(none.map_or(act, Act::Tell))}>{ icon(path) }</button>
        }
    };
    let first = timeline.segments.len().saturating_sub(400);
    html! {
        <div class="time">
            <div class="seg" role="group" aria-label="Time">
                { key(icon::FIRST, "To the beginning", Act::Seek(0)) }
                { key(icon::BACK, "Step back", Act::Back) }
                { if playing { key(icon::PAUSE, "Pause", Act::Toggle) } else { key(icon::PLAY, "Play", Act::Toggle) } }
                { key(icon::FORWARD, "Step", Act::Forward) }
                { key(icon::LAST, "To the end", Act::End) }
            </div>
            <div class="track" role="slider" tabindex="0" aria-label="Moment" ref={track}
                aria-valuemin="0" aria-valuemax={player.events().len().to_string()} aria-valuenow={player.cursor().to_string()}
                aria-valuetext={words::fine_clock(*clock)}
                onpointerdown={down} onpointermove={drag} onpointerup={up} onkeydown={keys}>
                <svg aria-hidden="true">
                    <line x1="0" x2="100%" y1="23" y2="23" />
                    { for timeline.segments[first..].iter().map(|it| {
                        let (x, width) = (share(it.from), share(it.to).saturating_sub(share(it.from)).max(2));
                        match it.kind {
                            SegmentKind::Idle => Html::default(),
                            SegmentKind::Frozen => html! { <line class="ice" x1={percent(x)} x2={percent(x + width)} y1="23" y2="23" /> },
                            SegmentKind::Init => html! { <rect class="init" x={percent(x)} width={percent(width)} y="20.5" height="5" /> },
                            SegmentKind::Running => html! { <rect class="run" x={percent(x)} width={percent(width)} y="20" height="6" /> },
                        }
                    }) }
                    { marks(&timeline.marks, &share) }
                    <svg x={percent(share(*place))}><path class="now" d="M-4 8h8l-4 6zM0 12V34" /></svg>
                </svg>
            </div>
            <div class="clock">
                <span>{ words::fine_clock(*clock) }</span><br />
                <select aria-label="Speed" onchange={pace}>
                    { for SPEEDS.iter().map(|(name, value)| html! {
                        <option selected={(value - speed).abs() < 0.001}>{ format!("speed {name}×") }</option>
                    }) }
                </select>
            </div>
        </div>
    }
}

fn percent(tenths: u64) -> String {
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Marks and labels, from the latest back: where there is no room for two, the later one is read.
fn marks(marks: &[Mark], share: &impl Fn(u64) -> u64) -> Html {
    let (mut upper, mut lower) = (u64::MAX, u64::MAX);
    let mut drawn = Vec::new();
    for mark in marks.iter().rev().take(300) {
        let at = share(mark.at);
        let x = percent(at);
        let room = |line: &mut u64, width: u64| {
            let free = at + width <= *line;
            if free {
                *line = at;
            }
            free
        };
        match mark.kind {
            MarkKind::Ended { invocation, ok, .. } if room(&mut upper, ROOM / 2) => {
                let (class, mark) = if ok { ("ok", "✓") } else { ("x", "✗") };
                drawn.push(html! { <text {class} {x} y="12">{ format!("{mark} {invocation}") }</text> });
            }
            MarkKind::Began { clock } if room(&mut lower, ROOM) => {
                drawn.push(html! { <text {x} y="44">{ words::clock(clock) }</text> });
            }
            MarkKind::Break { span, frozen } => {
                if room(&mut lower, ROOM + ROOM / 2) {
                    let what = if frozen { "frozen " } else { "" };
                    drawn.push(
                        html! { <text x={x.clone()} y="44">{ format!("{what}{}", words::roughly(span)) }</text> },
                    );
                }
                drawn.push(html! { <svg {x}><path class="gap" d="M-5 31 0 15M0 31 5 15" /></svg> });
            }
            MarkKind::Fault => {
                drawn.push(html! { <svg {x}><path class="gap" d="M-3 20 3 26M3 20-3 26" /></svg> });
            }
            _ => {}
        }
    }
    html! { <>{ for drawn }</> }
}
