//! How fast the simulation is: the usual invocation, and programs that are hard on the event loop, the heap or an object.
//!
//! `cargo bench --bench simulation` prints a table and judges nothing: a time is no pass or fail. `benches/README.md` says how
//! to put the figures of an earlier commit beside it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench that cannot run stops")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a bench")]

mod table;

use std::hint::black_box;
use std::rc::Rc;

use simulation::event::EventKind;
use simulation::lambda::Package;
use simulation::settings::{Deployment, Settings};
use simulation::world::{Action, Call, Goal, World};
use table::{Clock, Table};

/// Handlers that are hard on one part of the simulation. Each ends by itself or by a limit.
const HARD: &str = "
exports.spin = () => { let sum = 0; for (let i = 0; i < 10000; i++) { sum += i % 7 } return sum }
exports.immediates = async () => {
  await new Promise((resolve) => {
    let left = 99000
    for (let i = 0; i < 99000; i++) setImmediate(() => { if (--left === 0) resolve() })
  })
}
exports.endlessImmediates = async () => { for (;;) setImmediate(() => {}) }
exports.timers = async () => {
  await new Promise((resolve) => {
    let left = 90000
    for (let i = 0; i < 90000; i++) setTimeout(() => { if (--left === 0) resolve() }, 1 + i % 100)
  })
}
exports.ticks = async () => { const next = () => process.nextTick(next); next(); await new Promise(() => {}) }
exports.awaits = async () => { for (let i = 0; i < 100000; i++) await i }
exports.keys = async () => { const o = {}; for (let i = 0; i < 50000; i++) o['k' + i] = i; return Object.keys(o).length }
const kept = []
exports.strings = async () => { for (let i = 0; i < 200000; i++) kept.push('x'.repeat(100) + i) }
";

fn main() {
    let table = Table::new("the post's handlers");
    usual(&table);
    let table = Table::new("programs that are hard on one part");
    hard(&table);
}

/// The invocations of the post's handlers.
fn usual(table: &Table) {
    let mut world = World::new(Settings::default(), Package::post());
    let events = invoke(&mut world, PROPER, 1_000);
    table.row("events of an invocation", events as f64 / 1_000.0);
    table.row("heap of the environment after 1,000 invocations, bytes", heap_bytes(&world) as f64);

    let count = 100_000;
    let began = Clock::now();
    invoke(&mut world, PROPER, count);
    table.row("invocations a second", f64::from(count) / began.seconds());
    table.row("heap of the environment after 101,000 invocations, bytes", heap_bytes(&world) as f64);

    let mut world = World::new(Settings::default(), Package::post());
    invoke(&mut world, "checkDatabaseConnection", 2);
    invoke(&mut world, PROPER, 2);
    let clones = 20_000;
    let began = Clock::now();
    for _ in 0..clones {
        black_box(world.clone());
    }
    table.row("a clone of the demo's world, microseconds", began.seconds() * 1e6 / f64::from(clones));
}

const PROPER: &str = "checkDatabaseConnectionProper";

/// Programs that are hard on the event loop, the heap or an object.
fn hard(table: &Table) {
    let package = Package::from_source("hard.js", HARD).expect("the module is in the subset");
    let mut settings = Settings::default();
    settings.lambda.deploy = Deployment::Shared;
    settings.lambda.timeout = base::time::Duration::from_secs(900);
    settings.lambda.memory_mb = 1_024;
    let new = || World::new(settings.clone(), package.clone());
    milliseconds(table, "a loop of 10,000 rounds, 20 times", 9, || {
        invoke(&mut new(), "spin", 20);
    });
    for (name, handler) in [
        ("99,000 immediates", "immediates"),
        ("endless immediates, up to the limit", "endlessImmediates"),
        ("90,000 timers that fire", "timers"),
        ("endless ticks, up to the limit", "ticks"),
        ("100,000 awaits", "awaits"),
        ("an object with 50,000 keys", "keys"),
    ] {
        milliseconds(table, name, 3, || {
            invoke(&mut new(), handler, 1);
        });
    }
    let mut world = new();
    invoke(&mut world, "strings", 1);
    let process = world.environments().find_map(|environment| environment.process()).expect("the environment is there");
    let mut vm = process.vm().clone();
    milliseconds(table, "a collection with 200,000 long strings", 20, || vm.collect_garbage());
}

/// Prints the milliseconds that something takes: the mean of `runs`. The system counts processor time in steps of some
/// milliseconds, so all runs together have to take many of them.
fn milliseconds(table: &Table, name: &str, runs: u32, mut run: impl FnMut()) {
    let began = Clock::now();
    for _ in 0..runs {
        run();
    }
    table.row(&format!("{name}, ms"), began.seconds() * 1e3 / f64::from(runs));
}

/// Invokes a handler so many times and returns the number of events.
fn invoke(world: &mut World, handler: &str, times: u32) -> u64 {
    let handler: Rc<str> = handler.into();
    let mut events = 0;
    for _ in 0..times {
        let action = Action::Invoke(Call::new(handler.clone()));
        let applied = world.apply(action).expect("an idle world takes an invocation");
        let invocation = applied.invocation.expect("an invocation has a number");
        let mut ended = false;
        world.drive(Goal::Ended(invocation), &mut |batch| {
            events += batch.len() as u64;
            ended |= batch.iter().any(|event| matches!(event.kind, EventKind::InvocationEnded { .. }));
        });
        assert!(ended, "the invocation ends");
    }
    events
}

/// The bytes of the heaps of all environments.
fn heap_bytes(world: &World) -> usize {
    world
        .environments()
        .filter_map(|environment| environment.process())
        .map(|process| process.vm().heap().bytes())
        .sum()
}
