#!/usr/bin/env bash
# screenshots.sh : the README's pictures (docs/images) from the release binary, or PATCHBAY_BIN.
source "$(dirname "$0")/lib.sh"
need_node
need_chromium
need_npm e2e
if [[ -z ${PATCHBAY_BIN:-} ]]; then
  scripts/build.sh release
  export PATCHBAY_BIN=$TARGET/release/patchbay
fi
exec node e2e/screenshots.mjs
