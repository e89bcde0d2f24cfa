#!/bin/bash
# pack.sh IMAGE PACKAGE RESULT: makes RESULT/FOLDER.tar, which `docker load` takes as IMAGE ("httpd:2.4"), from what
# FOLDER/collect.sh of this folder ("httpd") collects of a Debian package, and adds a line to RESULT/sources.
# The same packages make the same bytes, and so the same image ids.
set -eu
umask 022
image=$1 package=$2 result=$3
source=$(cd "$(dirname "$0")/${image%:*}" && pwd)
work=$(mktemp -d)

bash "$source/collect.sh" "$source" "$work/root"
# All is as old as the newest file of the package.
time=$(dpkg -L "$package" | while read -r file; do [ ! -f "$file" ] || stat -c %Y "$file"; done | sort -n | tail -n 1)
pack() { tar --sort=name --mtime="@$time" --numeric-owner --format=gnu -C "$1" -cf "$2" "${@:3}"; }
digest() { sha256sum "$1" | cut -d' ' -f1; }

mkdir "$work/image"
pack "$work/root" "$work/image/layer.tar" .
created=$(date --utc --date="@$time" +%Y-%m-%dT%H:%M:%SZ)
. /etc/os-release
from="built from Debian $VERSION_CODENAME $package $(dpkg-query -W -f '${Version}' "$package")"
# Docker's names for architectures are Debian's, as far as amd64 and arm64 go.
cat >"$work/config.json" <<END
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "created": "$created",
 "config": $(sed "s/\"SOURCE\"/\"$from\"/" "$source/config.json"),
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(digest "$work/image/layer.tar")"]},
 "history": [{"created": "$created", "created_by": "$from"}]}
END
config=$(digest "$work/config.json").json
mv "$work/config.json" "$work/image/$config"
printf '[{"Config":"%s","RepoTags":["%s"],"Layers":["layer.tar"]}]\n' "$config" "$image" >"$work/image/manifest.json"

mkdir -p "$result"
pack "$work/image" "$result/${image%:*}.tar" manifest.json "$config" layer.tar
echo "$image $from" >>"$result/sources"
rm -rf "$work"
