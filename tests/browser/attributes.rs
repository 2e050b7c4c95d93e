//! The element's attributes are checked where they are read.

use lambda_lifecycles::ui::attributes::{Attributes, Theme, View};
use simulation::settings::KnexVersion;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn an_absent_attribute_is_the_default() {
    let attributes = Attributes::default();
    assert_eq!(attributes.view(), Ok(View::Machine));
    assert_eq!(attributes.knex(), Ok(KnexVersion::V3_3_0));
    assert_eq!(attributes.theme(), Ok(Theme::Auto));
    assert!(attributes.complaints().is_empty());
}

#[wasm_bindgen_test]
fn a_value_is_read_and_can_be_taken_away_again() {
    let mut attributes = Attributes::default();
    attributes.set("knex", Some("0.17.0"));
    attributes.set("theme", Some(" dark "));
    attributes.set("view", Some("both"));
    assert_eq!(attributes.knex(), Ok(KnexVersion::V0_17_0));
    assert_eq!(attributes.theme(), Ok(Theme::Dark));
    assert_eq!(attributes.view(), Ok(View::Both));
    attributes.set("theme", None);
    assert_eq!(attributes.theme(), Ok(Theme::Auto));
}

#[wasm_bindgen_test]
fn a_bad_value_says_what_could_stand_there() {
    let mut attributes = Attributes::default();
    attributes.set("knex", Some("2.0"));
    attributes.set("colour", Some("red"));
    let complaints: Vec<String> = attributes.complaints().iter().map(ToString::to_string).collect();
    assert_eq!(complaints, ["the attribute knex=\"2.0\" is not known here; it can be 0.17.0 or 3.3.0"]);
}

#[wasm_bindgen_test]
fn the_loader_observes_the_same_names() {
    let loader = include_str!("../../assets/loader.js");
    let list = format!("[{}]", Attributes::NAMES.map(|name| format!("\"{name}\"")).join(", "));
    assert!(loader.contains(&format!("static observedAttributes = {list};")), "expected {list} in assets/loader.js");
}
