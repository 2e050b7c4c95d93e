//! Limits of the language, with the messages of the errors that a program gets at them.

/// Bytes of a string or array that a built-in may read for the cost of one step.
pub const BYTES_READ_A_STEP: usize = 4_096;
/// Bytes that a built-in may make for the cost of one step.
pub const BYTES_MADE_A_STEP: usize = 256;
/// Frames on the call stack. A deeper call throws a `RangeError`, as in V8.
pub const CALL_DEPTH: usize = 2_500;
/// The message of the `RangeError` at [`CALL_DEPTH`] and [`ARGUMENTS`].
pub const CALL_DEPTH_MESSAGE: &str = "Maximum call stack size exceeded";
/// Arguments that a call may get from a spread array or bound function. More throw a `RangeError`, as in V8.
pub const ARGUMENTS: usize = 65_536;
/// Characters in a string. V8's own limit is 2^29 - 24.
pub const STRING_CHARACTERS: usize = 67_108_864;
/// The message of the `RangeError` at [`STRING_CHARACTERS`].
pub const STRING_MESSAGE: &str = "Invalid string length";
/// Elements in an array.
pub const ARRAY_ELEMENTS: usize = 1_048_576;
/// The message of the `RangeError` at [`ARRAY_ELEMENTS`].
pub const ARRAY_MESSAGE: &str = "Invalid array length";
/// Bytes in a source file.
pub const SOURCE_BYTES: usize = 262_144;
/// Levels to which expressions and statements in a source file, and values in JSON, may nest.
pub const NESTING: usize = 200;
/// Characters of a printed line. Lambda cuts a line at 256 KiB.
pub const LOG_LINE_CHARACTERS: usize = 262_144;
