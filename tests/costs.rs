//! What the article says each way of writing the handler costs is counted here, by the simulation, with the page's settings.
//! `cargo xtask figures` writes the table anew: it runs this with `WRITE_COSTS=1`.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use base::time::Duration;
use simulation::event::EventKind;
use simulation::lambda::Package;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::World;

const BEGIN: &str = "<!-- counted by `cargo xtask figures` -->\n";
const END: &str = "<!-- up to here -->";

const POST: usize = 0;
const INSTEAD: usize = 3;

/// The rows: the module's place, the handler, and the class of its name.
const HANDLERS: [(usize, &str, &str); 5] = [
    (POST, "checkDatabaseConnection", " class=\"check\""),
    (POST, "checkDatabaseConnectionProper", " class=\"proper\""),
    (INSTEAD, "keepPool", ""),
    (INSTEAD, "poolEachTime", ""),
    (INSTEAD, "poolLeftBehind", ""),
];

/// Invocations, frozen in between.
const TIMES: usize = 10;

struct Costs {
    succeeded: usize,
    connections: usize,
    held: usize,
    warm: Duration,
}

fn count(module: usize, handler: &str, every: &str) -> Costs {
    let package = Package::built_in(module);
    let text = format!("set lambda.freeze=auto{}", format!("; invoke {handler}; freeze for {every}").repeat(TIMES));
    let scenario = scenario::parse(&text, package.exports()).unwrap_or_else(|error| panic!("{error}"));
    let scenario = Rc::new(scenario);
    let mut world = World::new(scenario.settings(Settings::page()), package);
    let mut costs = Costs { succeeded: 0, connections: 0, held: 0, warm: Duration::ZERO };
    let mut warm = Vec::new();
    for statement in &scenario.statements {
        let begun = statement.begin(&mut world);
        assert!(begun.applied.is_ok(), "{handler}: {:?}", begun.applied);
        while world.step(begun.goal) {}
        for event in world.take_events() {
            match event.kind {
                EventKind::Connected { .. } => costs.connections += 1,
                EventKind::InvocationEnded { outcome } => {
                    let failed = outcome.rejections > 0 || outcome.error.is_some() || outcome.result.is_none();
                    costs.succeeded += usize::from(!failed);
                    warm.push(outcome.duration);
                }
                _ => {}
            }
        }
    }
    assert_eq!(warm.len(), TIMES);
    let micros: u64 = warm[1..].iter().map(|span| span.as_micros()).sum();
    costs.warm = Duration::from_micros(micros / (TIMES as u64 - 1));
    costs.held = world.view().server.slots.iter().flatten().count();
    costs
}

fn piece() -> String {
    let mut rows = String::new();
    for (module, handler, class) in HANDLERS {
        let Costs { succeeded, connections, held, warm } = count(module, handler, "10s");
        let micros = warm.as_micros();
        let ms = if micros < 1_000 { "&lt;1 ms".into() } else { format!("{} ms", (micros + 500) / 1_000) };
        let name = handler.replace("Connection", "<wbr>Connection");
        let verdict = if succeeded == TIMES { "ok" } else { "fail" };
        let _ = writeln!(
            rows,
            "      <tr><th scope=\"row\"><code{class}>{name}</code></th><td class=\"{verdict}\">{succeeded} of {TIMES}</td>\
             <td>{connections}</td><td>{held}</td><td>{ms}</td></tr>"
        );
    }
    format!(
        "  <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"What each way costs\">\n  <table class=\"cost\">\n    \
         <caption>{TIMES} invocations, one every ten seconds, in one environment: counted by this page’s simulation. At one a \
         minute a kept pool makes its connection anew each time, after 30 idle seconds.</caption>\n    \
         <thead><tr><th scope=\"col\">Handler</th><th scope=\"col\">Succeed</th><th scope=\"col\">Connections made</th>\
         <th scope=\"col\">Backends held at the end</th><th scope=\"col\">A warm one takes</th></tr></thead>\n    \
         <tbody>\n{rows}    </tbody>\n  </table>\n  </div>\n"
    )
}

/// The table's caption says so.
#[test]
fn a_kept_pool_makes_its_connection_anew_each_minute() {
    let costs = count(INSTEAD, "keepPool", "1m");
    assert_eq!((costs.succeeded, costs.connections), (TIMES, TIMES));
}

#[test]
fn the_articles_costs_are_counted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html");
    let page = std::fs::read_to_string(&path).expect("index.html");
    let (before, rest) = page.split_once(BEGIN).expect("the place of the costs");
    let (_, after) = rest.split_once(END).expect("the end of the costs");
    let renewed = format!("{before}{BEGIN}{}{END}{after}", piece());
    if std::env::var_os("WRITE_COSTS").is_some() {
        std::fs::write(&path, renewed).expect("index.html");
        return;
    }
    assert!(page == renewed, "the costs in index.html are old: `cargo xtask figures` counts them anew");
}
