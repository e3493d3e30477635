#!/usr/bin/env bash
# check.sh : the quick loop. Format, lints, unit tests.
source "$(dirname "$0")/lib.sh"
need_cargo
mkdir -p web/dist
say "format"
cargo fmt --all --check
say "lints"
cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
say "unit tests"
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --locked --workspace --lib --bins
else
  cargo test --quiet --locked --workspace --lib --bins
fi
