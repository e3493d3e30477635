#!/usr/bin/env bash
# build.sh [dev|release|profiling] : the binary with the dashboard in it.
source "$(dirname "$0")/lib.sh"
profile=${1:-dev}
need_cargo
need_node

# The dashboard and the crates are built side by side. The server crate embeds whatever web/dist
# holds when it is compiled; when the dashboard was finished after that, the second cargo build
# compiles that one crate again, otherwise it does nothing.
mkdir -p web/dist
web_build &
web=$!
trap 'kill "$web" 2>/dev/null || true' EXIT
say "compiling the server ($profile)"
nice -n 5 cargo build --locked --profile "$profile" -p patchbay
wait "$web"
trap - EXIT
cargo build --quiet --locked --profile "$profile" -p patchbay
