//! Animation frames while there is something to show and somebody to see it, and none otherwise: an idle machine, one in a
//! hidden tab and one that is scrolled out of sight use no time. What a reader can see of it, the element's loader knows.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;

use crate::float;

/// A frame that comes late counts as this long: nobody was looking in between.
const LONGEST_FRAME_MS: f64 = 100.0;

/// Calls back with each frame, for as long as it is wanted and can be seen.
pub struct Frames {
    tick: Box<dyn Fn(f64) -> bool>,
    on_frame: Closure<dyn FnMut(f64)>,
    request: Cell<Option<i32>>,
    last: Cell<Option<f64>>,
    wanted: Cell<bool>,
    seen: Cell<bool>,
}

impl Frames {
    /// `tick` is given the milliseconds since the frame before, and says whether it wants another.
    pub fn new(tick: impl Fn(f64) -> bool + 'static) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let frame = this.clone();
            Self {
                tick: Box::new(tick),
                on_frame: Closure::new(move |now| {
                    if let Some(frames) = frame.upgrade() {
                        frames.frame(now);
                    }
                }),
                request: Cell::default(),
                last: Cell::default(),
                wanted: Cell::default(),
                seen: Cell::new(true),
            }
        })
    }

    /// Frames are wanted until the callback says otherwise.
    pub fn start(&self) {
        self.wanted.set(true);
        self.schedule();
    }

    /// Whether there is somebody to see them.
    pub fn see(&self, seen: bool) {
        self.seen.set(seen);
        self.schedule();
    }

    fn schedule(&self) {
        if !self.wanted.get() || !self.seen.get() {
            self.last.set(None);
        } else if self.request.get().is_none() {
            let request =
                web_sys::window().map(|it| it.request_animation_frame(self.on_frame.as_ref().unchecked_ref()));
            self.request.set(request.and_then(Result::ok));
        }
    }

    fn frame(&self, now: f64) {
        self.request.set(None);
        let elapsed =
            self.last.replace(Some(now)).map_or(16.0, |last| float::between(now - last, 0.0, LONGEST_FRAME_MS));
        if self.seen.get() {
            self.wanted.set((self.tick)(elapsed));
        }
        self.schedule();
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let (Some(window), Some(request)) = (web_sys::window(), self.request.get()) {
            let _ = window.cancel_animation_frame(request);
        }
    }
}
