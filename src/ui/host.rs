//! What the machine knows of the page it stands in: what it is asked to do, and what it tells.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};
use yew::Callback;

use super::desk::Desk;

/// What a page asks of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run this scenario, after what was asked before it. The text is not parsed yet.
    Run(Rc<str>),
    /// Whether a reader can see the machine now.
    Sight(bool),
    /// Show what this share link leads to.
    Open(Rc<str>),
    /// Light the part of the machine that a term of the text names; `None` ends it.
    Highlight(Option<Rc<str>>),
}

/// The custom element around one machine. Clones are the same element; each time an element is put into a page it gets a
/// new one, so that what is left of an earlier machine cannot speak for it.
#[derive(Clone)]
pub struct HostElement(Rc<Inner>);

struct Inner {
    element: HtmlElement,
    state: RefCell<Rc<str>>,
    inbox: RefCell<Inbox>,
    desk: RefCell<Weak<Desk>>,
}

/// Commands wait until somebody receives them.
enum Inbox {
    Waiting(Vec<Command>),
    Received(Callback<Command>),
}

impl PartialEq for HostElement {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl HostElement {
    /// Speaks for `element`.
    pub fn new(element: HtmlElement) -> Self {
        let inbox = RefCell::new(Inbox::Waiting(Vec::new()));
        Self(Rc::new(Inner { element, state: RefCell::new(Rc::from("null")), inbox, desk: RefCell::default() }))
    }

    /// The run of this element's machine, which another element can show too.
    pub fn desk(&self) -> Option<Rc<Desk>> {
        self.0.desk.borrow().upgrade()
    }

    /// Tells whose run it is.
    pub fn keep_desk(&self, desk: &Rc<Desk>) {
        *self.0.desk.borrow_mut() = Rc::downgrade(desk);
    }

    /// From now on commands go to `receiver`, beginning with those that wait, in their order. For the machine's first
    /// effect.
    pub fn receive(&self, receiver: Callback<Command>) {
        let before = self.0.inbox.replace(Inbox::Received(receiver.clone()));
        if let Inbox::Waiting(commands) = before {
            for command in commands {
                receiver.emit(command);
            }
        }
    }

    /// Commands wait again. For the end of the machine's first effect.
    pub fn release(&self) {
        self.0.inbox.replace(Inbox::Waiting(Vec::new()));
    }

    /// Delivers a command, or keeps it until there is a receiver.
    pub fn ask(&self, command: Command) {
        let receiver = match &mut *self.0.inbox.borrow_mut() {
            Inbox::Waiting(commands) => {
                commands.push(command);
                return;
            }
            Inbox::Received(receiver) => receiver.clone(),
        };
        receiver.emit(command);
    }

    /// Tells the page what the machine shows now: `lambda-state`, its detail this JSON. The element's `state` is the same.
    pub fn tell_state(&self, json: &str) {
        *self.0.state.borrow_mut() = Rc::from(json);
        self.tell("lambda-state", json);
    }

    /// Tells the page how an invocation ended: `lambda-outcome`, its detail this JSON.
    pub fn tell_outcome(&self, json: &str) {
        self.tell("lambda-outcome", json);
    }

    /// Tells the page what could not be done: `lambda-error`, its detail the message.
    pub fn tell_error(&self, message: &str) {
        self.tell("lambda-error", message);
    }

    /// Tells the page which part of the machine the reader points at: `lambda-hover`, its detail a term; empty when none.
    pub fn tell_hover(&self, term: &str) {
        self.tell("lambda-hover", term);
    }

    /// What [`Self::tell_state`] told last; `null` before.
    pub fn state(&self) -> Rc<str> {
        self.0.state.borrow().clone()
    }

    /// Events leave the shadow tree (`composed`) and can be caught anywhere above the element (`bubbles`). Their detail is
    /// text: an object would have to be built here field by field, and cost its bytes on every page.
    fn tell(&self, name: &str, detail: &str) {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(&JsValue::from_str(detail));
        // Both fail only where a page has replaced the browser's own functions; there is nobody left to tell then.
        if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
            let _ = self.0.element.dispatch_event(&event);
        }
    }
}
