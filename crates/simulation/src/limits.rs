//! One table of limits: what bounds the simulation, each with the words a person reads when it is met.
//!
//! Every loop and every store of the core has a row here, so that no input can hang the page or eat its memory.

/// Steps that one invocation may take before its virtual time runs on to the function's timeout at once.
pub const STEPS_PER_INVOCATION: u64 = 10_000_000;
/// Steps that a printed line costs, whatever is on it, and the bytes of it that cost one more: what is logged is kept.
pub const STEPS_A_LINE: u64 = 50;
/// See [`STEPS_A_LINE`].
pub const BYTES_LOGGED_A_STEP: usize = 2;
/// Steps that one of Knex's clients costs: it is never let go of.
pub const STEPS_A_CLIENT: u64 = 1_000;
/// Steps that a query costs, and a connection: what the library and the server do for it. So many bytes of SQL cost one
/// more, as does each step of the server's: see [`SQL_STEPS`].
pub const STEPS_A_QUERY: u64 = 100;
/// See [`STEPS_A_QUERY`].
pub const BYTES_ASKED_A_STEP: usize = 16;
/// MB of real memory that one environment's heap may take, however much `lambda.memory` leaves it.
pub const HEAP_MB: u32 = 512;
/// The same in the page, whose memory is the reader's.
pub const PAGE_HEAP_MB: u32 = 16;
/// Bytes of one scenario.
pub const SCENARIO_BYTES: usize = 65_536;
/// Statements of one scenario.
pub const SCENARIO_STATEMENTS: usize = 2_000;
/// The longest duration a scenario may name: 30 days.
pub const LONGEST_DURATION: base::time::Duration = base::time::Duration::from_secs(30 * 24 * 3_600);
/// Environments of one run, shut-down ones included.
pub const ENVIRONMENTS: usize = 2_000;
/// Timers that one process may hold.
pub const TIMERS: usize = 100_000;
/// Connections that one run may have open at the same time.
pub const CONNECTIONS: usize = 10_000;
/// Files and folders in one /tmp: as many as the real one, of 512 MB, has room for in its table.
pub const FILES: usize = 32_768;
/// Bytes of a path, and of each name in it: Linux' own.
pub const PATH_BYTES: usize = 4_095;
/// See [`PATH_BYTES`].
pub const NAME_BYTES: usize = 255;
/// How often one line is lit in one invocation before its repeats are told as one counted event.
pub const LINE_REPEATS: u32 = 200;
/// Characters of one log line; Lambda itself cuts at 256 KiB.
pub const LOG_LINE_CHARACTERS: usize = 262_144;
