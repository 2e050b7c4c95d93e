//! The machine as a reader meets it: its parts while scenarios run, and its buttons.

use js_sys::Promise;
use lambda_lifecycles::embed::element;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

/// An element with a machine in the page.
pub struct Page {
    pub host: HtmlElement,
    pub root: ShadowRoot,
    pub id: usize,
}

impl Page {
    pub async fn new(attributes: &[(&str, &str)]) -> Self {
        Self::of(None, attributes).await
    }

    /// A page whose element shows the machine of another element, by its number.
    pub async fn of(machine: Option<usize>, attributes: &[(&str, &str)]) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let host: HtmlElement = document.create_element("section").unwrap().unchecked_into();
        for (name, value) in attributes {
            host.set_attribute(name, value).unwrap();
        }
        // In sight, wherever the page's end is: a machine that cannot be seen does not play.
        host.style().set_property("position", "fixed").unwrap();
        host.style().set_property("top", "0").unwrap();
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
        document.body().unwrap().append_child(&host).unwrap();
        let id = element::mount(host.clone(), &root, machine).unwrap();
        let page = Self { host, root, id };
        rendered().await;
        page
    }

    pub fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length()).map(|at| found.item(at).unwrap().unchecked_into()).collect()
    }

    pub fn one(&self, selector: &str) -> Element {
        self.root.query_selector(selector).unwrap().unwrap_or_else(|| panic!("there is no {selector}"))
    }

    pub fn text(&self, selector: &str) -> String {
        self.one(selector).text_content().unwrap()
    }

    pub fn button(&self, label: &str) -> HtmlElement {
        let buttons = self.all("button");
        let found = buttons.iter().find(|it| {
            it.text_content().is_some_and(|text| text.trim() == label)
                || it.get_attribute("aria-label").is_some_and(|it| it == label)
        });
        found.unwrap_or_else(|| panic!("there is no button {label:?}")).clone().unchecked_into()
    }

    pub async fn press(&self, label: &str) {
        self.button(label).click();
        rendered().await;
    }

    /// Runs a scenario to its end, without watching it.
    pub async fn run(&self, scenario: &str) {
        element::run(self.id, scenario);
        rendered().await;
        self.finish().await;
    }

    pub async fn finish(&self) {
        self.press("To the end").await;
        assert!(element::state(self.id).contains("\"playing\":false"), "{}", element::state(self.id));
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        element::park(self.id);
        self.host.remove();
    }
}

/// Waits until everything is drawn. Yew renders in tasks of its own and lets the browser work in between; effects, and what they
/// draw, come after that, and on a busy machine not before the second frame.
pub async fn rendered() {
    for _ in 0..2 {
        watched(10).await;
        let frame = Promise::new(&mut |resolve, _| {
            web_sys::window().unwrap().request_animation_frame(&resolve).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
    }
}

/// Lets the browser draw for some time.
async fn watched(ms: i32) {
    let wait = Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).unwrap();
    });
    JsFuture::from(wait).await.unwrap();
}

const CHECK: &str = "Invoke checkDatabaseConnection";

#[wasm_bindgen_test]
async fn a_machine_at_its_beginning_shows_no_outcome() {
    let page = Page::new(&[]).await;
    assert_eq!(page.all(".card.empty").len(), 2);
    assert_eq!(page.all(".o").len(), 0);
    assert!(page.text(".src .head").contains("not evaluated yet"));
    assert_eq!(page.all(".code > li").len(), 36);
    assert_eq!(page.text(".pg .head"), "PostgreSQL0/8");
    assert_eq!(page.all(".slots .res").len(), 3);
    assert_eq!(page.button("5 min").get_attribute("aria-disabled").as_deref(), Some("true"));
    assert!(page.button("5 min").title().contains("no environment"));
}

#[wasm_bindgen_test]
async fn the_story_of_the_post() {
    let page = Page::new(&[]).await;
    page.press(CHECK).await;
    assert_eq!(page.text(".card header b"), "Init", "something shows at once");
    page.finish().await;
    assert_eq!(page.text(".o"), "cold  29 ms");
    assert_eq!(page.text(".card header b"), "Ready");
    page.press("5 min").await;
    page.finish().await;
    assert_eq!(page.text(".card header b"), "Frozen");
    page.press(CHECK).await;
    page.finish().await;
    assert!(page.one("li:last-child > .o").class_list().contains("x"));
    let said = page.text(".said");
    assert!(
        said.contains("Unable to acquire a connection") && said.contains("Lambda counts it as a success"),
        "{said}"
    );
    assert_eq!(page.text(".dead"), "destroyed");
    assert!(page.text(".l.why").contains(".raw('SELECT 1 as one')"));
    assert!(page.text(".l.why .why").contains("Unable to acquire a connection"));
    assert!(page.text(".l.bad").contains("console.error"));
    assert!(page.text(".vh").contains("invocation 2, warm, failed after 1 ms: Unable to acquire a connection"));
    assert!(page.text(".l.note").contains("handler ran 2×, last at 05:00, in #1"));
    assert!(page.text(".src .head").contains("evaluated once, at 00:00, in #1"));
}

