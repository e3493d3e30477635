#!/usr/bin/env bash
# e2e.sh [FILES…] : tests of the real binary (target/debug/patchbay, or PATCHBAY_BIN) in a real browser
# against real OAuth servers.
source "$(dirname "$0")/lib.sh"
need_node
need_postgres
need_chromium
need_openssl
need_npm e2e
need_venv
if [[ -z ${PATCHBAY_BIN:-} ]]; then
  scripts/build.sh dev
  export PATCHBAY_BIN=$TARGET/debug/patchbay
fi
export PYTHON=${PYTHON:-$ROOT/.venv/bin/python}
cd e2e
files=("${@#e2e/}")
((${#files[@]})) || files=(tests/*.test.mjs)
rm -rf results
mkdir -p results
exec node --test --test-reporter=spec --test-concurrency="${E2E_CONCURRENCY:-2}" "${files[@]}"
