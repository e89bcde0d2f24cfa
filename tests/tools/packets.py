"""Keeps what the lab captured for the pictures of docs/ko/network/packet.md, for tests/draw/test_packet.py.

usage: ENGINE=29.7 packets.py STEP...; each STEP is the id of a step of that page. Writes tests/draw/packets/*.json.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from macros.lab.host import Lab
from macros.record import probe
from macros.record.session import Session
from macros.site import library

FOLDER = Path(__file__).resolve().parents[1] / "draw" / "packets"
PAGE = "network/packet.md"


def main(wanted: list[str]) -> None:
    page = library.page_at(library.ROOT / "docs" / "ko" / PAGE)
    lab, captured, kept = Lab.start(os.environ.get("ENGINE", "")), probe.captured, []

    def keeping(*arguments: Any) -> dict[str, str]:
        kept.append(captured(*arguments))
        return kept[-1]

    probe.captured = keeping
    session = Session(page, lab)
    try:
        for step in page.recorded:
            result = session.run(step)
            if step.call[:1] == ("packet",) and step.options.id in wanted and not result.skipped:
                where, host = (*step.call[2:], "", "")[:2]
                # Lines, so that a change is one of lines; a picture is drawn by what sent, and whose rules it met.
                found = {"where": where, "host": host or lab.name}
                found |= {name: text.split("\n") for name, text in kept[-1].items()}
                path = FOLDER / f"{lab.engine}-{step.options.id}.json"
                path.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
                print(f"wrote {path.relative_to(library.ROOT)}")
    finally:
        session.close()
        lab.close()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    main(sys.argv[1:])
