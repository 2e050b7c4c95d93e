//! The page's picture of a lost connection: it shows the loss before the process has noticed it, and it distinguishes a
//! session that no process uses any more from one that is kept.

use simulation::event::DisconnectReason;
use simulation::lambda::view::{Cut, PoolView};
use simulation::lambda::{Package, settings_of};
use simulation::settings::Settings;
use simulation::world::WorldView;

use crate::running;

/// The picture after a scenario with the handlers of `failures.js`.
fn after(text: &str) -> WorldView {
    let place = running::place_of("failures");
    let settings = settings_of(&Settings::default(), place);
    running::run_in(Package::built_in(place), settings, text, &mut |_| {}).view()
}

/// The loss that the picture shows for the only connection of the first environment; `None` while it works.
fn cut(text: &str) -> Option<Cut> {
    let view = after(text);
    let PoolView::Live { connections, .. } = &view.environments[0].clients[0].pool else {
        panic!("there is no pool after {text}")
    };
    assert_eq!(connections.len(), 1, "{text}");
    connections[0].cut.clone()
}

#[test]
fn a_frozen_process_has_not_yet_read_why_its_connection_was_lost() {
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
fn a_running_process_keeps_a_lost_connection_until_its_pool_checks_it() {
    let text = "set lambda.freeze=manual; invoke trustConnection; network reset; wait 1s";
    assert!(matches!(cut(text), Some(Cut::Kept(_))), "{:?}", cut(text));
}

#[test]
fn a_process_is_not_notified_when_its_flow_is_forgotten_or_its_packets_vanish() {
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
    // The invocation hangs and times out. Its process is gone, and the server does not notice.
    assert_eq!(orphans("invoke trustConnection; network silent; invoke trustConnection"), [true]);
}
