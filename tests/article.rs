//! The article is a static file, so nothing compiles it. This holds what a typing slip would break: the first state shows
//! the listing that runs, every sentence that acts is a scenario, and the page keeps to the strict content security policy.

mod page;

use std::collections::BTreeSet;
use std::rc::Rc;

use page::{PAGE, plain};
use simulation::lambda::{MODULES, Package};
use simulation::scenario::parse;

const HANDLERS: &str = include_str!("../assets/handlers/handlers.js");

/// The values of an attribute, in the order of the page.
fn attribute(name: &str) -> Vec<String> {
    let opening = format!(" {name}=\"");
    PAGE.match_indices(&opening)
        .map(|(at, _)| {
            let value = &PAGE[at + opening.len()..];
            plain(&value[..value.find('"').expect("the attribute ends")])
        })
        .collect()
}

/// Every scenario that the page asks the machine to run.
fn scenarios() -> Vec<String> {
    let links = attribute("href").into_iter().filter_map(|href| href.strip_prefix("#lambda:").map(str::to_owned));
    attribute("data-lambda").into_iter().chain(links).collect()
}

#[test]
fn the_first_state_shows_the_listing_that_runs() {
    let (_, after) = PAGE.split_once("<code id=\"listing\">").expect("the listing");
    let (listing, _) = after.split_once("</code>").expect("the listing ends");
    assert_eq!(plain(listing), HANDLERS);
}

#[test]
fn the_walk_through_lists_what_runs() {
    let (_, after) =
        PAGE.split_once("in six chapters. It needs JavaScript and WebAssembly.</p>").expect("the walk-through");
    let (listing, _) = after.split_once("</pre>").expect("the listing ends");
    let (comment, scenario) =
        include_str!("../assets/scenarios/walk-through.txt").split_once('\n').expect("it has lines");
    assert!(comment.starts_with('#'));
    assert_eq!(plain(listing).trim(), scenario.trim());
    assert_eq!(scenario.matches("\nsay ").count(), 6);
    let ids = attribute("id");
    assert!(attribute("machine").iter().all(|id| ids.contains(id)));
}

#[test]
fn every_sentence_that_acts_is_a_scenario() {
    let modules: Vec<Rc<Package>> = (0..MODULES.len()).map(Package::built_in).collect();
    let scenarios = scenarios();
    assert!(scenarios.len() > 20, "the page acts");
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
    assert_eq!(ids.len(), attribute("id").len(), "an id stands once");
    let fragments = attribute("href").into_iter().filter_map(|href| href.strip_prefix('#').map(str::to_owned));
    let named = ["aria-describedby", "aria-labelledby"].into_iter().flat_map(attribute);
    for id in fragments.filter(|href| !href.starts_with("lambda:")).chain(named) {
        assert!(ids.contains(&id), "nothing has the id {id}");
    }
}

#[test]
fn nothing_is_inline() {
    for inline in [" style=\"", "<style", " onclick=", "javascript:"] {
        assert!(!PAGE.contains(inline), "{inline}");
    }
    for (at, _) in PAGE.match_indices("<script") {
        assert!(PAGE[at..].starts_with("<script data-trunk type=\"module\" src=\""), "a script that is not a file");
    }
}
