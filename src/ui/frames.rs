//! Animation frames while there is something to show, and none otherwise: an idle machine, one that is scrolled out of
//! sight and one in a hidden tab use no time.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// A frame that comes late counts as this long: nobody was looking in between.
const LONGEST_FRAME_MS: f64 = 100.0;

/// Calls back with each frame, for as long as it is wanted and can be seen.
pub struct Frames {
    tick: Box<dyn Fn(f64) -> bool>,
    on_frame: Closure<dyn FnMut(f64)>,
    on_sight: Closure<dyn FnMut(js_sys::Array)>,
    observer: RefCell<Option<IntersectionObserver>>,
    request: Cell<Option<i32>>,
    last: Cell<Option<f64>>,
    wanted: Cell<bool>,
    in_sight: Cell<bool>,
}

impl Frames {
    /// `tick` is given the milliseconds since the frame before, and says whether it wants another.
    pub fn new(tick: impl Fn(f64) -> bool + 'static) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let (frame, sight) = (this.clone(), this.clone());
            Self {
                tick: Box::new(tick),
                on_frame: Closure::new(move |now| {
                    if let Some(frames) = frame.upgrade() {
                        frames.frame(now);
                    }
                }),
                on_sight: Closure::new(move |entries: js_sys::Array| {
                    let last = entries.pop().dyn_into::<IntersectionObserverEntry>();
                    if let (Some(frames), Ok(entry)) = (sight.upgrade(), last) {
                        frames.in_sight.set(entry.is_intersecting());
                        frames.schedule();
                    }
                }),
                observer: RefCell::default(),
                request: Cell::default(),
                last: Cell::default(),
                wanted: Cell::default(),
                in_sight: Cell::new(true),
            }
        })
    }

    /// From now on frames come only while this can be seen.
    pub fn watch(&self, element: &Element) {
        let observer = IntersectionObserver::new(self.on_sight.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(element);
        }
        if let Some(before) = self.observer.replace(observer) {
            before.disconnect();
        }
    }

    /// Frames are wanted until the callback says otherwise.
    pub fn start(&self) {
        self.wanted.set(true);
        self.schedule();
    }

    fn schedule(&self) {
        if !self.wanted.get() || !self.in_sight.get() {
            self.last.set(None);
        } else if self.request.get().is_none() {
            let request =
                web_sys::window().map(|it| it.request_animation_frame(self.on_frame.as_ref().unchecked_ref()));
            self.request.set(request.and_then(Result::ok));
        }
    }

    fn frame(&self, now: f64) {
        self.request.set(None);
        let elapsed = self.last.replace(Some(now)).map_or(16.0, |last| (now - last).clamp(0.0, LONGEST_FRAME_MS));
        if self.in_sight.get() {
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
        if let Some(observer) = self.observer.get_mut() {
            observer.disconnect();
        }
    }
}
