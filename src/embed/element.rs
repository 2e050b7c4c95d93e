//! The machines of a page, as `assets/loader.js` sees them: a number for each, and functions that take the number.
//!
//! Destroying a Yew app leaks memory: Yew forgets the listeners on the app's root element, and each listener holds the element.
//! So apps are kept. When an element leaves the page, its app is parked, with nothing rendered in it, and the next element that
//! comes takes it over under a new epoch. There are never more apps than there were elements on the page at one time.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, ShadowRoot};
use yew::prelude::*;

use crate::session::SessionAction;
use crate::session::attributes::Attributes;
use crate::ui::store::StoreHandle;
use crate::ui::{Machine, MachineProps};

/// The properties of the root component.
#[derive(Properties, PartialEq, Clone, Default)]
struct RootProps {
    /// The machine; `None` while the app is parked.
    machine: Option<MachineProps>,
    /// Counts the machines that the app has shown, this one included.
    epoch: u32,
}

/// The root component of every app. The machine has the epoch as its key, so that nothing of an earlier machine is left in it.
#[component]
fn Root(props: &RootProps) -> Html {
    match &props.machine {
        None => Html::default(),
        Some(machine) => html! { <Machine key={props.epoch} ..machine.clone() /> },
    }
}

/// A Yew app, and the element that it renders into.
struct App {
    container: Element,
    handle: yew::AppHandle<Root>,
    props: RootProps,
}

impl App {
    fn render(&mut self) {
        self.handle.update(self.props.clone());
    }
}

thread_local! {
    static APPS: RefCell<Vec<App>> = const { RefCell::new(Vec::new()) };
}

/// Acts on the app of this number. Apps are never removed, so a number that [`mount`] gave out stays good; the loader does not
/// use it any longer once it has parked it.
fn with_app<R: Default>(id: usize, act: impl FnOnce(&mut App) -> R) -> R {
    APPS.with_borrow_mut(|apps| apps.get_mut(id).map(act).unwrap_or_default())
}

/// The session that the app of this number shows.
fn store(id: usize) -> Option<StoreHandle> {
    with_app(id, |app| app.props.machine.as_ref().map(|machine| machine.store.clone()))
}

/// The apps are not borrowed during the dispatch: a listener of the page may mount or park one.
fn dispatch(id: usize, action: SessionAction) {
    if let Some(store) = store(id) {
        store.dispatch(action);
    }
}

#[wasm_bindgen]
extern "C" {
    /// Sends an error to the page's `error` event.
    #[wasm_bindgen(js_namespace = globalThis, js_name = reportError)]
    fn report_error(error: &JsValue);
}

/// Runs once, when the program has been loaded.
///
/// A panic ends the program for all elements of the page, because they share it. The hook hands the message to the page's own
/// error reporting, where the loader finds it.
pub fn start() {
    yew::set_custom_panic_hook(Box::new(|info| {
        let error = js_sys::Error::new(&info.to_string());
        error.set_name("LambdaLifecyclesPanic");
        report_error(&error);
    }));
}

/// Puts a machine into the shadow root of `element`, which has its attributes already, and returns the machine's number. With
/// `of` it shows the session of the machine of that number.
///
/// # Errors
/// If the browser does not let it make an element.
#[wasm_bindgen]
pub fn mount(element: HtmlElement, root: &ShadowRoot, of: Option<usize>) -> Result<usize, JsValue> {
    let mut attributes = Attributes::default();
    for name in Attributes::NAMES {
        attributes.set(name, element.get_attribute(name).as_deref());
    }
    let other = of.and_then(store);
    let machine = MachineProps {
        guest: other.is_some(),
        store: other.unwrap_or_else(|| StoreHandle::new(element.clone(), &attributes)),
        attributes,
    };
    APPS.with_borrow_mut(|apps| {
        let id = if let Some(id) = apps.iter().position(|app| app.props.machine.is_none()) {
            id
        } else {
            let document = element.owner_document().ok_or("the element belongs to no document")?;
            let container = document.create_element("div")?;
            container.set_class_name("root");
            let handle = yew::Renderer::<Root>::with_root(container.clone()).render();
            apps.push(App { container, handle, props: RootProps::default() });
            apps.len() - 1
        };
        let app = &mut apps[id];
        root.append_child(&app.container)?;
        app.props = RootProps { machine: Some(machine), epoch: app.props.epoch + 1 };
        app.render();
        Ok(id)
    })
}

/// Ends the machine and keeps its app for the next element.
#[wasm_bindgen]
pub fn park(id: usize) {
    with_app(id, |app| {
        app.container.remove();
        app.props.machine = None;
        app.render();
    });
}

/// Takes an attribute of the element that has changed; `None` means that it was removed.
#[wasm_bindgen]
pub fn attribute(id: usize, name: &str, value: Option<String>) {
    with_app(id, |app| {
        if let Some(machine) = &mut app.props.machine {
            machine.attributes.set(name, value.as_deref());
        }
        app.render();
    });
}

/// Runs a scenario in the machine, after what was asked before.
#[wasm_bindgen]
pub fn run(id: usize, scenario: &str) {
    dispatch(id, SessionAction::Run(scenario.into()));
}

/// Shows what a share link leads to: the end of an address that begins with `#ll=`.
#[wasm_bindgen]
pub fn open(id: usize, link: &str) {
    dispatch(id, SessionAction::Open(link.into()));
}

/// Lights the part of the machine that `term` names; `None` ends it.
#[wasm_bindgen]
pub fn highlight(id: usize, term: Option<String>) {
    dispatch(id, SessionAction::Highlight(term.map(Into::into)));
}

/// Says whether anything that shows the machine is on the screen.
#[wasm_bindgen]
pub fn sight(id: usize, seen: bool) {
    if let Some(store) = store(id) {
        store.set_visible(seen);
    }
}

/// The JSON of the machine's last `lambda-state`; `null` before the first.
#[wasm_bindgen]
pub fn state(id: usize) -> String {
    store(id).map_or_else(|| "null".to_owned(), |store| store.state_json().to_string())
}
