#!/bin/bash
# Turns a container into a Docker host, then becomes its dockerd; the arguments are dockerd's.
# Needs all capabilities but SYS_RESOURCE, no seccomp or AppArmor profile, and no masked or read-only paths.
set -eu
step="starting"
trap 'status=$?; [ "$status" = 0 ] || echo "lab: failed (exit $status) while $step" >&2' EXIT

# Both the mount and its file system are read-only: overlay networks write to the file system (default_pvid), and
# where that may not be remounted the mount alone is enough for everything else.
step="making /sys writable"
mount -o remount,rw /sys 2>/dev/null || mount -o remount,rw,bind /sys

cgroup=/sys/fs/cgroup
if [ -f $cgroup/cgroup.controllers ]; then
    step="making cgroup v2 writable"
    mount -o remount,rw,bind $cgroup
    # A cgroup with processes of its own cannot hand controllers on to children, so they move into a child first.
    step="handing the cgroup v2 controllers on"
    mkdir -p $cgroup/init
    handed=no
    for _ in {1..20}; do
        while read -r pid; do
            { echo "$pid" >$cgroup/init/cgroup.procs; } 2>/dev/null || true # it may have ended meanwhile
        done <$cgroup/cgroup.procs
        # An exec that comes in between puts a process back and makes this busy: once more, then.
        if { sed 's/[^ ]*/+&/g' $cgroup/cgroup.controllers >$cgroup/cgroup.subtree_control; } 2>/dev/null; then
            handed=yes
            break
        fi
        sleep 0.05
    done
    [ $handed = yes ]
else
    step="making cgroup v1 writable"
    while read -r _ _ _ _ where _; do
        case $where in $cgroup | $cgroup/*) mount -o remount,rw,bind "$where" ;; esac
    done </proc/self/mountinfo
fi

# Volumes with bind-propagation options need what a host started by systemd has.
step="sharing the mounts"
mount --make-rshared /

# Engines switch IPv6 off in a container; a host has it, and the engine publishes ports on it too. Addresses are
# usable at once without duplicate address detection, so that no output depends on when it was taken.
if [ -d /proc/sys/net/ipv6 ]; then
    step="switching IPv6 on"
    for scope in all default lo; do echo 0 >/proc/sys/net/ipv6/conf/$scope/disable_ipv6; done
    for scope in all default; do echo 0 >/proc/sys/net/ipv6/conf/$scope/accept_dad; done
fi

# The host of the pages is a virtual machine with one network card called ens33.
if [ -e /sys/class/net/eth0 ]; then
    step="renaming eth0 to ens33"
    route4=$(ip -4 route show default dev eth0)
    route6=$(ip -6 route show default dev eth0)
    addresses6=$(ip -6 -o addr show dev eth0 scope global | awk '{print $4}')
    ip link set eth0 down # drops the routes and the IPv6 addresses; IPv4 addresses stay
    ip link set eth0 name ens33
    if [ -d /proc/sys/net/ipv6 ]; then
        for setting in accept_dad disable_ipv6; do echo 0 >/proc/sys/net/ipv6/conf/ens33/$setting; done
    fi
    ip link set ens33 up
    for address in $addresses6; do ip -6 addr add "$address" dev ens33 nodad; done
    # Unquoted: what `ip route show` printed are several words.
    [ -z "$route4" ] || ip -4 route replace $route4 dev ens33
    [ -z "$route6" ] || ip -6 route replace $route6 dev ens33
fi

step="finding an iptables that this kernel knows"
if ! iptables -t nat -nL >/dev/null 2>&1; then
    update-alternatives --set iptables /usr/sbin/iptables-legacy
    update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy
    iptables -t nat -nL >/dev/null
fi

# After a restart of the container the old process ids name other processes.
rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid

# dockerd reaps no orphans; the init does, so that what a step left behind does not stay as a zombie.
step="starting dockerd"
exec docker-init -- dockerd "$@"
