use std::rc::Rc;

use super::Player;
use crate::event::{Event, EventKind, Phase};
use crate::lambda::Package;
use crate::scenario::{Scenario, parse};
use crate::settings::Freezing::{Auto, Manual};
use crate::settings::{Freezing, Settings};
use crate::world::World;

fn scenario(text: &str) -> Rc<Scenario> {
    Rc::new(parse(text, Package::post().exports()).expect("the scenario of a test parses"))
}

fn world(freezing: Freezing) -> World {
    let mut settings = Settings::default();
    settings.lambda.freeze = freezing;
    World::new(settings, Package::post())
}

/// Runs a scenario in a world without a player.
fn run_in(world: &mut World, text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    for statement in &scenario(text).statements {
        let begun = statement.begin(world);
        world.drive(begun.goal, &mut |batch| events.extend_from_slice(batch));
    }
    events
}

fn finish(player: &mut Player) {
    while player.tick(1_000.0).playing {}
}

fn played(text: &str, freezing: Freezing) -> Player {
    let mut player = Player::new(world(freezing));
    player.run(scenario(text));
    finish(&mut player);
    player
}

/// The parts of a moment that a reader sees.
fn picture(player: &Player) -> String {
    let invocations = player.invocations();
    let log: Vec<_> =
        invocations.records.iter().map(|record| (record.id, record.log.len(), record.lines.len())).collect();
    format!("{:?} {log:?} {:?}", player.world().view(), player.clock())
}

const STORY: &str = "invoke check; freeze for 5m; invoke check; invoke proper; wait 2s; invoke proper; freeze";

#[test]
fn the_player_plays_the_events_that_the_scenario_gives() {
    let player = played(STORY, Manual);
    let mut world = world(Manual);
    let events = run_in(&mut world, STORY);
    for (at, (shown, run)) in player.events().iter().zip(&events).enumerate() {
        assert_eq!(shown, run, "event {at}");
    }
    assert_eq!(player.events().len(), events.len());
    assert_eq!(player.world().now(), world.now());
    assert!(player.at_end() && !player.busy());
}

#[test]
fn every_moment_can_be_seen_again() {
    let mut player = Player::new(world(Auto));
    player.run(scenario(STORY));
    let mut pictures = vec![(player.cursor(), picture(&player))];
    while player.step_forward() {
        pictures.push((player.cursor(), picture(&player)));
    }
    let end = picture(&player);
    for (cursor, shown) in pictures.iter().rev().chain(&pictures) {
        player.seek(*cursor);
        assert_eq!(player.cursor(), *cursor);
        // Time that passes without an event belongs to the moment after it.
        if player.cursor() < player.events().len() {
            assert_eq!(&picture(&player), shown, "after {cursor} events");
        }
    }
    player.seek(0);
    player.play();
    finish(&mut player);
    assert_eq!(picture(&player), end);
}

#[test]
fn stepping_back_visits_what_stepping_forward_did() {
    let mut player = played("invoke check", Manual);
    let mut back = Vec::new();
    while player.step_back() {
        back.push(player.cursor());
    }
    assert_eq!(back.last(), Some(&0));
    back.pop();
    let mut forth = Vec::new();
    while player.step_forward() {
        forth.push(player.cursor());
    }
    forth.pop();
    back.reverse();
    assert_eq!(back, forth[..back.len()]);
}

#[test]
fn going_on_from_the_past_replaces_the_future_and_can_be_taken_back() {
    let mut player = played("invoke check; freeze for 5m; invoke check", Manual);
    let (events, end) = (player.events().to_vec(), picture(&player));
    let first = player.invocations().records[0].ended;
    player.seek(first);
    player.run(scenario("invoke proper"));
    finish(&mut player);
    assert_eq!(player.invocations().records.len(), 2);
    assert_eq!(&*player.invocations().records[1].handler, "checkDatabaseConnectionProper");
    assert!(player.undo());
    assert_eq!(player.events(), events);
    assert_eq!(picture(&player), end);
    player.seek(first + 3);
    player.seek(events.len());
    assert_eq!(picture(&player), end);
}

