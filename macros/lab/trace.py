"""A command, and the trace of the packets that it sent through the kernel of a lab's host.

The kernel itself tells: a packet that a rule has marked with `meta nftrace set 1` reports each chain and rule it meets,
those of iptables-nft as well as those of nftables, to who listens with `nft monitor trace`. The rule that marks stands
in a table of its own, which comes before all others (priority -350) and goes again with its listener. Empty chains of
that table at the end of each hook (priority 350) report what a packet looks like there, after all rewriting.

Marked are the beginnings of connections alone: of the command, known by the address it sends from or, on the host
itself, by a group of its own; and of docker-proxy, known by the container's port that it was started for.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from macros.lab.errors import LabError

if TYPE_CHECKING:
    from macros.lab.host import Lab

# Of a table, and of no group that anybody is in.
TABLE, GROUP = "lab-trace", 47474

# What a lab has to have: nft that can mark in this kernel, also where a bridge switches frames, and iptables the rules
# of which are nftables' to the kernel.
ABLE = r"""
iptables --version | grep -q nf_tables &&
    for family in inet bridge; do echo "table $family lab-able { chain begin {
        type filter hook prerouting priority -350; ip daddr 192.0.2.1 meta nftrace set 1
    }; }"; done | nft -f - && nft delete table inet lab-able && nft delete table bridge lab-able
"""

# capture MARK HOST WHERE SECONDS COMMAND prints sections, each after a line "MARK name".
SCRIPT = r"""
mark=$1 host=$2 where=$3 seconds=$4 command=$5
[ -z "$6" ] || export DOCKER_HOST=$6
folder=$(mktemp -d /dev/shm/trace.XXXXXX)
on=() # what enters the network that is looked at
[ -z "$host" ] || on=(nsenter --net="/run/netns/$host")
no() { printf '%s no\n%s\n' "$mark" "$1"; exit; }
section() { printf '\n%s %s\n' "$mark" "$1"; }
listeners() { "${on[@]}" awk '$2 == 12 && $4 ~ /[13579bdf]..$/' /proc/net/netlink; }
end() {
    "${on[@]}" nft delete table inet TABLE
    "${on[@]}" nft delete table bridge TABLE
    [ -z "$listener" ] || kill "$listener"
    rm -r "$folder"
} 2>/dev/null
listener=
trap end EXIT

[ -z "$host" ] || [ -e "/run/netns/$host" ] || no "there is no network namespace $host"
docker ps --quiet | xargs -r docker inspect --format '{{.State.Pid}} {{.Name}}' >"$folder/containers"

# Who sends: what enters its network, how a reader types that, and the addresses that it sends from.
enter=("${on[@]}") typed= v4= v6=
if [ "$where" ] && [ -e "/run/netns/$where" ]; then
    enter=(ip netns exec "$where") typed="ip netns exec $where "
elif [ "$where" ]; then
    pid=$(docker container inspect --format '{{.State.Pid}}' "$where" 2>/dev/null) ||
        no "there is no network namespace and no container $where"
    [ "$pid" != 0 ] || no "the container $where does not run"
    [ ! "/proc/$pid/ns/net" -ef /proc/self/ns/net ] || no "the container $where is in the host's network: name none"
    enter=(nsenter --target "$pid" --net) typed="docker exec $where "
elif [ "$host" ]; then
    typed="ip netns exec $host "
