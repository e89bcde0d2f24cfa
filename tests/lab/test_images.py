"""Which image is taken in which situation, on an engine made of dictionaries; nothing is pulled or built."""

from __future__ import annotations

import io
import shutil
import tarfile
from types import SimpleNamespace

import docker.errors
import pytest

from macros.lab import images
from macros.lab.images import base, debian, engines

DPKG_STATUS = "".join(
    f"Package: {package}\nStatus: install ok installed\nVersion: {version}\n\n"
    for package, version in [
        ("docker.io-doc", "0"),
        ("docker.io", "28.5.2-1"),
    ]
)


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

    def _build(self, buildargs: dict[str, str], tag: str, target: str = "", **_: object):
        self.done.append(f"build {tag} on {buildargs['SAMPLES' if target else 'BASE']}")
        self.store(tag)
        return iter([{"stream": "Step 1/1\n"}, {"aux": {"ID": tag}}])

    def _import(self, tar: str, repository: str, tag: str, changes: list[str]) -> str:
        self.done.append(f"import {repository}:{tag}")
        self.store(f"{repository}:{tag}")
        return '{"status":"sha256:5678"}'

    def get_archive(self, path: str):
        data, member = io.BytesIO(), tarfile.TarInfo(path.rpartition("/")[2])
        member.size = len(DPKG_STATUS)
        with tarfile.open(fileobj=data, mode="w") as tar:
            tar.addfile(member, io.BytesIO(DPKG_STATUS.encode()))
        return iter([data.getvalue()]), {}

    def remove(self, v: bool) -> None:
        assert v, "the lab image declares a volume; it must go with the container"


@pytest.fixture(autouse=True)
def bootstrap(monkeypatch):
    monkeypatch.setattr(base, "bootstrap", lambda suite, tar: None)


def quiet(_: str) -> None:
    pass


def test_unknown_engine_is_refused_with_those_there_are():
    assert images.engine_name("26.1") == "26.1"
    with pytest.raises(ValueError, match="'19.03'.*28.5, 26.1, 20.10"):
        images.engine_name("19.03")


@pytest.mark.parametrize("name", ["Dockerfile", "host/lab-entry", "samples/httpd/httpd.conf"])
def test_lab_image_is_made_anew_when_a_file_of_it_changes(monkeypatch, tmp_path, name):
    shutil.copytree(engines.HERE / "lab", tmp_path / "lab")
    monkeypatch.setattr(engines, "HERE", tmp_path)
    engine = FakeEngine(("debian:sid-slim", "debian:trixie-slim"))
    before = images.lab_image(engine, "28.5", quiet)
    done = len(engine.done)
    assert images.lab_image(engine, "28.5", quiet) == before
    assert engine.done[-1] == f"build {before} on debian:sid-slim" and len(engine.done) == done
    with (tmp_path / "lab" / name).open("a") as file:
        file.write("# changed\n")
    after = images.lab_image(engine, "28.5", quiet)
    assert after != before and engine.done[-1] == f"build {after} on debian:sid-slim"


def test_a_suite_that_moved_on_is_reported(monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(engines, "ENGINES", {"27.0": "sid"})
    images.lab_image(FakeEngine(("debian:sid-slim", "debian:trixie-slim")), "27.0", lines.append)
    assert any("no longer has Docker 27.0" in line for line in lines)


def test_image_that_only_bears_the_official_name_is_not_taken_for_it():
    engine = FakeEngine()
    engine.store("debian:sid-slim")
    assert base.base_image(engine, "sid", quiet) == "docker-docs/debian:sid-slim"
    engine.store("debian:sid-slim", "sha256:aa")
    assert base.base_image(engine, "sid", quiet) == "debian:sid-slim"


def test_without_a_registry_the_bases_are_made_once_and_what_is_packed_is_shared_by_the_engines():
    engine = FakeEngine()
    newest, older = images.lab_image(engine, "28.5", quiet), images.lab_image(engine, "20.10", quiet)
    built = [line for line in engine.done if not line.startswith("pull ")]
    (packed,) = {line.split()[1] for line in built if "docker-docs/samples:" in line}
    own = "docker-docs/debian"
    assert built == [
        f"import {own}:sid-slim", f"import {own}:trixie-slim",
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
