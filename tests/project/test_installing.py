"""tests/tools/install.sh with the real pip and uv, on a package made here; no index is asked."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from macros.site import library

# The scripts, and what they read.
TOOLS = [library.ROOT / "tests/tools" / name for name in ("install.sh", "told.sh", "debian.sh", "uv.txt")]
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# An interpreter that says it has no pip, as Debian's does.
WITHOUT_PIP = '#!/bin/sh\ncase "$2" in "import pip"*) exit 1;; esac\nexec {} "$@"\n'


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def tools(tmp_path):
    """A folder with the scripts alone."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for path in TOOLS:
        shutil.copy(path, folder)
    return folder


@pytest.fixture
def install(tmp_path, tools):
    """Run the script on a list with one package, where neither pip nor uv has an index, and no uv is on the PATH."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in {"METADATA": METADATA, "WHEEL": WHEEL, "RECORD": ""}.items():
            wheel.writestr(f"tiny-1.0.dist-info/{name}", text)
        wheel.writestr("tiny.py", "")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHONPATH"))}
    paths = [path for path in own["PATH"].split(":") if not Path(path, "uv").exists()]
    own |= {
        "PATH": ":".join([str(tmp_path / "bin"), *paths]), "PYTHON": sys._base_executable,
        "VENV": str(tmp_path / "venv"),
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "UV_OFFLINE": "1", "UV_FIND_LINKS": str(wheels),
        "UV_CACHE_DIR": str(tmp_path / "cache"), "PIP_CONFIG_FILE": os.devnull,
    }  # fmt: skip

    def run(hashed="", **settings):
        digest = hashed or hashlib.sha256((wheels / "tiny-1.0-py3-none-any.whl").read_bytes()).hexdigest()
        (tmp_path / "list.txt").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")
        command = ["bash", str(tools / "install.sh"), str(tmp_path / "list.txt")]
        done = subprocess.run(command, env=own | settings, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def by(folder: Path, venv: str = "venv") -> list[str]:
    """The program that installed the package, as that notes it; none where it is not installed."""
    notes = folder.glob(f"{venv}/lib/python*/site-packages/tiny-1.0.dist-info/INSTALLER")
    return [note.read_text().strip() for note in notes]


def uv(folder: Path) -> bool:
    """Put uv on the PATH of the script; False where there is none."""
    found = shutil.which("uv", path=f"{library.ROOT}/.venv/uv/bin:{os.environ['PATH']}")
    if found:
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin/uv").symlink_to(found)
    return bool(found)


def needs_uv(folder: Path) -> None:
    if not uv(folder):
        pytest.skip("uv cannot be had here; pip installed everything")


def test_uv_installs_where_it_is(install, tmp_path):
    needs_uv(tmp_path)
    status, said = install()
    assert status == 0 and by(tmp_path) == ["uv"], said
    assert "tiny" in said.splitlines()[1] and "pip" not in said, "a package is named before it is installed"


def test_pip_installs_and_says_so_where_no_uv_can_be_had(install, tmp_path, sampled):
    without = program(tmp_path / "bin/python", WITHOUT_PIP.format(sys._base_executable))
    every = {"with": sys._base_executable, "without": without}
    for venv in sampled(every, ["with"], "installing by pip: with a Python that has it"):
        status, said = install(PYTHON=str(every[venv]), VENV=str(tmp_path / venv))
        assert status == 0 and by(tmp_path, venv) == ["pip"], said
        assert "install.sh: uv cannot be had here; pip does it, which takes longer\n" in said
        assert ("unpacking the pip" in said) == (venv == "without")


def test_pip_installs_and_says_so_where_uv_fails(install, tmp_path):
    program(tmp_path / "bin/uv", "#!/bin/sh\necho this uv is broken >&2\nexit 3\n")
    status, said = install()
    assert status == 0 and by(tmp_path) == ["pip"] and "could not; pip tries" in said and "this uv is broken" in said


def test_pip_installs_where_it_is_asked_for(install, tmp_path):
    program(tmp_path / "bin/uv", "#!/bin/sh\nexit 3\n")
    status, said = install(INSTALLER="pip")
    assert status == 0 and by(tmp_path) == ["pip"] and "pip does it, as INSTALLER says" in said, said


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_package_with_another_hash_is_not_installed(install, tmp_path, installer):
    if installer == "uv":
        needs_uv(tmp_path)
    status, said = install(hashed="0" * 64, INSTALLER=installer)
    assert status != 0 and by(tmp_path) == [] and "0" * 64 in said, said


def test_an_environment_is_kept_and_one_that_does_not_work_is_made_anew(install, tmp_path):
    installed = ["uv"] if uv(tmp_path) else ["pip"]  # of the two, the one that takes less
    assert install()[0] == 0
    (tmp_path / "venv/kept").touch()
    status, said = install()
    assert status == 0 and "making" not in said and (tmp_path / "venv/kept").exists(), said
    (tmp_path / "venv/bin/python").unlink()
    status, said = install()
    assert status == 0 and "making" in said and not (tmp_path / "venv/kept").exists(), said
    assert by(tmp_path) == installed, said


def test_a_python_that_is_too_old_is_refused_and_so_is_a_link(install, tmp_path):
    old = program(tmp_path / "bin/python", "#!/bin/sh\nexit 1\n")
    status, said = install(PYTHON=str(old))
    assert status == 1 and "no virtual environment: install Python 3.11 or newer with venv, or uv" in said
    (tmp_path / "link").symlink_to(tmp_path)
    status, said = install(VENV=str(tmp_path / "link"))
    assert status == 1 and "is a link" in said and (tmp_path / "bin/python").exists()


def told(tools, *command):
    done = subprocess.run(["bash", str(tools / "told.sh"), "installing it", *command], cwd=tools, capture_output=True,
                          text=True, check=False)  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_what_is_at_work_is_told_and_all_of_it_where_it_fails(tools):
    status, said, _ = told(tools, "sh", "-c", "echo first; echo second; echo; sleep 3.6")
    first, *rest = said.splitlines()
    assert status == 0 and first == "installing it ..." and [line.split(" s: ")[1] for line in rest] == ["second"], said
    assert told(tools, "true") == (0, "installing it ...\n", "")
    assert told(tools, "sh", "-c", "echo one; echo two >&2; exit 7") == (7, "installing it ...\n", "one\ntwo\n")
