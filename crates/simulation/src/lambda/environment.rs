//! The execution environment: its state machine, what outlives a process, and what outlives an invocation.
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
//! What each phase holds: `Init` and `Invoke` run an invocation, so nothing may freeze or reclaim them; a reset (timeout,
//! crash) ends the process and leaves the environment, which starts a new process at its next invocation.

use std::rc::Rc;

use super::log;
use super::process::{Process, ProcessOptions};
use crate::event::{EnvironmentId, InvocationId, Phase, Position, Start};
use crate::node::files::Files;
use crate::settings::{Deployment, KnexVersion, Settings};
use base::time::{Duration, Instant};
use std::collections::VecDeque;

/// The limit of an init, after which Lambda tries again inside the invocation.
pub(crate) const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Megabytes that a Node 20 runtime with Knex and pg loaded takes, as the field's REPORT lines show it.
pub(crate) const RUNTIME_MB: u32 = 70;

/// What can happen to an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The init is over, well or badly.
    Initialized,
    /// An invocation begins.
    Invoke,
    /// The invocation is over.
    Over,
    /// It is frozen.
    Freeze,
    /// It is thawed.
    Thaw,
    /// It is shut down.
    Reclaim,
}

/// The phase after a step; the error says why the step cannot be taken.
///
/// # Errors
/// The reason in words, to follow the environment's name.
pub fn next_phase(phase: Phase, step: Step) -> Result<Phase, &'static str> {
    match (phase, step) {
        (Phase::Init, Step::Initialized) | (Phase::Invoke, Step::Over) | (Phase::Frozen, Step::Thaw) => {
            Ok(Phase::Ready)
        }
        (Phase::Ready | Phase::Frozen, Step::Invoke) => Ok(Phase::Invoke),
        (Phase::Ready | Phase::Frozen, Step::Freeze) => Ok(Phase::Frozen),
        (Phase::Ready | Phase::Frozen, Step::Reclaim) => Ok(Phase::Shutdown),
        (Phase::Shutdown, _) => Err("is shut down"),
        (Phase::Init | Phase::Invoke, Step::Invoke | Step::Freeze | Step::Reclaim) => Err("runs an invocation"),
        (Phase::Init | Phase::Invoke | Phase::Ready, Step::Thaw) => Err("is not frozen"),
        (Phase::Init | Phase::Ready | Phase::Frozen, Step::Over) => Err("runs no invocation"),
        (Phase::Invoke | Phase::Ready | Phase::Frozen, Step::Initialized) => Err("is initialised already"),
    }
}

/// An invocation that has been given to an environment.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which.
    pub invocation: InvocationId,
    /// The handler's name.
    pub handler: Rc<str>,
    /// The event as JSON.
    pub event: Rc<str>,
    /// When it was asked for.
    pub requested_at: Instant,
    /// Whether the process has it in its inbox already.
    pub delivered: bool,
}

/// An invocation under way.
#[derive(Clone, Debug)]
pub struct Running {
    /// What was asked for.
    pub request: Request,
    /// How its process came to be.
    pub start: Start,
    /// When it began.
    pub started_at: Instant,
    /// How long the init before it took, on a cold start.
    pub init: Option<Duration>,
    /// Its queries that were rejected so far.
    pub rejections: u32,
    /// The first of them.
    pub first_rejection: Option<(Option<Position>, Rc<str>)>,
}

/// How often a handler ran in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// Its name.
    pub handler: Rc<str>,
    /// How often.
    pub count: u32,
    /// When it was last called.
    pub last: Instant,
}

