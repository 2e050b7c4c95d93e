//! How fast a reader can go anywhere in a long history, and how much memory that history takes.
//!
//! `cargo bench --bench history` prints a table and judges nothing. A frame of the page is 16.7 ms.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench that cannot run stops")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a bench")]

mod table;

use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use simulation::history::Player;
use simulation::lambda::Package;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::World;
use table::{Clock, Table};

const EVENTS: usize = 100_000;
const SEEKS: usize = 500;

fn main() {
    let table = Table::new("a history of 100,000 events");
    let before = resident_bytes();
    let text = "invoke proper\n".repeat(500);
    let package = Package::post();
    let scenario = Rc::new(scenario::parse(&text, package.exports()).expect("the scenario parses"));
    let world = World::new(scenario.settings(Settings::default()), package);
    let mut player = Player::new(world);
    let began = Clock::now();
    while player.events().len() < EVENTS {
        player.run(scenario.clone());
        player.play();
        while player.tick(1e9).playing {}
    }
    let events = player.events().len();
    table.row("playing it, ms", began.seconds() * 1e3);
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        table.row("its memory, MB", (after - before) / 1_048_576.0);
    }

    // Moments all over, in an order that helps no cache.
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
    table.row("going to a moment anywhere, the median, ms", took[SEEKS / 2]);
    table.row("going to a moment anywhere, the longest, ms", took[SEEKS - 1]);
}

/// The memory of this process, in bytes; `None` where the system does not report it.
fn resident_bytes() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<f64>().ok()? * 4_096.0)
}
