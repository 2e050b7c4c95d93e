//! Small drawings of one path, in the colour of the text around them. A word always stands beside an icon, or in the label of
//! its button.

use yew::prelude::*;

use simulation::event::Phase;

pub(super) const OK: &str = "m2.5 7.5 3 3 6-7";
pub(super) const FAIL: &str = "m3 3 8 8m0-8-8 8";
pub(super) const RESET: &str = "M2.5 2v3.5H6M2.8 5.2A5 5 0 1 1 2 8";
pub(super) const DOWN: &str = "m3.5 5.5 3.5 3.5 3.5-3.5";
pub(super) const TIMER: &str = "M7 1.5a5.5 5.5 0 1 0 .01 0M7 4v3l2 1.5";
pub(super) const CUT: &str = "M0 11h4l2-5 2 3M10 11h4M7 2v2M10.5 3l-1 2";
pub(super) const FIRST: &str = "M3 3v8M11 3 5.5 7l5.5 4z";
pub(super) const BACK: &str = "m9 3-4 4 4 4";
pub(super) const PLAY: &str = "M4 3v8l7-4z";
pub(super) const PAUSE: &str = "M5 3v8M9 3v8";
pub(super) const FORWARD: &str = "m5 3 4 4-4 4";
pub(super) const FULL: &str = "M2 5V2h3M9 2h3v3M12 9v3H9M5 12H2V9";
pub(super) const LAST: &str = "M11 3v8M3 3l5.5 4L3 11z";
const RING: &str = "M7 1.5a5.5 5.5 0 1 0 .01 0";
const DOT: &str = "M7 1.5a5.5 5.5 0 1 0 .01 0M7 6a1 1 0 1 0 .01 0";
const RUN: &str = "M3.1 3.1a5.5 5.5 0 1 0 3.9-1.6M5.8 4.8 9.3 7 5.8 9.2V4.8";
const FLAKE: &str = "M7 1v12M1.8 4l10.4 6M12.2 4 1.8 10M5 1.8l2 1.7 2-1.7M5 12.2l2-1.7 2 1.7M1.5 6.4l2-.7-.4-2M12.5 7.6l-2 .7.4 2M1.5 7.6l2 .7-.4 2M12.5 6.4l-2-.7.4-2";
const GONE: &str = "M7 1.5a5.5 5.5 0 1 0 .01 0M5 5l4 4m0-4-4 4";

/// The icon of a phase.
pub(super) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Init => RING,
        Phase::Ready => DOT,
        Phase::Invoke => RUN,
        Phase::Frozen => FLAKE,
        Phase::Shutdown => GONE,
    }
}

/// An icon: one of the paths of this module, 14 units wide and high.
pub(super) fn draw(path: &'static str) -> Html {
    drawing("i", "0 0 14 14", path)
}

/// A drawing of one path that says nothing to a screen reader. `view_box` has the coordinates of the path.
pub(super) fn drawing(class: &'static str, view_box: &'static str, path: &'static str) -> Html {
    html! {
        <svg class={(!class.is_empty()).then_some(class)} viewBox={view_box} aria-hidden="true">
            <path pathLength="100" d={path} />
        </svg>
    }
}
