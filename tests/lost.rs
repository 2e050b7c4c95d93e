//! A connection that is of no use is seen to be so before its process knows, and a session that nobody asks any more is
//! told from one that somebody keeps: the picture's state after a scenario.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use simulation::event::DisconnectReason;
use simulation::lambda::view::{Cut, PoolView};
use simulation::lambda::{MODULES, Package, settings_of};
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::{World, WorldView};

/// What there is to see after a scenario with the handlers of `failures.js`.
fn after(text: &str) -> WorldView {
    let place = (0..MODULES.len()).find(|place| Package::name_of(*place) == "failures.js").unwrap();
    let package = Package::built_in(place);
    let scenario = Rc::new(scenario::parse(text, package.exports()).unwrap());
    let mut world = World::new(scenario.settings(settings_of(&Settings::default(), place)), package);
    scenario::run(&mut world, &scenario, &mut |_| {});
    world.view()
}

/// What is wrong with the only connection of the first environment.
fn cut(text: &str) -> Option<Cut> {
    let view = after(text);
    let PoolView::Live { connections, .. } = &view.environments[0].clients[0].pool else { panic!("no pool: {text}") };
    assert_eq!(connections.len(), 1, "{text}");
    connections[0].cut.clone()
}

#[test]
fn a_frozen_process_has_not_read_of_its_loss() {
    let frozen = "invoke trustConnection; freeze for 5m; ";
    assert_eq!(cut(frozen), None);
    for (fault, why) in [
        ("terminate", DisconnectReason::Terminated),
        ("network reset", DisconnectReason::Reset),
        ("network close", DisconnectReason::Closed),
    ] {
        assert_eq!(cut(&format!("{frozen}{fault}; wait 1s")), Some(Cut::Unread(why)), "{fault}");
    }
    let idle = "set postgres.idle_session_timeout=1m; invoke trustConnection; freeze for 5m";
    assert_eq!(cut(idle), Some(Cut::Unread(DisconnectReason::IdleSession)));
}

#[test]
fn a_process_that_runs_keeps_a_lost_connection_until_its_pool_looks_at_it() {
    let text = "set lambda.freeze=manual; invoke trustConnection; network reset; wait 1s";
    assert!(matches!(cut(text), Some(Cut::Kept(_))), "{:?}", cut(text));
}

#[test]
fn nobody_tells_of_a_forgotten_flow_or_of_packets_that_vanish() {
    for freeze in ["manual", "auto"] {
        let run = |fault: &str| cut(&format!("set lambda.freeze={freeze}; invoke trustConnection; {fault}"));
        assert_eq!(run("network reset-on-write"), Some(Cut::Gone));
        assert_eq!(run("network close-on-write"), Some(Cut::Gone));
        assert_eq!(run("network silent"), Some(Cut::Silent));
        assert_eq!(run("network silent; network restore"), None);
    }
}

#[test]
fn a_session_whose_process_is_gone_is_an_orphan() {
    let orphans = |text: &str| after(text).server.slots.iter().flatten().map(|it| it.orphan).collect::<Vec<_>>();
    assert_eq!(orphans("invoke trustConnection"), [false]);
    assert_eq!(orphans("invoke trustConnection; network silent"), [false]);
    // The invocation hangs and times out; its process is gone, and the server is not told.
    assert_eq!(orphans("invoke trustConnection; network silent; invoke trustConnection"), [true]);
}
