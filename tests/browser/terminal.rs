//! The terminal pane: what it prints, its keys and chapters, and that it and the machine are one run.

use std::rc::Rc;

use lambda_lifecycles::embed::element;
use simulation::export::{LineKind, session};
use simulation::history::Player;
use simulation::lambda::Package;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::World;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{KeyboardEvent, KeyboardEventInit};

use crate::machine::{Page, rendered};

const WALK: &str = include_str!("../../assets/scenarios/walk-through.txt");

/// The walk as the simulation gives it, without a page.
fn expected() -> Vec<(LineKind, String)> {
    let package = Package::post();
    let mut settings = Settings::default();
    settings.postgres.max_connections = 8;
    let scenario = Rc::new(scenario::parse(WALK, package.exports()).unwrap());
    let mut player = Player::new(World::new(settings, package));
    player.run(scenario);
    while player.step_forward() {}
    session(&player).into_iter().map(|line| (line.kind, line.text.to_string())).collect()
}

fn printed(page: &Page) -> Vec<String> {
    page.all(".tty p").iter().map(|line| line.text_content().unwrap()).collect()
}

fn current(page: &Page) -> Option<String> {
    page.all(".chapters [aria-current]").first().and_then(|it| it.text_content())
}

/// A whole run takes its time before it is drawn.
async fn until(page: &Page, what: &str, test: impl Fn(&Page) -> bool) {
    for _ in 0..100 {
        if test(page) {
            return;
        }
        rendered().await;
    }
    panic!("waited in vain until {what}");
}

async fn key(page: &Page, key: &str) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_composed(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    page.one(".tty").dispatch_event(&event).unwrap();
    rendered().await;
}

#[wasm_bindgen_test]
async fn the_walk_waits_at_its_beginning_and_prints_what_the_simulation_does() {
    let page = Page::new(&[("view", "walk-through")]).await;
    until(&page, "the walk is there", |page| page.all(".chapters button").len() == 6).await;
    assert!(page.all(".m").is_empty(), "the machine is not shown");
    assert_eq!(printed(&page), ["$ set lambda.freeze=auto"]);
    assert_eq!(current(&page), None);
    for _ in 0..7 {
        key(&page, "]").await;
    }
    let texts: Vec<_> = expected().into_iter().map(|(_, text)| text).collect();
    assert_eq!(printed(&page), texts);
    let failed: Vec<_> = page.all(".tty .fail").iter().map(|it| it.text_content().unwrap()).collect();
    assert_eq!(failed.iter().filter(|text| text.contains("Unable to acquire a connection")).count(), 4);
    assert!(page.text(".state").contains("✗ warm 1 ms"), "{}", page.text(".state"));
    assert!(page.text(".state").contains("#3 Frozen, pool destroyed"), "{}", page.text(".state"));
}

#[wasm_bindgen_test]
async fn its_keys_play_and_go_by_chapters_and_lines() {
    let page = Page::new(&[("view", "walk-through")]).await;
    until(&page, "the walk is there", |page| !page.all(".chapters button").is_empty()).await;
    key(&page, "]").await;
    key(&page, "]").await;
    assert_eq!(current(&page).as_deref(), Some("The second one fails: nobody made the pool again"));
    let before = printed(&page);
    assert_eq!(before.last().unwrap(), "$ invoke checkDatabaseConnection");
    key(&page, "ArrowRight").await;
    let after = printed(&page);
    assert!(after.len() > before.len(), "{after:?}");
    key(&page, "ArrowLeft").await;
    assert_eq!(printed(&page), before);
    key(&page, "ArrowRight").await;
    key(&page, "[").await;
    assert_eq!(printed(&page), before, "first to the beginning of the chapter");
    key(&page, "[").await;
    assert_eq!(current(&page).as_deref(), Some("The first invocation succeeds"));
    key(&page, " ").await;
    assert!(element::state(page.id).contains("\"playing\":true"));
    key(&page, "]").await;
    assert!(element::state(page.id).contains("\"playing\":true"), "it goes on from the next chapter");
    key(&page, " ").await;
    assert!(element::state(page.id).contains("\"playing\":false"));
    let buttons: Vec<_> = page.all(".keys button").iter().map(|it| it.get_attribute("title").unwrap()).collect();
    for name in ["Chapter before ([)", "Line before (left arrow)", "Play (space)", "Next line (right arrow)"] {
        assert!(buttons.iter().any(|title| title == name), "{buttons:?}");
    }
}

#[wasm_bindgen_test]
async fn terminal_and_machine_are_one_run() {
    let page =
        Page::new(&[("view", "both"), ("scenario", "say \"One\"; invoke check; say \"Two\"; invoke check")]).await;
    until(&page, "the machine has the whole run", |page| page.all(".chapters button").len() == 2).await;
    assert!(page.all(".card.empty").len() == 2, "and stands at its beginning");
    assert!(page.all(".o, .track .ok, .track .x").is_empty(), "and tells no outcome before it has been seen");
    key(&page, "]").await;
    key(&page, "]").await;
    assert_eq!(page.all(".o").len(), 1);
    assert_eq!(page.text(".card header b"), "Ready");
    page.press("Step back").await;
    assert_eq!(current(&page).as_deref(), Some("One"), "scrubbing moves both");
    page.finish().await;
    page.press("Invoke checkDatabaseConnectionProper").await;
    page.finish().await;
    let lines = printed(&page);
    assert!(lines.contains(&"$ invoke checkDatabaseConnectionProper".to_owned()), "{lines:?}");
    assert_eq!(lines.last().unwrap(), "→ \"Postgres: connection test success\"");
}

#[wasm_bindgen_test]
async fn the_view_can_change_and_a_bad_one_is_told() {
    let page = Page::new(&[]).await;
    page.run("invoke check").await;
    element::attribute(page.id, "view", Some("cinema".into()));
    rendered().await;
    assert!(page.text(".err").contains("view=\"cinema\" is not known here; it can be machine, walk-through or both"));
    assert_eq!(page.all(".o").len(), 1, "the run is still there");
    element::attribute(page.id, "view", Some("walk-through".into()));
    rendered().await;
    until(&page, "the walk-through begins anew", |page| page.all(".chapters button").len() == 6).await;
    assert!(page.all(".err, .m").is_empty());
    element::attribute(page.id, "scenario", Some("invok".into()));
    rendered().await;
    until(&page, "the scenario's error is told", |page| {
        page.all(".err").iter().any(|it| it.text_content().unwrap().contains("line 1, column 1"))
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_terminal_of_a_machine_elsewhere_shows_its_run() {
    let machine = Page::new(&[]).await;
    let pane = Page::of(Some(machine.id), &[("view", "walk-through")]).await;
    assert!(printed(&pane).is_empty(), "nothing has happened");
    machine.run("invoke check").await;
    rendered().await;
    assert_eq!(printed(&pane).first().unwrap(), "$ invoke checkDatabaseConnection");
    assert_eq!(element::state(pane.id), element::state(machine.id));
    pane.press("Play the walk-through").await;
    until(&pane, "the walk is there", |page| !page.all(".chapters button").is_empty()).await;
    assert!(element::state(machine.id).contains("\"playing\":true"));
    for _ in 0..7 {
        key(&pane, "]").await;
    }
    assert_eq!(printed(&pane).len(), expected().len());
    assert_eq!(machine.all(".o").len(), 9, "the machine has played it");
    machine.press("Start over").await;
    rendered().await;
    assert!(printed(&pane).is_empty());
    assert!(pane.all(".chapters button").is_empty());
}
