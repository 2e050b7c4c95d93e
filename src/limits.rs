//! One table of limits: what bounds the simulation, each with the words a person reads when it is met.
//!
//! Every loop and every store of the core has a row here, so that no input can hang the page or eat its memory.

/// Whether modules can be run that do not come with the program: on the command line, not in the page. What only such a
/// module could ask for is left out of the page, which every reader loads; tests make sure that the program's own modules
/// are in the subset and do not ask for it.
pub(crate) const OWN_MODULES: bool = cfg!(not(target_arch = "wasm32"));

/// Steps that one invocation may take before its virtual time runs on to the function's timeout at once.
pub const STEPS_PER_INVOCATION: u64 = 10_000_000;
/// Bytes of a string or array that a built-in looks at for as much as one of those steps.
pub const BYTES_READ_A_STEP: usize = 4_096;
/// Bytes that a built-in makes for as much as one of those steps.
pub const BYTES_MADE_A_STEP: usize = 256;
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
/// Keys that an object has for each step that one more costs: all of them are moved by it.
pub const KEYS_MOVED_A_STEP: usize = 2_048;
/// Frames on the handler machine's call stack; past it a `RangeError` is thrown, as V8 does.
pub const CALL_DEPTH: usize = 2_500;
/// The message of that `RangeError`.
pub const CALL_DEPTH_MESSAGE: &str = "Maximum call stack size exceeded";
/// MB of real memory that one environment's heap may take, however much `lambda.memory` leaves it.
pub const HEAP_MB: u32 = 512;
/// The same in the page, whose memory is the reader's.
pub const PAGE_HEAP_MB: u32 = 16;
/// What is added to Lambda's own words where one of these was met and not `lambda.memory`: before and after the number.
pub const HEAP_MESSAGE: [&str; 2] = [" (its values took ", " MB of real memory, which is all the simulation gives)"];
/// Arguments that a spread may make of an array; past it the `RangeError` of the call stack is thrown, as V8 does.
pub const ARGUMENTS: usize = 65_536;
/// Characters in one string; V8's own limit is 2^29 - 24.
pub const STRING_CHARACTERS: usize = 67_108_864;
/// The message of the `RangeError` that a longer string throws.
pub const STRING_MESSAGE: &str = "Invalid string length";
/// Elements in one array.
pub const ARRAY_ELEMENTS: usize = 1_048_576;
/// The message of the `RangeError` that a longer array throws.
pub const ARRAY_MESSAGE: &str = "Invalid array length";
/// Bytes of JavaScript in one file.
pub const SOURCE_BYTES: usize = 262_144;
/// Depth to which expressions and statements may nest in a source file, and values in JSON.
pub const NESTING: usize = 200;
/// Bytes of one scenario.
pub const SCENARIO_BYTES: usize = 65_536;
/// Statements of one scenario.
pub const SCENARIO_STATEMENTS: usize = 2_000;
/// The longest duration a scenario may name: 30 days.
pub const LONGEST_DURATION: crate::time::Duration = crate::time::Duration::from_secs(30 * 24 * 3_600);
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
/// Bytes of SQL in one statement.
pub const SQL_BYTES: usize = 65_536;
/// The message of the error that a longer one gives.
pub const SQL_BYTES_MESSAGE: &str = "statement is longer than the simulated PostgreSQL reads (64 KiB)";
/// Steps that one query may take: every evaluated part of an expression is one, long strings are more.
pub const SQL_STEPS: usize = 2_000_000;
/// Tables of one simulated database, temporary ones included.
pub const SQL_TABLES: usize = 1_000;
/// Row versions of one simulated database.
pub const SQL_ROWS: usize = 10_000;
/// Bytes that the rows of one simulated database may hold.
pub const SQL_STORED_BYTES: usize = 16 * 1_048_576;
/// Bytes of one value.
pub const SQL_VALUE_BYTES: usize = 1_048_576;
/// Advisory locks that may be held at the same time.
pub const SQL_LOCKS: usize = 1_000;
/// Parameters that one session may have set.
pub const SQL_PARAMETERS: usize = 1_000;
/// The message of the error past [`SQL_STEPS`].
pub const SQL_STEPS_MESSAGE: &str = "statement takes more steps than the simulated PostgreSQL gives it";
/// The message of the error past [`SQL_TABLES`], [`SQL_ROWS`] and [`SQL_STORED_BYTES`].
pub const SQL_STORED_MESSAGE: &str = "could not extend file: No space left on device";
/// The message of the error past [`SQL_VALUE_BYTES`].
pub const SQL_VALUE_MESSAGE: &str = "invalid memory alloc request size";
/// The message of the error past [`SQL_LOCKS`] and [`SQL_PARAMETERS`].
pub const SQL_MEMORY_MESSAGE: &str = "out of shared memory";
