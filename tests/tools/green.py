"""What passed the last time that it was run, and with which inputs: in .cache/green, a file for each unit and engine.

usage: green.py begin ENGINE... : from now on what has no record was not reached, as a whole make test says it
       green.py failed          : prints what failed the last time, a line each
       green.py interrupt PYTHON: runs tests/lab/test_interrupt.sh, and records how it ended; with CHANGED=1 only where
                                  that is not known
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.tools import tree as trees
from tests.tools.inputs import INTERRUPT, How, Inputs, Units, how

ROOT = Path(__file__).resolve().parents[2]
FORMAT = 2
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
# test_interrupt.sh takes the newest engine that can be had, whichever the others run on.
NEWEST = "newest"
BEGUN = "begun"


@dataclass(frozen=True)
class Record:
    """How a unit ended: PASSED, FAILED, or SKIPPED, of which a part was left out. reads: of each test of a module what
    it was seen to read (noting.py); {} where that is not known."""

    outcome: str
    inputs: Inputs
    reads: dict[str, frozenset[str]] = field(default_factory=dict)


class Records:
    """The records of a project."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".cache" / "green"

    def of(self, name: str, how: How) -> Record | None:
        """What is known of a unit; None where it is nothing that can be read."""
        try:
            raw = json.loads(self._path(name, how).read_text(encoding="utf-8"))
            if raw.pop("format") != FORMAT:
                return None
            sets = [frozenset(names) for names in raw["sets"]]
            return Record(raw["outcome"], raw["inputs"], {test: sets[at] for test, at in raw["reads"].items()})
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return None

    def put(self, name: str, how: How, record: Record) -> None:
        """Raises OSError."""
        # Many tests read the same.
        sets = {one: at for at, one in enumerate(dict.fromkeys(record.reads.values()))}
        raw = {"format": FORMAT, "outcome": record.outcome, "inputs": record.inputs,
               "reads": {test: sets[one] for test, one in record.reads.items()}, "sets": [sorted(one) for one in sets]}
        self._write(self._path(name, how), json.dumps(raw, indent=1))

    def begin(self, how: How) -> None:
        """All of it is run this way now: what is not reached has to be run the next time. Raises OSError."""
        self._write(self.folder / str(how) / BEGUN, "")

    def begun(self, how: How) -> bool:
        return (self.folder / str(how) / BEGUN).exists()

    def failed(self) -> list[str]:
        """The units that failed the last time they were run in some way."""
        found = set()
        for path in self.folder.rglob("*.json"):
            try:
                if json.loads(path.read_text(encoding="utf-8"))["outcome"] == FAILED:
                    found.add("/".join(path.relative_to(self.folder).with_suffix("").parts[1:]))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return sorted(found)

    def _path(self, name: str, how: How) -> Path:
        return self.folder / str(how) / f"{name}.json"

    def _write(self, path: Path, text: str) -> None:
        # First whole, then in place, each under a name of its own: a run that is killed, or another beside this one,
        # leaves no half of a record.
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False, encoding="utf-8") as part:
            part.write(text)
        Path(part.name).replace(path)


def _interrupt(python: str) -> int:
    from tests.tools.changed_since import choose, line

    records, way = Records(ROOT), how(NEWEST)
    units = Units(trees.of_folder(ROOT))
    if os.environ.get("CHANGED"):
        choice = choose(ROOT, units, way, [INTERRUPT])[0]
        print(line(choice))
        if not choice.run:
            return 0
    inputs = units.inputs(INTERRUPT, way)
    done = subprocess.run(["bash", INTERRUPT, python], cwd=ROOT, env=os.environ | {"ENGINE": ""}, check=False)
    records.put(INTERRUPT, way, Record(FAILED if done.returncode else PASSED, inputs))
    return done.returncode


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["begin"]:
        for engine in [*arguments[1:], NEWEST]:
            Records(ROOT).begin(how(engine))
    elif arguments[:1] == ["failed"]:
        print("\n".join(Records(ROOT).failed()))
    elif arguments[:1] == ["interrupt"] and len(arguments) == 2:
        return _interrupt(arguments[1])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
