//! One scenario's whole event stream as a number, for the native test and the browser's alike.

use std::rc::Rc;

use base::time::Duration;
use simulation::lambda::Package;
use simulation::lambda::package::MODULES;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::{Action, World};

/// What the stream comes to on every machine. A change of the simulation changes it: then the native test says what to
/// write here, and the browser's holds it to that.
pub const EXPECTED: u64 = 2_687_370_605_880_007_382;

const SCENARIO: &str = "
set seed=7 latency.jitter=0.3 postgres.max_connections=6
invoke both; invoke both; freeze for 5m; invoke check; invoke proper
start proper; start proper; wait 40ms; terminate; wait 200ms
network reset; invoke proper; postgres restart; invoke check; deploy; invoke both; reclaim; invoke both";

/// What every handler of the other modules goes through: what it gives once and again, after a freeze in which the server
/// has closed what it keeps, after a fault, and in a new environment.
const EACH: &str = "invoke H; invoke H; freeze for 11m; invoke H; network reset; invoke H; postgres restart; invoke H;
start H; wait 3s; freeze; wait 20s; thaw; wait 2s; reclaim; invoke H; network silent; invoke H; network restore;
invoke H; network close-on-write; invoke H; postgres stop; invoke H; postgres start; terminate; invoke H; reclaim";

/// The hash (FNV-1a) of every event's text: of the post's handlers, and of every handler of every module that is built
/// in, in both versions of Knex.
pub fn hash() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for knex in ["0.17.0", "3.3.0"] {
        add(&mut hash, Package::post(), &format!("set knex={knex}\n{SCENARIO}"));
        for place in 1..MODULES.len() {
            let package = Package::built_in(place);
            let handlers: Vec<String> = package.exports().unwrap_or_default().iter().map(ToString::to_string).collect();
            let each: String = handlers.iter().map(|handler| EACH.replace('H', handler) + "\n").collect();
            let settings = "seed=9 lambda.deploy=shared lambda.timeout=5s postgres.idle_session_timeout=10m";
            add(&mut hash, package, &format!("set knex={knex} {settings}\n{each}"));
        }
    }
    hash
}

fn add(hash: &mut u64, package: Rc<Package>, text: &str) {
    let scenario = Rc::new(scenario::parse(text, package.exports()).expect("the scenario is right"));
    let mut world = World::new(scenario.settings(Settings::default()), package);
    for statement in &scenario.statements {
        let begun = statement.begin(&mut world);
        while world.step(begun.goal) {}
    }
    world.apply(Action::Say("the end".into())).expect("a caption is never refused");
    world.advance_to(world.now() + Duration::from_secs(30));
    for event in world.take_events() {
        for byte in format!("{event:?}").bytes() {
            *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
