"""Parts of a packet's way: the text of a rule in lines, and the mark of what it did. Lengths are SVG units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup

from macros.draw import svg

SIZE, LEADING = 12, 15  # of the text of rules
# Before an option of iptables, where its line may be broken.
OPTION = re.compile(r"(?<!!) (?=(?:! )?--?[A-Za-z])")
# Words that tell where a hook is.
HOOKS = {"prerouting": "hook_prerouting", "input": "hook_input", "forward": "hook_forward", "output": "hook_output",
         "postrouting": "hook_postrouting"}  # fmt: skip
MARKS = {
    "accept": "M-4.5 0l3 3.5l6 -7",
    "jump": "M-4 -3v3.5h7m-2.8 -2.8l2.8 2.8l-2.8 2.8",
    "rewrite": "M-4.5 -2.2h8m-2.2 -2.4l2.4 2.4M4.5 2.2h-8m2.2 2.4l-2.4 -2.4",
}


def broken(text: str, limit: float, size: float = SIZE) -> list[str]:
    """A rule in lines of code no wider than `limit`, broken before options, else between words, else anywhere."""

    def fits(line: str) -> bool:
        return svg.text_width(line, size, mono=True) <= limit

    lines: list[str] = []
    for piece in OPTION.split(svg.clean(text)) if text.startswith("-A ") else svg.clean(text).split(" "):
        for word in [piece] if fits(piece) else piece.split(" "):
            if lines and fits(f"{lines[-1]} {word}"):
                lines[-1] += f" {word}"
                continue
            while not fits(word):
                cut = next(at for at in range(len(word) - 1, 0, -1) if at == 1 or fits(word[:at]))
                lines.append(word[:cut])
                word = word[cut:]
            lines.append(word)
    return lines


def mark(kind: str, x: float, y: float, colour: str) -> Iterator[Markup]:
    """What a rule did: let pass, led to another chain, rewrote, accepted or dropped; its centre at x, y."""
    if kind == "drop":
        yield svg.cross(x, y, 4, colour)
    elif kind == "pass":
        yield svg.tag("circle", cx=float(x), cy=float(y), r=1.8, fill=colour)
    else:
        yield svg.tag("path", d=MARKS[kind], fill="none", stroke=colour, stroke_width=1.8,
                      transform=f"translate({x:g} {y:g})")
