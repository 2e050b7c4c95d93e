//! The log of the run that is shown, and of no other.

use super::{machine, run};
use crate::session::view::log::LogLineKind;
use crate::session::{Session, SessionAction};
use simulation::event::InvocationId;

fn starts(session: &Session) -> Vec<String> {
    session.log().iter().map(|group| group.start.clone()).collect()
}

#[test]
fn undo_brings_back_the_log_of_the_run_although_the_other_one_is_as_long() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; invoke check");
    let before = session.log();
    assert_eq!(starts(&session), ["cold, #1", "warm, #1"]);
    session.reduce(SessionAction::ChooseInvocation(InvocationId(1)));
    run(&mut session, "reclaim");
    run(&mut session, "invoke check");
    assert_eq!(starts(&session), ["cold, #1", "cold, #2"]);
    session.reduce(SessionAction::Undo);
    assert_eq!(session.log(), before);
}

#[test]
fn going_back_in_time_takes_lines_away() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; invoke check");
    let all = session.log();
    session.reduce(SessionAction::ChooseInvocation(InvocationId(1)));
    assert_eq!(session.log(), all[..1]);
    session.reduce(SessionAction::GoToEnd);
    assert_eq!(session.log(), all);
}

#[test]
fn a_line_that_another_invocation_began_is_noted() {
    let mut session = machine(&[]);
    run(&mut session, "set lambda.freeze=auto; invoke remind; freeze for 5m; invoke remind");
    let lines: Vec<_> = session.log().iter().flat_map(|group| group.lines.clone()).collect();
    let late: Vec<_> = lines.iter().filter(|line| line.late.is_some()).collect();
    let [late] = late[..] else { panic!("{late:?}") };
    assert_eq!(late.kind, LogLineKind::Output);
    assert!(late.late.as_ref().unwrap().starts_with("late, begun by 1, "), "{late:?}");
}

#[test]
fn a_request_id_is_folded_to_its_first_part() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check");
    let group = session.log().remove(0);
    let line = &group.lines[0];
    let id = line.request_id.as_ref().unwrap();
    assert_eq!((&*line.text, id.short.len(), id.rest.len()), ("START RequestId: ", 8, 28));
    assert_eq!(line.kind, LogLineKind::Platform);
}
