//! The article's table of costs: what each way to write the handler costs is counted by the simulation, with the page's
//! settings. `cargo xtask figures` updates the table by running this test with `WRITE_COSTS=1`.

use std::fmt::Write as _;
use std::path::Path;

use base::time::Duration;
use simulation::event::EventKind;
use simulation::lambda::Package;
use simulation::settings::Settings;

use crate::running::{self, Driver};

/// The comment before the table: the rest of it names the command that updates the table.
const BEGIN: &str = "<!-- counted by `cargo xtask ";
/// The comment after the table.
const END: &str = "<!-- up to here -->";

/// The rows of the table: the module, the handler, and the `class` attribute of the handler's name.
const HANDLERS: [(&str, &str, &str); 5] = [
    ("handlers", "checkDatabaseConnection", " class=\"check\""),
    ("handlers", "checkDatabaseConnectionProper", " class=\"proper\""),
    ("instead", "keepPool", ""),
    ("instead", "poolEachTime", ""),
    ("instead", "poolLeftBehind", ""),
];

/// Invocations of each handler. The environment is frozen between two of them.
const TIMES: usize = 10;

/// What [`TIMES`] invocations of a handler cost.
struct Costs {
    /// Invocations that succeeded.
    succeeded: usize,
    /// Connections that were made.
    connections: usize,
    /// Server sessions that are open at the end.
    held: usize,
    /// The mean duration of the warm invocations.
    warm: Duration,
}

/// Counts the costs of a handler that is invoked once in each span `every`.
fn count(module: &str, handler: &str, every: &str) -> Costs {
    let text = format!("set lambda.freeze=auto{}", format!("; invoke {handler}; freeze for {every}").repeat(TIMES));
    let package = Package::built_in(running::place_of(module));
    let mut driver = Driver::new(&text, package, Settings::page());
    let (mut succeeded, mut connections, mut durations) = (0, 0, Vec::new());
    for event in driver.rest() {
        match event.kind {
            EventKind::Connected { .. } => connections += 1,
            EventKind::InvocationEnded { outcome } => {
                let failed = outcome.rejections > 0 || outcome.error.is_some() || outcome.result.is_none();
                succeeded += usize::from(!failed);
                durations.push(outcome.duration);
            }
            _ => {}
        }
    }
    assert_eq!(durations.len(), TIMES, "{handler}");
    let warm: u64 = durations[1..].iter().map(|duration| duration.as_micros()).sum();
    Costs {
        succeeded,
        connections,
        held: driver.world.view().server.slots.iter().flatten().count(),
        warm: Duration::from_micros(warm / (TIMES as u64 - 1)),
    }
}

/// The table's HTML.
fn table() -> String {
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

/// The caption of the table says this.
#[test]
fn a_kept_pool_that_is_used_once_a_minute_connects_each_time() {
    let costs = count("instead", "keepPool", "1m");
    assert_eq!((costs.succeeded, costs.connections), (TIMES, TIMES));
}

#[test]
fn the_table_of_costs_is_what_the_simulation_counts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html");
    let page = std::fs::read_to_string(&path).expect("index.html");
    let begin = page.find(BEGIN).expect("the page marks where the table begins");
    let begin = begin + page[begin..].find('\n').expect("the mark has a line of its own") + 1;
    let end = begin + page[begin..].find(END).expect("the page marks where the table ends");
    let renewed = format!("{}{}{}", &page[..begin], table(), &page[end..]);
    if std::env::var_os("WRITE_COSTS").is_some() {
        std::fs::write(&path, renewed).expect("index.html");
        return;
    }
    assert!(page == renewed, "the table of costs in index.html is out of date: `cargo xtask figures` updates it");
}
