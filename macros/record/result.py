"""What one step of a page did, in one run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from macros.record.bindings import Bindings
from macros.record.changed import CHANGES, bind_lines, grouped, same_changes
from macros.record.contrast import compared
from macros.record.exchanged import as_given, placed
from macros.record.typed import sources_of
from macros.record.visible import visible


@dataclass
class Result:
    """What one step did.

    `output`: text; `parts`: where it has several commands, of each [exit, output]; `lines`: of a bash fence's, how many
    lines each has; `data`: what a macro call saw; `changes`: what it changed on its host, as macros/lab/changes.py
    tells; `skipped`: why it did not run.
    """

    key: str
    exit: int = 0
    output: str = ""
    parts: list[tuple[int, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    data: Any = None
    changes: list[str] = field(default_factory=list)
    skipped: str = ""

    def text(self) -> str:
        """All of it as one text."""
        return "\n".join([*self.texts(), *self.changes])

    def texts(self) -> list[str]:
        """What it printed, command by command."""
        if self.data is not None:
            return [json.dumps(self.data, indent=2, ensure_ascii=False)]
        return [output for _, output in self.parts] or [self.output]

    @property
    def status(self) -> int:
        """The exit code that it ended with."""
        return self.parts[-1][0] if self.parts else self.exit

    @property
    def source(self) -> str:
        """What was typed, without the outputs that a console fence shows."""
        return "".join(sources_of(self.key))

    def printed(self) -> Result:
        """This result without what it changed: what differs there is told apart from what it printed."""
        return replace(self, changes=[]) if self.changes else self

    def alone(self) -> Result:
        """This result; that of a bash fence's only command without parts."""
        if len(self.lines) != 1:
            return self
        return replace(self, exit=self.parts[0][0], output=self.parts[0][1].rstrip("\n"), parts=[], lines=[])

    def whole(self) -> Result:
        """This result with all its commands as one, for what does not know them apart: a script's output, or a
        recording from before they were. Empty lines may have stood between them, and what they changed is left out."""
        text = re.sub(r"\n{2,}", "\n", "\n".join(self.texts())).strip("\n")
        return replace(self, exit=self.status, output=text, parts=[], lines=[], changes=[])

    def unlike(self, other: Result, bindings: Bindings) -> str:
        """What differs in another run of the same step, or "": then its values are bound."""
        if bool(self.lines) != bool(other.lines):
            return self.whole().unlike(other.whole(), bindings)
        codes, came = ([status for status, _ in result.parts] for result in (self, other))
        if codes != came:
            return f"its commands ended with {came} instead of {codes}"
        made = bindings.made
        for mine, theirs in zip(self.texts(), other.texts(), strict=True):
            if why := bindings.same(mine, theirs, wildcards=False, source=self.source):
                bindings.undo(made)
                return why
        changes, places = as_given(self.changes, other.changes, bindings.places)
        if why := same_changes(self.changes, changes, bindings):
            bindings.undo(made)
            return f"it changed something else on the host: {why}"
        bindings.places = places
        return ""

    def beside(self, other: Result, bindings: Bindings) -> str:
        """The same line by line, as macros/record/contrast.py shows it."""
        if bool(self.lines) != bool(other.lines):
            return self.whole().beside(other.whole(), bindings)
        pairs = zip(self.texts(), other.texts(), strict=False)
        told = [compared(*pair, bindings, source=self.source) for pair in pairs]
        changes, _ = as_given(self.changes, other.changes, bindings.places)
        told.append(compared("\n".join(self.changes), "\n".join(changes), bindings, source=CHANGES))
        return "\n".join(filter(None, told))

    def alike(self, other: Result, bindings: Bindings) -> list[str]:
        """The pieces of another run of the same step that are as here, where not all of it is: "output", and groups of
        changes. Their values are bound."""
        pieces = []
        same_lines = self.lines == other.lines
        if same_lines and self.skipped == other.skipped and not self.printed().unlike(other.printed(), bindings):
            pieces.append("output")
        elif same_lines:  # whole ids stand there, of which the changes have the beginnings
            for pair in zip(self.texts(), other.texts(), strict=False):
                bind_lines(*pair, bindings, self.source)
        changes, bindings.places = as_given(self.changes, other.changes, bindings.places)
        theirs = grouped(changes)
        for group, lines in grouped(self.changes).items():
            if not same_changes(lines, theirs.get(group, []), bindings):
                pieces.append(group)
        return pieces

    def with_pieces(self, other: Result, pieces: list[str]) -> Result:
        """This result with those pieces of `alike` as another has them."""
        lines = grouped(self.changes) | {group: of for group, of in grouped(other.changes).items() if group in pieces}
        result = replace(self, changes=[line for of in lines.values() for line in of])
        if "output" not in pieces:
            return result
        return replace(result, exit=other.exit, output=other.output, parts=other.parts, data=other.data)

    def as_shown(self) -> Result:
        """This result with its outputs as a terminal shows them: what is compared, recorded and published."""
        parts = [(status, visible(output).rstrip("\n")) for status, output in self.parts]
        return replace(self, output=visible(self.output).rstrip("\n"), parts=parts)

    def rewritten(self, bindings: Bindings) -> Result:
        """This result with each value that `bindings` knows replaced by what it stands for."""
        data = self.data if self.data is None else json.loads(bindings.rewrite(json.dumps(self.data)))
        parts = [(status, bindings.rewrite(output)) for status, output in self.parts]
        changes = [bindings.rewrite(placed(line, bindings.places), CHANGES) for line in self.changes]
        return replace(self, output=bindings.rewrite(self.output), parts=parts, data=data, changes=changes)
