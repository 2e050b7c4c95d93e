//! The limits of the simulation. Every loop and every store has one, so that no input can hang the page or exhaust its
//! memory. The limits of the simulated PostgreSQL are in [`postgres::limits`], those of the language in the crate
//! `javascript`.

use base::time::Duration;

/// Steps of one invocation. Past it, virtual time goes straight to the timeout of the function.
pub const STEPS_PER_INVOCATION: u64 = 10_000_000;
/// Steps that every printed line costs, in addition to those of its bytes ([`BYTES_LOGGED_A_STEP`]): logs are kept.
pub const STEPS_A_LINE: u64 = 50;
/// Bytes of a printed line that cost one step.
pub const BYTES_LOGGED_A_STEP: usize = 2;
/// Steps that a Knex client costs: clients are kept for as long as their process lives.
pub const STEPS_A_CLIENT: u64 = 1_000;
/// Steps that every query and every connection costs, in addition to those of the SQL's bytes ([`BYTES_ASKED_A_STEP`])
/// and those of the database ([`postgres::limits::STEPS`]).
pub const STEPS_A_QUERY: u64 = 100;
/// Bytes of SQL that cost one step.
pub const BYTES_ASKED_A_STEP: usize = 16;
/// The largest heap of one environment, in MB of real memory, whatever `lambda.memory` allows.
pub const HEAP_MB: u32 = 512;
/// Like [`HEAP_MB`], in the page.
pub const PAGE_HEAP_MB: u32 = 16;
/// The note after Lambda's own message where [`HEAP_MB`] was reached before `lambda.memory`: the text before and after
/// the number of MB.
pub const HEAP_MESSAGE: [&str; 2] = [" (its values took ", " MB of real memory, which is all the simulation gives)"];
/// Bytes of one scenario.
pub const SCENARIO_BYTES: usize = 65_536;
/// Statements of one scenario.
pub const SCENARIO_STATEMENTS: usize = 2_000;
/// The longest duration that a scenario may name: 30 days.
pub const LONGEST_DURATION: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Environments of one run, shut-down ones included.
pub const ENVIRONMENTS: usize = 2_000;
/// Timers of one process.
pub const TIMERS: usize = 100_000;
/// Open connections of one run.
pub const CONNECTIONS: usize = 10_000;
/// Files and folders in one `/tmp`: the number of inodes of a real one of 512 MB.
pub const FILES: usize = 32_768;
/// Bytes of a path: Linux' `PATH_MAX` without the final zero.
pub const PATH_BYTES: usize = 4_095;
/// Bytes of each name in a path: Linux' `NAME_MAX`.
pub const NAME_BYTES: usize = 255;
/// `Line` events of one line in one invocation, after which repeats are combined into one event with a count.
pub const LINE_REPEATS: u32 = 200;
/// Characters of one log line. Lambda itself truncates at 256 KiB.
pub const LOG_LINE_CHARACTERS: usize = 262_144;
