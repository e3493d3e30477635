# shellcheck shell=bash
# Shared by the scripts beside it: finds or installs what a target needs, and says what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
NODE_MIN=20
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

need_cargo() {
  command -v cargo >/dev/null || fail "cargo is missing: install Rust with rustup (https://rustup.rs), then try again"
  command -v cc >/dev/null || need_deb gcc:cc libc6-dev
}

need_node() {
  command -v node >/dev/null || fail "Node.js is missing: install Node $NODE_MIN or newer, then try again"
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  ((major >= NODE_MIN)) || fail "Node $NODE_MIN or newer is needed, this is $(node --version): update Node, then try again"
  command -v npm >/dev/null || fail "npm is missing: install npm (it comes with Node), then try again"
}

# need_deb NAME[:COMMAND]… : each Debian package whose command (or, without one, the package) is absent.
need_deb() {
  local missing=() entry package command
  for entry in "$@"; do
    package=${entry%%:*} command=${entry#*:}
    if [[ $entry == *:* ]]; then
      command -v "$command" >/dev/null || [[ -x $command ]] || missing+=("$package")
    else
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    fi
  done
  ((${#missing[@]})) || return 0
  if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
    say "installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local log
    log=$(mktemp)
    if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      fail "apt-get could not install ${missing[*]}: install them by hand, then try again"
    fi
    rm -f "$log"
  else
    fail "missing: ${missing[*]}. Install with: sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
}

# need_npm DIR : packages of DIR by its lock file, unless they are already those.
need_npm() {
  need_node
  local dir=$1 stamp=$1/node_modules/.installed-lock
  if [[ ! -f $stamp ]] || ! cmp -s "$dir/package-lock.json" "$stamp"; then
    say "installing npm packages of $dir by its lock file"
    (cd "$dir" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
    cp "$dir/package-lock.json" "$stamp"
  fi
}

# need_venv : .venv with what the test provider needs, at the pinned versions.
need_venv() {
  local wanted=e2e/providers/requirements.txt stamp=.venv/.installed-requirements
  if [[ ! -f $stamp ]] || ! cmp -s "$wanted" "$stamp"; then
    if ! command -v python3 >/dev/null || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
      need_deb python3:python3 python3-venv
    fi
    say "installing Python packages into .venv ($wanted)"
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r "$wanted"
    cp "$wanted" "$stamp"
  fi
}

# The servers that the tests start for themselves: PostgreSQL (any version), Chromium, openssl.
need_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || need_deb postgresql; }
# postgres_start : a private cluster for the crates' tests, named by PATCHBAY_TEST_POSTGRES, unless that names one
# already. It is made for being thrown away: it writes nothing to disk for good. `postgres_stop` ends it.
postgres_start() {
  [[ -z ${PATCHBAY_TEST_POSTGRES:-} ]] || return 0
  local bin port
  bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
  [[ -n $bin ]] || bin=$(dirname "$(command -v initdb)")
  POSTGRES_DIR=$(mktemp -d -t patchbay-pg-XXXXXX)
  POSTGRES_AS=()
  if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root; Debian's package brings a user for it
    chown postgres "$POSTGRES_DIR"
    POSTGRES_AS=(runuser -u postgres --)
  fi
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  say "starting PostgreSQL for the tests on 127.0.0.1:$port"
  (
    cd "$POSTGRES_DIR"
    "${POSTGRES_AS[@]}" "$bin/initdb" --auth=trust --username=postgres --no-sync -D data >log 2>&1 &&
      "${POSTGRES_AS[@]}" "$bin/pg_ctl" start -w -s -D data -l server.log -o "-p $port -k $POSTGRES_DIR \
        -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400" >>log 2>&1
  ) || { cat "$POSTGRES_DIR/log" "$POSTGRES_DIR/server.log" >&2; postgres_stop; fail "PostgreSQL for the tests did not start: see above"; }
  POSTGRES_BIN=$bin
  export PATCHBAY_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port
}

postgres_stop() {
  [[ -n ${POSTGRES_DIR:-} ]] || return 0
  (cd "$POSTGRES_DIR" && "${POSTGRES_AS[@]}" "${POSTGRES_BIN:-/usr/bin}/pg_ctl" stop -s -m immediate -D data >/dev/null 2>&1) || true
  rm -rf "$POSTGRES_DIR"
  unset POSTGRES_DIR PATCHBAY_TEST_POSTGRES
}

need_chromium() { [[ -n ${CHROMIUM:-} ]] || need_deb chromium:chromium fonts-dejavu-core; }
need_openssl() { need_deb openssl:openssl; }

# need_cargo_deny : built once, without optimisation (about a minute), kept under target/tools.
need_cargo_deny() {
  local version=0.20.2
  DENY=$TARGET/tools/bin/cargo-deny
  if ! "$DENY" --version 2>/dev/null | grep -qF "$version"; then
    say "installing cargo-deny $version into $TARGET/tools (once)"
    CARGO_PROFILE_DEV_DEBUG=false CARGO_TARGET_DIR=$TARGET/tools/build \
      cargo install cargo-deny --quiet --locked --debug --version "$version" --root "$TARGET/tools"
    rm -rf "$TARGET/tools/build"
  fi
}

# web_build : the dashboard into web/dist, unless nothing it is made of has changed since. The types of the API are made
# anew with every check, from the document that is looked at here.
web_build() {
  need_npm web
  if [[ -f web/dist/index.html ]] &&
    [[ -z $(find web apps/icons crates/server/openapi.json -newer web/dist/index.html -type f \
      -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path web/src/api/schema.d.ts -print -quit 2>/dev/null) ]]; then
    return 0
  fi
  say "building the dashboard"
  local log
  log=$(mktemp)
  if ! (cd web && npm run --silent build) >"$log" 2>&1; then
    cat "$log" >&2
    fail "the dashboard could not be built: see above"
  fi
  rm -f "$log"
}
