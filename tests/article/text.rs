//! The article is a static file that no compiler checks. These tests find slips in it: its first listing is the one that
//! runs, every link that acts is a scenario, every reference has its target, and the page keeps to its strict content
//! security policy.

use std::collections::BTreeSet;
use std::rc::Rc;

use simulation::lambda::{MODULES, Package};
use simulation::scenario::parse;

use super::page::{PAGE, plain};

const HANDLERS: &str = include_str!("../../assets/handlers/handlers.js");

/// The values of an attribute in the whole page, in the order of the page.
fn attribute(name: &str) -> Vec<String> {
    let opening = format!(" {name}=\"");
    PAGE.match_indices(&opening)
        .map(|(at, _)| {
            let value = &PAGE[at + opening.len()..];
            plain(&value[..value.find('"').expect("the attribute ends")])
        })
        .collect()
}

/// Every scenario that a link or a button of the page runs.
fn scenarios() -> Vec<String> {
    let links = attribute("href").into_iter().filter_map(|href| href.strip_prefix("#lambda:").map(str::to_owned));
    attribute("data-lambda").into_iter().chain(links).collect()
}

#[test]
fn the_page_shows_the_listing_that_runs_before_the_program_has_loaded() {
    let (_, after) = PAGE.split_once("<code id=\"listing\">").expect("the page has the listing");
    let (listing, _) = after.split_once("</code>").expect("the listing ends");
    assert_eq!(plain(listing), HANDLERS);
}

#[test]
fn the_walk_throughs_listing_is_the_scenario_that_runs() {
    let (_, after) = PAGE
        .split_once("in six chapters. It needs JavaScript and WebAssembly.</p>")
        .expect("the page has the walk-through");
    let (listing, _) = after.split_once("</pre>").expect("the listing ends");
    let (comment, scenario) =
        include_str!("../../assets/scenarios/walk-through.txt").split_once('\n').expect("the scenario has lines");
    assert!(comment.starts_with('#'));
    assert_eq!(plain(listing).trim(), scenario.trim());
    assert_eq!(scenario.matches("\nsay ").count(), 6);
    let ids = attribute("id");
    assert!(attribute("machine").iter().all(|id| ids.contains(id)));
}

#[test]
fn every_link_that_acts_is_a_scenario() {
    let modules: Vec<Rc<Package>> = (0..MODULES.len()).map(Package::built_in).collect();
    let scenarios = scenarios();
    assert!(
        scenarios.len() > 20,
        "the page has only {} scenarios: this test looks in the wrong place",
        scenarios.len()
    );
    for text in scenarios {
        let own = parse(&text, modules[0].exports());
        let elsewhere = modules[1..].iter().any(|module| parse(&text, module.exports()).is_ok());
        assert!(elsewhere || own.is_ok(), "{text}\n{own:?}");
    }
}

#[test]
fn every_link_that_acts_says_what_it_does() {
    for (at, _) in PAGE.match_indices("<a class=\"act\"") {
        let tag = &PAGE[at..at + PAGE[at..].find('>').expect("the tag ends")];
        assert!(tag.contains(" title=\""), "{tag}");
    }
}

#[test]
fn every_reference_inside_the_page_has_its_target() {
    let ids: BTreeSet<String> = attribute("id").into_iter().collect();
    assert_eq!(ids.len(), attribute("id").len(), "an id is used twice");
    let fragments = attribute("href").into_iter().filter_map(|href| href.strip_prefix('#').map(str::to_owned));
    let named = ["aria-describedby", "aria-labelledby"].into_iter().flat_map(attribute);
    for id in fragments.filter(|href| !href.starts_with("lambda:")).chain(named) {
        assert!(ids.contains(&id), "no element has the id {id}");
    }
}

#[test]
fn the_page_has_no_inline_script_or_style() {
    for inline in [" style=\"", "<style", " onclick=", "javascript:"] {
        assert!(!PAGE.contains(inline), "{inline}");
    }
    for (at, _) in PAGE.match_indices("<script") {
        assert!(PAGE[at..].starts_with("<script data-trunk type=\"module\" src=\""), "a script is not a file");
    }
}
