#!/usr/bin/env bash
# Runs a command whose own output nobody has to read, and tells that it is at work: WHAT before it begins, its last line
# every 3 seconds, and all that it said where it fails.
# usage: told.sh WHAT COMMAND...
set -euo pipefail
what=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "$what ..."
"$@" >"$log" 2>&1 </dev/null &
command=$!
# A command in the background does not get Ctrl-C.
trap 'kill "$command" 2>/dev/null; exit 130' INT TERM HUP
next=3 begin=$SECONDS
while kill -0 "$command" 2>/dev/null; do
    sleep 0.1
    if [ $((SECONDS - begin)) -ge $next ]; then
        echo "  $((SECONDS - begin)) s: $(tail -n 5 "$log" | tr '\r' '\n' | { grep . || true; } | tail -n 1 | cut -c -100)"
        next=$((SECONDS - begin + 3))
    fi
done
wait "$command" || {
    status=$?
    cat "$log" >&2
    exit $status
}
