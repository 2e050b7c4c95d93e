//! The execution environment: its state machine, and the state that outlives a process or an invocation.
//!
//! ```text
//!            ┌──────── evaluated, or failed ────────┐
//!  create ► Init ─────────────────────────────────► Ready ◄──over──┐
//!                                                   │ │ ▲          │
//!                                            freeze │ │ └──thaw──┐ │
//!                                                   ▼ └─invoke─► Invoke
//!                                                 Frozen ──invoke──▲
//!                                                   │
//!             Shutdown ◄── reclaim, deploy, idle ───┴── (Ready too)
//! ```
//!
//! An environment in `Init` or `Invoke` has an invocation, so it cannot be frozen or reclaimed. A timeout or a crash ends
//! the process and leaves the environment: its next invocation starts a new process in it. (Source: "Lambda execution
//! environment lifecycle" in AWS' developer guide.)

use core::fmt;
use std::rc::Rc;

use super::log;
use super::process::{Process, ProcessOptions};
use crate::event::{EnvironmentId, InvocationId, Phase, Position, Start};
use crate::json::Json;
use crate::node::files::Files;
use crate::settings::{Deployment, Settings};
use base::time::{Duration, Instant};
use std::collections::VecDeque;

/// Lambda's limit for an init. An init that takes longer is repeated inside the invocation. (Source: AWS' developer guide.)
pub(crate) const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Megabytes that a Node 20 runtime takes with Knex and pg loaded, as REPORT lines of such functions show it.
pub(crate) const RUNTIME_MB: u32 = 70;

/// A step of an environment from one phase to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The init has ended, whether or not it succeeded.
    Initialized,
    /// An invocation begins.
    Invoke,
    /// The invocation ends.
    Over,
    /// The environment is frozen.
    Freeze,
    /// The environment is thawed.
    Thaw,
    /// The environment is shut down.
    Reclaim,
}

/// Why a step is not possible. Its text follows the name of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepError {
    /// Nothing can happen to an environment after its shutdown.
    ShutDown,
    /// The environment runs an invocation, or waits for its init to run one.
    RunsInvocation,
    /// Only a frozen environment can be thawed.
    NotFrozen,
    /// No invocation runs that could end.
    RunsNone,
    /// The init has ended before.
    Initialized,
}

impl fmt::Display for StepError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ShutDown => "is shut down",
            Self::RunsInvocation => "runs an invocation",
            Self::NotFrozen => "is not frozen",
            Self::RunsNone => "runs no invocation",
            Self::Initialized => "is initialised already",
        })
    }
}

impl core::error::Error for StepError {}

/// The phase after a step.
///
/// # Errors
/// The reason, if the step is not possible in this phase.
pub fn next_phase(phase: Phase, step: Step) -> Result<Phase, StepError> {
    match (phase, step) {
        (Phase::Init, Step::Initialized) | (Phase::Invoke, Step::Over) | (Phase::Frozen, Step::Thaw) => {
            Ok(Phase::Ready)
        }
        (Phase::Ready | Phase::Frozen, Step::Invoke) => Ok(Phase::Invoke),
        (Phase::Ready | Phase::Frozen, Step::Freeze) => Ok(Phase::Frozen),
        (Phase::Ready | Phase::Frozen, Step::Reclaim) => Ok(Phase::Shutdown),
        (Phase::Shutdown, _) => Err(StepError::ShutDown),
        (Phase::Init | Phase::Invoke, Step::Invoke | Step::Freeze | Step::Reclaim) => Err(StepError::RunsInvocation),
        (Phase::Init | Phase::Invoke | Phase::Ready, Step::Thaw) => Err(StepError::NotFrozen),
        (Phase::Init | Phase::Ready | Phase::Frozen, Step::Over) => Err(StepError::RunsNone),
        (Phase::Invoke | Phase::Ready | Phase::Frozen, Step::Initialized) => Err(StepError::Initialized),
    }
}

/// An invocation that has been given to an environment.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number of the invocation.
    pub invocation: InvocationId,
    /// The name of the handler.
    pub handler: Rc<str>,
    /// The event.
    pub event: Json,
    /// The moment at which the invocation was asked for.
    pub requested_at: Instant,
    /// True if the process has the event in its inbox.
    pub delivered: bool,
}

