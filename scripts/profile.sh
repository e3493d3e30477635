#!/usr/bin/env bash
# profile.sh : samples of the release binary with symbols under load; the shares go to docs/where-time-goes.md.
source "$(dirname "$0")/lib.sh"
need_cargo
need_node
need_deb nginx:/usr/sbin/nginx wrk:wrk perf:linux-perf
scripts/build.sh profiling
exec node bench/profile.mjs "$@"
