//! A link opens where it was copied: whatever the reader did, the scenario that the history prints makes the same history,
//! and the moment in the link is the one that was shown.
#![cfg(not(target_arch = "wasm32"))]

mod random;

use std::rc::Rc;

use lambda_lifecycles::history::Player;
use lambda_lifecycles::lambda::{MODULES, Package, settings_of};
use lambda_lifecycles::scenario::link::{Link, decode};
use lambda_lifecycles::scenario::{Scenario, parse, print};
use lambda_lifecycles::settings::{Freezing, Settings};
use lambda_lifecycles::world::World;
use proptest::prelude::*;
use random::cases;

fn read(text: &str) -> Rc<Scenario> {
    read_for(&Package::post(), text)
}

fn read_for(package: &Package, text: &str) -> Rc<Scenario> {
    Rc::new(parse(text, package.exports()).unwrap_or_else(|error| panic!("{text}\n{error}")))
}

fn begin(settings: Settings) -> Player {
    begin_with(settings, Package::post())
}

/// As a machine begins: `begin` in `src/session/run.rs`.
fn begin_with(mut settings: Settings, package: Rc<Package>) -> Player {
    let at_once = settings.lambda.freeze == Freezing::Auto;
    settings.lambda.freeze = Freezing::Manual;
    Player::new(World::new(settings, package), at_once)
}

fn link(player: &Player) -> Link {
    let text = print(&player.script(&Settings::page()));
    Link { moment: player.moment(), module: None, scenario: text.trim_end().replace('\n', ";") }
}

fn opened(link: &Link) -> Player {
    let module = link.module.as_deref().unwrap_or(MODULES[0]);
    let module = MODULES.iter().position(|name| *name == module).expect("a module that is there");
    let package = Package::built_in(module);
    let scenario = read_for(&package, &link.scenario);
    let mut player = begin_with(scenario.settings(settings_of(&Settings::page(), module)), package);
    player.run(scenario);
    let mut steps = 0;
    while player.step_forward() {
        steps += 1;
        assert!(steps < 20_000, "{link} has no end");
    }
    player.show(link.moment);
    player
}

/// What a reader sees.
fn picture(player: &Player) -> String {
    let log: Vec<_> =
        player.ledger().invocations.iter().map(|it| (it.id, it.log.clone(), it.outcome.clone())).collect();
    format!("{:?} {log:?}", player.world().view())
}

fn finish(player: &mut Player) {
    let mut ticks = 0;
    while player.tick(1_000.0).playing {
        ticks += 1;
        assert!(ticks < 20_000, "a run has no end");
    }
}

/// What a reader does.
#[derive(Clone, Debug)]
enum Act {
    Run(&'static str),
    Press(&'static str),
    Watch(u16),
    Finish,
    Seek(u16),
    Step,
    Back,
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
        Act::Run(text) => player.run(read(text)),
        // As `SessionAction::RunNow` does.
        Act::Press(text) if player.at_end() && player.busy() => player.interrupt(&read(text)),
        Act::Press(text) => player.run(read(text)),
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
    // In the middle of a wait the link is to its beginning.
    player.show(link.moment);
    assert!(picture(&opened) == picture(&player), "{text}\n{}\n{}", picture(&opened), picture(&player));
}

#[test]
fn links_that_were_sent_open_to_what_they_did() {
    for line in include_str!("links/version-1.txt").lines() {
        let text = line.split(" | ").next().unwrap_or_default();
        let link = decode(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        let player = opened(&link);
        let ended = player.ledger().invocations.iter().filter(|record| record.outcome.is_some());
        let ended: Vec<_> = ended.map(|it| format!("{}{}", it.id, if it.failed() { '✗' } else { '✓' })).collect();
        let module = link.module.as_deref().unwrap_or(MODULES[0]);
        let found = format!("{text} | {module} | {} | {}", player.world().now().as_micros() / 1_000, ended.join(" "));
        assert_eq!(found, line);
    }
}

proptest! {
    #![proptest_config(cases(300))]
    #[test]
    fn whatever_a_reader_did_is_in_the_link(at_once in any::<bool>(), acts in acts()) {
        let mut player = begin(Settings::page());
        player.set_freeze_at_once(at_once);
        for act in &acts {
            perform(&mut player, act);
        }
        assert_opens_the_same(player);
    }

    /// Each freeze is then a statement, which comes after all that is due at its time.
    #[test]
    fn turning_when_environments_are_frozen_is_in_the_link_too(acts in acts(), turn in 0usize..12, later in acts()) {
        let mut player = begin(Settings::page());
        for (at, act) in acts.iter().chain(&later).enumerate() {
            if at == turn {
                player.set_freeze_at_once(true);
            }
            perform(&mut player, act);
        }
        perform(&mut player, &Act::Finish);
        // Not in the middle of a moment at which several things are due: a `wait` comes to its end.
        perform(&mut player, &Act::Run("wait 1ms"));
        perform(&mut player, &Act::Finish);
        let ended = |player: &Player| {
            let records = player.ledger().invocations.iter().map(|it| (it.id, it.environment, it.handler.clone(), it.failed()));
            (records.collect::<Vec<_>>(), player.world().view().environments.iter().map(|it| it.phase).collect::<Vec<_>>())
        };
        let link = link(&player);
        assert_eq!(ended(&opened(&link)), ended(&player), "{link}");
    }
}
