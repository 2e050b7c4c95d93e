//! Machines in shadow roots, as the loader puts them there: mounted, called, parked and mounted again.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use lambda_lifecycles::embed::element;
use lambda_lifecycles::session::attributes::Attributes;
use lambda_lifecycles::session::{Effect, PageEvent, Part, Session, SessionAction};
use lambda_lifecycles::ui::host::HostElement;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{CustomEvent, Document, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}

/// An element with an empty shadow root, in the page.
fn host() -> (HtmlElement, ShadowRoot) {
    let host: HtmlElement = document().create_element("section").unwrap().unchecked_into();
    let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
    document().body().unwrap().append_child(&host).unwrap();
    (host, root)
}

/// Yew renders in microtasks and gives way to the browser in between; effects come after.
async fn rendered() {
    let wait = Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 30).unwrap();
    });
    JsFuture::from(wait).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_machine_is_rendered_in_the_shadow_root_and_leaves_it_when_parked() {
    let (host, root) = host();
    let id = element::mount(host.clone(), &root, None).unwrap();
    rendered().await;
    let container = root.first_element_child().unwrap();
    assert!(container.first_element_child().is_some(), "nothing was rendered");
    element::park(id);
    rendered().await;
    assert!(root.first_element_child().is_none());
    assert!(container.first_element_child().is_none(), "a parked app still shows something");
    host.remove();
}

#[wasm_bindgen_test]
async fn a_parked_app_serves_the_next_element() {
    let (first, first_root) = host();
    let id = element::mount(first.clone(), &first_root, None).unwrap();
    rendered().await;
    element::park(id);
    first.remove();
    let (second, second_root) = host();
    second.set_attribute("knex", "2.0").unwrap();
    assert_eq!(element::mount(second.clone(), &second_root, None).unwrap(), id);
    rendered().await;
    let text = second_root.first_element_child().unwrap().text_content().unwrap();
    assert!(text.contains("knex=\"2.0\""), "the bad attribute is not reported: {text}");
    element::attribute(id, "knex", Some("0.17.0".into()));
    rendered().await;
    let text = second_root.first_element_child().unwrap().text_content().unwrap();
    assert!(!text.contains("knex=\"2.0\""), "the attribute was mended and is still reported: {text}");
    element::park(id);
    second.remove();
}

#[wasm_bindgen_test]
async fn a_machine_takes_what_is_asked_before_it_is_rendered() {
    let (host, root) = host();
    host.set_attribute("scenario", "invoke proper").unwrap();
    let id = element::mount(host.clone(), &root, None).unwrap();
    element::run(id, "invoke check");
    element::highlight(id, Some("pool".into()));
    assert_eq!(element::state(id), "null");
    rendered().await;
    let machine = root.query_selector(".m").unwrap().unwrap();
    assert!(machine.class_list().contains("t-pool"));
    assert!(element::state(id).contains("\"handler\":\"checkDatabaseConnectionProper\""), "{}", element::state(id));
    element::park(id);
    host.remove();
}

/// The events that a run sends to the page.
fn events_of_a_run() -> Vec<PageEvent> {
    let mut session = Session::new(&Attributes::default());
    session.reduce(SessionAction::Configure(Attributes::default()));
    session.reduce(SessionAction::Run("invoke check".into()));
    let effects = session.reduce(SessionAction::GoToEnd);
    effects.into_iter().filter_map(|effect| if let Effect::Emit(event) = effect { Some(event) } else { None }).collect()
}

#[wasm_bindgen_test]
fn events_bubble_out_of_the_shadow_tree_around_the_element() {
    let (outer, root) = host();
    let inner: HtmlElement = document().create_element("section").unwrap().unchecked_into();
    root.append_child(&inner).unwrap();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hear = heard.clone();
    let listener = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
        hear.borrow_mut().push((event.type_(), event.detail().as_string().unwrap_or_default()));
    });
    for name in ["lambda-state", "lambda-outcome", "lambda-error", "lambda-hover"] {
        outer.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).unwrap();
    }
    let host = HostElement::new(inner);
    assert_eq!(&*host.state_json(), "null");
    let mut events = events_of_a_run();
    events.extend([PageEvent::Error("no".into()), PageEvent::Hover(Some(Part::Pool)), PageEvent::Hover(None)]);
    for event in &events {
        host.emit(event);
    }
    let heard = heard.borrow();
    let names: Vec<_> = heard.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["lambda-outcome", "lambda-state", "lambda-error", "lambda-hover", "lambda-hover"]);
    assert!(heard[0].1.starts_with("{\"invocation\":1,\"environment\":1,"), "{}", heard[0].1);
    assert_eq!(heard[1].1, *host.state_json());
    let details: Vec<_> = heard[2..].iter().map(|(_, detail)| detail.as_str()).collect();
    assert_eq!(details, ["no", "pool", ""]);
    outer.remove();
}
