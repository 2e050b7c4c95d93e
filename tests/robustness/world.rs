//! Properties of the world that hold for any actions in any order: its invariants hold after every step, time never goes
//! back, a refused action changes nothing, and the same actions give the same events, however small the steps are and
//! whichever clone takes them.
//!
//! `LONG_RUN=1 cargo test --release --test robustness world` tries a hundred times as many: a million actions for each
//! property.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base::time::{Duration, Instant};
use proptest::prelude::*;
use simulation::event::{BackendPid, ConnectionId, EnvironmentId, Event, EventKind, InvocationId, Phase};
use simulation::lambda::Package;
use simulation::settings::{Deployment, Freezing, KnexVersion, Settings};
use simulation::world::{Action, Call, Goal, NetworkFault, ServerAction, World};

use crate::random::cases;
use crate::running;

/// A step of a random run.
#[derive(Clone, Debug)]
enum Deed {
    /// An action, which the world may refuse.
    Do(Action),
    /// So many microseconds pass.
    Pass(u64),
}

/// A module like the post's two handlers, with a handler for each kind of work that outlives an invocation.
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
    running::package(SOURCE)
}

/// No environment, or the number of one that may or may not exist.
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
        8 => (handler(), place()).prop_map(|(handler, on)| Action::Invoke(Call { on, ..Call::new(handler) })),
        2 => (handler(), place()).prop_map(|(handler, on)| Action::Queue(Call { on, ..Call::new(handler) })),
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
    // Mostly short spans, so that much is under way at once, and sometimes minutes.
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

/// The state of a world as its events alone give it. It fails where an event contradicts those before it.
#[derive(Default)]
struct Watch {
    phases: BTreeMap<EnvironmentId, Phase>,
    /// The invocation that each environment runs.
    running: BTreeMap<EnvironmentId, InvocationId>,
    /// Server sessions that have ended.
    ended: BTreeSet<BackendPid>,
    /// Connections that were lost.
    lost: BTreeSet<ConnectionId>,
}

impl Watch {
    fn observe(&mut self, event: &Event) {
        let Some(id) = event.environment else { return self.observe_server(event) };
        let resting = matches!(self.phases.get(&id), Some(Phase::Frozen | Phase::Shutdown));
        match &event.kind {
            EventKind::PhaseChanged { phase } => {
                self.phases.insert(id, *phase);
            }
            EventKind::InvocationStarted { .. } => {
                let invocation = event.invocation.expect("an invocation that started has a number");
                let before = self.running.insert(id, invocation);
                assert_eq!(before, None, "invocation {invocation} starts in environment {id}, which runs another");
            }
            EventKind::InvocationEnded { .. } => {
                assert_eq!(
                    self.running.remove(&id),
                    event.invocation,
                    "an invocation ends in environment {id} that did not run there"
                );
            }
            // Only a running process can cause these events.
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
            | EventKind::Connecting { .. } => assert!(!resting, "environment {id} does not run and causes {event:?}"),
            _ => {}
        }
        self.observe_server(event);
    }

