#!/usr/bin/env bash
# test.sh : everything that must hold, in the order in which it fails fastest.
source "$(dirname "$0")/lib.sh"
need_cargo
need_node
need_postgres
need_chromium
need_openssl
need_npm web
need_npm e2e
need_venv

say "format"
cargo fmt --all --check

say "dashboard: types, lints, tests, build"
(cd web && npm run --silent typecheck && npm run --silent lint && npm run --silent test)
web_build

say "lints"
cargo clippy --locked --workspace --all-targets -- -D warnings

say "dependencies: bans, licences, sources"
need_cargo_deny
"$DENY" --log-level warn check bans licenses sources

say "tests of the crates"
trap postgres_stop EXIT
postgres_start
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --locked --workspace
else
  cargo test --locked --workspace
fi

postgres_stop

# The tests above built the binary as well, with the dashboard in it.
say "browser tests"
PATCHBAY_BIN=$TARGET/debug/patchbay scripts/e2e.sh
