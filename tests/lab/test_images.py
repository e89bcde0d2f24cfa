"""Which image is taken in which situation, on an engine made of dictionaries; nothing is pulled or built."""

from __future__ import annotations

import io
import shutil
import socket
import tarfile
from pathlib import Path
from types import SimpleNamespace

import docker.errors
import pytest

from macros.lab import images
from macros.lab.images import base, debian, engines, official, sources
from macros.lab.images.folder import FolderError
from macros.lab.images.official import ImagesError
from macros.lab.images.sources import NotHadError

PARTS = b"part engine 28.5.2, Debian sid docker.io 28.5.2-1\npart runc 1.3.6, Debian sid runc 1.3.6-1\n"


class FakeEngine:
    """A docker.DockerClient as far as macros.lab.images uses it. `done` lists what would have taken time."""

    def __init__(self, registry: tuple[str, ...] = ()) -> None:
        self.registry = registry
        self.stored: dict[str, SimpleNamespace] = {}
        self.done: list[str] = []
        self.images = SimpleNamespace(get=self._get, pull=self._pull)
        self.api = SimpleNamespace(build=self._build, import_image_from_file=self._import)
        self.containers = SimpleNamespace(create=lambda *_, **__: self)

    def store(self, name: str, digest: str | None = None) -> None:
        digests = [f"{name.split(':')[0]}@{digest}"] if digest else []
        self.stored[name] = SimpleNamespace(attrs={"RepoDigests": digests})

    def _get(self, name: str) -> SimpleNamespace:
        if name not in self.stored:
            raise docker.errors.ImageNotFound(name)
        return self.stored[name]

    def _pull(self, name: str) -> SimpleNamespace:
        self.done.append(f"pull {name}")
        if name not in self.registry:
            raise docker.errors.APIError("no such host")
        self.store(name, "sha256:1234")
        return self.stored[name]

    def _build(self, path: str, buildargs: dict[str, str], tag: str, target: str = "", **_: object):
        self.done.append(f"build {tag} on {buildargs['SAMPLES' if target else 'BASE']}")
        self.context = {file.relative_to(path).as_posix() for file in Path(path).rglob("*")}
        self.given = buildargs
        self.store(tag)
        return iter([{"stream": "Step 1/1\n"}, {"aux": {"ID": tag}}])

    def _import(self, tar: str, repository: str, tag: str, changes: list[str]) -> str:
        self.done.append(f"import {repository}:{tag}")
        self.store(f"{repository}:{tag}")
        return '{"status":"sha256:5678"}'

    def get_archive(self, path: str):
        data, member = io.BytesIO(), tarfile.TarInfo(path.rpartition("/")[2])
        member.size = len(PARTS)
        with tarfile.open(fileobj=data, mode="w") as tar:
            tar.addfile(member, io.BytesIO(PARTS))
        return iter([data.getvalue()]), {}

    def remove(self, v: bool) -> None:
        assert v, "the lab image declares a volume; it must go with the container"


@pytest.fixture(autouse=True)
def bootstrap(monkeypatch):
    monkeypatch.setattr(base, "bootstrap", lambda suite, tar: None)
    monkeypatch.setattr(engines, "reach", lambda generation: None)
    monkeypatch.delenv("ENGINE_DIR", raising=False)


@pytest.fixture
def without(monkeypatch):
    """Some generations cannot be had."""

    def leave_out(*names):
        def reach(name):
            if name in names:
                raise NotHadError(f"Docker Engine {name} cannot be had here")

        monkeypatch.setattr(engines, "reach", reach)

    return leave_out


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of one's own binaries, of an engine of a version."""

    def make(version):
        for name in ("dockerd", "docker", "docker-proxy"):
            program = tmp_path / "own" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(f'#!/bin/sh\necho "Docker version {version}, build 1234567"\n')
            program.chmod(0o755)
        (tmp_path / "own" / "notes.txt").write_text("no program\n")
        monkeypatch.setenv("ENGINE_DIR", str(tmp_path / "own"))
        return tmp_path / "own"

    return make


def quiet(_: str) -> None:
    pass


def test_unknown_engine_is_refused_with_those_there_are():
    assert images.engine_name("26.1") == "26.1"
    with pytest.raises(ValueError, match="'19.03'.*29.7, 28.5, 26.1, 20.10"):
        images.engine_name("19.03")


@pytest.mark.parametrize("name", ["Dockerfile", "engine/sources", "host/lab-entry", "samples/httpd/httpd.conf"])
def test_lab_image_is_made_anew_when_a_file_of_it_changes(monkeypatch, tmp_path, name):
    shutil.copytree(engines.HERE / "lab", tmp_path / "lab")
    monkeypatch.setattr(engines, "HERE", tmp_path)
    engine = FakeEngine(("debian:sid-slim", "debian:trixie-slim"))
    _, before = images.lab_image(engine, "28.5", quiet)
    done = len(engine.done)
    assert images.lab_image(engine, "28.5", quiet) == ("28.5", before)
    assert engine.done[-1] == f"build {before} on debian:sid-slim" and len(engine.done) == done
    with (tmp_path / "lab" / name).open("a") as file:
        file.write("# changed\n")
    _, after = images.lab_image(engine, "28.5", quiet)
    assert after != before and engine.done[-1] == f"build {after} on debian:sid-slim"


