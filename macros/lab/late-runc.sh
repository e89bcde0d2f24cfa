#!/bin/bash
# Stands in for runc in a lab whose containers start late: what a container runs begins DELAY seconds after the engine
# says that it is up, as on a busy host. A page that holds then waits for what it uses.
set -eu
real=$(PATH=/usr/sbin:/usr/bin type -P runc)
bundle=
create=
last=
for word; do
    [ "$last" != --bundle ] || bundle=$word
    [ "$word" != create ] || create=yes
    last=$word
done
# With --init the first process is docker-init, whose start is what `docker run` waits for.
if [ "$create" ] && root=$(jq -r .root.path "$bundle/config.json") && [[ -L $root/bin/sh || -e $root/bin/sh ]]; then
    late='if .process.args[0] | endswith("docker-init") then . else
        .process.args |= ["/bin/sh", "-c", "sleep $0; exec \"$@\"", $delay] + . end'
    jq -c --arg delay "DELAY" "$late" "$bundle/config.json" >"$bundle/late.json"
    mv "$bundle/late.json" "$bundle/config.json"
fi
exec "$real" "$@"
