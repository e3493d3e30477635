#!/usr/bin/env bash
# Measures the gateway against nginx doing the same job on the same machine, and writes docs/benchmarks.md.
#
#   bench/run.sh [path of the patchbay binary]      default: target/release/patchbay, built when missing
#
# BENCH_SECONDS (10), BENCH_ROUNDS (3), BENCH_CONNECTIONS (16) and BENCH_OUTPUT change the run. Everything
# happens on loopback in a temporary directory; wrk and nginx are installed with apt when missing and root.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${BENCH_SECONDS:-10}
rounds=${BENCH_ROUNDS:-3}
connections=${BENCH_CONNECTIONS:-16}
output=${BENCH_OUTPUT:-docs/benchmarks.md}
binary=${1:-target/release/patchbay}
export PATH="$PATH:/usr/sbin"

say() { printf '%s\n' "$*" >&2; }
die() { say "bench: $*"; exit 1; }

for tool in wrk nginx curl; do
  command -v "$tool" >/dev/null && continue
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "bench: installing $tool"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$tool" >/dev/null
  else
    die "$tool is missing; run: apt-get install wrk nginx curl"
  fi
done
if [ ! -x "$binary" ]; then
  [ "$#" = 0 ] || die "$binary is not an executable file"
  make build
fi

work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

# A port that nobody listens on, above the ephemeral defaults of common tools.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}
wait_for() { # url, process
  for _ in $(seq 2000); do
    curl -fs -o /dev/null "$1" && return 0
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.005
  done
  return 1
}

upstream=$(free_port); proxy=$(free_port); listen=$(free_port)
secret=bench-secret-0123456789
body='{"id":"u_1042","name":"Ana Example","email":"ana@example.com","roles":["editor","billing"],"active":true,"created":"2026-01-02T03:04:05Z"}'

cat >"$work/upstream.conf" <<CONF
worker_processes 1; daemon off; pid $work/upstream.pid; error_log $work/upstream.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path $work/u1; proxy_temp_path $work/u2; fastcgi_temp_path $work/u3; uwsgi_temp_path $work/u4; scgi_temp_path $work/u5;
  server {
    listen 127.0.0.1:$upstream reuseport;
    default_type application/json;
    location / {
      if (\$http_authorization != "Bearer $secret") { return 401; }
      return 200 '$body';
    }
  }
}
CONF
cat >"$work/proxy.conf" <<CONF
worker_processes auto; daemon off; pid $work/proxy.pid; error_log $work/proxy.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path $work/p1; proxy_temp_path $work/p2; fastcgi_temp_path $work/p3; uwsgi_temp_path $work/p4; scgi_temp_path $work/p5;
  upstream app { server 127.0.0.1:$upstream; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:$proxy reuseport;
    location / {
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer $secret";
    }
  }
}
CONF
mkdir "$work/apps"
cat >"$work/apps/bench.yaml" <<YAML
slug: bench
name: Bench
category: developer
description: The upstream of the benchmark
base_url: http://127.0.0.1:$upstream
hosts: ["127.0.0.1:$upstream"]
auth:
  - method: api_key
    fields:
      - {name: api_key, title: API key, secret: true}
    attach:
      header: {Authorization: "Bearer {{ credential.api_key }}"}
actions: {}
YAML

nginx -p "$work" -e "$work/upstream.log" -c "$work/upstream.conf" & pids+=($!)
nginx -p "$work" -e "$work/proxy.log" -c "$work/proxy.conf" & pids+=($!); proxy_pid=$!
wait_for "http://127.0.0.1:$proxy/users/me" "$proxy_pid" || die "nginx did not start: $(cat "$work"/*.log)"

export PATCHBAY_EGRESS_ALLOW="127.0.0.1:$upstream" PATCHBAY_OWNER_PASSWORD=bench-password-1
# The first text under a name in a JSON document.
json() { grep -o "\"$1\": *\"[^\"]*\"" | sed -n '1s/.*"\([^"]*\)"$/\1/p'; }
data="$work/data"
project=$("$binary" owner create --data "$data" --email bench@example.com --name Bench --json | tr -d '\n' |
  sed -n 's/.*"project": *{[^}]*"id": *"\([^"]*\)".*/\1/p')
[ -n "$project" ] || die "owner create did not print a project id"
key=$("$binary" key create --data "$data" --project "$project" --scope write --name bench --json | json key)
[ -n "$key" ] || die "key create did not print a key"

serve() {
  "$binary" serve --data "$data" --listen "127.0.0.1:$listen" --apps "$work/apps" >"$work/patchbay.log" 2>&1 &
  server_pid=$!; pids+=("$server_pid")
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }
# Three warm starts, the best of them: the figure is for the program, not for the disk's mood.
ready_ms=999999
for _ in 1 2 3; do
  start=$(now_ms); serve
  wait_for "http://127.0.0.1:$listen/readyz" "$server_pid" || die "patchbay did not start: $(tail -n 5 "$work/patchbay.log")"
  took=$(($(now_ms) - start)); [ "$took" -lt "$ready_ms" ] && ready_ms=$took
  kill "$server_pid"; wait "$server_pid" || true
