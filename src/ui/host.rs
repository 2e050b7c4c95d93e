//! The element around a machine: the events that it sends to the page.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use crate::session::{PageEvent, Part};

/// The custom element around one machine. Each time an element is put into a page it gets a new one, so that what is left of
/// an earlier machine cannot speak for it.
pub struct HostElement {
    element: HtmlElement,
    state_json: RefCell<Rc<str>>,
}

impl HostElement {
    /// A host that speaks for `element` and has reported no state.
    pub fn new(element: HtmlElement) -> Self {
        Self { element, state_json: RefCell::new(Rc::from("null")) }
    }

    /// Sends an event. Its detail is text: JSON, a message, or the name of a part.
    pub fn emit(&self, event: &PageEvent) {
        match event {
            PageEvent::State(detail) => {
                let json = json(detail);
                self.state_json.replace(Rc::from(json.as_str()));
                self.send("lambda-state", &json);
            }
            PageEvent::Outcome(detail) => self.send("lambda-outcome", &json(detail)),
            PageEvent::Error(message) => self.send("lambda-error", message),
            PageEvent::Hover(part) => self.send("lambda-hover", part.map_or("", Part::name)),
        }
    }

    /// The detail of the last `lambda-state`; `null` before the first.
    pub fn state_json(&self) -> Rc<str> {
        self.state_json.borrow().clone()
    }

    /// The event leaves the shadow tree (`composed`) and can be caught anywhere above the element (`bubbles`).
    fn send(&self, name: &str, detail: &str) {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(&JsValue::from_str(detail));
        // Both calls fail only where a page has replaced the browser's own functions; nobody is left to be told then.
        if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
            let _ = self.element.dispatch_event(&event);
        }
    }
}

/// The JSON of a detail. Writing it fails only where a handler's result is no JSON, and the simulated runtime writes JSON.
fn json(detail: &impl Serialize) -> String {
    serde_json::to_string(detail).unwrap_or_else(|_| "null".to_owned())
}
