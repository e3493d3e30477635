//! What one evaluation may cost.

/// Work budget of one expression. One unit pays for one instruction or for 64
/// bytes of data that the expression reads or makes, so that this also bounds
/// the memory an expression can take (about 32 MiB).
pub const FUEL: u64 = 500_000;

/// Largest rendered result, in bytes of text and of JSON keys and strings
/// (every other JSON value counts as 8).
pub const OUTPUT_BYTES: usize = 10 * 1024 * 1024;

/// Longest source of a single expression, in bytes. Text around expressions
/// counts towards [`OUTPUT_BYTES`] only.
pub const EXPRESSION_BYTES: usize = 16 * 1024;

/// Deepest nesting of a JSON value that goes in or comes out; the same as the
/// limit of the JSON parser.
pub const DEPTH: usize = 128;
