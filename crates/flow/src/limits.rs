//! What a flow and a run may measure.

/// Steps in a document, nested ones counted.
pub const STEPS: usize = 500;
/// How deep branches and loops may be nested.
pub const DEPTH: usize = 10;
/// A document as JSON text, in bytes.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;
/// Step executions in one run, every item of a loop counted.
pub const EXECUTIONS: usize = 10_000;
/// Items of a loop.
pub const ITEMS: usize = 10_000;
/// The output of a step, and what a trigger brings, as JSON text in bytes.
pub const OUTPUT_BYTES: usize = 1024 * 1024;
/// Longest delay, in seconds: a year and a day.
pub const DELAY_SECONDS: u64 = 366 * 24 * 60 * 60;
/// Tries of a step beyond the first.
pub const RETRIES: u32 = 10;
/// Characters of a step's id.
pub const ID_CHARS: usize = 64;
/// How many flows may call each other in a row.
pub const CALLS: i64 = 10;
