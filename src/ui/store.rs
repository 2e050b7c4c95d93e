//! The [`Session`] of an element as its components meet it: they dispatch actions, and are told when their view has changed.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use web_sys::HtmlElement;
use yew::prelude::*;

use super::browser::{self, Downloads};
use super::host::HostElement;
use super::pacer::Pacer;
use crate::session::attributes::Attributes;
use crate::session::{Effect, Session, SessionAction, ShareLink};

/// A session, the element for which it speaks, and the components that draw it.
struct Store {
    session: RefCell<Session>,
    host: HostElement,
    pacer: Rc<Pacer>,
    downloads: Downloads,
    subscribers: RefCell<Vec<(usize, Callback<()>)>>,
    next_subscriber: Cell<usize>,
}

/// A shared [`Store`]. Two handles are equal if they lead to the same store: what is in it changes and is not compared.
///
/// A store is shared by the apps of two elements where one of them shows the machine of the other, so that it cannot be the
/// state of a component.
#[derive(Clone)]
pub struct StoreHandle(Rc<Store>);

impl PartialEq for StoreHandle {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl StoreHandle {
    /// A new session for an element with these attributes.
    pub fn new(element: HtmlElement, attributes: &Attributes) -> Self {
        Self(Rc::new_cyclic(|this: &Weak<Store>| {
            let this = this.clone();
            let tick = Callback::from(move |elapsed_ms| {
                if let Some(store) = this.upgrade() {
                    Self(store).dispatch(SessionAction::Tick(elapsed_ms));
                }
            });
            Store {
                session: RefCell::new(Session::new(attributes)),
                host: HostElement::new(element),
                pacer: Rc::new(Pacer::new(tick)),
                downloads: Downloads::default(),
                subscribers: RefCell::default(),
                next_subscriber: Cell::default(),
            }
        }))
    }

    /// Applies an action, carries out its effects, and tells the components.
    pub fn dispatch(&self, action: SessionAction) {
        let effects = self.0.session.borrow_mut().reduce(action);
        // A listener of the page may answer an event with the next action, so the session is not borrowed here.
        for effect in effects {
            self.carry_out(effect);
        }
        let subscribers = self.0.subscribers.borrow().clone();
        for (_, changed) in subscribers {
            changed.emit(());
        }
    }

    /// Lets time pass while a reader can see the machine, and stops it otherwise.
    pub fn set_visible(&self, visible: bool) {
        self.0.pacer.set_visible(visible);
    }

    /// The JSON of the last `lambda-state`; `null` before the first.
    pub fn state_json(&self) -> Rc<str> {
        self.0.host.state_json()
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Emit(event) => self.0.host.emit(&event),
            Effect::ScheduleTick => self.0.pacer.request(),
            Effect::CopyLink { fragment } => self.copy_link(&fragment),
            Effect::Download { name, text } => self.0.downloads.save(name, &text),
        }
    }

    fn copy_link(&self, fragment: &str) {
        let address: Rc<str> = format!("{}#{fragment}", browser::page_address()).into();
        // The browser allows it during the click only, so it begins here and is awaited later.
        let writing = browser::copy(&address);
        let store = Rc::downgrade(&self.0);
        yew::platform::spawn_local(async move {
            let copied = writing.await;
            if let Some(store) = store.upgrade() {
                Self(store).dispatch(SessionAction::LinkReady(ShareLink { address, copied }));
            }
        });
    }

    fn subscribe(&self, changed: Callback<()>) -> Subscription {
        let id = self.0.next_subscriber.get();
        self.0.next_subscriber.set(id + 1);
        self.0.subscribers.borrow_mut().push((id, changed));
        Subscription { store: Rc::downgrade(&self.0), id }
    }
}

/// Ends with its drop.
struct Subscription {
    store: Weak<Store>,
    id: usize,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(store) = self.store.upgrade() {
            store.subscribers.borrow_mut().retain(|(id, _)| *id != self.id);
        }
    }
}

/// The store of the [`Machine`](super::Machine) around the component.
#[hook]
fn use_store() -> StoreHandle {
    #[allow(clippy::expect_used, reason = "the machine is the provider, and renders everything that calls this")]
    use_context::<StoreHandle>().expect("a component of the machine is rendered by the machine")
}

/// A callback that takes the actions of the component.
#[hook]
pub fn use_dispatch() -> Callback<SessionAction> {
    let store = use_store();
    use_callback(store, |action, store| store.dispatch(action))
}

/// A view of the session. The component is rendered again when the view has changed.
#[hook]
pub fn use_view<V: PartialEq + 'static>(select: fn(&Session) -> V) -> Rc<V> {
    let store = use_store();
    let view = {
        let store = store.clone();
        use_state_eq(move || Rc::new(select(&store.0.session.borrow())))
    };
    let setter = view.setter();
    use_effect_with(store, move |store| {
        let refresh = {
            let store = Rc::downgrade(&store.0);
            move |()| {
                if let Some(store) = store.upgrade() {
                    setter.set(Rc::new(select(&store.session.borrow())));
                }
            }
        };
        // The session may have changed since the component was rendered.
        refresh(());
        let subscription = store.subscribe(Callback::from(refresh));
        move || drop(subscription)
    });
    (*view).clone()
}
