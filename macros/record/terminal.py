"""What a terminal shows of a text: its colours dropped, its lines as they are after what was printed over them.

Unlike the terminals that libraries emulate, this one is as wide and as high as the text, and leaves alone what it does
not know, so that nothing of an output is lost unseen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Text; a control sequence with its numbers and its letter; what changes nothing that is seen in a text (titles, links,
# character sets, modes); or another character.
PIECE = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)|\x1b\[(?P<numbers>[\d;]*)(?P<letter>[A-GJKHfdsu])"
    r"|(?P<unseen>\x1b\[[\d;:]*m|\x1b\[[?>=]?[\d;]*[hlqp]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78])"
    r"|(?P<other>[\x00-\x1f\x7f])"
)
ACTING = re.compile(r"[\x08\r\x1b]")
# The farthest column that a sequence moves to, and the columns between two tabs.
FARTHEST, TAB = 1000, 8


def as_shown(text: str) -> str:
    """The text as a terminal shows it. Control characters that do nothing there stay."""
    text = text.replace("\r\n", "\n")
    if not ACTING.search(text):
        return text
    screen = Screen()
    for match in PIECE.finditer(text):
        if match["text"]:
            screen.write(match["text"])
        elif match["letter"]:
            screen.sequence(match["letter"], [int(number or 0) for number in match["numbers"].split(";")])
        elif match["other"]:
            screen.control(match["other"])
    return screen.text()


class Screen:
    """Lines of cells, each with what is seen in it; the second cell of a wide character has ""."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = [[]]
        self.row = self.column = 0

    def write(self, text: str) -> None:
        line = self.lines[self.row]
        if text.isascii() and self.column == len(line):
            line += text
            self.column += len(text)
            return
        for character in text:
            width = _width(character)
            if width == 0 and self.column > 0:
                at = self.column - 1 if line[self.column - 1] or self.column == 1 else self.column - 2
                line[at] += character
                continue
            self._put(character, max(width, 1))

    def control(self, character: str) -> None:
        if character == "\n":
            self.row += 1
            self.column = 0
            if self.row == len(self.lines):
                self.lines.append([])
        elif character == "\r":
            self.column = 0
        elif character == "\b":
            self.column = max(self.column - 1, 0)
        elif character == "\t":
            self.column += TAB - self.column % TAB
            self._pad()
        else:
            self._put(character, 1)

    def sequence(self, letter: str, numbers: list[int]) -> None:
        first = numbers[0] or 1
        moves: dict[str, Callable[[], tuple[int, int]]] = {
            "A": lambda: (self.row - first, self.column), "B": lambda: (self.row + first, self.column),
            "C": lambda: (self.row, self.column + first), "D": lambda: (self.row, self.column - first),
            "E": lambda: (self.row + first, 0), "F": lambda: (self.row - first, 0), "G": lambda: (self.row, first - 1),
            "d": lambda: (first - 1, self.column), "H": lambda: (first - 1, (numbers[1:] or [1])[0] - 1),
        }  # fmt: skip
        if letter == "K":
            self._erase(numbers[0])
        elif letter == "J":
            self._erase(numbers[0])
            if numbers[0] == 0:
                del self.lines[self.row + 1 :]
            else:
                above = self.lines[: self.row] if numbers[0] == 1 else self.lines
                for line in above:
                    line.clear()
        elif move := moves.get("H" if letter == "f" else letter):
            row, column = move()
            self.row = min(max(row, 0), len(self.lines) - 1)
            self.column = min(max(column, 0), max(FARTHEST, self.column))
            self._pad()

    def text(self) -> str:
        return "\n".join("".join(line) for line in self.lines)

    def _put(self, character: str, width: int) -> None:
        line = self.lines[self.row]
        line[self.column : self.column + width] = [character, ""][:width]
        self.column += width
        if line[self.column : self.column + 1] == [""]:  # half of what was there before
            line[self.column] = " "

    def _pad(self) -> None:
        line = self.lines[self.row]
        line += " " * (self.column - len(line))

    def _erase(self, what: int) -> None:
        """Of the line: from the cursor on (0), up to it (1), or all (2)."""
        line = self.lines[self.row]
        if what == 0:
            del line[self.column :]
        else:
            end = self.column + 1 if what == 1 else len(line)
            line[:end] = " " * min(end, len(line))


def _width(character: str) -> int:
    """Columns that a character takes."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
