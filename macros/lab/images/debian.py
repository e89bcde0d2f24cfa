"""A minimal Debian as a tar file, for machines where no registry gives debian:<suite>-slim.

Failures are RuntimeError with a message that says what to install or to mend.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess

# These options stay in force in the image, so that what is installed on top of it has no manuals either.
# An old suite's Release file may be past its date.
OPTIONS = [
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/info/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
]


def bootstrap(suite: str, tar: str) -> None:
    """Write a minimal Debian of `suite` to the file `tar`: about 80 MB, 15 s.

    Its /etc/apt/sources.list has the mirror of this machine.
    """
    if not shutil.which("mmdebstrap"):
        raise RuntimeError(
            f"no registry gave debian:{suite}-slim, and mmdebstrap, which could make it, is missing: run "
            "`apt-get install mmdebstrap` as root on Debian or Ubuntu, or let the engine reach a registry"
        )
    mirror = find_mirror(_apt_uris())
    command = ["mmdebstrap", "--quiet", "--variant=minbase", *OPTIONS]
    if mirror.startswith("https:"):
        command.append("--include=ca-certificates")
    done = subprocess.run([*command, suite, tar, mirror], capture_output=True, text=True, check=False)
    if done.returncode:
        end = "\n".join(done.stderr.strip().splitlines()[-15:])
        hint = "" if os.geteuid() == 0 else "\nrun this as root, or install the package uidmap"
        raise RuntimeError(f"mmdebstrap could not make Debian {suite}:\n{end}{hint}")


def find_mirror(uris: str) -> str:
    """Return the first Debian archive among `uris`, which are separated by white space."""
    for uri in uris.split():
        if re.fullmatch(r"https?://\S+/debian/?", uri):
            return uri
    raise RuntimeError("apt on this machine has no Debian mirror, so no image can be made from packages")


def _apt_uris() -> str:
    # Without --no-release-info apt prints nothing before its first update.
    command = ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
