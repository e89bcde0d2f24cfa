"""A lab: a throwaway Docker host in a container, for running a page.

It has its own dockerd, network namespace and data volume, so `docker network ls` in it shows exactly what
the page made, and the containers, networks and volumes of the engine it runs on are never touched.
`docker` is imported inside functions: it is slow to import, and who builds from recordings needs none of it.
"""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from macros.lab import images, state
from macros.lab.api import certificates, connected
from macros.lab.archive import tar
from macros.lab.errors import LabError
from macros.lab.health import described, ended
from macros.lab.images import official
from macros.lab.inventory import leftovers, listed
from macros.lab.network import FIRST_ADDRESS, address, outer_network
from macros.lab.outer import outer_engine
from macros.lab.owner import LABEL, OWNER, owner, remove, sweep
from macros.lab.rights import created
from macros.lab.shell import Shell

HOST = "docker-host"
API_PORT = "2376/tcp"
START_SECONDS = 60
LATE = Path(__file__).parent / "late-runc.sh"


class Lab:
    """One Docker host. Use `start`; then `shell()`, `client`, `run()`, `reset()`, `close()`.

    name: hostname; engine: generation ("28.5"); version: what the engine says ("28.5.2"); parts: engine, CLI,
    containerd, runc, Compose -> version and source; images: name -> where it came from; client: a docker SDK client of
    its engine; peers: further hosts on the same outer network, by name; delay: seconds by which what a container runs
    starts late, to find pages that do not wait for what they use.
    """

    def __init__(self, outer: Any, engine: str, name: str = HOST, delay: float = 0) -> None:
        self.outer, self.engine, self.name, self.delay = outer, engine, name, delay
        self.peers: dict[str, Lab] = {}
        self.parts: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self.container: Any = None
        self.network: Any = None
        self.client: Any = None
        self.offers: dict[str, bool] = {}
        self.version, self._fresh, self._used, self._official, self._report = "", "", False, {}, print
        self._certs = tempfile.TemporaryDirectory(prefix="docker-docs-")

    @classmethod
    def start(cls, engine: str = "", report: Callable[[str], None] = print, delay: float = 0) -> Lab:
        """Start a lab with this engine generation, or the newest that can be had. Raises ValueError, RuntimeError."""
        outer = outer_engine()
        sweep(outer)
        engine, image = images.lab_image(outer, engine, report)
        lab = cls(outer, engine, delay=delay)
        lab._report, lab._official = report, official.files(outer, report)
        atexit.register(lab.close)
        try:
            lab.network = outer_network(outer)
            lab._start(image, FIRST_ADDRESS)
        except BaseException:
            lab.close()
            raise
        return lab

    def peer(self, name: str, engine: str = "") -> Lab:
        """Another host beside this one, made when first asked for; reset and closed with it. Raises NotHadError."""
        if name not in self.peers:
            engine = engine or self.engine
            image = self._image if engine == self.engine else images.lab_image(self.outer, engine, self._report)[1]
            peer = self.peers[name] = Lab(self.outer, engine, name, self.delay)
            peer.network, peer._official = self.network, self._official
            peer._start(image, FIRST_ADDRESS + len(self.peers))
        return self.peers[name]

    def host(self, name: str, engines: Mapping[str, str] | None = None) -> Lab:
        """This host or one of its peers; "" is this one. engines: name -> generation, for those that have their own."""
        return self if name in ("", self.name) else self.peer(name, (engines or {}).get(name, ""))

    def _start(self, image: str, number: int) -> None:
        """Start the container at the outer network's address that ends in `number`, and wait until it is a host."""
        self._image, self._number = image, number
        labels = {LABEL: "host", OWNER: owner()}
        api = self.outer.api
        endpoint = api.create_endpoint_config(ipv4_address=address(self.network, number), aliases=[self.name])
        container = created(api, API_PORT, lambda config: api.create_container(
            image, name=f"{self.network.name}-{self.name}", hostname=self.name, host_config=config, labels=labels,
            volumes=["/var/lib/docker"], ports=[(2376, "tcp")],
            networking_config=api.create_networking_config({self.network.name: endpoint}),
            command=["-H", "unix:///var/run/docker.sock", "-H", "tcp://0.0.0.0:2376", "--tlsverify",
                     "--tlscacert=/etc/docker/ca.pem", "--tlscert=/etc/docker/cert.pem",
                     "--tlskey=/etc/docker/key.pem"],
        ))  # fmt: skip
        self.container = self.outer.containers.get(container["Id"])
        self.put("/etc/docker", certificates(Path(self._certs.name)))
        self.put(official.FOLDER, self._official)
        if self.delay:
            self.put("/usr/local/sbin", {"runc": LATE.read_bytes().replace(b"DELAY", f"{self.delay}".encode())})
        self.container.start()
        self._wait()
        # Here, so that what is not reached is told at the start and not by each step.
        self.client = connected(self.environment, address(self.network, number))
        self._fresh = self._state()

    def _wait(self) -> None:
        """Until the engine answers and has its images: the lab itself looks, and says what it has."""
        from docker.errors import APIError

        try:
            status, said = self.run("lab-ready", f"{START_SECONDS}")
        except APIError:  # it ended before it could be asked
            status, said = 1, ""
        if status == 0:
            self.version, self.parts, self.images = described(said)
            return
        self.container.reload()
        why = f"did not start in {START_SECONDS} s" if status == 124 else f"has not what it needs: {said.strip()}"
        if self.container.status == "exited":
            why = "ended while it started"
        raise LabError(
            f"the lab's Docker Engine {self.engine} {why}; its log ends:\n{self.log_tail()}\n"
            f"  next: run it again, or with ENGINE={next(e for e in images.ENGINES if e != self.engine)}"
        )

    @property
    def environment(self) -> dict[str, str]:
        """What `docker.from_env()` needs to reach the lab's engine instead of the machine's."""
        self.container.reload()
        port = self.container.ports[API_PORT][0]["HostPort"]
        return {
            "DOCKER_HOST": f"tcp://127.0.0.1:{port}", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": self._certs.name,
        }  # fmt: skip

    def put(self, folder: str, files: dict[str, bytes]) -> None:
        """Write files (relative path -> content) below a folder, made if need be; those with "#!" may be executed."""
        if files:
            self.container.put_archive("/", tar(folder, files))

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

    def log_tail(self, lines: int = 15) -> str:
        return self.container.logs(tail=lines).decode(errors="replace").rstrip("\n")

    def reset(self, fresh: bool = False) -> None:
        """Make the lab as it was at its start, and prove it.

        What cannot be cleaned, since it ended or since its host was changed beyond Docker, is replaced by a new one;
        with `fresh` in any case, and where the engine remembers what was done with it: before 27, it takes the next
        pool of addresses. Raises LabError where that does not start.
        """
        self._close_peers()  # they are the last page's: the next page's get their addresses in its own order
        remembers, self._used = self._used and float(self.engine) < 27, True
        if fresh or remembers or ended(self) or not self._clean():
            self._renew()

    def _state(self) -> str:
        return self.read("bash", "-c", state.SCRIPT)

    def looked(self) -> str:
        """All that a step may change on this host, a line each."""
        seen = state.MOVING.sub("", self.read("bash", "-c", state.SCRIPT + state.FILES))
        return seen + "".join(f"{line}\n" for line in listed(self.client))

    def _clean(self) -> bool:
        """Remove what is no part of a fresh lab; returns whether the lab is one now."""
        self.run("bash", "-c", state.RESTORE)
        for left in leftovers(self):
            if left.startswith("image "):
                self.client.images.remove(left.removeprefix("image "), force=True)
        return not leftovers(self) and not state.changes(self._fresh, self._state())

    def _renew(self) -> None:
        """Put a new container in the place of this lab's, on the same outer network if that is still there."""
        from docker.errors import NotFound

        self._remove()
        self.client = None
        try:
            self.network.reload()
        except NotFound:
            self.network = outer_network(self.outer)
        self._start(self._image, self._number)

    def _remove(self) -> None:
        from docker.errors import NotFound

        container, self.container = self.container, None
        with suppress(NotFound):
            if container is not None:
                remove(container)

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