#[wasm_bindgen_test]
async fn choosing_an_outcome_goes_back_to_its_moment_and_one_can_go_on_from_there() {
    let page = Page::new(&[]).await;
    page.run("invoke check; freeze for 5m; invoke check").await;
    page.all(".o")[0].unchecked_ref::<HtmlElement>().click();
    rendered().await;
    assert_eq!(page.all(".o").len(), 2, "the later outcome stays in the strip");
    assert!(page.all(".o")[1].class_list().contains("later"));
    assert!(page.text(".said").contains("'Postgres: connection test success'"));
    assert_eq!(page.text(".clock span"), "00:00.209");
    page.press("Invoke checkDatabaseConnectionProper").await;
    page.finish().await;
    assert_eq!(page.all(".o").len(), 2);
    assert!(!page.all(".o")[1].class_list().contains("x"));
    page.press("Undo").await;
    assert!(page.all(".o")[1].class_list().contains("x"));
}

#[wasm_bindgen_test]
async fn undo_brings_back_the_log_although_the_other_one_is_as_long() {
    let page = Page::new(&[]).await;
    page.run("invoke check; invoke check").await;
    let before = page.text(".log");
    assert!(before.contains("warm, #1"), "{before}");
    page.all(".o")[0].unchecked_ref::<HtmlElement>().click();
    rendered().await;
    page.press("Reclaim #1").await;
    page.finish().await;
    page.press(CHECK).await;
    page.finish().await;
    assert!(page.text(".log").contains("cold, #2"), "{}", page.text(".log"));
    page.press("Undo").await;
    assert_eq!(page.text(".log"), before);
}

#[wasm_bindgen_test]
async fn steps_go_both_ways() {
    let page = Page::new(&[]).await;
    page.press(CHECK).await;
    page.press("Pause").await;
    let mut lit = Vec::new();
    for _ in 0..60 {
        page.press("Step").await;
        if let Some(line) = page.all(".l.lit > i").first() {
            lit.push(line.text_content().unwrap());
        }
    }
    lit.dedup();
    for line in ["2", "5", "6", "19", "20", "23"] {
        assert!(lit.iter().any(|it| it == line), "line {line} was not lit: {lit:?}");
    }
    let end = page.text(".clock span");
    for _ in 0..70 {
        page.press("Step back").await;
    }
    assert_eq!(page.text(".clock span"), "00:00.000");
    page.press("To the end").await;
    assert_eq!(page.text(".clock span"), end);
}

#[wasm_bindgen_test]
async fn a_bad_scenario_is_reported_and_changes_nothing() {
    let page = Page::new(&[]).await;
    page.run("invoke check").await;
    let before = page.text(".clock span");
    element::run(page.id, "invoke check; invoke chekc");
    rendered().await;
    let error = page.text(".err");
    assert!(error.contains("line 1, column 22") && error.contains("chekc"), "{error}");
    assert_eq!(page.text(".clock span"), before);
    page.press("Close").await;
    assert!(page.all(".err").is_empty());
    element::run(page.id, "thaw 7");
    rendered().await;
    assert!(page.text(".err").contains("no environment 7"));
}

#[wasm_bindgen_test]
async fn an_environment_is_frozen_at_once_where_that_is_wanted() {
    let page = Page::new(&[("scenario", "set lambda.freeze=auto; invoke check; invoke check")]).await;
    page.finish().await;
    assert_eq!(page.text(".card header b"), "Frozen");
    assert_eq!(page.button("at once").get_attribute("aria-pressed").as_deref(), Some("true"));
    page.press("by hand").await;
    page.run("invoke check").await;
    assert_eq!(page.text(".card header b"), "Ready");
}

#[wasm_bindgen_test]
async fn faults_open_in_a_row_of_their_own() {
    let page = Page::new(&[]).await;
    page.press("Break something").await;
    assert_eq!(page.button("Deploy a new version").get_attribute("aria-disabled").as_deref(), Some("true"));
    page.run("invoke check").await;
    page.press("Stop").await;
    page.finish().await;
    assert!(page.text(".pg .note").contains("stopped"));
    page.run("reclaim; invoke check").await;
    assert!(page.text(".pg .note").contains("ECONNREFUSED"), "{}", page.text(".pg .note"));
}

