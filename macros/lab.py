"""A lab: a throwaway Docker host in a container, for running a page.

It has its own dockerd, network namespace and data volume, so `docker network ls` in it shows exactly what
the page made, and the containers, networks and volumes of the engine it runs on are never touched.
`docker` is imported inside functions: see macros/__init__.py.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from macros import images, state
from macros.outer import certificates, outer_engine, outer_network
from macros.owner import LABEL, OWNER, owner, sweep
from macros.shell import Shell

HOST = "docker-host"
FIRST_ADDRESS = 10
API_PORT = "2376/tcp"
START_SECONDS = 60
LATE = Path(__file__).parent / "late-runc.sh"
# How long an engine may take to say that it is there; one that was stopped never does.
ANSWER_SECONDS = 10

# Rights that neither an engine nor what the pages do needs. SYS_ADMIN and NET_ADMIN remain, with them a page that
# means harm can do what root can: see .github/CONTRIBUTING.md.
DROPPED = [
    "AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "SYSLOG",
    "SYS_BOOT", "SYS_MODULE", "SYS_PACCT", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
]  # fmt: skip

# What a runaway page may take of the machine: the size of one file in bytes, and processes. A session has fewer
# (macros/shell.py), so that one at its limit can still be ended from outside.
LARGEST_FILE = 4 << 30
MOST_PROCESSES = 8000

# What a step may need: the word after needs= -> a command that succeeds in a lab that offers it.
NEEDS = {
    "compose": "docker compose version",
    "ipvlan": "ip link add probe0 type dummy && ip link add link probe0 name probe1 type ipvlan && ip link del probe0"
    " || { ip link del probe0; false; }",
    "ipvs": "test -e /proc/net/ip_vs",
    "containerd-store": "docker info --format '{{.DriverStatus}}' | grep -q io.containerd.snapshotter",
}

# Clients must trust the lab's own authority; these variables override it in `requests`.
CA_OVERRIDES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class LabError(RuntimeError):
    """The lab could not be started or is gone; the message ends with the engine's last log lines."""


