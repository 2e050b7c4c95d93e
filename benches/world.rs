//! How fast the simulation is: invocations a second, the cost of a clone, and memory over many invocations.
//!
//! `cargo xtask bench` runs it (`cargo bench --bench world` natively). It prints figures and judges nothing: timing is no
//! pass/fail test.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use base::time;
use simulation::event::EventKind;
use simulation::lambda::Package;
use simulation::settings::Settings;
use simulation::world::{Action, Call, Goal, World};

/// Seconds that this process has computed: what else the machine does, does not count. Where the system does not tell,
/// seconds that went by.
struct Clock {
    computed: Option<f64>,
    began: Instant,
}

impl Clock {
    fn now() -> Self {
        Self { computed: computed(), began: Instant::now() }
    }

    fn seconds(&self) -> f64 {
        match (self.computed, computed()) {
            (Some(before), Some(now)) => now - before,
            _ => self.began.elapsed().as_secs_f64(),
        }
    }
}

/// Linux counts it in nanoseconds, for the only thread of this process.
fn computed() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(told.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

fn main() {
    let handler: Rc<str> = "checkDatabaseConnectionProper".into();
    let mut world = World::new(Settings::default(), Package::post());
    let events = invoke(&mut world, &handler, 1_000);
    println!("events per invocation            {:>10.1}", events as f64 / 1_000.0);

    let count = 100_000;
    let heap_before = heap_bytes(&world);
    let began = Clock::now();
    invoke(&mut world, &handler, count);
    let took = began.seconds();
    println!("invocations of proper a second   {:>10.0}", f64::from(count) / took);
    println!(
        "heap of the environment, bytes   {heap_before:>10} after 1,000; {} after {count} more",
        heap_bytes(&world)
    );

    let mut world = World::new(Settings::default(), Package::post());
    invoke(&mut world, &"checkDatabaseConnection".into(), 2);
    invoke(&mut world, &handler, 2);
    let began = Clock::now();
    let clones = 20_000;
    for _ in 0..clones {
        black_box(world.clone());
    }
    println!("a clone of the demo's world, µs  {:>10.2}", began.seconds() * 1e6 / f64::from(clones));

    let source = "exports.spin = () => { let sum = 0; for (let i = 0; i < 10000; i++) { sum += i % 7 } return sum }";
    let package = Package::from_source("spin.js", source).expect("the program is in the subset");
    let mut world = World::new(Settings::default(), package);
    let began = Clock::now();
    invoke(&mut world, &"spin".into(), 20);
    println!("a loop of 10,000 rounds, ms      {:>10.2}", began.seconds() * 1e3 / 20.0);
}

/// Invokes a handler so many times; gives back the number of events.
fn invoke(world: &mut World, handler: &Rc<str>, times: u32) -> u64 {
    let mut events = 0;
    for _ in 0..times {
        let action = Action::Invoke(Call::new(handler.clone()));
        let invocation = world.apply(action).expect("an idle world takes an invocation").invocation;
        let mut ended = false;
        world.drive(invocation.map_or(Goal::Now, Goal::Ended), &mut |batch| {
            events += batch.len() as u64;
            ended |= batch.iter().any(|event| matches!(event.kind, EventKind::InvocationEnded { .. }));
        });
        assert!(ended);
    }
    events
}

fn heap_bytes(world: &World) -> usize {
    world
        .environments()
        .filter_map(|environment| environment.process())
        .map(|process| process.vm().heap().bytes())
        .sum()
}
