#!/usr/bin/env bash
# bench.sh : measurements against real peers on this machine; the figures go to docs/benchmarks.md.
source "$(dirname "$0")/lib.sh"
need_cargo
need_node
need_deb nginx:/usr/sbin/nginx wrk:wrk curl:curl openssl:openssl
need_postgres
need_npm bench/peers/node-red
scripts/build.sh release
exec node bench/run.mjs "$@"
