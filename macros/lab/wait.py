"""Waiting in a lab until something is so, by looking alone: it changes nothing, and is in no shell of the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from macros.lab.host import Lab

# wait_for SECONDS KIND TARGET INSIDE: the last is the container or namespace whose network is looked from, or "". Each
# try ends by itself; after the last one comes what it said.
FUNCTIONS = r"""
# Runs a command in the network of a namespace made by `ip netns`, or of a container with its names.
from() {
    if [ -z "$inside" ]; then
        "$@"
    elif [ -e "/run/netns/$inside" ]; then
        ip netns exec "$inside" "$@"
    else
        local pid names hosts format='{{.State.Pid}}|{{.ResolvConfPath}}|{{.HostsPath}}'
        IFS='|' read -r pid names hosts < <(docker container inspect --format "$format" "$inside")
        [ "${pid:-0}" != 0 ] || { echo "the container $inside does not run"; return 1; }
        nsenter --target "$pid" --net unshare --mount bash -c '
            [ ! -e "$0" ] || mount --bind "$0" /etc/resolv.conf; [ ! -e "$1" ] || mount --bind "$1" /etc/hosts
            shift; exec "$@"' "$names" "$hosts" "$@"
    fi
}
listening() {
    from ss --no-header --listening --numeric --"$1" | awk -v "at=$2" '
        { any = $4; sub(/.*:/, ":", any) } $4 == at || any == at { found = 1 } END { exit !found }' ||
        { echo "nothing listens there"; return 1; }
}
so() {
    case $1 in
        http) from curl --fail --silent --show-error --noproxy '*' --max-time 5 --output /dev/null "$2" ;;
        tcp | udp) listening "$1" "$2" ;;
        ping) from ping -c 1 -W 1 -q "$2" ;;
        until) bash -c "$2" ;;
    esac
}
wait_for() {
    local inside=$4 end=$((SECONDS + $1)) said
    until said=$(so "$2" "$3" </dev/null 2>&1); do
        [ $SECONDS -lt $end ] || { printf '%s\n' "$said"; return 1; }
        sleep 0.1
    done
}
"""


def unmet(lab: Lab, kind: str, target: str, inside: str, seconds: float) -> str:
    """Wait until something is so; returns "", or after so many seconds what the last look said."""
    script = f'{FUNCTIONS}wait_for "$@"'
    status, said = lab.run("bash", "-c", script, "wait", f"{math.ceil(seconds)}", kind, target, inside)
    return said.strip() or f"exit code {status}" if status else ""
