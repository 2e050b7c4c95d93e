//! The world from outside: actions, refusals, the life of environments, freezing.

use super::*;
use crate::event::{DisconnectReason, NetworkFault, Phase, Start, Status};
use crate::lambda::environment::StepError;
use crate::settings::Deployment;
use base::time::Duration;

const CHECK: &str = "checkDatabaseConnection";

fn world(change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = Settings::default();
    change(&mut settings);
    World::new(settings, Package::post())
}

/// A call of the post's first handler in this environment.
fn call(on: Option<u32>) -> Call {
    Call { on: on.map(EnvironmentId), ..Call::new(CHECK) }
}

/// Invokes the handler and drives the world to the end of the invocation.
fn invoke(world: &mut World, on: Option<u32>) -> Vec<Event> {
    let applied = world.apply(Action::Invoke(call(on))).expect("the invocation is possible");
    let mut events = Vec::new();
    let goal = applied.invocation.map_or(Goal::Now, Goal::Ended);
    world.drive(goal, &mut |batch| events.extend_from_slice(batch));
    events
}

fn wait(world: &mut World, span: Duration) {
    world.advance_to(world.now() + span);
}

fn phases(world: &World) -> Vec<Phase> {
    world.environments().map(Environment::phase).collect()
}

fn starts(events: &[Event]) -> Vec<Start> {
    let start = |event: &Event| match event.kind {
        EventKind::InvocationStarted { start } => Some(start),
        _ => None,
    };
    events.iter().filter_map(start).collect()
}

/// Applies an action that is refused, checks that nothing has changed, and returns the refusal.
#[track_caller]
fn refused(world: &mut World, action: Action) -> Refusal {
    let before = format!("{:?}", world.view());
    let events = world.event_count();
    let refusal = world.apply(action).expect_err("the action is refused");
    assert_eq!((format!("{:?}", world.view()), world.event_count()), (before, events), "a refusal changes nothing");
    refusal
}