#[wasm_bindgen_test]
async fn a_module_that_throws_while_it_loads_is_not_a_process_that_is_gone() {
    let page = Page::new(&[]).await;
    page.run("set pool.max=1; invoke check").await;
    assert!(page.text("[data-t=pool]").contains("evaluation failed"), "{}", page.text("[data-t=pool]"));
    assert_eq!(page.text(".l.note .note"), "◆ handler, not run yet");
    assert!(page.text(".l.bad").contains("require('knex')(config)"));
    assert!(page.text(".l.why .why").contains("opt.max is smaller than opt.min"));
    page.run("set knex=3.3.0; invoke proper; network silent; invoke proper").await;
    assert!(page.text("[data-t=pool]").contains("no process"), "{}", page.text("[data-t=pool]"));
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_seen_before_its_process_reads_of_it_and_so_is_an_orphan() {
    let page = Page::new(&[]).await;
    page.run("set lambda.freeze=auto; invoke trustConnection; freeze for 5m; terminate; wait 1s").await;
    assert!(page.text("[data-t=pool]").contains("ended by the server, not read yet"), "{}", page.text("[data-t=pool]"));
    assert_eq!(page.all(".p.lost").len(), 1);
    page.run("set lambda.freeze=auto; invoke trustConnection; network silent; wait 1s").await;
    assert!(page.text("[data-t=pool]").contains("packets vanish"), "{}", page.text("[data-t=pool]"));
    assert_eq!((page.all(".p.lost").len(), page.all(".slots .orphan").len()), (0, 0));
    page.run("invoke trustConnection").await;
    assert_eq!(page.text(".slots .orphan span"), "orphan");
    assert!(page.text(".pg .note").contains("an orphan"), "{}", page.text(".pg .note"));
}

#[wasm_bindgen_test]
async fn a_button_that_cannot_act_says_why_until_something_else_is_done() {
    let page = Page::new(&[]).await;
    page.press("Reclaim").await;
    assert_eq!(page.text(".reason"), "There is no environment: invoke a function first.");
    assert_eq!(page.text(".vh"), page.text(".reason"));
    page.press(CHECK).await;
    assert!(page.all(".reason").is_empty());
}

#[wasm_bindgen_test]
async fn the_message_is_that_of_the_chosen_chip_and_a_timeout_has_the_words_of_the_log() {
    let page = Page::new(&[]).await;
    page.run("set lambda.concurrency=1; start check; start check; wait 1s").await;
    assert!(page.one(".o[aria-pressed=true]").text_content().unwrap().starts_with("cold"));
    assert!(page.text(".said").contains("'Postgres: connection test success'"), "{}", page.text(".said"));
    page.run("set knex=3.3.0; invoke proper; network silent; invoke proper; freeze").await;
    assert_eq!(page.all(".said")[1].text_content().unwrap(), "Task timed out after 3.00 seconds");
    assert!(page.text(".vh").contains("frozen"));
    assert!(page.all(".l.lit").is_empty(), "nothing executes");
}

#[wasm_bindgen_test]
async fn a_shared_deployment_has_one_lane() {
    let page = Page::new(&[]).await;
    page.run("set lambda.deploy=shared; invoke check; invoke proper").await;
    assert_eq!(page.all(".lane").len(), 1);
    assert_eq!(page.all(".card").len(), 1);
    assert_eq!(page.all(".strip").len(), 2);
    page.press("Start over").await;
    assert_eq!(page.all(".lane").len(), 2);
}

#[wasm_bindgen_test]
async fn it_plays_by_itself_and_then_rests() {
    let page = Page::new(&[]).await;
    let speed: web_sys::HtmlSelectElement = page.one("select[aria-label='Speed']").unchecked_into();
    speed.set_selected_index(6);
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    speed.dispatch_event(&web_sys::Event::new_with_event_init_dict("change", &init).unwrap()).unwrap();
    page.press(CHECK).await;
    // A busy computer may draw the first frame late, so the test waits for the outcome and for the machine to rest.
    for _ in 0..200 {
        watched(50).await;
        if !page.all(".o").is_empty() && element::state(page.id).contains("\"playing\":false") {
            break;
        }
    }
    assert_eq!(page.text(".o"), "cold  29 ms");
    let at_rest = page.text(".m");
    watched(100).await;
    assert_eq!(page.text(".m"), at_rest);
}
