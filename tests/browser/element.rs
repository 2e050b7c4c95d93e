//! Machines in shadow roots, as the loader puts them there: mounted, asked, parked and mounted again.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use lambda_lifecycles::embed::element;
use lambda_lifecycles::ui::host::{Command, HostElement};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{CustomEvent, Document, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};
use yew::Callback;

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
    assert!(text.contains("knex=\"2.0\""), "the bad attribute is not told: {text}");
    element::attribute(id, "knex", Some("0.17.0".into()));
    rendered().await;
    let text = second_root.first_element_child().unwrap().text_content().unwrap();
    assert!(!text.contains("knex=\"2.0\""), "the attribute was mended and is still told: {text}");
    element::park(id);
    second.remove();
}

#[wasm_bindgen_test]
fn commands_wait_for_their_receiver_and_keep_their_order() {
    let (element, _) = host();
    let host = HostElement::new(element.clone());
    host.ask(Command::Run("invoke check".into()));
    host.ask(Command::Highlight(Some("pool".into())));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hear = heard.clone();
    host.receive(Callback::from(move |command| hear.borrow_mut().push(command)));
    host.ask(Command::Highlight(None));
    host.release();
    host.ask(Command::Run("thaw".into()));
    let expected =
        [Command::Run("invoke check".into()), Command::Highlight(Some("pool".into())), Command::Highlight(None)];
    assert_eq!(*heard.borrow(), expected);
    element.remove();
}

#[wasm_bindgen_test]
fn news_bubble_out_of_the_shadow_tree_around_the_element() {
    let (outer, root) = host();
    let inner: HtmlElement = document().create_element("section").unwrap().unchecked_into();
    root.append_child(&inner).unwrap();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hear = heard.clone();
    let listener = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
        hear.borrow_mut().push((event.type_(), event.detail().as_string().unwrap_or_default()));
    });
    for name in ["lambda-state", "lambda-outcome", "lambda-error"] {
        outer.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).unwrap();
    }
    let host = HostElement::new(inner);
    assert_eq!(&*host.state(), "null");
    host.tell_state("{\"phase\":\"ready\"}");
    host.tell_outcome("{}");
    host.tell_error("no");
    assert_eq!(&*host.state(), "{\"phase\":\"ready\"}");
    let expected = [("lambda-state", "{\"phase\":\"ready\"}"), ("lambda-outcome", "{}"), ("lambda-error", "no")];
    assert_eq!(*heard.borrow(), expected.map(|(name, detail)| (name.to_owned(), detail.to_owned())));
    outer.remove();
}
