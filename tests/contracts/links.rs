//! A share link opens where it was copied: whatever the reader did, the scenario in the link makes the same history, and its
//! moment is the one that was shown.

use std::rc::Rc;

use proptest::prelude::*;
use simulation::history::Player;
use simulation::lambda::{MODULES, Package, settings_of};
use simulation::scenario::link::{Link, decode};
use simulation::scenario::{Scenario, print};
use simulation::settings::Settings;

use crate::random::cases;
use crate::running;

/// A scenario of the post's handlers.
fn parse(text: &str) -> Rc<Scenario> {
    running::parse(text, &Package::post())
}

/// A player with the post's handlers and the page's settings, before its first statement.
fn begin() -> Player {
    running::player(Package::post(), Settings::page())
}

/// The link to what the player shows.
fn link(player: &Player) -> Link {
    let text = print(&player.script(&Settings::page()));
    Link { moment: player.moment(), module: None, scenario: text.trim_end().replace('\n', ";") }
}

/// A player that has opened the link.
fn opened(link: &Link) -> Player {
    let place = running::place_of(link.module.as_deref().unwrap_or(MODULES[0]));
    let package = Package::built_in(place);
    let scenario = running::parse(&link.scenario, &package);
    let mut player = running::player(package, scenario.settings(settings_of(&Settings::page(), place)));
    player.run(scenario);
    let mut steps = 0;
    while player.step_forward() {
        steps += 1;
        assert!(steps < 20_000, "{link} does not end");
    }
    player.show(link.moment);
    player
}

/// All that a reader sees, as one text.
fn picture(player: &Player) -> String {
    let log: Vec<_> =
        player.invocations().records.iter().map(|it| (it.id, it.log.clone(), it.outcome.clone())).collect();
    format!("{:?} {log:?}", player.world().view())
}

/// Plays to the end.
fn finish(player: &mut Player) {
    let mut ticks = 0;
    while player.tick(1_000.0).playing {
        ticks += 1;
        assert!(ticks < 20_000, "a run does not end");
    }
}

/// Something that a reader does.
#[derive(Clone, Debug)]
enum Act {
    /// Runs a scenario after all that is there.
    Run(&'static str),
    /// Presses a button, which interrupts a run that is at its end so far.
    Press(&'static str),
    /// Watches the history play for so many milliseconds.
    Watch(u16),
    /// Watches to the end.
    Finish,
    /// Goes to the moment after so many events.
    Seek(u16),
    /// Goes an event on.
    Step,
    /// Goes an event back.
    Back,
    /// Takes the last action back.
    Undo,
}

const SCENARIOS: [&str; 14] = [
    "invoke check",
    "invoke proper",
    "invoke both",
    "start check",
    "start check; start proper; invoke check",
    "freeze for 5m; invoke check",
    "freeze",
    "thaw",
    "wait 2s",
    "freeze for 8h",
    "network silent",
    "reclaim",
    "postgres restart",
    "deploy; say \"what; now (really)?\"",
];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let scenario = || prop::sample::select(&SCENARIOS[..]);
    let act = prop_oneof![
        4 => scenario().prop_map(Act::Run),
        4 => scenario().prop_map(Act::Press),
        4 => (0u16..3_000).prop_map(Act::Watch),
        3 => Just(Act::Finish),
        2 => (0u16..400).prop_map(Act::Seek),
        1 => Just(Act::Step),
        1 => Just(Act::Back),
        1 => Just(Act::Undo),
    ];
    prop::collection::vec(act, 1..12)
}

fn perform(player: &mut Player, act: &Act) {
    match act {
        Act::Press(text) if player.at_end() && player.busy() => player.interrupt(&parse(text)),
        Act::Run(text) | Act::Press(text) => player.run(parse(text)),
        Act::Watch(ms) => {
            player.play();
            player.tick(f64::from(*ms));
        }
        Act::Finish => {
            player.play();
            finish(player);
        }
        Act::Seek(events) => player.seek(usize::from(*events)),
        Act::Step => {
            player.step_forward();
        }
        Act::Back => {
            player.step_back();
        }
        Act::Undo => {
            player.undo();
        }
    }
    player.take_refusal();
}

/// Fails where the link to what the player shows opens to something else.
fn assert_opens_the_same(mut player: Player) {
    let link = link(&player);
    let text = link.to_string();
    assert_eq!(decode(&text).as_ref(), Ok(&link), "{text}");
    let opened = opened(&link);
    let (mine, theirs) = (player.events(), opened.events());
    for (at, event) in mine.iter().enumerate() {
        assert_eq!(Some(event), theirs.get(at), "event {at} of {} by {text}", mine.len());
    }
    assert_eq!(opened.cursor(), player.cursor(), "the moment of {text}");
    // A link that is copied during a wait leads to the beginning of the wait.
    player.show(link.moment);
    assert!(picture(&opened) == picture(&player), "{text}\n{}\n{}", picture(&opened), picture(&player));
}

#[test]
fn links_that_were_sent_still_open_as_they_did() {
    for line in include_str!("../links/version-1.txt").lines() {
        let text = line.split(" | ").next().unwrap_or_default();
        let link = decode(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        let player = opened(&link);
        let ended = player.invocations().records.iter().filter(|record| record.outcome.is_some());
        let ended: Vec<_> = ended.map(|it| format!("{}{}", it.id, if it.failed() { '✗' } else { '✓' })).collect();
        let module = link.module.as_deref().unwrap_or(MODULES[0]);
        let found = format!("{text} | {module} | {} | {}", player.world().now().as_micros() / 1_000, ended.join(" "));
        assert_eq!(found, line);
    }
}

proptest! {
    #![proptest_config(cases(300))]
    #[test]
    fn a_link_has_all_that_a_reader_did(at_once in any::<bool>(), acts in acts()) {
        let mut player = begin();
        player.set_freeze_at_once(at_once);
        for act in &acts {
            perform(&mut player, act);
        }
        assert_opens_the_same(player);
    }

    /// After such a change the link has a statement for each freeze, which comes after all that is due at its time.
    #[test]
    fn a_link_has_a_change_of_when_environments_are_frozen(acts in acts(), turn in 0usize..12, later in acts()) {
        let mut player = begin();
        for (at, act) in acts.iter().chain(&later).enumerate() {
            if at == turn {
                player.set_freeze_at_once(true);
            }
            perform(&mut player, act);
        }
        perform(&mut player, &Act::Finish);
        // A `wait` in the link ends after all that is due at its end, so the link must not lead into the middle of that.
        perform(&mut player, &Act::Run("wait 1ms"));
        perform(&mut player, &Act::Finish);
        let ended = |player: &Player| {
            let records = player.invocations().records.iter().map(|it| (it.id, it.environment, it.handler.clone(), it.failed()));
            (records.collect::<Vec<_>>(), player.world().view().environments.iter().map(|it| it.phase).collect::<Vec<_>>())
        };
        let link = link(&player);
        assert_eq!(ended(&opened(&link)), ended(&player), "{link}");
    }
}
