//! The browser's services beside drawing: the clipboard, the whole screen, and saving a file.

use std::cell::RefCell;
use std::future::Future;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Document, Element, HtmlElement, Url};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["globalThis", "location"], js_name = href)]
    static ADDRESS: String;
    /// Throws where the browser has no clipboard for this page, as over plain HTTP: `web_sys` has no call that catches that.
    #[wasm_bindgen(js_namespace = ["globalThis", "navigator", "clipboard"], js_name = writeText, catch)]
    fn write_text(text: &str) -> Result<Promise, JsValue>;
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The page's address without its fragment.
pub(super) fn page_address() -> String {
    ADDRESS.with(|address| address.split('#').next().unwrap_or_default().to_owned())
}

/// Begins to put a text on the clipboard. The future says whether the browser has let it.
pub(super) fn copy(text: &str) -> impl Future<Output = bool> + use<> {
    let writing = write_text(text);
    async move {
        match writing {
            Ok(promise) => JsFuture::from(promise).await.is_ok(),
            Err(_) => false,
        }
    }
}

/// True if an element can fill the screen here: not in every frame, and not on every phone.
pub(super) fn can_fill_the_screen() -> bool {
    document().is_some_and(|document| document.fullscreen_enabled())
}

/// Lets an element fill the screen, or gives the screen back.
pub(super) fn toggle_full_screen(element: &Element) {
    let Some(document) = document().filter(Document::fullscreen_enabled) else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else {
        // Refused where no key or click of the reader asked for it; then nothing changes.
        let _ = element.request_fullscreen();
    }
}

/// Saves files for the reader.
#[derive(Default)]
pub(super) struct Downloads {
    /// The address of the latest file. The browser reads it after [`Self::save`] has returned, so it lasts until the next.
    latest: RefCell<String>,
}

impl Downloads {
    /// Saves a text under a name.
    pub(super) fn save(&self, name: &str, text: &str) {
        let parts = js_sys::Array::of1(&text.into());
        let address = Blob::new_with_str_sequence(&parts).and_then(|blob| Url::create_object_url_with_blob(&blob));
        let link = document().and_then(|document| document.create_element("a").ok());
        if let (Ok(address), Some(link)) = (address, link) {
            let _ = link.set_attribute("href", &address);
            let _ = link.set_attribute("download", name);
            link.unchecked_ref::<HtmlElement>().click();
            let _ = Url::revoke_object_url(&self.latest.replace(address));
        }
    }
}
