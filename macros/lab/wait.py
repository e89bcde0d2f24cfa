"""Waiting in a lab until something is so, by looking alone: it changes nothing, and is in no shell of the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from macros.lab.host import Lab

# Arguments: seconds, kind, target, the container or namespace whose network is looked from. Each try ends by itself;
# after the last one comes what it said.
SCRIPT = r"""
inside=$4
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
until said=$(so "$2" "$3" </dev/null 2>&1); do
    [ $SECONDS -lt "$1" ] || { printf '%s\n' "$said"; exit 1; }
    sleep 0.1
done
"""


def unmet(lab: Lab, kind: str, target: str, inside: str, seconds: float) -> str:
    """Wait until something is so; returns "", or after so many seconds what the last look said."""
    status, said = lab.run("bash", "-c", SCRIPT, "wait", f"{math.ceil(seconds)}", kind, target, inside)
    return said.strip() or f"exit code {status}" if status else ""
