#!/usr/bin/env bash
# bench.sh : measurements against real peers on this machine; the figures go to docs/benchmarks.md.
source "$(dirname "$0")/lib.sh"
need_cargo
need_node
need_deb nginx:/usr/sbin/nginx wrk:wrk openssl:openssl
scripts/build.sh release
exec bench/run.sh "$@"
