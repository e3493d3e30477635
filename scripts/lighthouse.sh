#!/usr/bin/env bash
# lighthouse.sh : Lighthouse on the dashboard of the release binary (or PATCHBAY_BIN); the figures go to
# docs/benchmarks-dashboard.md. Fails where they are below what is wanted.
source "$(dirname "$0")/lib.sh"
need_node
need_chromium
need_npm e2e/lighthouse
if [[ -z ${PATCHBAY_BIN:-} ]]; then
  scripts/build.sh release
  export PATCHBAY_BIN=$TARGET/release/patchbay
fi
# Lighthouse asks for a newer Node than the project does; it comes as a package.
exec e2e/lighthouse/node_modules/node/bin/node e2e/lighthouse/run.mjs