#[test]
fn an_invocation_goes_to_the_environment_that_was_used_last() {
    let mut world = world(|_| {});
    assert_eq!(starts(&invoke(&mut world, None)), [Start::Cold]);
    assert_eq!(starts(&invoke(&mut world, Some(2))), [Start::Cold], "one more than there are makes a new one");
    invoke(&mut world, Some(1));
    invoke(&mut world, None);
    assert_eq!(world.latest_environment(), Some(EnvironmentId(1)));
    assert_eq!(world.environments().map(|it| it.invocations).collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn handlers_share_environments_only_if_they_are_deployed_together() {
    for (deploy, environments) in [(Deployment::Separate, 2), (Deployment::Shared, 1)] {
        let mut world = world(|settings| settings.lambda.deploy = deploy);
        invoke(&mut world, None);
        world.apply(Action::Invoke(Call::new("checkDatabaseConnectionProper"))).unwrap();
        assert_eq!(world.environments().len(), environments);
    }
}

#[test]
fn each_refusal_has_its_reason() {
    let mut world = world(|_| {});
    let id = EnvironmentId(1);
    let proper = Call { on: Some(id), ..Call::new("checkDatabaseConnectionProper") };
    assert_eq!(
        refused(&mut world, Action::Thaw { on: Some(id) }),
        Refusal::NoSuchEnvironment { environment: id, created: 0 }
    );
    assert_eq!(refused(&mut world, Action::Queue(call(None))), Refusal::NoneFrozen { function: CHECK.into() });
    assert_eq!(refused(&mut world, Action::Postgres(ServerAction::Start)), Refusal::ServerRunning);
    let running = world.apply(Action::Invoke(call(None))).unwrap().invocation.unwrap();
    wait(&mut world, Duration::from_millis(190));
    assert_eq!(refused(&mut world, Action::Invoke(call(Some(1)))), Refusal::Busy { environment: id, running });
    let busy = Refusal::RunsInvocation { environment: id, running };
    assert_eq!(refused(&mut world, Action::Freeze { on: Some(id) }), busy);
    assert_eq!(refused(&mut world, Action::Reclaim { on: Some(id) }), busy);
    wait(&mut world, Duration::from_secs(1));
    assert_eq!(
        refused(&mut world, Action::Invoke(proper)).to_string(),
        "environment 1 belongs to checkDatabaseConnection, not to checkDatabaseConnectionProper"
    );
    let waiting = world.apply(Action::Queue(call(None))).unwrap().invocation.unwrap();
    assert_eq!(refused(&mut world, Action::Invoke(call(Some(1)))), Refusal::EventWaits { environment: id, waiting });
    assert_eq!(refused(&mut world, Action::Reclaim { on: Some(id) }), Refusal::KeepsEvent { environment: id, waiting });
    world.apply(Action::Thaw { on: Some(id) }).unwrap();
    wait(&mut world, Duration::from_secs(1));
    world.apply(Action::Reclaim { on: Some(id) }).unwrap();
    assert_eq!(
        refused(&mut world, Action::Freeze { on: Some(id) }),
        Refusal::Phase { environment: id, why: StepError::ShutDown }
    );
}

#[test]
fn an_action_without_a_target_leaves_out_environments_that_it_cannot_apply_to() {
    let mut world = world(|_| {});
    invoke(&mut world, None);
    world.apply(Action::Invoke(call(Some(2)))).unwrap();
    world.apply(Action::Thaw { on: None }).unwrap();
    assert_eq!(phases(&world), [Phase::Ready, Phase::Init]);
    world.apply(Action::Reclaim { on: None }).unwrap();
    assert_eq!(phases(&world), [Phase::Shutdown, Phase::Init]);
}

#[test]
fn freezing_can_change_during_a_run() {
    let mut world = world(|settings| settings.lambda.freeze = Freezing::Manual);
    invoke(&mut world, None);
    assert_eq!(phases(&world), [Phase::Ready]);
    let before = world.clone();
    world.set_freezing(Freezing::Auto);
    assert_eq!(phases(&world), [Phase::Ready], "it counts from the next end of an invocation on");
    invoke(&mut world, None);
    assert_eq!(phases(&world), [Phase::Frozen]);
    assert_eq!(before.settings().lambda.freeze, Freezing::Manual, "a clone has settings of its own");
}

#[test]
fn a_thawed_environment_stays_awake_until_its_next_invocation_ends() {
    let mut world = world(|_| {});
    invoke(&mut world, None);
    world.apply(Action::Thaw { on: None }).unwrap();
    wait(&mut world, Duration::from_secs(5));
    assert_eq!(phases(&world), [Phase::Ready]);
    invoke(&mut world, None);
    assert_eq!(phases(&world), [Phase::Frozen]);
}

#[test]
fn an_idle_environment_is_shut_down_in_time() {
    let mut world = world(|settings| settings.lambda.reclaim_after = Duration::from_secs(60));
    invoke(&mut world, None);
    wait(&mut world, Duration::from_secs(59));
    invoke(&mut world, None);
    wait(&mut world, Duration::from_secs(59));
    assert_eq!(phases(&world), [Phase::Frozen], "the time counts from the latest invocation");
    wait(&mut world, Duration::from_secs(1));
    assert_eq!(phases(&world), [Phase::Shutdown]);
}

#[test]
fn a_deployment_replaces_busy_environments_when_they_are_done() {
    let mut world = world(|_| {});
    invoke(&mut world, None);
    world.apply(Action::Invoke(call(None))).unwrap();
    world.apply(Action::Deploy).unwrap();
    assert_eq!(phases(&world), [Phase::Invoke]);
    wait(&mut world, Duration::from_secs(1));
    assert_eq!(phases(&world), [Phase::Shutdown]);
}

#[test]
fn a_timeout_ends_the_process_and_leaves_the_environment() {
    let mut world = world(|settings| settings.lambda.timeout = Duration::from_millis(5));
    let events = invoke(&mut world, None);
    let status = events.iter().find_map(|event| match &event.kind {
        EventKind::InvocationEnded { outcome } => Some(outcome.status),
        _ => None,
    });
    assert_eq!(status, Some(Status::Timeout));
    let lost = events
        .iter()
        .any(|event| matches!(event.kind, EventKind::ConnectionLost { why: DisconnectReason::Process, .. }));
    assert!(lost, "the operating system closes the sockets of the process");
    assert!(world.environments().all(|environment| environment.process().is_none()));
    assert_eq!(starts(&invoke(&mut world, None)), [Start::Reset]);
}

#[test]
fn beyond_the_concurrency_an_invocation_is_throttled() {
    let mut world = world(|settings| settings.lambda.concurrency = 1);
    world.apply(Action::Invoke(call(None))).unwrap();
    let applied = world.apply(Action::Invoke(call(None))).unwrap();
    assert!(applied.throttled && applied.environment.is_none());
    assert_eq!(world.environments().len(), 1);
    assert!(applied.invocation.is_some_and(|invocation| !world.is_running(invocation)));
}

#[test]
fn a_fault_of_the_network_is_an_event_of_each_environment_that_lives() {
    let mut world = world(|_| {});
    invoke(&mut world, None);
    world.apply(Action::Invoke(call(Some(2)))).unwrap();
    world.apply(Action::Reclaim { on: Some(EnvironmentId(1)) }).unwrap();
    world.take_events();
    world.apply(Action::Network { on: None, fault: NetworkFault::Silent }).unwrap();
    let events = world.take_events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].environment, Some(EnvironmentId(2)));
    assert_eq!(events[0].kind, EventKind::NetworkChanged { fault: NetworkFault::Silent });
}
