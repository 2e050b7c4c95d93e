//! The table of limits.
//!
//! Every loop and every store of the simulation has a limit here, so that no input can hang the page or use up its memory.

/// Steps of one invocation. Beyond them its virtual time runs to the function's timeout at once.
pub const STEPS_PER_INVOCATION: u64 = 10_000_000;
/// Steps that printing a line costs. Log lines are kept in memory, so a line costs one more step for each
/// [`BYTES_LOGGED_A_STEP`].
pub const STEPS_A_LINE: u64 = 50;
/// Bytes of a log line that cost one step.
pub const BYTES_LOGGED_A_STEP: usize = 2;
/// Steps that making a Knex client costs. A client is kept in memory as long as its process lives.
pub const STEPS_A_CLIENT: u64 = 1_000;
/// Steps that a query or a connection costs, for the work of the library and the server. A query costs one more step for
/// each [`BYTES_ASKED_A_STEP`], and for each step of the database.
pub const STEPS_A_QUERY: u64 = 100;
/// Bytes of SQL that cost one step.
pub const BYTES_ASKED_A_STEP: usize = 16;
/// Megabytes of real memory that the heap of one environment may take, even if `lambda.memory` leaves more.
pub const HEAP_MB: u32 = 512;
/// Like [`HEAP_MB`], on the page, whose memory is the reader's.
pub const PAGE_HEAP_MB: u32 = 16;
/// Bytes of a scenario.
pub const SCENARIO_BYTES: usize = 65_536;
/// Statements of a scenario.
pub const SCENARIO_STATEMENTS: usize = 2_000;
/// The longest duration of a scenario: 30 days.
pub const LONGEST_DURATION: base::time::Duration = base::time::Duration::from_secs(30 * 24 * 3_600);
/// Environments of a run, shut-down ones included.
pub const ENVIRONMENTS: usize = 2_000;
/// Timers that a process may have at the same time.
pub const TIMERS: usize = 100_000;
/// Connections that a run may have open at the same time.
pub const CONNECTIONS: usize = 10_000;
/// Files and folders in /tmp. The file system of a real /tmp of 512 MB has as many inodes.
pub const FILES: usize = 32_768;
/// Bytes of a path: the limit of Linux.
pub const PATH_BYTES: usize = 4_095;
/// Bytes of a name in a path: the limit of Linux.
pub const NAME_BYTES: usize = 255;
/// Events for the executions of one line in one invocation. Further executions are counted in one event.
pub const LINE_REPEATS: u32 = 200;
/// Characters of a log line. Lambda cuts lines at 256 KiB.
pub const LOG_LINE_CHARACTERS: usize = 262_144;
