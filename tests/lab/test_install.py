"""Which of the sources of an engine is taken: lab/engine/install with the real apt, on archives made here."""

from __future__ import annotations

import io
import tarfile

import docker
import pytest

from macros.lab.images.engines import ENGINES, lab_image
from macros.lab.images.folder import folder
from macros.lab.images.sources import HERE
from macros.lab.owner import LABEL, OWNER, owner

INSTALL = (HERE / "lab" / "engine" / "install").read_text(encoding="utf-8")
# archive NAME SUITE PACKAGE=VERSION...: an archive of packages whose programs say their upstream version; it is served.
ARCHIVE = r"""
set -eu
rm -f /etc/apt/sources.list.d/*; : >/etc/apt/sources.list
echo VERSION_CODENAME=trixie >/usr/lib/os-release
echo 'Acquire::AllowInsecureRepositories "true"; APT::Get::AllowUnauthenticated "true";' >/etc/apt/apt.conf.d/99test
archive() {
    local root=/srv/$1 suite=$2 one name version program
    shift 2
    mkdir -p $root/pool; : >$root/gpg
    for one; do
        name=${one%%=*} version=${one#*=}
        upstream=$(sed 's/^[0-9]*://; s/[-+~].*//' <<<"$version")
        rm -rf /tmp/deb; mkdir -p /tmp/deb/DEBIAN /tmp/deb/usr/bin
        case $name in
            docker-ce) program=dockerd ;; docker-ce-cli) program=docker ;; containerd.io) program=containerd ;;
            docker.io) program=dockerd ;; docker-cli) program=docker ;; *) program=$name ;;
        esac
        printf '#!/bin/sh\necho "%s version %s, build 1234567"\n' $program $upstream >/tmp/deb/usr/bin/$program
        chmod 755 /tmp/deb/usr/bin/$program
        {
            printf 'Package: %s\nVersion: %s\nArchitecture: all\n' $name $version
            printf 'Maintainer: a <a@a>\nDescription: a\n'
            [ $name != docker-ce ] || echo 'Conflicts: docker.io, docker-cli, containerd, runc'
        } >/tmp/deb/DEBIAN/control
        dpkg-deb -b /tmp/deb "$root/pool/$name-$RANDOM$RANDOM.deb" >/dev/null
    done
    for part in stable main; do
        index=dists/$suite/$part/binary-$(dpkg --print-architecture)
        mkdir -p $root/$index
        (cd $root; for deb in pool/*; do
            dpkg-deb -f $deb; printf 'Filename: %s\nSize: %s\n' $deb $(stat -c %s $deb)
            printf 'SHA256: %s\n\n' $(sha256sum $deb | cut -d' ' -f1)
        done >$index/Packages)
    done
    (cd $root/dists/$suite
        echo "Suite: $suite"; echo "Codename: $suite"; echo "Architectures: $(dpkg --print-architecture)"
        echo "Components: stable main"; echo "Date: $(LC_ALL=C date -Ru)"; echo "SHA256:"
        find . -name Packages | cut -c 3- | while read -r file; do
            echo " $(sha256sum $file | cut -d' ' -f1) $(stat -c %s $file) $file"
        done) >$root/dists/$suite/Release.new
    mv $root/dists/$suite/Release.new $root/dists/$suite/Release
}
serve() {
    (cd /srv && exec python3 -m http.server --bind 127.0.0.1 8000 >/dev/null 2>&1) &
    until (: </dev/tcp/127.0.0.1/8000) 2>/dev/null; do sleep 0.05; done
}
export DOCKER_ARCHIVE=http://127.0.0.1:8000/docker SNAPSHOT_ARCHIVE=http://127.0.0.1:8000/snapshot
"""
DOCKER = (
    "docker-ce={0} docker-ce-cli={0} containerd.io=2.3.3-1~debian.13~trixie "
    "docker-compose-plugin=2.40.3-1~debian.13~trixie"
)
OWN = "#!/bin/sh\necho {} version 30.0.0-dev, build 89abcdef\n"
TABLE = "29.7 trixie docker/trixie 29.7.2 2.3.3 = 2.40.3\n"


@pytest.fixture
def install(lab):
    """Run the script on a table in a container of the lab's image, without a network, after what makes the archives."""
    client, made = docker.from_env(timeout=300), []
    # What is installed there has to be of packages: with binaries of one's own, the lab of another generation.
    own = folder()
    other = next(engine for engine in ENGINES if not own or engine != own.generation)
    image = lab_image(client, other, print)[1] if own else lab._image

    def run(table, archives, generation="29.7", own="", after=""):
        container = client.containers.create(
            image, ["-c", f"{ARCHIVE}{archives}\nbash /engine/install {generation}\n{after}"], entrypoint="bash",
            network_mode="none", labels={LABEL: "host", OWNER: owner()},
        )  # fmt: skip
        made.append(container)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            programs = {f"bin/{name}": OWN.format(name) for name in own.split()}
            for name, text in {"install": INSTALL, "sources": table, **programs}.items():
                entry = tarfile.TarInfo(f"engine/{name}")
                entry.mode = 0o755
                entry.size = len(text.encode())
                tar.addfile(entry, io.BytesIO(text.encode()))
        container.put_archive("/", packed.getvalue())
        container.start()
        status = container.wait()["StatusCode"]
        return status, container.logs().decode()

    yield run
    for container in made:
        container.remove(force=True, v=True)


