//! Share links in the machine: *Copy link*, and opening one.
//!
//! A link holds the run as a scenario and the moment that is shown ([`crate::scenario::link`]). Opening one runs all of it at
//! once, unseen, and shows that moment: from there it can be played on, or from its beginning.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::desk::{Act, Desk};
use super::runs::begin;
use super::scene::Scene;
use super::tag::tag;
use crate::history::Player;
use crate::lambda::{MODULES, Package, settings_of};
use crate::scenario::link::{Link, decode};
use crate::scenario::{parse, print};
use crate::settings::Settings;

const OPENED: &str = "Opened from a link. Play goes on from here; it can be played from the beginning.";

const TOO_LONG: &str = "The link's run is too long to be run at once. Play goes on with it.";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["globalThis", "location"], js_name = href)]
    static ADDRESS: String;
    /// A promise.
    type Written;
    #[wasm_bindgen(method)]
    fn then(this: &Written, done: &JsValue, failed: &JsValue);
    /// Throws where the browser has no clipboard for this page.
    #[wasm_bindgen(js_namespace = ["globalThis", "navigator", "clipboard"], js_name = writeText, catch)]
    fn write_text(text: &str) -> Result<Written, JsValue>;
}

impl Desk {
    /// The end of the address that leads to what is shown.
    pub fn link(&self) -> String {
        let module = self.module();
        let player = self.player();
        let text = print(&player.script(&settings_of(&Settings::page(), module)));
        let name = (module > 0).then(|| MODULES[module].to_owned());
        Link { moment: player.moment(), module: name, scenario: text.trim_end().replace('\n', ";") }.to_string()
    }

    /// Puts the link on the clipboard; where that cannot be, it is shown for the reader to copy.
    pub(super) fn copy_link(&self) {
        let page = ADDRESS.with(|address| address.split('#').next().unwrap_or_default().to_owned());
        let link: Rc<str> = format!("{page}#{}", self.link()).into();
        let told = |copied: bool| {
            let (desk, link) = (self.this.clone(), link.clone());
            Closure::once_into_js(move |_: JsValue| {
                if let Some(desk) = desk.upgrade() {
                    desk.tell_link(link, copied);
                }
            })
        };
        match write_text(&link) {
            Ok(written) => written.then(&told(true), &told(false)),
            Err(_) => self.tell_link(link.clone(), false),
        }
    }

    fn tell_link(&self, link: Rc<str>, copied: bool) {
        {
            let mut shown = self.shown_mut();
            let said =
                if copied { "The link is copied." } else { "The link is in the text field. Copy it from there." };
            shown.said = said.into();
            shown.link = Some((link, copied));
            shown.revision += 1;
        }
        self.draw();
    }

    /// Shows what a link leads to. One that cannot be read is told, beside a machine to which nothing has happened.
    pub(super) fn open(&self, fragment: &str) {
        match self.opened(fragment) {
            Ok(()) => {
                self.changed();
                self.shown_mut().said = OPENED.into();
                self.draw();
            }
            Err(message) => {
                self.own_state();
                self.fail(&message);
                self.changed();
            }
        }
    }

    fn opened(&self, fragment: &str) -> Result<(), String> {
        let link = decode(fragment).map_err(|error| error.to_string())?;
        let module = match &link.module {
            None => 0,
            Some(name) => MODULES.iter().position(|known| known == name).ok_or_else(|| {
                let known = MODULES.join(", ");
                format!("the link cannot be read: found the module `{name}`, expected one of {known}")
            })?,
        };
        let package = Package::built_in(module);
        let scenario = parse(&link.scenario, package.exports()).map_err(|error| error.to_string())?;
        let settings = scenario.settings(settings_of(&Settings::page(), module));
        let mut player: Player = begin(&settings, &package);
        player.run(Rc::new(scenario));
        let whole = player.run_out();
        let refusal = player.take_refusal();
        player.show(link.moment);
        self.begin_with(module, player);
        if let Some(refusal) = refusal {
            self.fail(&refusal.to_string());
        } else if !whole {
            self.fail(TOO_LONG);
        }
        Ok(())
    }
}

/// What the field is made of.
#[derive(Properties, PartialEq)]
pub struct LinkFieldProps {
    /// The moment.
    pub scene: Scene,
    /// The link to it.
    pub link: Rc<str>,
}

/// The link, for a browser that lets no page write to the clipboard: selected, to be copied by hand.
#[component]
pub fn LinkField(props: &LinkFieldProps) -> Html {
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with(props.link.clone(), move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        });
    }
    let link = tag("input", "").is("readonly", "").is("aria-label", "Link to this moment");
    tag("div", "link")
        .with(link.quote_as("value", &props.link).at(&field))
        .with(props.scene.button("b", None, Act::Dismiss).text("Close"))
        .into()
}