#[test]
fn environments_are_frozen_at_once_where_the_reader_wants_it() {
    let player = played("invoke check; invoke check", Auto);
    let frozen = player.world().view().environments.iter().all(|shown| shown.phase == Phase::Frozen);
    assert!(frozen);
    let thaws = player.events().iter().filter(|event| matches!(event.kind, EventKind::Thawed)).count();
    assert_eq!(thaws, 1);
}

#[test]
fn a_click_while_something_runs_begins_at_once() {
    let mut player = Player::new(world(Manual));
    player.run(scenario("invoke check"));
    player.tick(700.0);
    player.interrupt(&scenario("start proper"));
    assert_eq!(player.invocations().running().count(), 2);
    finish(&mut player);
    assert_eq!(player.invocations().running().count(), 0);
    assert_eq!(player.world().view().environments.len(), 2);
}

#[test]
fn a_refusal_is_reported_and_changes_nothing() {
    let mut player = Player::new(world(Manual));
    player.run(scenario("invoke check on 5"));
    finish(&mut player);
    assert!(player.take_refusal().is_some());
    assert!(player.at_end());
}

#[test]
fn waiting_is_squeezed_and_lines_are_seen() {
    let mut player = Player::new(world(Manual));
    player.run(scenario("invoke check; wait 8h"));
    let mut ticks = 0;
    while player.tick(16.0).playing {
        ticks += 1;
    }
    let seconds = f64::from(ticks) * 0.016;
    assert!((2.0..12.0).contains(&seconds), "{seconds} s");
}

#[test]
fn statements_are_listed_with_their_places_and_automatic_freezes_are_not() {
    let player = played("set seed=2; invoke check; say \"again\"; invoke check", Auto);
    let listed: Vec<_> = player.statements().map(|(events, statement)| (events, statement.to_string())).collect();
    let texts: Vec<_> = listed.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        ["set seed=2", "invoke checkDatabaseConnection", "say again", "invoke checkDatabaseConnection"],
        "two freezes came by themselves"
    );
    assert_eq!((listed[0].0, listed[1].0), (0, 0));
    let caption = listed[2].0;
    assert!(matches!(player.events()[caption].kind, EventKind::Caption { .. }));
    assert_eq!(listed[3].0, caption + 1, "nothing else comes of a caption");
}

#[test]
fn one_can_move_while_it_plays() {
    let mut player = played("invoke check; invoke check", Manual);
    let first = player.invocations().records[0].ended;
    player.move_to(first);
    assert!(!player.is_playing() && player.cursor() >= first);
    player.play();
    player.move_to(0);
    assert!(player.is_playing());
    assert_eq!(player.cursor(), 0);
    player.move_to(usize::MAX);
    assert!(!player.is_playing() && player.at_end(), "there is nothing to go on to");
}

#[test]
fn automatic_freezes_are_those_of_the_world() {
    for text in
        ["invoke check; thaw", "invoke both; freeze; thaw 1; wait 1s", "invoke check; thaw; invoke check; wait 2s"]
    {
        let player = played(text, Auto);
        let mut world = world(Auto);
        let events = run_in(&mut world, text);
        assert_eq!(player.events()[..events.len()], events, "{text}");
    }
}

#[test]
fn a_run_of_any_length_is_cut_where_a_reader_would_wait_for_it() {
    let mut player = Player::new(world(Auto));
    player.run(scenario(&"invoke both; freeze for 5m; ".repeat(3)));
    assert!(player.run_out() && player.at_end() && !player.busy());
    let events = player.events().len();

    // An interval of the handler's runs for as long as its process is awake.
    let mut settings = manual();
    settings.lambda.reclaim_after = crate::limits::LONGEST_DURATION;
    let package = Package::from_source("ticks.js", "exports.tick = async () => { setInterval(() => {}, 1000) }");
    let package = package.expect("the program is in the subset");
    let long = format!("invoke tick; {}", "wait 720h; ".repeat(50));
    let mut player = Player::new(World::new(settings, package.clone()));
    player.run(Rc::new(parse(&long, package.exports()).expect("the scenario of a test parses")));
    assert!(!player.run_out() && player.busy());
    let now = player.world().now();
    player.play();
    player.tick(1e9);
    assert!(player.world().now() > now, "play goes on with it");
    assert!(events > 100);
}

