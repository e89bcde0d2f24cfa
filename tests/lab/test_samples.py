"""The images in a lab against the official ones that they stand for, in what a page uses.

Held against docker-library/httpd at 9b63b37, 2.4/Dockerfile, and docker-library/busybox, latest/glibc.
"""

from __future__ import annotations

import pytest

from macros.lab.host import Lab
from macros.lab.images import official

HTTPD, BUSYBOX = "httpd:2.4", "busybox:1.37"
# What Debian's slim image does not have, and so httpd:2.4 neither: a page that used it would fail at its reader's.
NOT_IN_HTTPD = "wget curl ping ip ps ifconfig netstat vi less nc nslookup"


def config(lab, image):
    return lab.client.images.get(image).attrs["Config"]


def in_image(lab, image, command):
    """What a command prints in a container of the image."""
    return lab.read("docker", "run", "--rm", "--network", "none", image, "sh", "-c", command).strip()


def test_httpd_is_configured_as_the_official_one(lab):
    found = config(lab, HTTPD)
    environment = dict(line.split("=", 1) for line in found["Env"])
    assert environment["HTTPD_PREFIX"] == "/usr/local/apache2" == found["WorkingDir"]
    assert environment["PATH"] == "/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert found["Cmd"] == ["httpd-foreground"] and not found.get("Entrypoint") and not found.get("User")
    assert set(found["ExposedPorts"]) == {"80/tcp"} and found["StopSignal"] == "SIGWINCH"
    assert not found.get("Volumes") and not found.get("Healthcheck")


def test_httpd_has_its_files_where_the_official_one_has_them(lab):
    assert in_image(lab, HTTPD, "type httpd-foreground") == "httpd-foreground is /usr/local/bin/httpd-foreground"
    assert in_image(lab, HTTPD, "type httpd") == "httpd is /usr/local/apache2/bin/httpd"
    assert in_image(lab, HTTPD, "cat htdocs/index.html").count("<title>It works! Apache httpd</title>") == 1
    assert in_image(lab, HTTPD, "ls conf/httpd.conf logs -d") == "conf/httpd.conf\nlogs"
    assert in_image(lab, HTTPD, "stat -c %U:%G .") == "www-data:www-data", "WORKDIR"
    assert in_image(lab, HTTPD, ". /etc/os-release; echo $ID") == "debian"
    assert in_image(lab, HTTPD, "id -u www-data") == "33"
    for tool in NOT_IN_HTTPD.split():
        assert in_image(lab, HTTPD, f"type {tool} >/dev/null 2>&1 || echo none") == "none", tool


def test_httpd_serves_logs_and_stops_as_the_official_one(lab):
    lab.reset()
    lab.read("docker", "run", "-d", "--name", "web", "-p", "80:80", HTTPD)
    lab.read("curl", "-sf", "--retry", "20", "--retry-all-errors", "--retry-delay", "0", "-o", "/dev/null", "http://127.0.0.1/")
    web = lab.client.containers.get("web")
    assert b'"GET / HTTP/1.1" 200' in web.logs(stdout=True, stderr=False), "the access log is on stdout"
    assert b"resuming normal operations" in web.logs(stdout=False, stderr=True), "the error log is on stderr"
    users = {line.split()[1] for line in lab.read("docker", "top", "web", "-eo", "pid,user:20,comm").splitlines()[1:]}
    assert users == {"root", "www-data"}, "one process of root, the others of www-data"
    web.stop(timeout=20)
    web.reload()
    assert web.attrs["State"]["ExitCode"] == 0, "SIGWINCH ends it in good order"
    lab.reset()


def test_busybox_is_as_the_official_one(lab):
    found = config(lab, BUSYBOX)
    assert found["Cmd"] == ["sh"] and not found.get("Entrypoint") and not found.get("User")
    assert found["Env"] == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    assert not found.get("ExposedPorts") and not found.get("WorkingDir", "").strip("/")
    assert in_image(lab, BUSYBOX, "busybox | head -n 1").startswith("BusyBox v1.37.")
    assert in_image(lab, BUSYBOX, "ls /bin/ls /bin/sh /bin/httpd /bin/tar").split() == [
        "/bin/httpd", "/bin/ls", "/bin/sh", "/bin/tar"]  # fmt: skip
    assert in_image(lab, BUSYBOX, "stat -c '%a %n' /tmp /root").split("\n") == ["1777 /tmp", "700 /root"]
    assert in_image(lab, BUSYBOX, "id -u; id -u nobody; id -u www-data").split() == ["0", "65534", "33"]


def test_official_images_take_their_place_in_a_lab(lab, monkeypatch):
    """As from a registry, in what a lab sees of them: archives, and a line each of where they came from."""
    archives = {file: b"".join(lab.client.images.get(name).save(named=name)) for file, name in official.NAMES.items()}
    lines = "".join(f"{name} sha256:{number:064}\n" for number, name in enumerate(official.NAMES.values()))
    monkeypatch.setattr(official, "files", lambda *_: {**archives, official.SOURCES: lines.encode()})
    other = Lab.start(lab.engine, report=lambda line: None)
    try:
        assert other.images == dict(line.split() for line in lines.splitlines())
        assert other.read("docker", "run", "--rm", BUSYBOX, "echo", "it runs") == "it runs\n"
    finally:
        other.close()


@pytest.mark.parametrize("name", official.NAMES.values())
def test_a_lab_has_the_built_ones(lab, name):
    assert lab.images[name].startswith("built from Debian ")