def test_docker_s_packages_are_taken_in_the_very_version_beside_newer_ones(install):
    packages = " ".join(DOCKER.format(f"5:{version}-1~debian.13~trixie") for version in ("29.7.1", "29.7.2", "29.8.2"))
    status, said = install(TABLE, f"archive docker trixie {packages}; serve")
    assert status == 0, said
    assert said.splitlines()[-3:] == [
        "part engine 29.7.2, Docker docker-ce 5:29.7.2-1~debian.13~trixie",
        "part CLI 29.7.2, Docker docker-ce-cli 5:29.7.2-1~debian.13~trixie",
        "part containerd 2.3.3, Docker containerd.io 2.3.3-1~debian.13~trixie",
    ], said


def test_a_source_that_moved_on_is_none_and_each_says_what_it_has(install):
    table = (
        "29.7 trixie debian/sid@20260102T030405Z 29.7.2 2.3.3 1.4.3 -\n"
        "29.7 trixie docker/trixie 29.7.2 2.3.3 = 2.40.3\n"
        "29.7 trixie docker/bookworm 29.7.2 2.3.3 = 2.40.3\n29.7 trixie debian/trixie 29.7.2 2.3.3 1.4.3 -\n"
    )
    newer = DOCKER.format("5:29.8.2-1~debian.13~trixie")
    snapshot = "archive snapshot/20260102T030405Z sid docker.io=28.5.2-1"
    status, said = install(table, f"archive docker trixie {newer}; {snapshot}; serve")
    assert status == 44, said
    lines = said.splitlines()
    begin = lines.index("no source has Docker Engine 29.7:")
    assert lines[begin + 1] == "  debian/sid@20260102T030405Z has docker.io 28.5.2-1, not 29.7.2"
    assert lines[begin + 2] == "  docker/trixie has docker-ce 5:29.8.2-1~debian.13~trixie, not 29.7.2"
    assert lines[begin + 3].startswith("  docker/bookworm cannot be reached: ") and "bookworm" in lines[begin + 3]
    assert lines[begin + 4] == "  debian/trixie has no docker.io"


def test_the_next_source_is_taken_where_the_first_does_not_answer_or_lacks_a_part(install):
    table = (
        "28.5 sid debian/sid@20260102T030405Z 28.5.2 2.1.9 1.3.6 2.40.3\n"
        "28.5 sid docker/trixie 28.5.2 1.7.28 = 2.40.3\n"
    )
    old = "docker.io=28.5.2+dfsg4-5 docker-cli=28.5.2+dfsg4-5 containerd=2.1.9+ds1-5 runc=1.3.6+ds1-1"
    docker_s = DOCKER.format("5:28.5.2-1~debian.13~trixie").replace("=2.3.3", "=1.7.28")
    snapshot = f"archive snapshot/20260102T030405Z sid {old} docker-compose=5.4.0-1"
    both = f"{snapshot}; archive docker trixie {docker_s}; serve"
    status, said = install(table, both, "28.5")
    assert status == 0 and "part engine 28.5.2, Docker docker-ce 5:28.5.2-1~debian.13~trixie\n" in said, said
    status, said = install(table, f"archive docker trixie {docker_s}; serve", "28.5")
    assert status == 0 and "part engine 28.5.2, Docker docker-ce 5:28.5.2-1~debian.13~trixie\n" in said, said


def test_binaries_of_ones_own_take_the_place_of_what_the_packages_brought(install):
    after = "readlink -f $(type -P dockerd); ls /usr/libexec/docker/cli-plugins"
    status, said = install(TABLE, "", own="dockerd docker-buildx", after=after)
    assert status == 0, said
    before, _, path = said.partition("\n/usr/bin/dockerd\n")
    assert "part engine 30.0.0-dev, own binary of commit 89abcdef\n" in before and "docker-buildx\n" in path, said
    (cli,) = (line for line in before.splitlines() if line.startswith("part CLI "))
    assert "own binary" not in cli and ", Debian trixie docker" in cli


def test_a_generation_that_is_none_or_stands_on_another_suite_is_refused_with_those_there_are(install):
    table = f"{TABLE}20.10 bookworm debian/bookworm 20.10.24 1.6.20 1.1.5 -\n"
    status, said = install(table, "", generation="28")
    assert status == 44 and said.splitlines() == [
        "there is no Docker Engine 28; there are, with the suite of each:", "  ENGINE=29.7 SUITE=trixie",
        "  ENGINE=20.10 SUITE=bookworm"]  # fmt: skip
    status, said = install(table.replace("trixie", "buster"), "")
    assert status == 44 and "is installed on Debian buster" in said and "build with SUITE=buster" in said
