#!/bin/bash
# A Docker host that is lived in: what its owner has, under the names that people use. `lived-in.sh furnish` makes it,
# `lived-in.sh list` prints one line for each thing that a guest has to leave as it is.
set -eu
home=/home/dev
work=$home/project

furnish() {
    useradd --uid 1000 --create-home --shell /bin/bash dev
    mkdir -p $work/{data,site,app,web,config,conf,shop,pages,menu}
    cd $work
    for file in data/rows site/index.html app/main.py web/index.html config/app.ini conf/a.conf shop/x pages/one menu/today.txt \
        notes.txt list.txt backup.sh run.sh old.tar.gz monday.tar.gz sums.sha256 daemon.json Dockerfile .env; do
        echo "the owner's $file" >"$file"
    done
    printf 'name: shop\nservices:\n  web:\n    image: httpd:2.4\n' >compose.yaml
    chown -R 1000:1000 $home
    echo 'the owner'"'"'s' >/root/notes.txt
    echo 'the owner'"'"'s' >/root/compose.yaml

    for network in app back front shared lan shop_default new-bridge carpool_default; do
        docker network create "$network"
    done
    for volume in data web db logs conf pages rows notes inbox volume1 named shop_data carpool; do
        docker volume create "$volume"
        docker run --rm -v "$volume:/v" busybox:1.37 sh -c "echo the owner\'s $volume > /v/file"
    done
    for name in web db api app first second client server blog hello1; do
        docker run -d --name "$name" --network app -v /data --label owner=me busybox:1.37 sleep 86400
    done
    docker run -d --name shop-web-1 --network shop_default --label com.docker.compose.project=shop \
        --label com.docker.compose.service=web busybox:1.37 sleep 86400
    docker run -d --name kept -v data:/data -v /nameless busybox:1.37 sh -c 'echo kept > /nameless/file; sleep 86400'
    docker run --name stopped -v /state busybox:1.37 sh -c 'echo state > /state/file'
    docker create --name created -v web:/web --network back busybox:1.37 true
    docker volume create # nameless, and of no container
    docker tag busybox:1.37 mine:1
    docker swarm init --advertise-addr 127.0.0.1 # a swarm of its own; older engines make its networks a while later
    until docker network inspect ingress docker_gwbridge 2>/dev/null; do sleep 0.1; done
    iptables -I DOCKER-USER -s 192.0.2.66 -j DROP
    iptables -I DOCKER-USER 2 -p tcp --dport 3306 -m comment --comment "the owner's" -j DROP
    iptables -A INPUT -s 192.0.2.66 -j DROP
    iptables -P FORWARD DROP
    iptables -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE
    ip link add ens34 type bridge && ip addr add 198.51.100.77/24 dev ens34 && ip link set ens34 up
    ip route add 203.0.113.200/32 dev ens34
    ip netns add outside
    mkdir -p /etc/docker && echo '{"the": "owner'"'"'s"}' >/etc/docker/daemon.json.saved
} >/dev/null

list() {
    docker ps --all --no-trunc --format 'container {{.ID}} {{.Names}}' | sort
    docker ps --quiet --no-trunc | sort | xargs -r docker inspect \
        --format 'running {{.Name}} {{.Id}} since {{.State.StartedAt}} on {{range $n, $_ := .NetworkSettings.Networks}}{{$n}} {{end}}'
    docker network ls --no-trunc --format 'network {{.ID}} {{.Name}}' | sort
    docker images --no-trunc --format 'image {{.Repository}}:{{.Tag}} {{.ID}}' | sort
    for volume in $(docker volume ls --quiet | sort); do
        folder=$(docker volume inspect --format '{{.Mountpoint}}' "$volume")
        echo "volume $volume $(find "$folder" -type f -exec sha256sum {} + | sort | sha256sum | cut -c1-16)"
    done
    docker info --format 'swarm {{.Swarm.LocalNodeState}} {{.Swarm.NodeID}}'
    # Docker's own chains come and go with what runs; the owner's rules, policies and their order stay. That a chain of
    # the kernel's accepts is as good as that it is not there: who looks at a table makes those of it.
    { iptables-save; ip6tables-save; } | grep -E '^:(INPUT|OUTPUT|FORWARD) DROP|192\.0\.2\.|owner' | sed 's/ \[.*//; s/^/rule /'
    ip -o link | sed -nE 's/^[0-9]+: ([^:@]+).* mtu ([0-9]+) .* state ([A-Z]+) .*/link \1 mtu \2 \3/p' | grep -v ' veth\| br-\| docker'
    ip -o -4 addr | awk '$2 !~ /^(br-|docker|veth)/ {print "address", $2, $4}'
    ip route | sed 's/ *$//; s/^/route /' | grep -v 'dev br-\|dev docker'
    ip netns list | sed 's/ .*//; s/^/namespace /'
    for setting in net/ipv4/ip_forward net/ipv4/conf/all/rp_filter net/ipv4/conf/all/route_localnet net/ipv6/conf/all/forwarding \
        net/ipv4/ip_unprivileged_port_start kernel/hostname; do
        [ ! -e /proc/sys/$setting ] || echo "setting $setting $(</proc/sys/$setting)"
    done
    grep -E '^(root|dev):' /etc/passwd /etc/group | sed 's/^/user /'
    sha256sum /etc/resolv.conf /etc/hosts /etc/docker/*.saved | sed 's/^/file /'
    find $home /root -xdev -printf 'entry %p %y %m %U:%G\n' | sort
    find $home /root -xdev -type f -exec sha256sum {} + | sort -k2 | sed 's/^/content /'
    pgrep -cx dockerd | sed 's/^/engines /'
}

"$@"
