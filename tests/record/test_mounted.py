"""Where a container's files are, asked of a lab."""

from __future__ import annotations

import pytest

from macros.lab import mounts
from macros.lab.errors import LabError
from macros.page.reader import parse
from macros.record.failed import StepFailed
from macros.record.session import Session


@pytest.fixture
def there(lab):
    lab.reset()
    mounted = "-v lab-data:/data:ro -v /x --tmpfs /cache -v lab-data:/bin"
    code, said = lab.run("bash", "-c", f"docker run -d --name lab-app {mounted} busybox:1.37 sleep 99")
    assert code == 0, said
    return lab


def test_what_engine_and_kernel_say(there):
    found = mounts.captured(there, "lab-app")
    seen = {one["path"]: (one["kind"], one["name"], one["writable"]) for one in found["mounts"]}
    assert seen == {"/bin": ("volume", "lab-data", True), "/data": ("volume", "lab-data", False),
                    "/cache": ("tmpfs", "", True), "/x": ("anonymous", "", True)}  # fmt: skip
    hides = {one["path"]: one["hides"] for one in found["mounts"]}
    assert hides["/bin"] > 0 and hides["/x"] == 0
    assert there.run("bash", "-c", "docker exec lab-app touch /note && ls " + found["layer"] + "/note")[0] == 0
    (source,) = {one["source"] for one in found["mounts"] if one["name"]}
    assert source == "/var/lib/docker/volumes/lab-data/_data"


def test_where_the_kernel_has_another_mount_it_is_said(there):
    into = "pid=$(docker inspect --format '{{.State.Pid}}' lab-app); nsenter -t $pid -m mount -t tmpfs none /x"
    assert there.run("bash", "-c", into)[0] == 0
    with pytest.raises(LabError, match="/x is tmpfs, and not what the engine says"):
        mounts.captured(there, "lab-app")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('```bash\ndocker stop -t 0 lab-app\n```\n<!--[[ mounts("lab-app") ]]-->\n', "page.md:4: .*is not running"),
        ('<!--[[ mounts("lab-nobody") ]]-->\n', "page.md:1: .*lab-nobody"),
    ],
)
def test_what_has_no_mounts_fails_at_its_line(there, text, says):
    page = parse(text, "page.md")
    session = Session(page, there)
    with pytest.raises(StepFailed, match=says):
        for step in page.recorded:
            session.run(step)
    session.close()
