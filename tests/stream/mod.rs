//! One scenario's whole event stream as a number, for the native test and the browser's alike.

use std::rc::Rc;

use lambda_lifecycles::lambda::Package;
use lambda_lifecycles::scenario;
use lambda_lifecycles::settings::Settings;
use lambda_lifecycles::time::Duration;
use lambda_lifecycles::world::{Action, World};

/// What the stream comes to on every machine. A change of the simulation changes it: then the native test says what to
/// write here, and the browser's holds it to that.
pub const EXPECTED: u64 = 4_773_998_090_704_635_181;

const SCENARIO: &str = "
set seed=7 latency.jitter=0.3 postgres.max_connections=6
invoke both; invoke both; freeze for 5m; invoke check; invoke proper
start proper; start proper; wait 40ms; terminate; wait 200ms
network reset; invoke proper; postgres restart; invoke check; deploy; invoke both; reclaim; invoke both";

/// The hash (FNV-1a) of every event's text, in both versions of Knex.
pub fn hash() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for knex in ["0.17.0", "3.3.0"] {
        let text = format!("set knex={knex}\n{SCENARIO}");
        let package = Package::post();
        let scenario = Rc::new(scenario::parse(&text, package.exports()).expect("the scenario is right"));
        let mut world = World::new(scenario.settings(Settings::default()), package);
        let mut run = scenario::Run::new(scenario.clone());
        while let Some(begun) = run.begin_next(&mut world) {
            while begun.goal.step(&mut world) {}
        }
        world.apply(Action::Say("the end".into())).expect("a caption is never refused");
        world.advance_to(world.now() + Duration::from_secs(30));
        for event in world.take_events() {
            for byte in format!("{event:?}").bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
    hash
}