def test_the_newest_that_can_be_had_is_taken_and_what_it_is_made_of_is_said(without):
    without("29.7")
    lines: list[str] = []
    engine = FakeEngine(("debian:sid-slim", "debian:trixie-slim"))
    generation, reference = images.lab_image(engine, "", lines.append)
    assert generation == "28.5" and reference.startswith("docker-docs/lab:28.5-") and engine.given["ENGINE"] == "28.5"
    assert lines[0] == "Docker Engine 29.7 cannot be had here"
    assert lines[-1].endswith("engine 28.5.2, Debian sid docker.io 28.5.2-1; runc 1.3.6, Debian sid runc 1.3.6-1")
    assert images.to_be_had(engine) == (["28.5", "26.1", "20.10"], ["Docker Engine 29.7 cannot be had here"])
    with pytest.raises(NotHadError, match="29.7 cannot be had here"):
        images.lab_image(engine, "29.7", quiet)
    without(*images.ENGINES)
    with pytest.raises(NotHadError, match="20.10 cannot be had here"):
        images.lab_image(FakeEngine(), "", quiet)


def test_an_image_that_is_there_needs_no_source(without):
    engine = FakeEngine(("debian:trixie-slim",))
    without()
    there = images.lab_image(engine, "29.7", quiet)
    without(*images.ENGINES)
    assert images.lab_image(engine, "29.7", quiet) == images.lab_image(engine, "", quiet) == there
    assert images.to_be_had(engine)[0] == ["29.7"]


def test_where_no_source_has_the_version_the_error_says_which_has_what(without):
    without()
    engine = FakeEngine(("debian:sid-slim", "debian:trixie-slim"))
    has = "no source has Docker Engine 28.5:\n  debian/sid has docker.io 29.1.0-1, not 28.5.2\n"
    log = f"Step 15/24 : RUN install\n ---> Running in 12ab\n{has}"
    build = engine.api.build

    def fails(target="", **more):
        if target:
            return build(target=target, **more)
        return iter([{"stream": log}, {"error": "returned a non-zero code: 44", "errorDetail": {"code": 44}}])

    engine.api.build = fails
    with pytest.raises(NotHadError) as raised:
        images.lab_image(engine, "28.5", quiet)
    assert str(raised.value) == (
        f"{has}  next: let this machine reach one of them, give a folder that has it as ENGINE_DIR, "
        "or ENGINE=29.7, 26.1, 20.10"
    )


@pytest.mark.parametrize(
    ("version", "generation"), [("29.7.2", "29.7"), ("26.1.5", "26.1"), ("30.0.0-dev", "29.7"), ("dev", "29.7")]
)
def test_binaries_of_ones_own_are_held_against_their_generation_else_the_newest(own, without, version, generation):
    without("29.7", "26.1")
    path, lines = own(version), []
    engine = FakeEngine(("debian:bookworm-slim", "debian:sid-slim", "debian:trixie-slim"))
    name, first = images.lab_image(engine, "", lines.append)
    assert name == generation and engine.given["ENGINE"] == generation
    assert lines[0] == f"ENGINE_DIR has Docker Engine {version}, held against {generation}"
    assert {"engine/bin/dockerd", "engine/bin/docker", "engine/bin/docker-proxy"} <= engine.context
    assert "engine/bin/notes.txt" not in engine.context
    assert images.lab_image(engine, generation, quiet) == (name, first), "the same binaries make the same image"
    with (path / "docker-proxy").open("a") as program:
        program.write("# another\n")
    assert images.lab_image(engine, "", quiet)[1] != first
    _, other = images.lab_image(engine, "20.10", lines.append)
    assert "engine/bin/dockerd" not in engine.context and ":20.10-" in other
    assert lines.count(f"ENGINE_DIR has Docker Engine {version}, which is not taken for 20.10") == 1
    assert generation in images.to_be_had(engine)[0]


def test_a_folder_without_an_engine_is_refused(own, monkeypatch):
    path = own("29.7.2")
    (path / "docker").unlink()
    with pytest.raises(FolderError, match="has no program docker; it has docker-proxy, dockerd, notes.txt\n  next: "):
        images.lab_image(FakeEngine(), "", quiet)
    own("29.7.2")
    (path / "dockerd").write_text("#!/bin/sh\necho broken >&2\n")
    with pytest.raises(FolderError, match="dockerd does not say its version: broken"):
        images.lab_image(FakeEngine(), "", quiet)
    monkeypatch.setenv("ENGINE_DIR", str(path / "none"))
    with pytest.raises(FolderError, match="there is no such folder"):
        images.to_be_had(FakeEngine())


