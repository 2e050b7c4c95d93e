//! Limits of the simulated PostgreSQL, and the messages of the errors past them. They keep any input from taking
//! unbounded time or memory.

/// The longest query text, in bytes.
pub const QUERY_BYTES: usize = 65_536;
/// Steps of one query. Evaluating an expression node once costs one step, and one more per 16 bytes of text it makes.
pub const STEPS: usize = 2_000_000;
/// Tables of one database, temporary ones included.
pub const TABLES: usize = 1_000;
/// Row versions of one database.
pub const ROW_VERSIONS: usize = 10_000;
/// Bytes in all rows of one database.
pub const STORED_BYTES: usize = 16 * 1_048_576;
/// Bytes of one value.
pub const VALUE_BYTES: usize = 1_048_576;
/// Advisory locks that are held at the same time.
pub const ADVISORY_LOCKS: usize = 1_000;
/// Run-time parameters that one session has set.
pub const PARAMETERS: usize = 1_000;
/// The depth to which expressions nest.
pub const NESTING: usize = 200;

/// The message past [`QUERY_BYTES`].
pub(crate) const QUERY_BYTES_MESSAGE: &str = "statement is longer than the simulated PostgreSQL reads (64 KiB)";
/// The message past [`STEPS`].
pub(crate) const STEPS_MESSAGE: &str = "statement takes more steps than the simulated PostgreSQL gives it";
/// PostgreSQL's message where the disk is full; past [`TABLES`], [`ROW_VERSIONS`] and [`STORED_BYTES`].
pub(crate) const STORED_MESSAGE: &str = "could not extend file: No space left on device";
/// PostgreSQL's message for a value that is too large to allocate; past [`VALUE_BYTES`].
pub(crate) const VALUE_MESSAGE: &str = "invalid memory alloc request size";
/// PostgreSQL's message where the lock table is full; past [`ADVISORY_LOCKS`] and [`PARAMETERS`].
pub(crate) const SHARED_MEMORY_MESSAGE: &str = "out of shared memory";
/// PostgreSQL's message past `max_stack_depth`; past [`NESTING`].
pub(crate) const NESTING_MESSAGE: &str = "stack depth limit exceeded";
