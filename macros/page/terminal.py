"""Which commands ask for a terminal: they wait for a keyboard, and nobody is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

# The options of `docker run` and `docker exec` that take no value; one letter may stand in a group, as in -it.
LETTERS = {"d": "detach", "i": "interactive", "t": "tty", "P": "publish-all", "q": "quiet"}
FLAGS = {
    *LETTERS.values(), "disable-content-trust", "help", "init", "no-healthcheck", "no-stdin", "oom-kill-disable",
    "privileged", "read-only", "rm", "sig-proxy", "use-api-socket",
}  # fmt: skip
# Those of `docker` itself.
GLOBAL = {"D", "debug", "tls", "tlsverify", "v", "version", "help"}
# What may stand before a command.
BEFORE = re.compile(r"\w+=.*|sudo|env|exec|command|time|then|do|else|if|while|until|!|\{", re.DOTALL)
OPERATORS = "();<>|&\n"
REDIRECTION = re.compile(r"&?[<>]+&?")
PIPE = re.compile(r"\|&?[(\n]*")
LIKELY = re.compile(r"(?s)\bdocker\b.*\battach\b|\s-[A-Za-z]*t|\s--tty\b")
COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
HERE_DOCUMENT = re.compile(r"(?ms)(<<-?[ \t]*\\?(['\"]?)(\w+)\2[^\n]*\n).*?^\t*\3$")


def asks_for_a_terminal(code: str) -> bool:
    """Whether a command of a shell's code is `docker attach`, or `docker run` or `exec` with -i and -t and without -d.

    One that is given its input, by a pipe or a file, asks nobody.
    """
    if not LIKELY.search(code):
        return False  # most steps, and reading words takes its time
    return any(_asks(words) for words in _commands(HERE_DOCUMENT.sub(r"\1", COMMENT.sub("", code))))


def _commands(code: str) -> Iterator[list[str]]:
    """The words of each command whose input is the terminal, as far as that can be told without running it."""
    words: list[str] = []
    fed = False
    tokens = iter([*_words(code.replace("\\\n", " ")), "\n"])
    for token in tokens:
        if REDIRECTION.fullmatch(token):
            fed = fed or "<" in token
            words = words[:-1] if words and words[-1].isdigit() else words  # 2>&1
            next(tokens, "")
        elif not set(token) <= set(OPERATORS):
            words += [] if not words and BEFORE.fullmatch(token) else [token]
        else:
            if not fed:
                yield words
            words, fed = [], bool(PIPE.fullmatch(token))


def _words(code: str) -> list[str]:
    lexer = shlex.shlex(code, posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    try:
        return list(lexer)
    except ValueError:  # a quote in a comment, or a thing that only bash reads right
        return [word for line in code.splitlines() for word in (*line.split(), "\n")]


def _asks(words: list[str]) -> bool:
    if not words or words.pop(0) != "docker":
        return False
    _options(words, GLOBAL)
    if words[:1] == ["container"]:
        words.pop(0)
    verb = words.pop(0) if words else ""
    given = _options(words, FLAGS) if verb in ("run", "exec", "attach") else set()
    return (verb == "attach" and "no-stdin" not in given) or ({"interactive", "tty"} <= given and "detach" not in given)


def _options(words: list[str], flags: set[str]) -> set[str]:
    """Take the options off the beginning of `words`; returns those that are on and take no value."""
    given: set[str] = set()
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if name in flags:
                given |= {name} if value not in ("false", "0") else set()
                continue
            needs_value = not equals
        else:
            letters = word[1:]
            while letters and LETTERS.get(letters[0], letters[0]) in flags:
                given.add(LETTERS.get(letters[0], letters[0]))
                letters = letters[1:]
            needs_value = len(letters) == 1  # with more letters the rest is the value: -p8080:80
        if needs_value and words:
            words.pop(0)
    return given
