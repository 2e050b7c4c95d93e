//! Limits of the language, each with the message that its error has.

/// Bytes of a string or array that a built-in looks at for as much as one of those steps.
pub const BYTES_READ_A_STEP: usize = 4_096;
/// Bytes that a built-in makes for as much as one of those steps.
pub const BYTES_MADE_A_STEP: usize = 256;
/// Frames on the handler machine's call stack; past it a `RangeError` is thrown, as V8 does.
pub const CALL_DEPTH: usize = 2_500;
/// The message of that `RangeError`.
pub const CALL_DEPTH_MESSAGE: &str = "Maximum call stack size exceeded";
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
/// Characters of one printed line; Lambda itself cuts at 256 KiB.
pub const LOG_LINE_CHARACTERS: usize = 262_144;
