//! What the browser does for a reader beside drawing: filling the screen, moving the focus, saving a file.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Blob, Document, Element, Event, HtmlElement, Url};

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The terminal in which something happened.
fn terminal(event: &Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(".term").ok()?
}

/// Whether an element can fill the screen here: not in every frame, and not on every phone.
pub fn can_fill_the_screen() -> bool {
    document().is_some_and(|it| it.fullscreen_enabled())
}

/// Lets the terminal of this event fill the screen, or gives the screen back.
pub fn fill_the_screen(event: &Event) {
    let Some(document) = document().filter(Document::fullscreen_enabled) else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(terminal) = terminal(event) {
        // Refused where no key or click of the reader asked for it; then nothing changes.
        let _ = terminal.request_fullscreen();
    }
}

/// Moves the focus to what the terminal of this event has printed.
pub fn focus_the_session(event: &Event) {
    let session = terminal(event).and_then(|it| it.query_selector(".tty").ok().flatten());
    if let Some(session) = session {
        let _ = session.unchecked_ref::<HtmlElement>().focus();
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