fi
if [ "$where" ]; then
    while read -r _ _ family address _; do
        case $family in inet) v4+=${v4:+, }${address%/*} ;; inet6) v6+=${v6:+, }${address%/*} ;; esac
    done < <("${enter[@]}" ip -o addr show scope global)
    [ "$v4$v6" ] || no "$where has no address to send from"
fi

# Rules and their handles before anything is added.
section ruleset; "${on[@]}" nft -a list ruleset 2>/dev/null
section iptables; "${on[@]}" iptables-save 2>/dev/null
section ip6tables; "${on[@]}" ip6tables-save 2>/dev/null
section listening; "${on[@]}" ss --no-header --listening --numeric --tcp --udp --processes 2>/dev/null
section places
for name in $(ip netns list | cut -d' ' -f1); do
    [ "$name" = "$host" ] || { echo "@ $name"; ip -n "$name" -o addr show scope global; }
done
while read -r pid name; do
    [ ! "/proc/$pid/ns/net" -ef /proc/self/ns/net ] || continue
    echo "@ ${name#/}"
    nsenter --target "$pid" --net ip -o addr show scope global
done <"$folder/containers"

# What docker-proxy connects to.
proxied=
for process in /proc/[0-9]*; do
    read -r name <$process/comm && [ "$name" = docker-proxy ] &&
        "${on[@]}" test $process/ns/net -ef /proc/self/ns/net || continue
    mapfile -d '' -t words <$process/cmdline
    protocol= address= port=
    for at in "${!words[@]}"; do
        case ${words[at]} in
            -proto) protocol=${words[at + 1]} ;;
            -container-ip) address=${words[at + 1]} ;;
            -container-port) port=${words[at + 1]} ;;
        esac
    done
    family=ip; [[ $address != *:* ]] || family=ip6
    proxied+="$family daddr $address $protocol dport $port goto begin"$'\n'
done 2>/dev/null

begin='chain begin {
    tcp flags & (syn | ack) == syn meta nftrace set 1
    meta l4proto udp meta nftrace set 1
    icmp type echo-request meta nftrace set 1
    icmpv6 type echo-request meta nftrace set 1
}'
from="${v4:+ip saddr { $v4 \} goto begin}
${v6:+ip6 saddr { $v6 \} goto begin}"
ends() { for hook; do echo "chain $hook { type filter hook $hook priority 350; }"; done; }
# Where frames of a bridge are seen, its ports are known.
"${on[@]}" nft -f - 2>&1 <<NFT >"$folder/refused" || no "the kernel cannot trace: $(<"$folder/refused")"
table inet TABLE {
    $begin
    chain prerouting { type filter hook prerouting priority -350
        $from
    }
    chain output { type filter hook output priority -350
        meta skgid GROUP goto begin
        $proxied
    }
    $(ends input forward postrouting)
}
table bridge TABLE {
    $begin
    chain prerouting { type filter hook prerouting priority -350
        $from
    }
    $(ends input forward output postrouting)
}
NFT

before=$(listeners | wc -l)
"${on[@]}" stdbuf -oL nft -a monitor trace >"$folder/trace" 2>"$folder/refused" &
listener=$!
for try in {1..500}; do
    [ "$(listeners | wc -l)" -le "$before" ] || break
    kill -0 $listener 2>/dev/null || no "the kernel cannot trace: $(<"$folder/refused")"
    sleep 0.01
done
[ "$(listeners | wc -l)" -gt "$before" ] || no "the kernel cannot trace: nft does not listen"

cd /root
case $where in
    "") "${on[@]}" timeout -k 1 "$seconds" setpriv --regid GROUP --keep-groups bash -c "$command" ;;
    *) timeout -k 1 "$seconds" bash -c "$typed$command" ;;
esac </dev/null >"$folder/output" 2>&1
code=$?

# All is read once the kernel has nothing left for the listener, and that has written nothing more.
size=-1
for try in {1..100}; do
    sleep 0.02
    [ "$size" != "$(stat -c %s "$folder/trace")" ] || [ "$(listeners | awk '$5 > 0')" ] || break
    size=$(stat -c %s "$folder/trace")
done
section typed; printf '%s%s\n' "$typed" "$command"
section exit; echo "$code"
section output; head -c 4000 "$folder/output"
section trace; cat "$folder/trace"
section end
""".replace("TABLE", TABLE).replace("GROUP", str(GROUP))  # fmt: skip


def captured(lab: Lab, command: str, where: str = "", host: str = "", seconds: float = 60,
             engine: str = "") -> dict[str, str]:
    """Run a command and trace what it sends through the host; returns what was seen, section -> text.

    where: the network namespace or the running container that sends, "" for the host itself; host: the network
    namespace that is looked at, if it is not the lab's own host; seconds: how long the command may take; engine: where
    the engine of the containers is, as in DOCKER_HOST, "" for the lab's own.
    Sections: "ruleset" (nft), "iptables" and "ip6tables" (saves) with the rules before it, "listening" (ss), "places"
    (ip), "typed" (the command as a reader types it), "exit", "output", and "trace" (nft).
    Raises LabError for a sender that is not there, or a kernel that cannot trace.
    """
    mark = secrets.token_hex(16)
    told = lab.read("bash", "-c", SCRIPT, "capture", mark, host, where, f"{seconds:g}", command, engine)
    found = {}
    for part in told.split(f"{mark} ")[1:]:
        name, _, text = part.partition("\n")
        found[name] = text.strip("\n")
    if "no" in found:
        raise LabError(found["no"])
    if "end" not in found:
        raise LabError(f"the trace was cut short: {told[-500:]}")
    return found
