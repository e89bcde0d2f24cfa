"""What the language of a fence and the first line in it say: whether it is run, and as what."""

from __future__ import annotations

import re

# What pages call a fence with commands, with a terminal's prompts and outputs, and with Python. The names are those of
# GitHub, Pygments, Rouge, highlight.js and DigitalOcean; the same page of docs.docker.com, of Kubernetes or a README
# uses several.
SHELLS = ("bash", "sh", "shell", "shell-script", "shellscript", "zsh", "ksh", "dash", "ash", "command")
SESSIONS = (
    "console", "shell-session", "shell_session", "shellsession", "sh-session", "bash-session", "session", "terminal",
)  # fmt: skip
PYTHONS = ("python", "python3", "py", "py3", "pycon", "python-console", "python-repl", "doctest")
# A fence that says no language may be a session all the same: where it begins with a prompt, it is one.
PLAIN = ("", "text", "txt", "plain", "plaintext", "none", "nohighlight", "output")
# Commands that no shell here understands.
OTHERS = (
    "fish", "csh", "tcsh", "nu", "nushell", "xonsh", "elvish", "powershell", "pwsh", "ps1", "posh", "cmd", "bat",
    "batch", "dosbatch", "winbatch", "doscon", "ps1con", "pwsh-session", "tcshcon",
)  # fmt: skip

PROMPT = re.compile(r"\A(?:[ \t]*(?:#.*)?\n)*\$[ \t]")
PYTHON_PROMPT = re.compile(r"\A\s*>>>[ \t]")
# root@web:/#, [user@host ~]$, bash-5.2#, /app #, PS C:\>, C:\>: a terminal on another machine or inside a container.
ELSEWHERE = re.compile(
    r"\A\s*(?:(?:\([\w.-]+\)[ ])?(?:[\w.-]+@[\w.-]+[: ]?[^\s$#%>]*[ ]?[$#%>]|\[[\w.-]+@[^\]\n]+\][$#%]|"
    r"\w*sh-\d[\d.]*[$#]|/[\w./-]*[ ]#)[ ]|(?:PS )?[A-Z]:\\[^>\n]*>)"
)


def use(language: str, title: str, source: str) -> tuple[str, str]:
    """What a fence is for, as (kind, why it is not run). kind: that of a `Step`; the second is "" where it is run.

    A title makes a file of all but the three names that the project writes its steps with.
    """
    if title and language not in ("bash", "console", "python"):
        return "file", ""
    if language in SHELLS:
        return "console" if PROMPT.match(source) else "bash", ""
    if language in SESSIONS:
        return "console", ""
    if language in PYTHONS:
        return "python", ""
    if language in OTHERS:
        return "bash", f"nothing here runs {language}"
    if language in PLAIN:
        if PROMPT.match(source):
            return "console", ""
        if PYTHON_PROMPT.match(source):
            return "python", ""
        if ELSEWHERE.match(source):
            return "bash", "its prompt is another terminal's than the page's, which is $"
    return "prose", ""


def lexer(kind: str, language: str, source: str) -> str:
    """The name of the language that a fence of this kind is highlighted as."""
    if kind == "console":
        return "console"
    return "pycon" if kind == "python" and PYTHON_PROMPT.match(source) else language
