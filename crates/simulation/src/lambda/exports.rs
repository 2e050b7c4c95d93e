//! The functions that a module exports, learned by evaluating it.
//!
//! The scenario's parser needs their names before anything runs, to report an unknown handler. Code computes the exports of
//! a module (`exports[name] = …`, `module.exports = make()`), so only an evaluation finds them all. It takes place in a
//! process of its own. Packets of this process are dropped and nothing is delivered to it, so a query at the module's top
//! level stays pending. The evaluation ends with the module's last line, with Lambda's limit for an init, or with the limit
//! of steps, whichever comes first.

use std::rc::Rc;

use super::environment::INIT_LIMIT;
use super::package::Package;
use super::process::{Outside, Process, ProcessOptions, Ran};
use crate::event::{EnvironmentId, EventSink};
use crate::network::Network;
use crate::node::files::Files;
use crate::settings::Settings;
use base::time::Instant;

/// The names of the exported functions, in the order of the exports; `None` if the module throws while it loads, or takes
/// longer than an init may.
pub(super) fn exported_functions(package: &Package) -> Option<Vec<Rc<str>>> {
    let settings = Settings::default();
    let mut process = Process::new(&ProcessOptions::new(&settings, "exports", ""), package);
    let mut files = Files::new(u64::from(settings.lambda.tmp_mb) * 1_048_576);
    let mut network = Network::new(settings.latency.clone(), 0);
    let limit = Instant::ZERO + INIT_LIMIT;
    let mut now = Instant::ZERO;
    while !process.is_loaded() && now < limit {
        // A process pauses until what it has sent is taken. Nobody takes it here, so each round begins with empty queues.
        let mut outside = Outside {
            environment: EnvironmentId(0),
            package,
            settings: &settings,
            files: &mut files,
            events: &mut EventSink::default(),
            network: &mut network,
            outbox: &mut Vec::new(),
            signals: &mut Vec::new(),
            deadline: None,
            stop_at_events: false,
        };
        match process.run(&mut outside, now, limit) {
            Ran::Busy(next) => now = next,
            Ran::Blocked(_) | Ran::Ended => break,
        }
    }
    if !process.is_loaded() {
        return None;
    }
    let vm = process.vm();
    let exports = vm.module_exports(package.main().source.id)?;
    let functions = vm.keys(&exports).into_iter().filter(|key| vm.is_callable(&vm.get(&exports, key)));
    Some(functions.map(Into::into).collect())
}
