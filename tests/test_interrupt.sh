#!/usr/bin/env bash
# The machine's own containers, networks and volumes are the same before and after a run, whatever ends the run.
# usage: test_interrupt.sh PYTHON ; prints what it did, exit 1 names the first difference.
set -euo pipefail
python=$1
seen() { "$python" - <<'END'
import docker
engine = docker.from_env()
print(sorted(c.id for c in engine.containers.list(all=True)))
print(sorted(n.id for n in engine.networks.list()))
print(sorted(v.name for v in engine.volumes.list()))
END
}
run=("$python" -m pytest -c tests/pytest.ini --rootdir=. -p no:cacheprovider -q -n 2 --dist loadfile docs/ko/network/none.md docs/ko/network/host.md)
labs() { "$python" -c "import docker; print(len(docker.from_env().containers.list(filters={'label': 'org.docker-docs.lab=host'})))"; }
before=$(seen)
for signal in ${SIGNALS:-INT KILL}; do
    # Job control gives the run a process group of its own, as a terminal does, and lets it hear Ctrl-C.
    set -m; "${run[@]}" >/dev/null 2>&1 & pid=$!; set +m
    for _ in $(seq 100); do [ "$(labs)" = 0 ] || break; sleep 0.1; done
    sleep 1
    kill -s $signal -- -$pid; wait $pid 2>/dev/null || true
    [ $signal = INT ] || "${run[@]}" >/dev/null || { echo "the run after $signal failed"; exit 1; }
    after=$(seen)
    [ "$before" = "$after" ] || { printf 'after %s:\n%s\nbefore:\n%s\n' $signal "$after" "$before"; exit 1; }
    echo "after $signal: containers, networks and volumes as before"
done