/// An invocation under way.
#[derive(Clone, Debug)]
pub struct Running {
    /// The invocation as it was asked for.
    pub request: Request,
    /// How the process came to be.
    pub start: Start,
    /// The moment at which the invocation began.
    pub started_at: Instant,
    /// The duration of the init before the invocation, on a cold start.
    pub init: Option<Duration>,
    /// Queries that were rejected since the last one that succeeded.
    pub rejections: u32,
    /// The line and the message of the first of these rejections.
    pub first_rejection: Option<(Option<Position>, Rc<str>)>,
}

impl Running {
    /// An invocation that begins now.
    pub(crate) fn new(request: Request, start: Start, started_at: Instant) -> Self {
        Self { request, start, started_at, init: None, rejections: 0, first_rejection: None }
    }
}

/// How often a handler ran in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerRuns {
    /// The name of the handler.
    pub handler: Rc<str>,
    /// Invocations of the handler, the one under way included.
    pub count: u32,
    /// The moment at which the latest of them began.
    pub last: Instant,
}

/// An execution environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The number of the environment.
    pub id: EnvironmentId,
    /// The function that the environment belongs to.
    pub function: Rc<str>,
    pub(crate) phase: Phase,
    pub(crate) phase_since: Instant,
    /// The moment of its creation.
    pub created_at: Instant,
    pub(crate) options: ProcessOptions,
    pub(crate) process: Option<Process>,
    pub(crate) files: Files,
    /// Invocations so far, the one under way included.
    pub invocations: u32,
    pub(crate) running: Option<Running>,
    /// Invocations whose event waits for the init or for a thaw.
    pub(crate) waiting: VecDeque<Request>,
    /// The version of the code that the environment was created with.
    pub(crate) version: u32,
    /// The moment at which the present process had evaluated the module.
    pub evaluated_at: Option<Instant>,
    /// Processes that the environment has had.
    pub processes: u32,
    /// The end of the latest invocation, or the creation if there was none.
    pub(crate) idle_since: Instant,
    /// The moment from which the process can run after a thaw.
    pub(crate) wakes_at: Instant,
    /// The moment at which the runtime was started. `None` once the module has been evaluated.
    pub(crate) booted_at: Option<Instant>,
    /// Counts the starts of the runtime, so that the queue's entries for an earlier start have no effect.
    pub(crate) boot: u32,
    /// How often each handler ran, in the order of their first invocations.
    pub runs: Vec<HandlerRuns>,
}

impl Environment {
    /// A new environment whose runtime is about to start.
    pub(crate) fn new(id: EnvironmentId, function: Rc<str>, settings: &Settings, now: Instant, version: u32) -> Self {
        let options = ProcessOptions::new(settings, &function, &log::log_stream(settings, id, now));
        Self {
            id,
            function,
            phase: Phase::Init,
            phase_since: now,
            created_at: now,
            options,
            process: None,
            files: Files::new(settings.lambda.tmp_bytes()),
            invocations: 0,
            running: None,
            waiting: VecDeque::default(),
            version,
            evaluated_at: None,
            processes: 0,
            idle_since: now,
            wakes_at: now,
            booted_at: None,
            boot: 0,
            runs: Vec::new(),
        }
    }

    /// The phase that the environment is in.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The moment at which the environment entered its phase.
    pub fn phase_since(&self) -> Instant {
        self.phase_since
    }

    /// The invocation under way.
    pub fn running(&self) -> Option<InvocationId> {
        self.running.as_ref().map(|running| running.request.invocation)
    }

    /// The process. `None` while the runtime starts, after a reset, and after the shutdown.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// The files under /tmp.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// True if the process may run at `now`.
    pub(crate) fn may_run(&self, now: Instant) -> bool {
        self.process.is_some() && !matches!(self.phase, Phase::Frozen | Phase::Shutdown) && now >= self.wakes_at
    }

    /// True if the environment can take an invocation.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.phase, Phase::Ready | Phase::Frozen) && self.running.is_none() && self.waiting.is_empty()
    }

    /// The megabytes that a REPORT line names: the runtime with Knex, and the handler's heap.
    pub(crate) fn memory_used_mb(&self) -> u32 {
        let heap = self.process.as_ref().map_or(0, |process| process.vm().heap().bytes());
        RUNTIME_MB + heap.div_ceil(1_048_576) as u32
    }
}

/// The name of the function that a handler's invocations go to.
pub fn function_name(settings: &Settings, handler: &str) -> Rc<str> {
    match settings.lambda.deploy {
        Deployment::Separate => handler.into(),
        Deployment::Shared => "handlers".into(),
    }
}