done
serve
wait_for "http://127.0.0.1:$listen/readyz" "$server_pid" || die "patchbay did not start"
sleep 2
rss_kb() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
idle_mb=$(($(rss_kb "$server_pid") / 1024))

base="http://127.0.0.1:$listen/api/v1"
connection=$(curl -fsS "$base/connections" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
  -d "{\"name\":\"Bench\",\"app\":\"bench\",\"type\":\"API_KEY\",\"value\":{\"api_key\":\"$secret\"},\"verify\":false}" | json id)
[ -n "$connection" ] || die "the connection could not be created"
through="$base/connections/$connection/proxy/users/me"
[ "$(curl -fsS "$through" -H "Authorization: Bearer $key")" = "$body" ] || die "the proxy does not answer as the app does"

ticks=$(getconf CLK_TCK)
cpu_ticks() { # user + system time of a process and its children, in clock ticks
  local pid total=0
  for pid in "$1" $(pgrep -P "$1" || true); do
    total=$((total + $(awk '{sub(/.*\) /, ""); print $12 + $13}' "/proc/$pid/stat")))
  done
  echo "$total"
}
# name, pid, url -> one line "name requests/s cpu-seconds-per-100k latency" in $work/results
measure() {
  local before after log="$work/wrk.log"
  wrk -t2 -c"$connections" -d1s -H "Authorization: Bearer $key" "$3" >/dev/null
  before=$(cpu_ticks "$2")
  wrk -t2 -c"$connections" -d"${seconds}s" --latency -H "Authorization: Bearer $key" "$3" >"$log"
  after=$(cpu_ticks "$2")
  grep -q 'Non-2xx' "$log" && die "$1 answered errors: $(grep Non-2xx "$log")"
  awk -v name="$1" -v ticks=$((after - before)) -v hz="$ticks" '
    /Requests\/sec/ {rate = $2} /requests in/ {total = $1} $1 == "99%" {p99 = $2} $1 == "50%" {p50 = $2}
    END {printf "%s %.0f %.2f %s %s\n", name, rate, ticks / hz / total * 100000, p50, p99}' "$log" | tee -a "$work/results" >&2
}
for round in $(seq "$rounds"); do
  say "round $round of $rounds"
  measure nginx "$proxy_pid" "http://127.0.0.1:$proxy/users/me"
  measure patchbay "$server_pid" "$through"
done
loaded_mb=$(($(rss_kb "$server_pid") / 1024))

median() { awk -v name="$1" -v col="$2" '$1 == name {print $col}' "$work/results" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
nginx_rate=$(median nginx 2); nginx_cpu=$(median nginx 3); our_rate=$(median patchbay 2); our_cpu=$(median patchbay 3)
cpu_model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
cores=$(nproc)
memory=$(awk '/^MemTotal/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)

mkdir -p "$(dirname "$output")"
{
  cat <<MD
# Benchmarks

Written by \`make bench\`. Measured on loopback; the load generator, the upstream and what is measured share the
machine, so the columns compare with each other and not with other machines.

## The gateway against nginx

The same upstream (nginx, one worker, 139 bytes of JSON for the right \`Authorization\` header, 401 without it) is asked
through nginx \`proxy_pass\` that adds that header, and through \`ANY /connections/{id}/proxy/…\` of Patchbay, which
makes sure on every request who calls, what they may do and that the connection may be used (what it read a moment ago
serves again while nothing was written to the database since), checks the host, attaches the credential and notes the
use. Both keep connections to the upstream and may use all cores.
wrk, 2 threads, $connections connections, $seconds s after a second of warming up, $rounds rounds in turn; medians.

| | requests/s | CPU seconds per 100,000 requests |
|---|---:|---:|
| nginx \`proxy_pass\` | $nginx_rate | $nginx_cpu |
| Patchbay gateway | $our_rate | $our_cpu |
| **Patchbay : nginx** | **$(ratio "$our_rate" "$nginx_rate")** | **$(ratio "$our_cpu" "$nginx_cpu")** |

Goal: at least 0.5 × the requests at no more than 2 × the CPU.

Every round:

| | requests/s | CPU s per 100,000 | p50 | p99 |
|---|---:|---:|---:|---:|
MD
  awk '{printf "| %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5}' "$work/results"
  cat <<MD

## Starting and resting

| | measured | goal |
|---|---:|---:|
| from start to \`/readyz\` (best of three, database in place) | $ready_ms ms | 500 ms |
| resident memory, idle | $idle_mb MB | 60 MB |
| resident memory after the load above | $loaded_mb MB | |

## Where

$cpu_model, $cores cores, $memory GB of memory, $(uname -sr), $(nginx -v 2>&1 | sed 's/nginx version: //'),
$("$binary" --version), $(date -u +%Y-%m-%d).
MD
} >"$output"
say "bench: $our_rate requests/s against $nginx_rate ($(ratio "$our_rate" "$nginx_rate")), CPU $(ratio "$our_cpu" "$nginx_cpu"), ready in $ready_ms ms, $idle_mb MB idle; written to $output"
