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
        ("apache2-bin", "2.4.66-1"),
        ("busybox-static", "1:1.37.0-6"),
    ]
)


class FakeEngine:
    """A docker.DockerClient as far as macros.lab.images uses it. `done` lists what would have taken time."""

    def __init__(self, registry: tuple[str, ...] = ()) -> None:
        self.registry = registry
        self.stored: dict[str, SimpleNamespace] = {}
        self.done: list[str] = []
        self.images = SimpleNamespace(
            get=self._get, pull=self._pull, remove=lambda name: self.stored.pop(name)
        )
        self.api = SimpleNamespace(build=self._build, import_image_from_file=self._import)
        self.containers = SimpleNamespace(create=lambda *_, **__: self)

    def store(self, name: str, digest: str | None = None, labels: dict[str, str] | None = None) -> None:
        digests = [f"{name.split(':')[0]}@{digest}"] if digest else []
        self.stored[name] = SimpleNamespace(attrs={"RepoDigests": digests}, labels=labels or {})

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

    def _build(self, labels: dict[str, str], buildargs: dict[str, str], tag: str | None = None, **_: object):
        self.done.append(f"build {tag} on {buildargs['BASE']}")
        self.store(tag or "stage", labels=labels)
        return iter([{"stream": "Step 1/1\n"}, {"aux": {"ID": tag or "stage"}}])

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


@pytest.mark.parametrize("name", ["Dockerfile", "entry.sh"])
def test_lab_image_is_made_anew_when_a_file_of_it_changes(monkeypatch, tmp_path, name):
    shutil.copytree(engines.HERE / "lab", tmp_path / "lab")
    monkeypatch.setattr(engines, "HERE", tmp_path)
    engine = FakeEngine(("debian:sid-slim",))
    before = images.lab_image(engine, "28.5", quiet)
    assert images.lab_image(engine, "28.5", quiet) == before
    assert engine.done == ["pull debian:sid-slim", f"build {before} on debian:sid-slim"]
    with (tmp_path / "lab" / name).open("a") as file:
        file.write("# changed\n")
    assert images.lab_image(engine, "28.5", quiet) != before
    assert len(engine.done) == 3


def test_a_suite_that_moved_on_is_reported(monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(engines, "ENGINES", {"27.0": "sid"})
    images.lab_image(FakeEngine(("debian:sid-slim",)), "27.0", lines.append)
    assert any("no longer has Docker 27.0" in line for line in lines)


def test_official_image_that_is_here_is_taken_without_a_pull():
    engine = FakeEngine()
    engine.store("httpd:2.4", "sha256:aa")
    engine.store("busybox:1.37", "sha256:bb")
    taken = images.sample_images(engine, quiet)
    assert [(image.name, image.source) for image in taken] == [
        ("httpd:2.4", "httpd:2.4@sha256:aa"),
        ("busybox:1.37", "busybox:1.37@sha256:bb"),
    ]
    assert engine.done == []


def test_image_that_only_bears_the_official_name_is_not_taken_for_it():
    engine = FakeEngine()
    engine.store("debian:trixie-slim")
    engine.store("httpd:2.4")
    assert images.sample_images(engine, quiet)[0].reference.startswith("docker-docs/httpd:2.4-")


def test_registry_comes_before_building():
    engine = FakeEngine(("httpd:2.4", "busybox:1.37"))
    assert images.sample_images(engine, quiet)[0].source == "httpd:2.4@sha256:1234"
    assert engine.done == ["pull httpd:2.4", "pull busybox:1.37"]


def test_without_a_registry_everything_is_built_once():
    engine = FakeEngine()
    httpd, busybox = images.sample_images(engine, quiet)
    assert httpd.source == "built from Debian trixie apache2-bin 2.4.66-1"
    assert busybox.source == "built from Debian trixie busybox-static 1:1.37.0-6"
    own = "docker-docs/debian:trixie-slim"
    assert engine.done[:3] == ["pull httpd:2.4", "pull debian:trixie-slim", f"import {own}"]
    assert engine.done[4] == f"build {httpd.reference} on {own}"
    assert "stage" not in engine.stored
    engine.done.clear()
    assert images.sample_images(engine, quiet) == [httpd, busybox]
    assert engine.done == []


def test_failed_build_shows_the_end_of_its_log():
    engine = FakeEngine(("debian:sid-slim",))
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
