#!/usr/bin/env bash
# dev.sh : the server (rebuilt when cargo-watch or watchexec is there) behind Vite, which reloads the dashboard.
source "$(dirname "$0")/lib.sh"
need_cargo
need_npm web
mkdir -p web/dist
serve=(cargo run --locked -p patchbay -- serve --data "$ROOT/data" --sandbox)
if command -v watchexec >/dev/null; then
  serve=(watchexec --restart --watch crates --watch apps -- "${serve[@]}")
elif command -v cargo-watch >/dev/null; then
  serve=(cargo watch --watch crates --watch apps -- "${serve[@]}")
else
  say "restart this after changing Rust code (install watchexec to have that done for you)"
fi
"${serve[@]}" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
say "the dashboard with reload: http://127.0.0.1:5173"
(cd web && npm run --silent dev)
