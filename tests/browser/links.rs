//! Share links and modules in the machine: a copied link opens again, and a link that cannot be opened is reported.

use js_sys::Reflect;
use lambda_lifecycles::embed::element;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlInputElement, HtmlSelectElement};

use crate::machine::{Page, rendered};

const OPENED: &str = "ll=1;t=209111;s=invoke+checkDatabaseConnection;freeze+for+5m;invoke+checkDatabaseConnection";

/// A browser without a clipboard for this page, as over plain HTTP.
fn without_clipboard() {
    let navigator: JsValue = web_sys::window().unwrap().unchecked_into::<JsValue>();
    let navigator = Reflect::get(&navigator, &"navigator".into()).unwrap();
    let nothing = js_sys::Object::new();
    Reflect::set(&nothing, &"value".into(), &JsValue::UNDEFINED).unwrap();
    Reflect::set(&nothing, &"configurable".into(), &JsValue::TRUE).unwrap();
    assert!(
        Reflect::define_property(navigator.unchecked_ref::<js_sys::Object>(), &"clipboard".into(), &nothing).unwrap()
    );
}

fn choose(select: &HtmlSelectElement, at: i32) {
    select.set_selected_index(at);
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    select.dispatch_event(&Event::new_with_event_init_dict("change", &bubbles).unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn a_link_shows_its_moment_at_once_and_is_played_from_there_and_from_the_start() {
    let page = Page::new(&[]).await;
    element::open(page.id, OPENED);
    rendered().await;
    assert_eq!(page.text(".clock span"), "00:00.209");
    assert!(page.text(".said").contains("'Postgres: connection test success'"));
    assert!(page.text(".vh").contains("Opened from a link"), "{}", page.text(".vh"));
    page.finish().await;
    assert!(page.text(".said").contains("Unable to acquire a connection"));
    page.press("To the beginning").await;
    assert_eq!(page.text(".clock span"), "00:00.000");
    page.press("Play").await;
    page.finish().await;
    assert!(page.text(".said").contains("Unable to acquire a connection"));
}

#[wasm_bindgen_test]
async fn without_a_clipboard_the_link_is_there_to_be_copied() {
    without_clipboard();
    let page = Page::new(&[("knex", "0.17.0")]).await;
    page.run("invoke check").await;
    page.press("Copy link").await;
    let field: HtmlInputElement = page.one(".link input").unchecked_into();
    let link = field.value();
    let (_, fragment) = link.split_once('#').unwrap();
    assert_eq!(fragment, "ll=1;s=set+knex=0.17.0;invoke+checkDatabaseConnection");
    assert_eq!(field.selection_start().unwrap(), Some(0));
    assert_eq!(field.selection_end().unwrap(), Some(link.len() as u32));
    assert!(page.text(".vh").contains("The link is in the text field"));
    let other = Page::new(&[]).await;
    element::open(other.id, fragment);
    rendered().await;
    assert_eq!(other.text(".clock span"), page.text(".clock span"));
    page.press("Close").await;
    assert!(page.all(".link").is_empty());
}

#[wasm_bindgen_test]
async fn a_link_that_cannot_be_opened_is_reported_beside_a_machine_that_works() {
    let page = Page::new(&[]).await;
    page.run("invoke check").await;
    for (link, expected) in [
        ("ll=7;s=invoke+check", "column 4: found `7`, expected version 1 of links"),
        ("ll=1;m=nothing;s=deploy", "found the module `nothing`"),
        ("ll=1;s=invoke+checkDatabaseConnection;freze+5m", "line 1, column 32: found `freze`"),
    ] {
        element::open(page.id, link);
        rendered().await;
        let error = page.text(".err");
        assert!(error.contains(expected), "{error}");
        assert_eq!(page.all(".card.empty").len(), 2);
    }
    page.run("invoke check").await;
    assert!(page.text(".said").contains("'Postgres: connection test success'"));
}

#[wasm_bindgen_test]
async fn a_module_is_chosen_by_attribute_by_hand_and_by_what_is_asked() {
    let page = Page::new(&[("module", "cache")]).await;
    let select: HtmlSelectElement = page.one(".pick").unchecked_into();
    assert_eq!(select.value(), "cache.js");
    page.run("invoke answer").await;
    assert!(page.text(".said").contains("from the database, call 1"));
    assert!(page.text("[data-t=tmp]").contains("answer.json"));
    choose(&select, 2);
    rendered().await;
    choose(&select, 0);
    rendered().await;
    assert!(page.text(".code").contains("checkDatabaseConnectionProper"));
    assert_eq!(page.all(".card.empty").len(), 2, "another module starts over");
    page.run("invoke remind").await;
    assert_eq!(select.value(), "background.js", "a module that was chosen by hand before");
    element::attribute(page.id, "module", Some("nothing".into()));
    rendered().await;
    assert!(
        page.text(".err").contains("it can be handlers, cache, background, instead or failures"),
        "{}",
        page.text(".err")
    );
}

#[wasm_bindgen_test]
async fn a_timer_that_nobody_awaited_is_shown_in_the_loop_and_its_late_line_is_noted() {
    let page = Page::new(&[]).await;
    page.run("set lambda.freeze=auto; invoke remind; freeze for 5m").await;
    let overdue = page.text("[data-t=loop]");
    assert!(overdue.contains("timer due 4 min ago") && overdue.contains("fires right after the thaw"), "{overdue}");
    page.run("invoke remind").await;
    let late = page.text(".log .late");
    assert!(late.contains("reminder asked for by") && late.contains("late"), "{late}");
    assert_eq!(page.all(".log .late svg").len(), 1);
    let waiting = page.text("[data-t=loop]");
    assert!(waiting.contains("timer due in"), "{waiting}");
}

#[wasm_bindgen_test]
async fn a_crash_is_a_new_process_in_the_same_environment() {
    let page = Page::new(&[]).await;
    page.run("invoke answer; invoke crash; invoke answer").await;
    assert_eq!(page.all(".card").len(), 1);
    let card = page.text(".card");
    assert!(card.contains("process 2") && card.contains("same environment"), "{card}");
    assert!(card.contains("answer.json"), "{card}");
}

#[wasm_bindgen_test]
async fn a_step_is_an_event_a_line_or_an_invocation() {
    let page = Page::new(&[]).await;
    page.run("invoke check; invoke check").await;
    page.press("To the beginning").await;
    let by: HtmlSelectElement = page.one("select[aria-label='Step by']").unchecked_into();
    choose(&by, 1);
    rendered().await;
    let mut lines = Vec::new();
    for _ in 0..4 {
        page.press("Step").await;
        lines.push(page.text(".l.lit > i"));
    }
    assert_eq!(lines[..2], ["1", "2"]);
    assert!(lines.windows(2).all(|two| two[0] != two[1]), "{lines:?}");
    choose(&by, 2);
    rendered().await;
    page.press("Step").await;
    assert!(page.text(".said").contains("success"));
    page.press("Step").await;
    assert!(page.text(".said").contains("Unable to acquire a connection"));
    page.press("Step back").await;
    assert!(page.text(".said").contains("success"));
}
