"""What stands in a lab: what a page left there, and what its networks connect."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient

    from macros.lab.host import Lab


# How long a container may take to go that the engine removes by itself, in seconds; and the states of one that stays.
GOING_SECONDS = 10.0
ALIVE = ("created", "running", "paused", "restarting")


def leftovers(lab: Lab) -> list[str]:
    """What stands in the lab beside the engine's own: `container hello1`, `network new-bridge`, ..."""
    client = lab.client
    left = [f"container {name}" for name in _containers(client)]
    left += [f"network {n.name}" for n in client.networks.list() if n.name not in ("bridge", "host", "none")]
    left += [f"volume {v.name}" for v in client.volumes.list()]
    if client.info()["Swarm"]["LocalNodeState"] != "inactive":
        left.append("swarm membership")
    left += [f"image {tag}" for image in client.images.list() for tag in image.tags if tag not in lab.images]
    return left + [f"{name}: {what}" for name, peer in lab.peers.items() for what in leftovers(peer)]


def _containers(client: DockerClient) -> list[str]:
    """The names of the containers. One of --rm that has ended is on its way out: the command that ended it has not
    waited for that."""
    until = time.monotonic() + GOING_SECONDS
    while True:
        found = client.containers.list(all=True, ignore_removed=True)
        going = [one for one in found if one.attrs["HostConfig"]["AutoRemove"] and one.status not in ALIVE]
        if not going or time.monotonic() > until:
            return [one.name for one in found]
        time.sleep(0.05)


def objects(client: DockerClient) -> dict[str, list[dict]] | None:
    """What the engine has, as its API tells; None where it does not answer. A `docker` for each kind takes ten times
    as long."""
    import docker.errors
    import requests

    api = client.api
    try:
        return {"containers": api.containers(all=True), "networks": api.networks(),
                "volumes": api.volumes()["Volumes"] or [], "images": api.images()}  # fmt: skip
    except (requests.RequestException, docker.errors.APIError):
        return None


def listed(client: DockerClient) -> list[str]:
    """What the engine has, a line each: `container hello1 0123... running`, ...; none where it does not answer. In an
    order of their own: the engine may tell the same things in another one the next time."""
    if (docker := objects(client)) is None:
        return []
    found = [f"container {' '.join(name[1:] for name in one['Names'] or ())} {one['Id']} {one['State']}"
             for one in docker["containers"]]  # fmt: skip
    found += [f"network {one['Name']} {one['Id']}" for one in docker["networks"]]
    found += [f"volume {one['Name']}" for one in docker["volumes"]]
    found += [f"image {tag} {one['Id']}" for one in docker["images"] for tag in one["RepoTags"] or ["<none>:<none>"]]
    return [*sorted(found), f"swarm {client.info()['Swarm']['LocalNodeState']}"]


def snapshot(lab: Lab, *networks: str) -> dict:
    """What topology.from_snapshot() reads: these networks, their containers, all interfaces and the default route.

    A container belongs to a network also while it is stopped, which `docker network inspect` does not tell, and
    so does one that shares the network of a container on it.
    """
    described = [lab.client.api.inspect_network(name) for name in networks]
    every = [one.attrs for one in lab.client.containers.list(all=True, ignore_removed=True)]
    on = {one["Id"] for one in every if set(one["NetworkSettings"]["Networks"]).intersection(networks)}
    owners = {one["Id"]: one["HostConfig"]["NetworkMode"].removeprefix("container:") for one in every}
    containers = [one for one in every if one["Id"] in on or owners[one["Id"]] in on]
    inside = {}
    for container in containers:
        if not (pid := str(container["State"]["Pid"] or "")):
            continue
        inside[container["Id"]] = json.loads(lab.read("nsenter", "-t", pid, "-n", "ip", "-j", "addr"))
    routes = json.loads(lab.read("ip", "-j", "route", "show", "default") or "[]")
    host = {"name": lab.name, "interfaces": json.loads(lab.read("ip", "-j", "addr")), "routes": routes}
    return {"host": host, "networks": described, "containers": containers, "interfaces": inside}
