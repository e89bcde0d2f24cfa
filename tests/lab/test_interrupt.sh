#!/usr/bin/env bash
# The machine's own containers, networks and volumes are the same before and after a run, whatever ends the run.
# usage: test_interrupt.sh PYTHON ; prints what it did, exit 1 names the first difference.
# SIGNALS      what ends a run whose lab is up (INT KILL)
# KILLS        how many runs more are killed, each at a moment by chance, before its lab is up or after (2)
set -euo pipefail
export PYTHONPATH=.
python=$1
# What there is, without the labs of other runs that are at work meanwhile; labs whose owners have ended do count.
seen() { "$python" - <<'END'
import docker
from macros.lab.owner import LABEL, OWNER, is_dead
engine = docker.from_env()
volumes = {v.name for v in engine.volumes.list()}
def foreign(labels): return LABEL not in (labels or {}) or is_dead(labels.get(OWNER, ""))
containers = engine.containers.list(all=True, ignore_removed=True)
for c in containers:
    if not foreign(c.labels):
        volumes -= {mount.get("Name") for mount in c.attrs["Mounts"]}
print(sorted(c.id for c in containers if foreign(c.labels)))
print(sorted(n.id for n in engine.networks.list() if foreign(n.attrs["Labels"])))
print(sorted(volumes))
END
}
run=("$python" -m pytest -c tests/pytest.ini --rootdir=. -p no:cacheprovider -q -n 2 --dist loadfile docs/ko/network/none.md docs/ko/network/host.md)
# Labs of the workers of the run with this process id.
labs() { "$python" - "$1" <<'END'
import sys, docker
from macros.lab.owner import LABEL, OWNER
from pathlib import Path
def parent(pid):
    try: return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError: return ""
found = docker.from_env().containers.list(filters={"label": f"{LABEL}=host"}, ignore_removed=True)
print(sum(1 for c in found if parent(c.labels[OWNER].split("/")[1]) == sys.argv[1]))
END
}
before=$(seen)
# same WHEN: waits until labs that go are gone, and fails with both lists where something is not as it was.
same() {
    local after try
    for try in 1 2 3 4 5; do after=$(seen); [ "$before" != "$after" ] || break; sleep 1; done
    [ "$before" = "$after" ] || { printf 'after %s:\n%s\nbefore:\n%s\n' "$1" "$after" "$before"; exit 1; }
    echo "after $1: containers, networks and volumes as before"
}
for signal in ${SIGNALS:-INT KILL}; do
    # Job control gives the run a process group of its own, as a terminal does, and lets it hear Ctrl-C.
    set -m; "${run[@]}" >/dev/null 2>&1 & pid=$!; set +m
    for _ in $(seq 100); do [ "$(labs $pid)" = 0 ] || break; sleep 0.1; done
    sleep 1
    kill -s $signal -- -$pid || { echo "the run ended before it could be interrupted: ${run[*]}"; exit 1; }
    wait $pid 2>/dev/null || true
    [ $signal = INT ] || "${run[@]}" >/dev/null || { echo "the run after $signal failed"; exit 1; }
    same $signal
done
kills=${KILLS:-2}
for _ in $(seq "$kills"); do
    after=$((RANDOM % 80)) # tenths of a second
    set -m; "${run[@]}" >/dev/null 2>&1 & pid=$!; set +m
    sleep $((after / 10)).$((after % 10))
    kill -s KILL -- -$pid 2>/dev/null || true # it may have ended
    wait $pid 2>/dev/null || true
    moments="${moments:-} $((after / 10)).$((after % 10)) s"
done
if [ "$kills" -gt 0 ]; then
    # The next run works, and sweeps what the killed ones left.
    "${run[@]}" >/dev/null || { echo "the run after kills at$moments failed"; exit 1; }
    same "kills at$moments"
fi