@contextmanager
def environment(changes: dict[str, str]) -> Iterator[None]:
    """The process environment with `changes`, and without what overrides a client's own authority."""
    before = dict(os.environ)
    for name in CA_OVERRIDES:
        os.environ.pop(name, None)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Lab:
    """One Docker host. Use `start`; then `shell()`, `client`, `run()`, `reset()`, `close()`.

    name: hostname; engine: generation ("28.5"); version: what the engine says ("28.5.2");
    images: name -> where it came from; peers: further hosts on the same outer network, by name; delay: seconds by
    which what a container runs starts late, to find pages that do not wait for what they use.
    """

    def __init__(self, outer: Any, engine: str, name: str = HOST, delay: float = 0) -> None:
        self.outer, self.engine, self.name, self.delay = outer, engine, name, delay
        self.peers: dict[str, Lab] = {}
        self.version = ""
        self.images: dict[str, str] = {}
        self.container: Any = None
        self.network: Any = None
        self._client: Any = None
        self._offers: dict[str, bool] = {}
        self._fresh = ""
        self._certs = tempfile.TemporaryDirectory(prefix="docker-docs-")

    @classmethod
    def start(cls, engine: str = "", report: Callable[[str], None] = print, delay: float = 0) -> Lab:
        """Start a lab with this engine generation (default: the newest). Raises LabError, EngineError."""
        engine = images.engine_name(engine or images.NEWEST)
        outer = outer_engine()
        sweep(outer)
        image = images.lab_image(outer, engine, report)
        samples = images.sample_images(outer, report)
        lab = cls(outer, engine, delay=delay)
        atexit.register(lab.close)
        try:
            lab.network = outer_network(outer)
            lab._start(image, FIRST_ADDRESS, samples)
        except BaseException:
            lab.close()
            raise
        return lab

    def peer(self, name: str) -> Lab:
        """Another Docker host beside this one, made when first asked for. It is reset and closed with this one."""
        if name not in self.peers:
            peer = self.peers[name] = Lab(self.outer, self.engine, name, self.delay)
            peer.network = self.network
            peer._start(self._image, FIRST_ADDRESS + len(self.peers), self._samples)
        return self.peers[name]

    def host(self, name: str) -> Lab:
        """This host or one of its peers; "" is this one."""
        return self if name in ("", self.name) else self.peer(name)

    def _start(self, image: str, number: int, samples: list[images.SampleImage]) -> None:
        """Start the container at the outer network's address that ends in `number`, and load the sample images."""
        self._image, self._number, self._samples = image, number, samples
        labels = {LABEL: "host", OWNER: owner()}
        api = self.outer.api
        config = api.create_host_config(
            cap_add=["ALL"], cap_drop=DROPPED, port_bindings={API_PORT: ("127.0.0.1", None)},
            security_opt=["seccomp=unconfined", "apparmor=unconfined"], pids_limit=MOST_PROCESSES,
            ulimits=[{"Name": "fsize", "Soft": LARGEST_FILE, "Hard": LARGEST_FILE}],
        )  # fmt: skip
        config |= {"MaskedPaths": [], "ReadonlyPaths": []}  # the SDK has no keywords for these
        address = self.network.attrs["IPAM"]["Config"][0]["Subnet"].rpartition(".")[0] + f".{number}"
        endpoint = api.create_endpoint_config(ipv4_address=address, aliases=[self.name])
        created = api.create_container(
            image, hostname=self.name, host_config=config, labels=labels, volumes=["/var/lib/docker"],
            ports=[(2376, "tcp")], networking_config=api.create_networking_config({self.network.name: endpoint}),
            command=["-H", "unix:///var/run/docker.sock", "-H", "tcp://0.0.0.0:2376", "--tlsverify",
                     "--tlscacert=/etc/docker/ca.pem", "--tlscert=/etc/docker/cert.pem",
                     "--tlskey=/etc/docker/key.pem"],
        )  # fmt: skip
        self.container = self.outer.containers.get(created["Id"])
        self.put("/etc/docker", certificates(Path(self._certs.name)))
        if self.delay:
            self.put("/usr/local/sbin", {"runc": LATE.read_bytes().replace(b"DELAY", f"{self.delay}".encode())})
        self.container.start()
        self._wait()
        self._load()
        self.run("find", "/root", "-mindepth", "1", "-delete")  # as after each reset
        self._fresh = self._state()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.container.reload()
            if self.container.status == "exited":
                break
            status, output = self.run("docker", "version", "--format", "{{.Server.Version}}")
            if status == 0:
                self.version = output.strip().partition("+")[0]
                return
            time.sleep(0.05)
        ended = "ended while it started" if self.container.status == "exited" else f"did not start in {START_SECONDS} s"
        raise LabError(
            f"the lab's Docker Engine {self.engine} {ended}; its log ends:\n{self.log_tail()}\n"
            f"  next: run it again, or with ENGINE={next(e for e in images.ENGINES if e != self.engine)}"
        )

    def _load(self) -> None:
        for sample in self._samples:
            archive = b"".join(self.outer.images.get(sample.reference).save())
            loaded = self.client.images.load(archive)[0]
            name, _, tag = sample.name.partition(":")
            loaded.tag(name, tag)
            self.images[sample.name] = sample.source

    @property
    def environment(self) -> dict[str, str]:
        """What `docker.from_env()` needs to reach the lab's engine instead of the machine's."""
        self.container.reload()
        port = self.container.ports[API_PORT][0]["HostPort"]
        return {
            "DOCKER_HOST": f"tcp://127.0.0.1:{port}", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": self._certs.name,
        }  # fmt: skip

    @property
    def client(self) -> Any:
        """A docker SDK client of the lab's engine."""
        import docker

        if self._client is None:
            with environment(self.environment):
                self._client = docker.from_env(timeout=120)
            # requests reads the environment at each call: without this an outer CA bundle wins over the lab's.
            self._client.api.trust_env = False
        return self._client

    def put(self, folder: str, files: dict[str, bytes]) -> None:
        """Write files (name or relative path -> content) below a folder of the lab, making folders.

        What begins with "#!" may be executed.
        """
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, content in files.items():
                entry = tarfile.TarInfo(f"{folder.strip('/')}/{name}")
                entry.size, entry.mtime = len(content), int(time.time())
                entry.mode = 0o755 if content.startswith(b"#!") else 0o644
                tar.addfile(entry, io.BytesIO(content))
        self.container.put_archive("/", archive.getvalue())

    def run(self, *command: str) -> tuple[int, str]:
        """Run one command in the lab; returns its exit code and its output, stderr included."""
        status, output = self.container.exec_run(list(command))
        return status, output.decode(errors="replace")

    def read(self, *command: str) -> str:
        """What a command prints that changes nothing. Raises LabError where it fails.

        An engine under load may lose the beginning or the end of what a short command printed: both are marked, and
        the command is run again where a mark is missing.
        """
        script, begin, end = 'echo "<"; "$@"; code=$?; echo ">"; exit $code', "<\n", ">\n"
        for _ in range(10):
            status, output = self.run("bash", "-c", script, "read", *command)
            if output.startswith(begin) and output.endswith(end):
                output = output.removeprefix(begin).removesuffix(end)
                if status:
                    raise LabError(f"{command[0]} ended with exit code {status} in the lab: {output.strip()[-500:]}")
                return output
        raise LabError(f"the machine's engine loses what {command[0]} prints; run it again")

    def shell(self) -> Shell:
        return Shell(self.outer.api, self.container.id)

    def lacks(self, need: str) -> str:
        """Why the lab does not offer what a step needs, or "" if it does. Raises LabError for an unknown word."""
        if need not in NEEDS:
            raise LabError(f"needs={need}: there are: {', '.join(NEEDS)}")
        if need not in self._offers:
            self._offers[need] = self.run("bash", "-c", NEEDS[need])[0] == 0
        return "" if self._offers[need] else f"needs {need}, which this engine or kernel has not"

    def log_tail(self, lines: int = 15) -> str:
        return self.container.logs(tail=lines).decode(errors="replace").rstrip("\n")

    def leftovers(self) -> list[str]:
        """What stands in the lab beside the engine's own: `container hello1`, `network new-bridge`, ..."""
        client = self.client
        left = [f"container {c.name}" for c in client.containers.list(all=True)]
        left += [f"network {n.name}" for n in client.networks.list() if n.name not in ("bridge", "host", "none")]
        left += [f"volume {v.name}" for v in client.volumes.list()]
        if client.info()["Swarm"]["LocalNodeState"] != "inactive":
            left.append("swarm membership")
        keep = set(self.images)
        left += [f"image {tag}" for i in client.images.list() for tag in i.tags
                 if tag not in keep and not tag.startswith("docker-docs/")]  # fmt: skip
        return left + [f"{name}: {what}" for name, peer in self.peers.items() for what in peer.leftovers()]

    def ended(self) -> str:
        """Why nothing can be run in the lab any more, or "" if all is well."""
        from docker.errors import APIError, NotFound

        for _ in range(20):
            try:
                self.container.reload()
                if self.container.status == "running":
                    # `docker version` alone would wait for ever for an engine that was stopped, not ended.
                    code = self.run("timeout", str(ANSWER_SECONDS), "docker", "version")[0]
                    if code == 0:
                        return ""
                    if code == 124:
                        why = f"its engine does not answer within {ANSWER_SECONDS} s"
                        return f"{why}; its log ends:\n{self.log_tail(5)}"
                    time.sleep(0.1)  # it ends just now
                    continue
                time.sleep(0.2)  # what is removed is stopped first
                self.container.reload()
                if self.container.status in ("removing", "dead"):
                    return "its container was removed"
                code = self.container.attrs["State"]["ExitCode"]
                return f"its engine ended with exit code {code}; its log ends:\n{self.log_tail(5)}"
            except NotFound:
                return "its container was removed"
            except APIError:
                time.sleep(0.1)  # it goes just now, and has no state to tell yet
        return "its engine ended"

    def reset(self) -> None:
        """Make the lab as it was at its start, and prove it.

        What cannot be cleaned, since it ended or since its host was changed beyond Docker, is replaced by a new one.
        Raises LabError where that does not start.
        """
        self._close_peers()  # they are the last page's: the next page's get their addresses in its own order
        if self.ended() or not self._clean():
            self._renew()

    def _state(self) -> str:
        return self.read("bash", "-c", state.SCRIPT)

    def _clean(self) -> bool:
        """Remove what is no part of a fresh lab; returns whether the lab is one now."""
        self.run("bash", "-c", state.RESTORE)
        for left in self.leftovers():
            if left.startswith("image "):
                self.client.images.remove(left.removeprefix("image "), force=True)
        return not self.leftovers() and not state.changes(self._fresh, self._state())

    def _renew(self) -> None:
        """Put a new container in the place of this lab's, on the same outer network if that is still there."""
        from docker.errors import NotFound

        self._remove()
        self._client = None
        try:
            self.network.reload()
        except NotFound:
            self.network = outer_network(self.outer)
        self._start(self._image, self._number, self._samples)

    def _remove(self) -> None:
        from docker.errors import NotFound

        container, self.container = self.container, None
        with suppress(NotFound):
            if container is not None:
                container.remove(force=True, v=True)

    def snapshot(self, *networks: str) -> dict:
        """What topology.from_snapshot() reads: these networks, their containers, and all interfaces.

        A container belongs to a network also while it is stopped, which `docker network inspect` does not tell, and
        so does one that shares the network of a container on it.
        """
        described = [self.client.api.inspect_network(name) for name in networks]
        every = [self.client.api.inspect_container(one.id) for one in self.client.containers.list(all=True)]
        on = {one["Id"] for one in every if set(one["NetworkSettings"]["Networks"]).intersection(networks)}
        owners = {one["Id"]: one["HostConfig"]["NetworkMode"].removeprefix("container:") for one in every}
        containers = [one for one in every if one["Id"] in on or owners[one["Id"]] in on]
        inside = {}
        for container in containers:
            if not (pid := str(container["State"]["Pid"] or "")):
                continue
            inside[container["Id"]] = json.loads(self.read("nsenter", "-t", pid, "-n", "ip", "-j", "addr"))
        host = {"name": self.name, "interfaces": json.loads(self.read("ip", "-j", "addr"))}
        return {"host": host, "networks": described, "containers": containers, "interfaces": inside}

    def _close_peers(self) -> None:
        for peer in self.peers.values():
            peer.network = None  # it is this one's
            peer.close()
        self.peers = {}

    def close(self) -> None:
        """Remove the lab: peers, container, data volume, network, certificates. May be called twice."""
        from docker.errors import NotFound

        self._close_peers()
        self._remove()
        network, self.network = self.network, None
        with suppress(NotFound):
            if network is not None:
                network.remove()
        self._certs.cleanup()
        atexit.unregister(self.close)
