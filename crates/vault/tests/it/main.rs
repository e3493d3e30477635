//! Tests of the vault through its public door.

mod format;
mod key_file;
mod known_answers;
mod mutation;
mod rotation;
mod roundtrip;
mod sealed_start;
mod support;
mod swap;
mod uniqueness;
mod unshowable;
