//! The machines of a page, as `assets/loader.js` sees them: a number for each, and functions that take it.
//!
//! Destroying a Yew app leaks: it forgets the listeners on its root element, each of which holds the element. So apps are
//! kept. When an element leaves the page its app is parked, with nothing rendered in it; the next element that comes takes
//! it over under a new epoch. There are never more apps than there were elements on the page at one time.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, ShadowRoot};
use yew::prelude::*;

use crate::ui::Machine;
use crate::ui::attributes::Attributes;
use crate::ui::host::{Command, HostElement};

/// What an app is rendered from; `host` is absent while it is parked.
#[derive(Properties, PartialEq, Clone, Default)]
struct RootProps {
    host: Option<HostElement>,
    of: Option<HostElement>,
    epoch: u32,
    attributes: Attributes,
}

/// The root component of every app: the machine under its epoch, so that nothing of an earlier one is left in it.
#[component]
fn Root(props: &RootProps) -> Html {
    match &props.host {
        None => Html::default(),
        Some(host) => html! {
            <Machine key={props.epoch} host={host.clone()} of={props.of.clone()} epoch={props.epoch} attributes={props.attributes.clone()} />
        },
    }
}

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

/// Apps are never removed, so a number that `mount` gave out stays good. The loader uses it no longer once it has parked it.
fn with_app<R: Default>(id: usize, act: impl FnOnce(&mut App) -> R) -> R {
    APPS.with_borrow_mut(|apps| apps.get_mut(id).map(act).unwrap_or_default())
}

#[wasm_bindgen]
extern "C" {
    /// The browser's own way from a caught error to the page's `error` event.
    #[wasm_bindgen(js_namespace = globalThis, js_name = reportError)]
    fn report_error(error: &JsValue);
}

/// Runs once, when the program has arrived.
///
/// A panic ends the program for all elements of the page: they share it. The hook hands its message to the page's own
/// error reporting, where the loader sees it.
pub fn start() {
    yew::set_custom_panic_hook(Box::new(|info| {
        let error = js_sys::Error::new(&info.to_string());
        error.set_name("LambdaLifecyclesPanic");
        report_error(&error);
    }));
}

/// Puts a machine into the shadow root of `element`, which has its attributes already. Returns the machine's number. With
/// `of` it shows the run of the machine that has this number.
///
/// # Errors
/// When the browser does not let it make an element.
#[wasm_bindgen]
pub fn mount(element: HtmlElement, root: &ShadowRoot, of: Option<usize>) -> Result<usize, JsValue> {
    let mut attributes = Attributes::default();
    for name in Attributes::NAMES {
        attributes.set(name, element.get_attribute(name).as_deref());
    }
    APPS.with_borrow_mut(|apps| {
        let of = of.and_then(|id| apps.get(id)?.props.host.clone());
        let id = if let Some(id) = apps.iter().position(|app| app.props.host.is_none()) {
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
        app.props = RootProps { host: Some(HostElement::new(element)), of, epoch: app.props.epoch + 1, attributes };
        app.render();
        Ok(id)
    })
}

/// Ends the machine and keeps its app for the next element.
#[wasm_bindgen]
pub fn park(id: usize) {
    with_app(id, |app| {
        app.container.remove();
        app.props = RootProps { epoch: app.props.epoch, ..RootProps::default() };
        app.render();
    });
}

/// An attribute of the element has changed; `None`: it is gone.
#[wasm_bindgen]
pub fn attribute(id: usize, name: &str, value: Option<String>) {
    with_app(id, |app| {
        app.props.attributes.set(name, value.as_deref());
        app.render();
    });
}

/// Runs a scenario in the machine, after what was asked before.
#[wasm_bindgen]
pub fn run(id: usize, scenario: &str) {
    ask(id, Command::Run(Rc::from(scenario)));
}

/// Shows what a share link leads to: the end of an address that begins with `#ll=`.
#[wasm_bindgen]
pub fn open(id: usize, link: &str) {
    ask(id, Command::Open(Rc::from(link)));
}

/// Lights the part of the machine that `term` names.
#[wasm_bindgen]
pub fn highlight(id: usize, term: Option<String>) {
    ask(id, Command::Highlight(term.map(Rc::from)));
}

/// Whether anything that shows the machine is on the screen.
#[wasm_bindgen]
pub fn sight(id: usize, seen: bool) {
    ask(id, Command::Sight(seen));
}

/// What the machine told last, as JSON.
#[wasm_bindgen]
pub fn state(id: usize) -> String {
    with_app(id, |app| {
        app.props
            .of
            .as_ref()
            .or(app.props.host.as_ref())
            .map_or_else(|| "null".to_owned(), |host| host.state().to_string())
    })
}

/// The receiver may do anything, so the apps are not borrowed while it does.
fn ask(id: usize, command: Command) {
    if let Some(host) = with_app(id, |app| app.props.host.clone()) {
        host.ask(command);
    }
}
