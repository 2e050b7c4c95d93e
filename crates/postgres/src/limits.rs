//! Limits of the simulated PostgreSQL, each with the message that its error has.

/// Bytes of SQL in one statement.
pub const BYTES: usize = 65_536;
/// The message of the error that a longer one gives.
pub const BYTES_MESSAGE: &str = "statement is longer than the simulated PostgreSQL reads (64 KiB)";
/// Steps that one query may take: every evaluated part of an expression is one, long strings are more.
pub const STEPS: usize = 2_000_000;
/// Tables of one simulated database, temporary ones included.
pub const TABLES: usize = 1_000;
/// Row versions of one simulated database.
pub const ROWS: usize = 10_000;
/// Bytes that the rows of one simulated database may hold.
pub const STORED_BYTES: usize = 16 * 1_048_576;
/// Bytes of one value.
pub const VALUE_BYTES: usize = 1_048_576;
/// Advisory locks that may be held at the same time.
pub const LOCKS: usize = 1_000;
/// Parameters that one session may have set.
pub const PARAMETERS: usize = 1_000;
/// The message of the error past [`STEPS`].
pub const STEPS_MESSAGE: &str = "statement takes more steps than the simulated PostgreSQL gives it";
/// The message of the error past [`TABLES`], [`ROWS`] and [`STORED_BYTES`].
pub const STORED_MESSAGE: &str = "could not extend file: No space left on device";
/// The message of the error past [`VALUE_BYTES`].
pub const VALUE_MESSAGE: &str = "invalid memory alloc request size";
/// The message of the error past [`LOCKS`] and [`PARAMETERS`].
pub const MEMORY_MESSAGE: &str = "out of shared memory";
/// Depth to which expressions may nest in a statement.
pub const NESTING: usize = 200;