    fn observe_server(&mut self, event: &Event) {
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

    /// Fails where a process has a connection without a live session and no event has said why.
    fn compare(&self, world: &World) {
        let view = world.view();
        let live: BTreeMap<ConnectionId, BackendPid> =
            view.server.slots.iter().flatten().map(|session| (session.connection, session.pid)).collect();
        for process in world.environments().filter_map(|environment| environment.process()) {
            for (id, connection) in process.knex().connections.iter() {
                let Some(pid) = connection.pid else { continue };
                let known = live.get(id) == Some(&pid) || self.ended.contains(&pid) || self.lost.contains(id);
                assert!(known, "connection {id} has the session {pid}, which is gone without an event");
            }
        }
        assert!(live.len() <= view.server.slots.len());
    }
}

/// How a run lets time pass.
#[derive(Clone, Copy)]
enum Steps {
    /// A process runs up to the next thing that is due.
    Usual,
    /// A process stops at each of its events.
    ToEachEvent,
}

/// A run of some deeds.
struct Finished {
    /// All events of the run.
    events: Vec<Event>,
    /// The deeds without the actions that were refused.
    accepted: Vec<Deed>,
}

/// The state that a refused action could have changed.
fn state(world: &World) -> (Instant, u64, Option<Instant>, Option<EnvironmentId>, String) {
    (world.now(), world.event_count(), world.next_deadline(), world.latest_environment(), format!("{:?}", world.view()))
}

/// Carries the deeds out and checks the world after each of them.
fn run(world: &mut World, deeds: &[Deed], steps: Steps) -> Finished {
    let mut run = Finished { events: Vec::new(), accepted: Vec::new() };
    let mut watch = Watch::default();
    let begun_anew = world.event_count() == 0;
    for deed in deeds {
        match deed {
            Deed::Do(action) => {
                let before = state(world);
                if let Err(refusal) = world.apply(action.clone()) {
                    assert_eq!(state(world), before, "{action:?} is refused ({refusal}) and changes something");
                    continue;
                }
            }
            Deed::Pass(micros) => {
                let limit = world.now() + Duration::from_micros(*micros);
                let mut taken = 0_u32;
                while match steps {
                    Steps::Usual => world.step(Goal::At(limit)),
                    Steps::ToEachEvent => world.step_to_event(Goal::At(limit)),
                } {
                    taken += 1;
                    assert!(taken < 1_000_000, "the world does not reach {limit:?}");
                }
                assert_eq!(world.now(), limit);
            }
        }
        run.accepted.push(deed.clone());
        world.invariants().unwrap();
        let new = world.take_events();
        if begun_anew {
            for event in &new {
                watch.observe(event);
            }
            watch.compare(world);
        }
        run.events.extend(new);
    }
    run
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn invariants_hold_and_time_never_goes_back(settings in settings(), deeds in prop::collection::vec(deed(), 1..40)) {
        let mut world = World::new(settings, package());
        let events = run(&mut world, &deeds, Steps::Usual).events;
        for pair in events.windows(2) {
            prop_assert!(pair[0].at <= pair[1].at, "{:?} after {:?}", pair[1], pair[0]);
        }
    }

    #[test]
    fn the_same_deeds_give_the_same_events_in_steps_of_any_size(settings in settings(), deeds in prop::collection::vec(deed(), 1..30)) {
        let package = package();
        let mut one = World::new(settings.clone(), package.clone());
        let mut other = World::new(settings, package);
        let expected = run(&mut one, &deeds, Steps::Usual).events;
        prop_assert_eq!(run(&mut other, &deeds, Steps::ToEachEvent).events, expected);
    }

    #[test]
    fn a_refused_action_has_no_effect_later_either(settings in settings(), deeds in prop::collection::vec(deed(), 1..30)) {
        let package = package();
        let all = run(&mut World::new(settings.clone(), package.clone()), &deeds, Steps::Usual);
        let accepted = run(&mut World::new(settings, package), &all.accepted, Steps::Usual);
        prop_assert_eq!(accepted.accepted.len(), all.accepted.len());
        prop_assert_eq!(accepted.events, all.events);
    }

    #[test]
    fn a_clone_has_the_same_future(settings in settings(), deeds in prop::collection::vec(deed(), 2..30), cut in any::<prop::sample::Index>()) {
        let mut world = World::new(settings, package());
        let (before, after) = deeds.split_at(cut.index(deeds.len()));
        run(&mut world, before, Steps::Usual);
        let mut clone = world.clone();
        let expected = run(&mut world, after, Steps::Usual).events;
        prop_assert_eq!(run(&mut clone, after, Steps::Usual).events, expected);
    }
}

/// A program that keeps allocating is ended by Lambda's limit or by the memory that the page gives a run, whichever is less.
#[test]
fn memory_has_two_limits_and_the_message_says_which_was_met() {
    let source = "exports.hoard = async () => { const all = []; for (;;) all.push('x'.repeat(1000) + all.length) }";
    let package = running::package(source);
    let message = |settings: Settings| {
        let mut world = World::new(settings, package.clone());
        world.apply(running::invoke("hoard")).expect("a new world accepts an invocation");
        world.advance_to(Instant::ZERO + Duration::from_secs(4));
        let ended = world.take_events().into_iter().find_map(|event| match event.kind {
            EventKind::InvocationEnded { outcome } => Some(outcome),
            _ => None,
        });
        ended.and_then(|outcome| outcome.error.clone()).map(|error| error.message.to_string())
    };
    let by_lambda = "Runtime exited with error: signal: killed";
    assert_eq!(message(Settings::default()).as_deref(), Some(by_lambda));
    let by_page = format!("{by_lambda} (its values took 16 MB of real memory, which is all the simulation gives)");
    assert_eq!(message(Settings::page()), Some(by_page));
}