def test_the_table_of_sources_has_one_base_a_generation_and_versions_of_it():
    for generation, found in sources.SOURCES.items():
        assert {source.base for source in found} == {engines.ENGINES[generation]}
        assert all(source.engine.startswith(f"{generation}.") for source in found), generation
        assert len({source.name for source in found}) == len(found)
    for text, why in [
        ("29.7 trixie docker/trixie 29.7.2 2.3.3 =", "is not: generation base source"),
        ("29.7 trixie apk/edge 29.7.2 2.3.3 = -", "is not: generation base source"),
        ("29.7 trixie docker/trixie 29.7.2 2.3.3 = -\n29.7 sid docker/sid 29.7.2 2.3.3 = -", "two bases, trixie and s"),
    ]:
        with pytest.raises(ValueError, match=why):
            sources.table(text)


def test_whether_a_source_answers_is_known_at_once(monkeypatch):
    docker, snapshot, suite = sources.table(
        "1.0 sid docker/trixie 1.0.1 1.0.0 = -\n1.0 sid debian/sid@20260102T030405Z 1.0.1 1.0.0 = -\n"
        "1.0 sid debian/sid 1.0.1 1.0.0 = -\n"
    )["1.0"]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for name in sources.ARCHIVES:
        monkeypatch.setenv(name, address)
    why = sources.unreachable(docker)
    assert why.startswith(f"docker/trixie, where {address}/dists/trixie/InRelease cannot be reached (")
    assert f"{address}/20260102T030405Z/dists/sid/InRelease" in sources.unreachable(snapshot)
    assert sources.unreachable(suite) == ""
    monkeypatch.setitem(sources.SOURCES, "1.0", [docker, snapshot])
    with pytest.raises(NotHadError) as raised:
        sources.reach("1.0")
    assert "\n" not in str(raised.value) and "ENGINE_DIR" in str(raised.value) and why in str(raised.value)
    monkeypatch.setitem(sources.SOURCES, "1.0", [docker, suite])
    sources.reach("1.0")


def test_image_that_only_bears_the_official_name_is_not_taken_for_it():
    engine = FakeEngine()
    engine.store("debian:sid-slim")
    assert base.base_image(engine, "sid", quiet) == "docker-docs/debian:sid-slim"
    engine.store("debian:sid-slim", "sha256:aa")
    assert base.base_image(engine, "sid", quiet) == "debian:sid-slim"


def test_without_a_registry_the_bases_are_made_once_and_what_is_packed_is_shared_by_the_engines():
    engine = FakeEngine()
    (_, newest), (_, older) = (images.lab_image(engine, name, quiet) for name in ("28.5", "20.10"))
    built = [line for line in engine.done if not line.startswith("pull ")]
    (packed,) = {line.split()[1] for line in built if "docker-docs/samples:" in line}
    own = "docker-docs/debian"
    assert {*built[:2]} == {f"import {own}:sid-slim", f"import {own}:trixie-slim"}, "which are made at once"
    assert built[2:] == [
        f"build {packed} on {own}:trixie-slim", f"build {newest} on {own}:sid-slim",
        f"import {own}:bookworm-slim", f"build {packed} on {own}:trixie-slim", f"build {older} on {own}:bookworm-slim",
    ]  # fmt: skip


def test_failed_build_shows_the_end_of_its_log():
    engine = FakeEngine(("debian:sid-slim", "debian:trixie-slim"))
    engine.api.build = lambda **_: iter([{"stream": "E: no package docker.io\n"}, {"error": "code 100"}])
    with pytest.raises(RuntimeError, match="(?s)Dockerfile failed: code 100.*E: no package docker.io"):
        images.lab_image(engine, "28.5", quiet)


def test_mirror_is_debians_own_archive_of_whatever_apt_has():
    uris = "https://apt.example/node_20.x/\nhttp://m.example/debian-security/\nhttp://m.example/pub/debian/\n"
    assert debian.find_mirror(uris) == "http://m.example/pub/debian/"
    with pytest.raises(RuntimeError, match="no Debian mirror"):
        debian.find_mirror("http://m.example/ubuntu/\n")


def test_without_registry_and_mmdebstrap_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="apt-get install mmdebstrap"):
        debian.bootstrap("sid", str(tmp_path / "root.tar"))


class Registry(FakeEngine):
    """An engine whose images can be saved."""

    def store(self, name: str, digest: str | None = None) -> None:
        super().store(name, digest)
        self.stored[name].save = lambda named: iter([f"archive of {named}".encode()])


def test_which_images_a_lab_has_does_not_depend_on_who_answers(monkeypatch):
    engine = Registry(tuple(official.NAMES.values()))
    monkeypatch.delenv("IMAGES", raising=False)
    assert official.files(engine, quiet) == {} and engine.done == []
    monkeypatch.setenv("IMAGES", "official")
    assert official.files(engine, quiet) == {
        "busybox.tar": b"archive of busybox:1.37", "httpd.tar": b"archive of httpd:2.4",
        "sources": b"busybox:1.37 sha256:1234\nhttpd:2.4 sha256:1234\n",
    }  # fmt: skip
    with pytest.raises(ImagesError, match="no registry gave busybox:1.37\n  next: "):
        official.files(Registry(), quiet)
    monkeypatch.setenv("IMAGES", "pulled")
    with pytest.raises(ImagesError, match="IMAGES=pulled: there are built and official"):
        official.files(engine, quiet)
