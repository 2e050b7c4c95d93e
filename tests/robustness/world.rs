//! Properties of the world: whatever is done to it in whatever order, its invariants hold after every step, time never goes
//! back, and the same actions give the same events, however finely it is driven and from whichever clone it goes on.
//!
//! `LONG_RUN=1 cargo test --release --test world` takes a hundred times as many: a million actions for each property.


use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base::time::Duration;
use proptest::prelude::*;
use crate::random::cases;
use simulation::event::{BackendPid, ConnectionId, EnvironmentId, Event, EventKind, InvocationId, Phase};
use simulation::lambda::Package;
use simulation::settings::{Deployment, Freezing, KnexVersion, Settings};
use simulation::world::{Action, NetworkFault, ServerAction, World};

/// A step of a random run: something done, or time that passes.
#[derive(Clone, Debug)]
enum Deed {
    Do(Action),
    Pass(u64),
}

/// The post's two handlers, and one for each kind of work that outlives an invocation.
const SOURCE: &str = r"
const fs = require('fs')
const config = require('../config/knexfile')
const knex = require('knex')(config)
const select = () => knex.raw('SELECT 1 as one').then((answer) => answer.command)
exports.once = async () => {
  try { return await select() } catch (e) { return e.message } finally { await knex.destroy() }
}
exports.proper = async () => {
  knex.initialize()
  try { return await select() } catch (e) { return e.message } finally { await knex.destroy() }
}
exports.kept = async () => { knex.initialize(); return select().catch((e) => e.message) }
exports.left = async () => {
  knex.initialize()
  select().then(console.log, (e) => console.error(e.message))
  setTimeout(() => { console.log('late'); select().catch((e) => console.error(e.message)) }, 700)
}
exports.closing = async () => { knex.initialize(); knex.destroy(); return 'closing' }
exports.ticking = async () => {
  const timer = setInterval(() => { console.log('tick'); clearInterval(timer) }, 50)
  fs.writeFileSync('/tmp/count', 'x'.repeat(1000))
  return fs.existsSync('/tmp/count')
}
exports.slow = async () => { knex.initialize(); return knex.raw('SELECT pg_sleep(4)').catch((e) => e.message) }
exports.open = async () => { knex.initialize(); await knex.raw('BEGIN'); return 'open' }
exports.crash = async () => { setTimeout(() => { throw new Error('late') }, 20); return 'soon' }
";

const HANDLERS: [&str; 9] = ["once", "proper", "kept", "left", "closing", "ticking", "slow", "open", "crash"];

fn package() -> Rc<Package> {
    Package::from_source("outliving.js", SOURCE).expect("the module is in the subset")
}

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

/// What is known of a world by its events alone; it says when they cannot be true.
#[derive(Default)]
struct Watch {
    phases: BTreeMap<EnvironmentId, Phase>,
    running: BTreeMap<EnvironmentId, InvocationId>,
    ended: BTreeSet<BackendPid>,
    lost: BTreeSet<ConnectionId>,
}

impl Watch {
    fn see(&mut self, event: &Event) {
        let Some(id) = event.environment else { return self.see_server(event) };
        let resting = matches!(self.phases.get(&id), Some(Phase::Frozen | Phase::Shutdown));
        match &event.kind {
            EventKind::PhaseChanged { phase } => {
                self.phases.insert(id, *phase);
            }
            EventKind::InvocationStarted { .. } => {
                let invocation = event.invocation.expect("an invocation that started has a number");
                let before = self.running.insert(id, invocation);
                assert_eq!(before, None, "{invocation} starts in {id}, which runs another");
            }
            EventKind::InvocationEnded { .. } => {
                assert_eq!(self.running.remove(&id), event.invocation, "what ends in {id} is what ran");
            }
            // What only a process that runs can do.
            EventKind::Line { .. }
            | EventKind::HandlerCalled { .. }
            | EventKind::ModuleEvaluating
            | EventKind::ModuleEvaluated
            | EventKind::TimerSet { .. }
            | EventKind::TimerFired { .. }
            | EventKind::TimerCleared { .. }
            | EventKind::FileChanged { .. }
            | EventKind::QuerySent { .. }
            | EventKind::AnswerRead { .. }
            | EventKind::QueryRejected { .. }
            | EventKind::PoolChanged { .. }
            | EventKind::Connecting { .. } => assert!(!resting, "{id} is at rest: {event:?}"),
            _ => {}
        }
        self.see_server(event);
    }

