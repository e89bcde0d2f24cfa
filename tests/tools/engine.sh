#!/usr/bin/env bash
# Makes sure that a Docker Engine answers the clients of this environment; installs and starts one if none does.
# It stops nothing: containers, and engines that run, are left alone.
#
# PYTHON         the interpreter whose Docker SDK has to reach the engine (python3)
# ENGINE_SOCKET  where an engine started here listens (/var/run/docker.sock)
# ENGINE_RUN     where it keeps its pid files (/var/run)
# ENGINE_ARGS    further arguments for a dockerd started here
# ENGINE_LOG     its log (docker-docs-dockerd.log in /var/log or TMPDIR)
set -euo pipefail

python=${PYTHON:-python3}
socket=${ENGINE_SOCKET:-/var/run/docker.sock}
run=${ENGINE_RUN:-/var/run}
log=${ENGINE_LOG:-}
deadline=90

say() { echo "engine.sh: $*"; }
fail() { echo "engine.sh: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" = 0 ]; }
may_be_root() { is_root || { have sudo && sudo -n true 2>/dev/null; }; }
as_root() { if is_root; then "$@"; else sudo -n "$@"; fi; }

# The version of the engine that the SDK reaches, that the docker command reaches, that listens at $socket.
sdk_version() { "$python" -c 'import docker; print(docker.from_env(timeout=10).version()["Version"])' 2>/dev/null; }
cli_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
local_version() {
    as_root "$python" - "$socket" <<'END' 2>/dev/null
import http.client, json, socket, sys
web = http.client.HTTPConnection("localhost", timeout=10)
web.sock = socket.socket(socket.AF_UNIX)
web.sock.connect(sys.argv[1])
web.request("GET", "/version")
print(json.load(web.getresponse())["Version"])
END
}

# The tests use the SDK; others count only as long as it is not installed.
version() {
    if "$python" -c 'import docker' 2>/dev/null; then sdk_version
    elif have docker; then cli_version
    else local_version; fi
}

ready() {
    say "Docker Engine $1 answers"
    exit 0
}

# elsewhere: an engine answers at $socket, but not the clients here. Say why, as far as that can be told.
elsewhere() {
    local found
    if found=$(version); then ready "$found"; fi # it came up between two looks
    if [ -n "${DOCKER_HOST:-}" ]; then
        fail "an engine answers at $socket, but DOCKER_HOST=$DOCKER_HOST points elsewhere: unset DOCKER_HOST"
    elif [ ! -w "$socket" ]; then
        fail "an engine answers at $socket, but $(id -un) may not use it: run as root or join the group docker"
    fi
    fail "an engine answers at $socket, but $python's Docker SDK does not reach it: try $python -c 'import docker; docker.from_env().ping()'"
}

# apt_install PACKAGE...
apt_install() { bash "$(dirname "$0")/debian.sh" "$@"; }

# Without a registry, images are made with mmdebstrap. Not having it is no failure here: a registry may answer.
want_mmdebstrap() {
    if is_root && have apt-get && ! have mmdebstrap; then
        apt_install mmdebstrap || say "mmdebstrap could not be installed; images then need a registry"
    fi
}

# drop_stale FILE NAME: removes the pid file of a killed process. An engine takes whatever has that number for its
# predecessor: another program after a restart of the machine, or a zombie where the init reaps no orphans.
drop_stale() {
    local pid
    [ -f "$1" ] || return 0
    pid=$(tr -cd 0-9 <"$1")
    if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] &&
        ! grep -q '^State:.Z' "/proc/$pid/status"; then return 0; fi
    say "removing the stale pid file $1"
    as_root rm -f "$1"
}

log_tail() {
    if [ -n "$log" ]; then tail -n 20 "$log"; else as_root journalctl -u docker -n 20 --no-pager; fi >&2 || true
}

# start: starts the engine; leaves in $started the pid of what has to stay alive, if there is one.
started=
start() {
    if [ -d /run/systemd/system ]; then
        say "starting docker with systemctl ..."
        as_root systemctl start docker || { log_tail; fail "systemctl start docker failed"; }
        return
    fi
    drop_stale "$run/docker.pid" dockerd
    drop_stale "$run/docker/containerd/containerd.pid" containerd
    if [ -f "$run/docker.pid" ]; then
        say "a dockerd runs already (pid $(cat "$run/docker.pid")) but does not answer yet"
        return
    fi
    if [ -z "$log" ]; then
        log=/var/log/docker-docs-dockerd.log
        { : >>"$log"; } 2>/dev/null || log=${TMPDIR:-/tmp}/docker-docs-dockerd.log
    fi
    say "starting dockerd, log in $log ..."
    # Detached from the terminal and the process group: it outlives this script and its caller.
    # shellcheck disable=SC2086 # ENGINE_ARGS are several words
    as_root setsid nohup dockerd -H "unix://$socket" --pidfile "$run/docker.pid" ${ENGINE_ARGS:-} \
        </dev/null >>"$log" 2>&1 &
    started=$!
}

wait_ready() {
    local begin=$SECONDS next=5 found
    while [ $((SECONDS - begin)) -lt $deadline ]; do
        if found=$(version); then ready "$found"; fi
        if local_version >/dev/null; then elsewhere; fi
        if [ -n "$started" ] && [ ! -d "/proc/$started" ]; then
            log_tail
            fail "dockerd ended"
        fi
        if [ $((SECONDS - begin)) -ge $next ]; then
            say "waiting for the engine, $((SECONDS - begin)) of $deadline s ..."
            next=$((next + 5))
        fi
        sleep 0.3
    done
    log_tail
    fail "no engine answers after $deadline s"
}

if found=$(version); then
    want_mmdebstrap
    ready "$found"
fi
if have docker && found=$(cli_version); then
    fail "the docker command reaches an engine ($found) by its context, the SDK does not:" \
        "export DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}')"
fi
if [ -S "$socket" ] && may_be_root && local_version >/dev/null; then elsewhere; fi

if ! may_be_root; then
    fail "no engine answers, and $(id -un) may not install or start one: start Docker Desktop, or have docker.io and mmdebstrap installed"
fi
missing=()
have dockerd || missing+=(docker.io)
if have apt-get; then
    have mmdebstrap || missing+=(mmdebstrap)
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}" || fail "installing ${missing[*]} failed"
elif [ ${#missing[@]} -gt 0 ]; then
    fail "no engine answers, and there is no apt-get to install one: install Docker Engine"
fi
start
wait_ready
