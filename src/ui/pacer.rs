//! The clock of a machine: ticks while the machine plays and a reader can see it, and none otherwise. An idle machine, one in
//! a hidden tab and one that is scrolled out of sight take no time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Interval;
use yew::Callback;

/// The time between two ticks: about one frame.
const TICK_MS: u32 = 16;
/// A tick that comes late counts as this long: nobody was looking in between.
const LONGEST_TICK_MS: f64 = 100.0;

/// Ticks for as long as they are requested.
pub(super) struct Pacer {
    /// Takes the milliseconds since the tick before.
    on_tick: Callback<f64>,
    interval: RefCell<Option<Interval>>,
    /// The time of the last tick, in milliseconds; `None` after a pause.
    last: Cell<Option<f64>>,
    requested: Cell<bool>,
    visible: Cell<bool>,
}

impl Pacer {
    /// A pacer at rest.
    pub(super) fn new(on_tick: Callback<f64>) -> Self {
        Self {
            on_tick,
            interval: RefCell::default(),
            last: Cell::default(),
            requested: Cell::default(),
            visible: Cell::new(true),
        }
    }

    /// Asks for the next tick.
    pub(super) fn request(self: &Rc<Self>) {
        self.requested.set(true);
        self.update();
    }

    /// Says whether a reader can see the machine; the element's loader knows.
    pub(super) fn set_visible(self: &Rc<Self>, visible: bool) {
        self.visible.set(visible);
        self.update();
    }

    /// Starts or stops the interval.
    fn update(self: &Rc<Self>) {
        let wanted = self.requested.get() && self.visible.get();
        let running = self.interval.borrow().is_some();
        if wanted && !running {
            let pacer = Rc::downgrade(self);
            let interval = Interval::new(TICK_MS, move || {
                if let Some(pacer) = pacer.upgrade() {
                    pacer.tick();
                }
            });
            self.interval.replace(Some(interval));
        } else if !wanted && running {
            self.interval.replace(None);
            self.last.set(None);
        }
    }

    fn tick(self: &Rc<Self>) {
        let window = web_sys::window();
        let hidden = window.as_ref().and_then(web_sys::Window::document).is_some_and(|document| document.hidden());
        let now = window.and_then(|window| window.performance()).map_or(0.0, |performance| performance.now());
        if hidden {
            self.last.set(None);
            return;
        }
        let elapsed_ms =
            self.last.replace(Some(now)).map_or(f64::from(TICK_MS), |last| (now - last).clamp(0.0, LONGEST_TICK_MS));
        self.requested.set(false);
        self.on_tick.emit(elapsed_ms);
        self.update();
    }
}
