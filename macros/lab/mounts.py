"""What is mounted in a container, asked of the engine and of the kernel: where each path of it really is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from macros.lab.errors import LabError

if TYPE_CHECKING:
    from macros.lab.host import Lab

# $1: the container's process; then for each mount its path in the container and the host's, "" where it has none.
# Prints the writable layer's folder, then for each mount the kernel's name for its file system, whether both paths are
# one folder, and how many entries the image has where it is mounted.
SCRIPT = r"""
upper=$(sed -nE 's/.* \/ \/ .* - overlay .*,upperdir=([^,]*),.*/\1/p' /proc/$1/mountinfo | head -n 1)
merged=$(awk -v upper="upperdir=$upper," '$5 != "/" && index($0, upper) { print $5; exit }' /proc/self/mountinfo)
echo "$upper"
pid=$1; shift
while [ $# -gt 0 ]; do
    kind=$(awk -v at="$1" '$5 == at { sub(/.* - /, ""); print $1 }' /proc/$pid/mountinfo | tail -n 1)
    same=no; [ -z "$2" ] || ! [ /proc/$pid/root$1 -ef "$2" ] || same=yes
    echo "$kind $same $(ls -A "$merged$1" 2>/dev/null | wc -l)"
    shift 2
done
"""
ANONYMOUS = re.compile(r"[0-9a-f]{64}")
# From this API on a prune without --all leaves volumes that have a name.
KEEPS_NAMED = (1, 42)


def captured(lab: Lab, name: str) -> dict[str, Any]:
    """The mounts of a running container, as {"container", "layer": folder of the host, "prunes": whether `docker volume
    prune` takes volumes with a name, "mounts": [{"path", "kind", "name", "source", "writable", "hides"}]}, by path.

    kind: volume, anonymous, bind or tmpfs; source: on the host, "" for memory; hides: how many entries of the image.
    Raises docker.errors.NotFound, and LabError where it does not run, or where engine and kernel do not say the same.
    """
    found = lab.client.api.inspect_container(name)
    if not found["State"]["Running"]:
        raise LabError(f"{name} is not running: only then does the kernel know its mounts")
    mounts = [_mount(one) for one in found["Mounts"]]
    mounts += [{"path": path, "kind": "tmpfs", "name": "", "source": "", "writable": True}
               for path in found["HostConfig"].get("Tmpfs") or {}]  # fmt: skip
    mounts.sort(key=lambda one: one["path"])
    asked = [text for one in mounts for text in (one["path"], one["source"])]
    layer, *lines = lab.read("bash", "-c", SCRIPT, "-", str(found["State"]["Pid"]), *asked).splitlines()
    for one, line in zip(mounts, lines, strict=True):
        kernel, same, hides = line.split(" ")
        one["hides"] = int(hides)
        if (kernel == "tmpfs") != (one["kind"] == "tmpfs") or (one["source"] and same != "yes"):
            raise LabError(f"{name}: {one['path']} is {kernel}, and not what the engine says: {json.dumps(one)}")
    version = tuple(map(int, lab.client.api.version()["ApiVersion"].split(".")))
    return {"container": name, "layer": layer, "prunes": version < KEEPS_NAMED, "mounts": mounts}


def _mount(found: dict[str, Any]) -> dict[str, Any]:
    kind = "anonymous" if ANONYMOUS.fullmatch(found.get("Name", "")) else found["Type"]
    name = found["Name"] if kind == "volume" else ""
    return {"path": found["Destination"], "kind": kind, "name": name, "source": found["Source"],
            "writable": found["RW"]}  # fmt: skip