    fn see_server(&mut self, event: &Event) {
        match event.kind {
            EventKind::SessionEnded { pid, .. } => {
                self.ended.insert(pid);
            }
            EventKind::ConnectionLost { connection, .. } => {
                self.lost.insert(connection);
            }
            _ => {}
        }
    }

    /// A connection in a pool has a live session on the server, or it is known why not.
    fn compare(&self, world: &World) {
        let view = world.view();
        let live: BTreeMap<ConnectionId, BackendPid> =
            view.server.slots.iter().flatten().map(|session| (session.connection, session.pid)).collect();
        for process in world.environments().filter_map(|environment| environment.process()) {
            for (id, connection) in process.knex().connections.iter() {
                let Some(pid) = connection.pid else { continue };
                let known = live.get(id) == Some(&pid) || self.ended.contains(&pid) || self.lost.contains(id);
                assert!(known, "connection {id} trusts session {pid}, which nobody has seen end");
            }
        }
        assert!(live.len() <= view.server.slots.len());
    }
}

/// Carries the deeds out; `fine`: stopping at every event.
fn run(world: &mut World, deeds: &[Deed], fine: bool) -> Vec<Event> {
    let mut events = Vec::new();
    let mut watch = Watch::default();
    let begun_anew = world.event_count() == 0;
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
        let new = world.take_events();
        if begun_anew {
            new.iter().for_each(|event| watch.see(event));
            watch.compare(world);
        }
        events.extend(new);
    }
    events
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn invariants_hold_and_time_never_goes_back(settings in settings(), deeds in prop::collection::vec(deed(), 1..40)) {
        let mut world = World::new(settings, package());
        let events = run(&mut world, &deeds, false);
        for pair in events.windows(2) {
            prop_assert!(pair[0].at <= pair[1].at, "{:?} after {:?}", pair[1], pair[0]);
        }
    }

    #[test]
    fn the_same_deeds_give_the_same_events(settings in settings(), deeds in prop::collection::vec(deed(), 1..30)) {
        let package = package();
        let mut one = World::new(settings.clone(), package.clone());
        let mut other = World::new(settings, package);
        prop_assert_eq!(run(&mut one, &deeds, false), run(&mut other, &deeds, true));
    }

    #[test]
    fn a_clone_has_the_same_future(settings in settings(), deeds in prop::collection::vec(deed(), 2..30), cut in any::<prop::sample::Index>()) {
        let mut world = World::new(settings, package());
        let (before, after) = deeds.split_at(cut.index(deeds.len()));
        run(&mut world, before, false);
        let mut clone = world.clone();
        let expected = run(&mut world, after, false);
        prop_assert_eq!(run(&mut clone, after, false), expected);
    }
}

/// A program without end is stopped by the memory that the page gives it, or by Lambda's where that is less, and the
/// message says which.
#[test]
fn memory_has_two_limits_and_the_message_says_which_was_met() {
    let source = "exports.hoard = async () => { const all = []; for (;;) all.push('x'.repeat(1000) + all.length) }";
    let package = Package::from_source("hoard.js", source).expect("the module is in the subset");
    let message = |settings: Settings| {
        let mut world = World::new(settings, package.clone());
        let hoard = Action::Invoke { handler: "hoard".into(), on: None, event: "{}".into() };
        world.apply(hoard).expect("a new world takes an invocation");
        world.advance_to(base::time::Instant::ZERO + Duration::from_secs(4));
        let ended = world.take_events().into_iter().find_map(|event| match event.kind {
            EventKind::InvocationEnded { outcome } => Some(outcome),
            _ => None,
        });
        ended.and_then(|outcome| outcome.error.clone()).map(|error| error.message.to_string())
    };
    let lambdas = "Runtime exited with error: signal: killed";
    assert_eq!(message(Settings::default()).as_deref(), Some(lambdas));
    let pages = format!("{lambdas} (its values took 16 MB of real memory, which is all the simulation gives)");
    assert_eq!(message(Settings::page()), Some(pages));
}
