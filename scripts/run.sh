#!/usr/bin/env bash
# run.sh [ARGS…] : build in the dev profile and serve ./data; ARGS go to `patchbay serve`.
source "$(dirname "$0")/lib.sh"
scripts/build.sh dev
listen=127.0.0.1:8700 public=
for ((i = 1; i <= $#; i++)); do
  next=$((i + 1))
  case ${!i} in
    --listen) listen=${!next:-$listen} ;;
    --listen=*) listen=${!i#*=} ;;
    --public-url) public=${!next:-} ;;
    --public-url=*) public=${!i#*=} ;;
  esac
done
say "Patchbay is starting: open ${public:-http://$listen} in a browser (stop with Ctrl-C)"
exec "$TARGET/debug/patchbay" serve --data "$ROOT/data" --sandbox "$@"