#[test]
fn steps_by_invocation_stop_at_each_end_both_ways() {
    let mut player = played("invoke check; invoke check; invoke proper", Manual);
    let ended = |player: &Player| player.invocations().records.iter().filter(|it| it.outcome.is_some()).count();
    let mut stops = vec![ended(&player)];
    for _ in 0..3 {
        player.step_invocation(false);
        stops.push(ended(&player));
    }
    assert_eq!(stops, [3, 2, 1, 0]);
    assert_eq!(player.cursor(), 0);
    for expected in [1, 2, 3, 3] {
        player.step_invocation(true);
        assert_eq!(ended(&player), expected);
    }
    assert!(player.at_end());
}

/// A handler of another module repeats its query, the post's does not.
#[test]
fn a_query_that_recovers_has_not_failed() {
    let fault = "freeze for 5m; network close";
    for (module, handler, failed) in
        [(3, "keepPool", [false; 2]), (4, "askOnceMore", [false; 2]), (0, "check", [false, true])]
    {
        let package = Package::built_in(module);
        let text = format!("invoke {handler}; {fault}; invoke {handler}");
        let mut player = Player::new(World::new(manual(), package.clone()));
        player.run(Rc::new(parse(&text, package.exports()).expect("it parses")));
        assert!(player.run_out());
        let ended: Vec<_> = player.invocations().records.iter().map(|record| record.failed()).collect();
        assert_eq!(ended, failed, "{handler}");
        assert_eq!(
            player.invocations().records[1].outcome.as_ref().expect("it ended").first_rejection.is_some(),
            failed[1]
        );
    }
}

fn manual() -> Settings {
    let mut settings = Settings::default();
    settings.lambda.freeze = Manual;
    settings
}

#[test]
fn the_freezing_can_change_in_the_middle_of_a_run() {
    let mut player = played("invoke check", Manual);
    player.set_freeze_at_once(true);
    player.run(scenario("invoke check; invoke check"));
    finish(&mut player);
    let freezes = |player: &Player| {
        let is_freeze = |event: &&Event| matches!(event.kind, EventKind::PhaseChanged { phase: Phase::Frozen });
        player.events().iter().filter(is_freeze).count()
    };
    assert_eq!(freezes(&player), 2);
    let end = picture(&player);
    player.seek(0);
    player.play();
    finish(&mut player);
    assert_eq!(picture(&player), end, "the change is part of the recording");
    let printed = crate::scenario::print(&player.script(&Settings::default()));
    assert_eq!(
        printed,
        "set lambda.freeze=manual\ninvoke checkDatabaseConnection\ninvoke checkDatabaseConnection\nfreeze 1\n\
         invoke checkDatabaseConnection\nfreeze 1\n"
    );
}

#[test]
fn a_choice_of_freezing_before_the_run_is_a_setting_of_it() {
    let mut player = Player::new(world(Manual));
    player.set_freeze_at_once(true);
    player.run(scenario("invoke check"));
    finish(&mut player);
    let printed = crate::scenario::print(&player.script(&manual()));
    assert_eq!(printed, "set lambda.freeze=auto\ninvoke checkDatabaseConnection\n");
}

#[test]
fn the_clock_never_runs_backwards_while_it_plays() {
    let mut player = Player::new(world(Auto));
    player.run(scenario("invoke check; invoke check; wait 2s; invoke proper"));
    let mut clock = player.clock();
    while player.tick(16.0).playing {
        assert!(player.clock() >= clock, "{:?} after {clock:?}", player.clock());
        clock = player.clock();
    }
    assert!(player.clock() >= clock, "{:?} at the end, after {clock:?}", player.clock());
}
