"""A page's commands as one script: the very fences that are run, in their order.

It waits where the page waits, and leaves out on a host what the page does not run there: who runs it gets what the page
shows. Where the host lacks what the commands need, it says so and ends before it does anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

from macros.page import tools
from macros.page.names import given
from macros.page.steps import Page, Step

Typed = Callable[[Step], str]

# engine_is '>=' 28.2: whether this host's engine is so, at the precision that is given.
ENGINE_IS = """
engine_of_host=$(docker version --format '{{.Server.Version}}' 2>/dev/null)
[[ $engine_of_host == [0-9]* ]] || engine_of_host=99999 # a build without a number is newer than all
engine_is() {
    local have wanted at order=0
    IFS=.+- read -ra have <<<"$engine_of_host"
    IFS=. read -ra wanted <<<"$2"
    for at in "${!wanted[@]}"; do
        ((order == 0)) && ((order = have[at] > wanted[at] ? 1 : have[at] < wanted[at] ? -1 : 0))
    done
    case $1 in
        '<') ((order < 0)) ;;
        '<=') ((order <= 0)) ;;
        '==') ((order == 0)) ;;
        '!=') ((order != 0)) ;;
        '>=') ((order >= 0)) ;;
        '>') ((order > 0)) ;;
    esac
}
"""

# in_python <<END: Python whose names stay for the page's next, as in one terminal. It has no standard input.
IN_PYTHON = """
in_python() {
    local code said
    code=$(base64 --wrap=0)
    if [ -z "${PYTHON_PID-}" ]; then
        exec {said}>&1
        coproc PYTHON { exec python3 -uc '
import base64, os, traceback
names = {"__name__": "__main__"}
lines = os.fdopen(os.dup(0))
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
for line in lines:
    try:
        exec(base64.b64decode(line), names)
    except BaseException:
        traceback.print_exc()
    os.write(3, b"\\n")
' 3>&1 >&"$said"; }
        exec {said}>&-
    fi
    echo "$code" >&"${PYTHON[1]}" && read -r -u "${PYTHON[0]}"
}
"""


# How a page that writes files begins. A script may not go on where it stands if it cannot go there.
OWN_FOLDER = re.compile(r"^mkdir -p (~/lab-[\w-]+) && cd \1$", re.MULTILINE)

# Looks for what the commands need before any of them is run: {looks} add to `missing`, {says} tells its user.
PREPARED = """
prepared() {{
    local missing=()
{looks}
    [ ${{#missing[@]}} != 0 ] || return 0
    printf '%s\\n' {says} "${{missing[@]/#/  }}" >&2
    exit 1
}}
prepared
"""

# Looks for what has a name already that the page gives: its commands would use it, and remove it at their end.
FREE = """
names_are_free() {{
    local taken=() name
    among() {{
        while read -r name; do
            [[ ! $name =~ ^({names})(:.*)?$ ]] || taken+=("$1$(printf %q "$name")${{2-}}")
        done
    }}
{looks}
    while read -r _ _ _ _ name _; do # what is mounted in a folder is not to be removed with it
        [[ ! $name =~ ^$(cd ~ && pwd)/({names})(/|$) ]] || taken+=("umount $(printf %q "$name")")
    done < <(tac /proc/self/mountinfo)
    among 'rm -r --one-file-system ~/' < <(ls ~ 2>/dev/null)
    [ ${{#taken[@]}} != 0 ] || return 0
    printf '%s\\n' {says} "${{taken[@]/#/  }}" >&2
    exit 1
}}
names_are_free
"""
# What removes one of a kind, and what lists the names of all.
KINDS = {
    "docker service rm ": "docker service ls --format '{{.Name}}'",
    "docker rm -f -v ": "docker ps -a --format '{{.Names}}'",
    "docker network rm ": "docker network ls --format '{{.Name}}'",
    "docker volume rm ": "docker volume ls --format '{{.Name}}'",
    "docker secret rm ": "docker secret ls --format '{{.Name}}'",
    "docker config rm ": "docker config ls --format '{{.Name}}'",
    "docker rmi ": "docker images --format '{{.Repository}}:{{.Tag}}'",
    "ip netns delete ": "ls /run/netns",
    "ip link delete ": "ls /sys/class/net",
    "userdel ": "cut -d: -f1 /etc/passwd",
    "groupdel ": "cut -d: -f1 /etc/group",
}
# With Compose its projects come first, whatever they call what they have made.
PROJECTS = """
    among 'docker compose -p ' ' down --remove-orphans' < <(
        for kind in ps\\ -a network\\ ls volume\\ ls; do
            docker $kind --format '{{.Label "com.docker.compose.project"}}'
        done 2>/dev/null | sort -u)
"""

ENDS = """
# docker ends well at Ctrl-C, and bash would go on with the next command.
trap 'exit 130' INT
"""


def script(page: Page, title: str, host: str = "", *, typed: Typed = lambda step: step.typed, functions: str,
           needs: Mapping[str, str], texts: Mapping[str, str]) -> str:  # fmt: skip
    """The steps of `page` as bash; `host`: only those of this host, for a page with several. "" if there is none.

    typed: what is typed of a step, for who knows more of it than its page; functions: bash that defines
    wait_for SECONDS KIND TARGET INSIDE; needs: word after needs= -> a command that succeeds where it is met;
    texts: what it says to its reader, `script` of words.yml.
    """
    found = parts(page, host, needs, texts, typed)
    if all(step.kind == "wait" for step, _ in found):
        return ""
    head = ["#!/usr/bin/env bash\n", *(f"# {line}\n" for line in texts["head"].format(title=title).splitlines())]
    head += [ENGINE_IS] if any(step.options.engine for step, _ in found) else []
    head += [functions] if any(step.kind == "wait" for step, _ in found) else []
    head += [IN_PYTHON] if any(step.kind == "python" for step, _ in found) else []
    head += [_prepared([step for step, _ in found], texts)]
    return "\n".join(["".join(head), *(text for _, text in found)])


def _prepared(steps: list[Step], texts: Mapping[str, str]) -> str:
    """The part of a script that looks for what its steps need. What only a step with needs= uses may be missing, and
    what only some engines' steps use is looked for on these."""
    looks = [_look('[ "$(id -u)" = 0 ]', texts["root"])]
    used = [(step, tools.of(step)) for step in steps]
    for tool in tools.ordered(tool for _, found in used for tool in found):
        using = [step for step, found in used if tool in found and not step.options.needs]
        look = _look(tools.check(tool), texts["tool"].format(tool=tool, package=tools.PACKAGES[tool]))
        if all(step.options.engine for step in using):
            engines = sorted({" && ".join(_engines(step)) for step in using})
            on = " || ".join(f"{{ {one}; }}" for one in engines)
            look = f"if {{ {on}; }} 2>/dev/null; then {look}; fi" if engines else ""
        looks += [look]
        if tool == "docker":
            looks += [f"! {tools.check(tool)} >/dev/null 2>&1 || {_look('docker version', texts['engine'])}"]
    lines = "\n".join(f"    {look}" for look in looks if look)
    return PREPARED.format(looks=lines, says=shlex.quote(texts["missing"])) + _free(steps, texts) + ENDS


def _free(steps: list[Step], texts: Mapping[str, str]) -> str:
    """The part of a script that looks whether the names are free that its steps give."""
    names = given(steps)
    looks = "\n".join(f"    among {shlex.quote(removes)} < <({lists} 2>/dev/null)" for removes, lists in KINDS.items())
    if any("docker compose" in tools.of(step) for step in steps):
        looks = PROJECTS.strip("\n") + "\n" + looks
    says = shlex.quote(texts["taken"])
    return FREE.format(names="|".join(names), looks=looks, says=says) if names else ""


def _look(command: str, text: str) -> str:
    return f"{command} >/dev/null 2>&1 || missing+=({shlex.quote(text)})"


def parts(page: Page, host: str, needs: Mapping[str, str], texts: Mapping[str, str],
          typed: Typed = lambda step: step.typed) -> list[tuple[Step, str]]:  # fmt: skip
    """What the script has of each step: all that a reader sees, and the waits."""
    return [(step, _guarded(step, needs, texts, typed)) for step in page.steps
            if (step.kind == "wait" or _shown(step)) and (not host or page.host_of(step) == host)]  # fmt: skip


def commands(page: Page, texts: Mapping[str, str]) -> list[tuple[str, Step, str]]:
    """What a reader types: for each step its host ("" where the page names none), and the step as bash; and the waits
    between them."""
    return [(page.host_of(step), step, waiting(step) if step.kind == "wait" else _part(step, step.typed, texts))
            for step in page.steps if step.kind == "wait" or _shown(step)]  # fmt: skip


def waiting(step: Step) -> str:
    """What a page waits for, as bash."""
    words = ([f"{step.options.timeout:.0f}", one.kind, one.target, one.inside] for one in step.waits)
    return "".join(f"wait_for {shlex.join(line)}\n" for line in words)


def _shown(step: Step) -> bool:
    return step.kind in ("bash", "console", "python", "file") and not step.hidden


def _guarded(step: Step, needs: Mapping[str, str], texts: Mapping[str, str], typed: Typed) -> str:
    """One step, on those hosts alone that the page runs it on."""
    met = condition(step, needs)
    part = waiting(step) if step.kind == "wait" else OWN_FOLDER.sub(r"\g<0> || exit", _part(step, typed(step), texts))
    return f"if {met}; then\n{part}fi\n" if met and not step.skip else part


def condition(step: Step, needs: Mapping[str, str]) -> str:
    """What succeeds in bash, beside ENGINE_IS, on a host that the page runs this step on; "" if that is any."""
    return " && ".join(_engines(step) + [f"{{ {needs[need]}; }} >/dev/null 2>&1" for need in step.options.needs])


def _engines(step: Step) -> list[str]:
    """What of this host's engine has to be so."""
    return [f"engine_is '{sign}' {wanted}" for sign, wanted in step.options.engine]


def _part(step: Step, code: str, texts: Mapping[str, str]) -> str:
    """One step, of which `code` is typed. A value that another host shares is the reader's to set, and is said so."""
    if step.kind == "python":
        code = _here_document("in_python", code)
    if step.kind == "file":
        folder = step.title.rpartition("/")[0]
        code = (f"mkdir -p '{folder}'\n" if folder else "") + _here_document(f"cat >'{step.title}'", step.source)
    if step.skip:
        code = f"# not run: {step.skip}\n" + "".join(f"# {line}\n" for line in code.splitlines())
    shared = "".join(f"# {texts['share'].format(name=name)}\n" for name in step.options.share)
    return code.rstrip("\n") + "\n" + shared


def _here_document(command: str, text: str) -> str:
    """`command` with `text` on its standard input, taken literally."""
    end = "END"
    while any(line == end for line in text.splitlines()):
        end += "_"
    return f"{command} <<'{end}'\n{text.rstrip(chr(10))}\n{end}\n"