/// An execution environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its number.
    pub id: EnvironmentId,
    /// The function it belongs to.
    pub function: Rc<str>,
    pub(crate) phase: Phase,
    pub(crate) phase_since: Instant,
    /// When it was created.
    pub created_at: Instant,
    pub(crate) options: ProcessOptions,
    pub(crate) process: Option<Process>,
    pub(crate) files: Files,
    /// Invocations so far, the one under way included.
    pub invocations: u32,
    pub(crate) running: Option<Running>,
    /// Events that wait at it.
    pub(crate) waiting: VecDeque<Request>,
    /// The version of the code it was created with.
    pub(crate) version: u32,
    /// When the module of the present process was evaluated.
    pub evaluated_at: Option<Instant>,
    /// Processes so far.
    pub processes: u32,
    /// Since when it has been idle.
    pub(crate) idle_since: Instant,
    /// The agenda's entries for the function's timeout and for the end of its idle time, to be taken out when they are void.
    pub(crate) timeout_entry: Option<(Instant, u64)>,
    pub(crate) reclaim_entry: Option<(Instant, u64)>,
    /// Until when the process is only waking up.
    pub(crate) wakes_at: Instant,
    /// When its runtime was started, while the module is being evaluated.
    pub(crate) booted_at: Option<Instant>,
    /// Distinguishes boots, so that a limit of an earlier one has no say.
    pub(crate) boot: u32,
    /// How often each handler ran.
    pub runs: Vec<Runs>,
}

impl Environment {
    /// A new environment, about to start its runtime.
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
            files: Files::new(u64::from(settings.lambda.tmp_mb) * 1_048_576),
            invocations: 0,
            running: None,
            waiting: VecDeque::default(),
            version,
            evaluated_at: None,
            processes: 0,
            idle_since: now,
            timeout_entry: None,
            reclaim_entry: None,
            wakes_at: now,
            booted_at: None,
            boot: 0,
            runs: Vec::new(),
        }
    }

    /// Its phase.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Since when it has been in this phase.
    pub fn phase_since(&self) -> Instant {
        self.phase_since
    }

    /// The invocation under way.
    pub fn running(&self) -> Option<InvocationId> {
        self.running.as_ref().map(|running| running.request.invocation)
    }

    /// Its process; there is none while the runtime starts, after a reset, and after the shutdown.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// The files under /tmp.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Whether its process may run at `now`.
    pub(crate) fn may_run(&self, now: Instant) -> bool {
        self.process.is_some() && !matches!(self.phase, Phase::Frozen | Phase::Shutdown) && now >= self.wakes_at
    }

    /// Whether an invocation can be given to it.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.phase, Phase::Ready | Phase::Frozen) && self.running.is_none() && self.waiting.is_empty()
    }

    /// The megabytes that a REPORT line tells: what Node with Knex takes, and the heap.
    pub(crate) fn memory_used_mb(&self) -> u32 {
        let heap = self.process.as_ref().map_or(0, |process| process.vm().heap().bytes());
        RUNTIME_MB + heap.div_ceil(1_048_576) as u32
    }
}

/// The function that a handler's invocations go to.
pub fn function_name(settings: &Settings, handler: &str) -> Rc<str> {
    match settings.lambda.deploy {
        Deployment::Separate => handler.into(),
        Deployment::Shared => "handlers".into(),
    }
}

/// The variable that `context.logStreamName` is read from.
pub(crate) const LOG_STREAM: &str = "AWS_LAMBDA_LOG_STREAM_NAME";

/// `process.env` of a function: Lambda's variables, and those that the config file reads.
pub(crate) fn variables(settings: &Settings, function: &str, log_stream: &str) -> Vec<(Rc<str>, Rc<str>)> {
    let connection = &settings.connection;
    let pairs: [(&str, &str); 14] = [
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &settings.lambda.memory_mb.to_string()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &["/aws/lambda/", function].concat()),
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

/// The settings of the pool as the JSON that the config file reads; only what is set.
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

/// The name of a version, as the page tells it.
pub fn version_name(version: KnexVersion) -> &'static str {
    match version {
        KnexVersion::V0_17_0 => "0.17.0",
        KnexVersion::V3_3_0 => "3.3.0",
    }
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
    fn what_cannot_be_done_says_why() {
        assert_eq!(next_phase(Phase::Invoke, Step::Freeze), Err("runs an invocation"));
        assert_eq!(next_phase(Phase::Shutdown, Step::Invoke), Err("is shut down"));
        assert_eq!(next_phase(Phase::Ready, Step::Thaw), Err("is not frozen"));
    }

    #[test]
    fn only_what_is_set_reaches_the_config_file() {
        let mut settings = Settings::default();
        assert_eq!(knex_options(&settings), "{}");
        settings.pool.max = Some(1);
        settings.acquire_connection_timeout = Some(Duration::from_secs(2));
        assert_eq!(knex_options(&settings), r#"{"pool":{"max":1},"acquireConnectionTimeout":2000}"#);
    }
}
