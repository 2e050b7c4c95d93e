//! Properties of the world: whatever is done to it in whatever order, its invariants hold after every step, time never goes
//! back, and the same actions give the same events, however finely it is driven and from whichever clone it goes on.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use lambda_lifecycles::event::{EnvironmentId, Event};
use lambda_lifecycles::lambda::Package;
use lambda_lifecycles::settings::{Deployment, Freezing, KnexVersion, Settings};
use lambda_lifecycles::time::Duration;
use lambda_lifecycles::world::{Action, NetworkFault, ServerAction, World};
use proptest::prelude::*;

/// A step of a random run: something done, or time that passes.
#[derive(Clone, Debug)]
enum Deed {
    Do(Action),
    Pass(u64),
}

const HANDLERS: [&str; 2] = ["checkDatabaseConnection", "checkDatabaseConnectionProper"];

fn place() -> impl Strategy<Value = Option<EnvironmentId>> {
    prop_oneof![2 => Just(None), 3 => (1_u32..6).prop_map(|id| Some(EnvironmentId(id)))]
}

fn action() -> impl Strategy<Value = Action> {
    let handler = || prop::sample::select(&HANDLERS[..]).prop_map(Rc::<str>::from);
    let fault = prop::sample::select(vec![
        NetworkFault::Reset,
        NetworkFault::Close,
        NetworkFault::ResetOnWrite,
        NetworkFault::CloseOnWrite,
        NetworkFault::Silent,
        NetworkFault::Restore,
    ]);
    let server = prop::sample::select(vec![ServerAction::Stop, ServerAction::Start, ServerAction::Restart]);
    prop_oneof![
        8 => (handler(), place()).prop_map(|(handler, on)| Action::Invoke { handler, on, event: "{}".into() }),
        2 => (handler(), place()).prop_map(|(handler, on)| Action::Queue { handler, on, event: "{}".into() }),
        3 => place().prop_map(|on| Action::Freeze { on }),
        3 => place().prop_map(|on| Action::Thaw { on }),
        2 => place().prop_map(|on| Action::Terminate { on }),
        2 => (place(), fault).prop_map(|(on, fault)| Action::Network { on, fault }),
        1 => server.prop_map(Action::Postgres),
        1 => place().prop_map(|on| Action::Reclaim { on }),
        1 => Just(Action::Deploy),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    // Most of the time little passes, so that much is under way at once; sometimes minutes do.
    let span = prop_oneof![4 => 0_u64..3_000, 3 => 0_u64..60_000, 1 => 0_u64..900_000_000];
    prop_oneof![action().prop_map(Deed::Do), span.prop_map(Deed::Pass)]
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<bool>(), any::<bool>(), any::<bool>(), 0_u32..3, 1_u32..5, any::<u64>(), any::<bool>()).prop_map(
        |(old, manual, shared, min, max, seed, jitter)| {
            let mut settings = Settings { seed, ..Settings::default() };
            settings.knex = if old { KnexVersion::V0_17_0 } else { KnexVersion::V3_3_0 };
            settings.lambda.freeze = if manual { Freezing::Manual } else { Freezing::Auto };
            settings.lambda.deploy = if shared { Deployment::Shared } else { Deployment::Separate };
            settings.pool.min = Some(min.min(max));
            settings.pool.max = Some(max);
            settings.postgres.max_connections = 6;
            settings.postgres.idle_session_timeout = Duration::from_secs(u64::from(max) - 1);
            settings.latency.jitter = if jitter { 0.5 } else { 0.0 };
            settings
        },
    )
}

/// Carries the deeds out; `fine`: stopping at every event.
fn run(world: &mut World, deeds: &[Deed], fine: bool) -> Vec<Event> {
    let mut events = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Do(action) => {
                // A refusal is an answer too: nothing may have changed.
                let _ = world.apply(action.clone());
            }
            Deed::Pass(micros) => {
                let limit = world.now() + Duration::from_micros(*micros);
                let mut steps = 0_u32;
                while if fine { world.step_to_event(limit) } else { world.step(limit) } {
                    steps += 1;
                    assert!(steps < 1_000_000, "the world does not come to {limit:?}");
                }
                assert_eq!(world.now(), limit);
            }
        }
        world.invariants().unwrap();
        events.extend(world.take_events());
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn invariants_hold_and_time_never_goes_back(settings in settings(), deeds in prop::collection::vec(deed(), 1..40)) {
        let mut world = World::new(settings, Package::post());
        let events = run(&mut world, &deeds, false);
        for pair in events.windows(2) {
            prop_assert!(pair[0].at <= pair[1].at, "{:?} after {:?}", pair[1], pair[0]);
        }
    }

    #[test]
    fn the_same_deeds_give_the_same_events(settings in settings(), deeds in prop::collection::vec(deed(), 1..30)) {
        let package = Package::post();
        let mut one = World::new(settings.clone(), package.clone());
        let mut other = World::new(settings, package);
        prop_assert_eq!(run(&mut one, &deeds, false), run(&mut other, &deeds, true));
    }

    #[test]
    fn a_clone_has_the_same_future(settings in settings(), deeds in prop::collection::vec(deed(), 2..30), cut in any::<prop::sample::Index>()) {
        let mut world = World::new(settings, Package::post());
        let (before, after) = deeds.split_at(cut.index(deeds.len()));
        run(&mut world, before, false);
        let mut clone = world.clone();
        let expected = run(&mut world, after, false);
        prop_assert_eq!(run(&mut clone, after, false), expected);
    }
}