/// The environment variable that `context.logStreamName` is read from.
pub(crate) const LOG_STREAM: &str = "AWS_LAMBDA_LOG_STREAM_NAME";

/// The `process.env` of a function: Lambda's variables, and those that the config file reads.
pub(crate) fn variables(settings: &Settings, function: &str, log_stream: &str) -> Vec<(Rc<str>, Rc<str>)> {
    let connection = &settings.connection;
    let pairs: [(&str, &str); 14] = [
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &settings.lambda.memory_mb.to_string()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{function}")),
        (LOG_STREAM, log_stream),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_nodejs20.x"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("PGHOST", &connection.host),
        ("PGPORT", &connection.port.to_string()),
        ("PGUSER", &connection.user),
        ("PGPASSWORD", &connection.password),
        ("PGDATABASE", &connection.database),
        ("KNEX_OPTIONS", &knex_options(settings)),
    ];
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// The settings of the pool as the JSON that the config file reads. Settings that are unset are left out.
fn knex_options(settings: &Settings) -> String {
    let pool = &settings.pool;
    let millis = |span: Option<Duration>| span.map(|span| span.as_millis().to_string());
    let members = [
        ("min", pool.min.map(|min| min.to_string())),
        ("max", pool.max.map(|max| max.to_string())),
        ("idleTimeoutMillis", millis(pool.idle_timeout)),
        ("reapIntervalMillis", millis(pool.reap_interval)),
        ("acquireTimeoutMillis", millis(pool.acquire_timeout)),
        ("createTimeoutMillis", millis(pool.create_timeout)),
        ("createRetryIntervalMillis", millis(pool.create_retry_interval)),
        ("destroyTimeoutMillis", millis(pool.destroy_timeout)),
        ("propagateCreateError", pool.propagate_create_error.map(|propagate| propagate.to_string())),
    ];
    let mut parts = Vec::new();
    let pool = object(&members);
    if pool != "{}" {
        parts.push(("pool", Some(pool)));
    }
    parts.push(("acquireConnectionTimeout", millis(settings.acquire_connection_timeout)));
    object(&parts)
}

fn object(members: &[(&str, Option<String>)]) -> String {
    let members: Vec<_> =
        members.iter().filter_map(|(key, value)| value.as_ref().map(|value| format!("\"{key}\":{value}"))).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASES: [Phase; 5] = [Phase::Init, Phase::Ready, Phase::Invoke, Phase::Frozen, Phase::Shutdown];
    const STEPS: [Step; 6] = [Step::Initialized, Step::Invoke, Step::Over, Step::Freeze, Step::Thaw, Step::Reclaim];

    #[test]
    fn every_step_in_every_phase_leads_where_the_picture_says() {
        let allowed: Vec<_> = PHASES
            .into_iter()
            .flat_map(|phase| STEPS.into_iter().map(move |step| (phase, step)))
            .filter_map(|(phase, step)| next_phase(phase, step).ok().map(|next| (phase, step, next)))
            .collect();
        assert_eq!(
            allowed,
            [
                (Phase::Init, Step::Initialized, Phase::Ready),
                (Phase::Ready, Step::Invoke, Phase::Invoke),
                (Phase::Ready, Step::Freeze, Phase::Frozen),
                (Phase::Ready, Step::Reclaim, Phase::Shutdown),
                (Phase::Invoke, Step::Over, Phase::Ready),
                (Phase::Frozen, Step::Invoke, Phase::Invoke),
                (Phase::Frozen, Step::Freeze, Phase::Frozen),
                (Phase::Frozen, Step::Thaw, Phase::Ready),
                (Phase::Frozen, Step::Reclaim, Phase::Shutdown),
            ]
        );
    }

    #[test]
    fn an_impossible_step_gives_its_reason() {
        assert_eq!(next_phase(Phase::Invoke, Step::Freeze), Err(StepError::RunsInvocation));
        assert_eq!(next_phase(Phase::Shutdown, Step::Invoke), Err(StepError::ShutDown));
        assert_eq!(next_phase(Phase::Ready, Step::Thaw), Err(StepError::NotFrozen));
    }

    #[test]
    fn only_settings_that_are_set_reach_the_config_file() {
        let mut settings = Settings::default();
        assert_eq!(knex_options(&settings), "{}");
        settings.pool.max = Some(1);
        settings.acquire_connection_timeout = Some(Duration::from_secs(2));
        assert_eq!(knex_options(&settings), r#"{"pool":{"max":1},"acquireConnectionTimeout":2000}"#);
    }
}
