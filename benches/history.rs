//! How fast a reader can go anywhere in a long history, and what that history takes in memory.
//!
//! `cargo xtask bench` runs it (`cargo bench --bench history` natively). It prints figures and judges nothing.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use simulation::history::Player;
use simulation::lambda::Package;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::World;

const EVENTS: usize = 100_000;
const SEEKS: usize = 500;

fn main() {
    let before = resident();
    let text = "invoke proper\n".repeat(500);
    let package = Package::post();
    let scenario = Rc::new(scenario::parse(&text, package.exports()).expect("the scenario is in the language"));
    let world = World::new(scenario.settings(Settings::default()), package);
    let mut player = Player::new(world);
    let began = Instant::now();
    while player.events().len() < EVENTS {
        player.run(scenario.clone());
        player.play();
        while player.tick(1e9).playing {}
    }
    let events = player.events().len();
    println!("played {events} events, ms           {:>10.0}", began.elapsed().as_secs_f64() * 1e3);
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("memory of the whole history, MB      {:>10.1}", (after - before) / 1_048_576.0);
    }

    // Places all over, in no order that would help.
    let mut took: Vec<f64> = (0..SEEKS)
        .map(|index| {
            let place = index * 7_919 % SEEKS * (events / SEEKS);
            let began = Instant::now();
            player.seek(place);
            black_box(player.cursor());
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!(
        "to a moment anywhere, ms: median     {:>10.2}; longest {:.2}; a frame is 16.7",
        took[SEEKS / 2],
        took[SEEKS - 1]
    );
}

/// Bytes of memory that this process has, where the system tells.
fn resident() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(told.split(' ').nth(1)?.parse::<f64>().ok()? * 4_096.0)
}
