//! What the browser does for a reader beside drawing: filling the screen, and saving a file.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Blob, Document, Element, HtmlElement, Url};
use yew::NodeRef;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Whether an element can fill the screen here: not in every frame, and not on every phone.
pub fn can_fill_the_screen() -> bool {
    document().is_some_and(|it| it.fullscreen_enabled())
}

/// Lets the element fill the screen, or gives the screen back.
pub fn fill_the_screen(node: &NodeRef) {
    let Some(document) = document().filter(Document::fullscreen_enabled) else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(element) = node.cast::<Element>() {
        // Refused where no key or click of the reader asked for it; then nothing changes.
        let _ = element.request_fullscreen();
    }
}

/// Saves a text as a file. `last` keeps its address until the next one, for the browser reads it after this returns.
pub fn download(name: &str, text: &str, last: &RefCell<String>) {
    let parts = js_sys::Array::of1(&text.into());
    let address = Blob::new_with_str_sequence(&parts).and_then(|blob| Url::create_object_url_with_blob(&blob));
    let link = document().and_then(|it| it.create_element("a").ok());
    if let (Ok(address), Some(link)) = (address, link) {
        let _ = link.set_attribute("href", &address);
        let _ = link.set_attribute("download", name);
        link.unchecked_ref::<HtmlElement>().click();
        let _ = Url::revoke_object_url(&last.replace(address));
    }
}
