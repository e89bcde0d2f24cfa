"""What a step may not ask of its shell, since the session that notices its failures needs the same thing."""

from __future__ import annotations

import re
from itertools import pairwise

from macros.lab.tree import literal

# Signals of `trap` that are the session's own -> what it needs them for.
TAKEN = {
    "ERR": "it is how the commands of a page that fail are noticed",
    "DEBUG": "it would run for the session's own commands too",
    "RTMAX": "it is how a step that hangs is asked where it is",
}
# Options of `set` -> why not.
OPTIONS = {
    "-v": "it prints the text that bash reads, and that is the session's too; set -x, or bash -v in a command, works",
    "-n": "the shell would read the rest of the page and run nothing",
    "+E": "failures in functions and subshells would pass unnoticed",
}
LONG = {"verbose": "v", "noexec": "n", "errtrace": "E"}


def refusal(command: dict) -> str:
    """Why a simple command of shfmt's tree is not run, or ""."""
    if any(one.get("Name", {}).get("Value") == "BASH_XTRACEFD" for one in command.get("Assigns") or []):
        return "BASH_XTRACEFD: a trace goes to the error output, where the session keeps its own commands out of it"
    words = [literal(word) for word in command.get("Args") or []]
    while words and words[0] in ("builtin", "command"):
        words.pop(0)
    if words[:1] == ["trap"]:
        return _trap(words[1:])
    return _set(words[1:]) if words[:1] == ["set"] else ""


def _trap(words: list[str]) -> str:
    lists = words[:1] == ["-p"]
    words = [word for word in words if word != "--"]
    if not words or words == ["-p"]:
        return "trap: name the signals, as in trap -p EXIT: a page's shell has traps of its session too"
    for word in words if lists or len(words) == 1 else words[1:]:
        signal = re.sub(r"^SIG", "", word.upper()).replace("64", "RTMAX")
        if signal in TAKEN:
            return f"trap {signal}: a page's shell cannot have it, {TAKEN[signal]}; bash -c, or a script, can"
    return ""


def _set(words: list[str]) -> str:
    given, value = [], False
    for word, following in pairwise([*words, ""]):
        if value:
            value = False
            continue
        if word == "--" or not re.match(r"[-+]\w", word):
            break
        value = word.endswith("o")
        given += [word[0] + letter for letter in word[1:] if letter != "o"]
        if word.endswith("o") and following in LONG:
            given.append(word[0] + LONG[following])
    return next((f"set {one}: {OPTIONS[one]}" for one in given if one in OPTIONS), "")
