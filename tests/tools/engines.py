"""Which generations of Docker Engine a run takes; says on stderr which it leaves out, and why.

usage: engines.py [ENGINE] ; ENGINE is a generation, all that can be had, or nothing: that of ENGINE_DIR, else the
newest that can be had.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from macros.lab import images
from macros.lab.images.folder import folder
from macros.lab.outer import outer_engine


def taken(wanted: str) -> tuple[list[str], list[str]]:
    """The generations to take, and a line for each that is left out though it was wanted.

    Raises ValueError for an unknown one, RuntimeError where none can be had, or what ENGINE_DIR names is none.
    """
    if wanted not in ("", "all"):
        return [images.engine_name(wanted)], []
    if not wanted and (own := folder()):
        return [own.generation], []
    there, said = images.to_be_had(outer_engine())
    if not there:
        raise RuntimeError("\n".join(said))
    return (there, said) if wanted else (there[:1], said if images.NEWEST not in there else [])


def main(arguments: list[str]) -> int:
    try:
        engines, left_out = taken(arguments[0] if arguments else "")
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for line in left_out:
        print(line, file=sys.stderr)
    print(*engines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
