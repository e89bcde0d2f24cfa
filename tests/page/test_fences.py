"""Which fences of a page are run, and as what: nothing that looks like a command is left unrun without a word."""

from __future__ import annotations

import pytest

from macros.page.languages import OTHERS, PYTHONS, SESSIONS, SHELLS
from macros.page.reader import parse
from macros.page.terminal import asks_for_a_terminal
from tests.page.test_properties import holds


def only(text):
    page = parse(text, "x.md")
    assert page.problems == [], page.problems
    (step,) = page.steps
    return step


@pytest.mark.parametrize("language", SHELLS)
def test_a_shell_s_fence_is_run_by_whatever_name(language):
    step = only(f"```{language}\nfalse\n```\n")
    assert (step.kind, step.language, step.runs, step.source) == ("bash", language, True, "false\n")


@pytest.mark.parametrize("language", [*SESSIONS, *SHELLS, "", "text", "none", "SHELL", "Text"])
@pytest.mark.parametrize("above", ["", "# a comment\n", "\n# two\n\n# of them\n"])
def test_a_fence_that_begins_with_a_prompt_is_a_session_by_whatever_name(language, above):
    (step,) = parse(f"```{language}\n{above}$ echo a \\\n    b\na b\n$ true\n```\n", "x.md").steps
    assert step.kind == "console" and step.runs
    if not above:
        assert step.typed == "echo a \\\n    b\ntrue\n"
        assert [command.expected for command in step.commands] == ["a b", ""]


@pytest.mark.parametrize("language", PYTHONS)
def test_python_is_run_by_whatever_name(language):
    assert only(f"```{language}\nx = 1\n```\n").kind == "python"
    step = only(f"```{language}\n>>> for x in (1, 2):\n...     print(x)\n...\n1\n2\n>>> x\n2\n```\n")
    assert step.kind == "python" and step.typed == "for x in (1, 2):\n    print(x)\nx\n"


def test_text_with_a_python_prompt_is_a_doctest():
    assert only("```text\n>>> 1 + 1\n2\n```\n").kind == "python"
    assert only('```python\ndef f():\n    """Docs.\n\n    >>> f()\n    """\n```\n').typed.startswith("def f():")


@pytest.mark.parametrize("language", OTHERS)
def test_a_shell_that_is_not_there_is_said_to_be_not_run(language):
    step = only(f"```{language}\ndocker ps\n```\n")
    assert not step.runs and step.skip == f"nothing here runs {language}"


@pytest.mark.parametrize(
    "prompt",
    ["root@web:/# ", "user@host:~/a$ ", "[root@host ~]# ", "bash-5.2# ", "/ # ", "/usr/app # ", "PS C:\\> ", "C:\\>"],
)
def test_text_of_another_terminal_is_said_to_be_not_run(prompt):
    step = only(f"```\n{prompt}ls\nbin\n```\n")
    assert not step.runs and "another terminal" in step.skip


@pytest.mark.parametrize(
    "text",
    ["NAME  DRIVER\n", "$HOME is a folder\n", "> a quote\n", "# Title\n\ntext\n", "a@b.example: mail\n", "1 $ = 2\n"],
)
def test_text_without_a_prompt_is_only_read(text):
    assert only(f"```text\n{text}```\n").kind == "prose"


def test_a_title_makes_a_file_of_other_languages():
    kinds = {name: only(f'```{name} title="a"\nx\n```\n').kind for name in ("sh", "text", "py", "python", "bash")}
    assert kinds == {"sh": "file", "text": "file", "py": "file", "python": "python", "bash": "bash"}


@pytest.mark.parametrize(
    ("info", "title"),
    [
        ("yaml {title=compose.yaml}", "compose.yaml"), ('yaml {title="a b.yaml",hl_lines="3-5"}', "a b.yaml"),
        ("yaml {linenos=false hl_lines=[1,3]}", ""), ("yaml {2}", ""), ("yaml {1,3-5}", ""), ("yaml { .no-copy }", ""),
        ('yaml title="x" {.a}', "x"), ('{.yaml title="x"}', "x"), ("yaml{collapse=true}", ""),
        ("{ .yaml .no-copy }", ""), ('{.yaml .a #b title="x"}', "x"),
    ],
)  # fmt: skip
def test_options_in_braces_are_read(info, title):
    step = only(f"```{info}\na: 1\n```\n")
    assert (step.language, step.title, step.kind) == ("yaml", title, "file" if title else "prose")


@pytest.mark.parametrize("info", ["bash {exit=1}", "bash {id}", "bash {}", "bash {title}", "bash copy", "{bash}"])
def test_options_that_nobody_knows_are_a_problem(info):
    (problem,) = parse(f"```{info}\nx\n```\n", "x.md").problems
    assert "is not understood" in problem.message


def test_a_reason_keeps_a_fence_from_being_run():
    step = only('<!-- skip: next "it is an example" -->\n```shell\n$ rm -rf /\n```\n')
    assert not step.runs and step.skip == "it is an example"


def test_comments_alone_are_no_commands():
    (problem,) = parse("```sh\n# docker network create a\n```\n", "x.md").problems
    assert problem.line == 1 and "runs nothing" in problem.message


ASK = [
    "docker run -it busybox:1.37", "docker run -i -t busybox:1.37", "docker run --interactive --tty x",
    "docker attach c", "sudo docker exec -ti c sh", "docker container exec -it c ls",
    'docker exec -it nowhere sh -c "ls -d /x"', "docker run -it x ls -d", "docker run \\\n  --rm \\\n  -it x",
    "docker run -itp 80:80 x", "docker run --rm -it -v a:/b x", "X=1 docker run -it x", "docker --context a run -it x",
    "cd x && docker exec -it c sh", "docker run -it x >log 2>&1", "false || docker attach c",
    "docker run --name a -it x # don't", "docker run -it -e A='b c' x | cat", "docker \\\n attach c",
]  # fmt: skip
ASK_NOBODY = [
    "docker run -dit x", "docker run -it -d x", "docker run -d --name x -it y", "docker run --detach -it x",
    "docker run -i x", "docker run -t x", "docker run x -it", "docker exec c ls -it", "docker run --name -it x",
    "echo docker run -it x", "# docker run -it x", "cat <<EOF\ndocker run -it x\nEOF", "docker run --tty=false -i x",
    "docker run -e -it x", "docker network create attach", "printf 'docker run -it x\ndocker attach c\n'",
    "echo exit | docker attach c", "docker attach c </dev/null", "docker exec -it c sh <<EOF\nls\nEOF",
    "docker attach --no-stdin c", "docker ps", "docker", "",
]  # fmt: skip


@pytest.mark.parametrize("code", ASK)
def test_a_command_that_waits_for_a_keyboard_is_skipped_for_that(code):
    assert asks_for_a_terminal(code)
    assert only(f"```sh\n{code}\n```\n").skip == "asks for a terminal"


@pytest.mark.parametrize("code", ASK_NOBODY)
def test_a_command_that_needs_no_keyboard_is_run(code):
    assert not asks_for_a_terminal(code)


def test_what_an_output_says_is_no_command_that_asks():
    assert only("```console\n$ cat help\ndocker run -it x\n```\n").runs


BASH = "```bash\nfalse\n```\n"


@pytest.mark.parametrize(
    ("text", "run"),
    [
        (f"<!--\n{BASH}-->\n", []),
        (f"<!-- old:\n\n{BASH}\nand more -->\n", []),
        ("- item\n\n  <!-- draft\n  ```bash\n  false\n  ```\n  -->\n", []),
        ("> <!--\n> ```bash\n> false\n> ```\n> -->\n", []),
        ("<!--\n```bash\nfalse\n-->\n", []),
        (f"<!--\n~~~\n-->\n\n{BASH}", ["false\n"]),
        (f"<!--->\n{BASH}<!--\n{BASH}-->\n", ["false\n"]),
        (f"`<!--` begins one\n\n{BASH}\n`-->` ends it\n", ["false\n"]),
        ("```html\n<!--\n```\n\n```html\n-->\n```\n", ["<!--\n", "-->\n"]),
    ],
)
def test_a_fence_in_a_comment_is_no_step(text, run):
    page = parse(f"{text}\n```bash\ntrue\n```\n", "x.md")
    assert page.problems == [] and [step.source for step in page.steps] == [*run, "true\n"]


CODE = "for code: its indent is"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"a\n\n<!-- no end\n{BASH}", 3, "a comment is not closed"),
        (f"<!-- old\n<!-- skip: next \"why\" -->\n{BASH}-->\n", 1, "a comment in a comment"),
        ('<!-- old: <!--[[ topology("a") ]]--> -->\n', 1, "a comment in a comment"),
        ("Text.\n\n    ```bash\n    false\n    ```\n", 3, CODE),
        ("Text.\n    ```bash\n    false\n    ```\n", 2, CODE),
        ("- item\n\n        ```bash\n        false\n        ```\n", 3, CODE),
        ('=== "Linux"\n\n    text\n\n        ```bash\n        false\n        ```\n', 5, CODE),
        ('!!! "no kind"\n\n    ```bash\n    false\n    ```\n', 3, CODE),
        ("- a\n\n  - b\n\n        ```bash\n        false\n        ```\n", 5, CODE),
        ("- a\n***\n    ```bash\n    false\n    ```\n", 3, CODE),
        ("text\n14. b\n\n    ```bash\n    false\n    ```\n", 4, CODE),
        ("1. a\n\nText.\n\n    ```bash\n    false\n    ```\n", 5, CODE),
        (">     ```bash\n>     false\n>     ```\n", 1, CODE),
        ("- a\n\n  term\n  :   what\n\n          ```bash\n          false\n          ```\n", 6, CODE),
        ('Text.\n\n    <!--[[ topology("bridge") ]]-->\n', 3, CODE),
        ('See <!--[[ topology("bridge") ]]--> here.\n', 1, "alone on its line"),
        (f"<pre>\n{BASH}</pre>\n", 2, "inside <pre>"),
        (":   ```bash\n    false\n    ```\n", 1, "begins or ends no fence"),
        ("[^1]: ```bash\n    false\n    ```\n", 1, "begins or ends no fence"),
        ("> - ```bash\n>   false\n>   ```\n", 1, "begins or ends no fence"),
    ],
)
def test_a_fence_that_no_markdown_shows_is_a_problem(text, line, message):
    problem = parse(text, "x.md").problems[0]
    assert problem.line == line and message in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "1. one\n\n   ```bash\n   false\n   ```\n\n   more\n\n2. two\n",
        "- one\n  ```bash\n  false\n  ```\n- two\n",
        "- one\n  - two\n    - three\n\n      ```bash\n      false\n      ```\n",
        "- one\n\n      ```bash\n      false\n      ```\n",
        "10. ten\n\n    ```bash\n    false\n    ```\n",
        "- ```bash\n  false\n  ```\n",
        "- a\n-\n  ```bash\n  false\n  ```\n",
        "1.\n\n    ```bash\n    false\n    ```\n",
        "- a\n  > quote\n  >\n  > ```bash\n  > false\n  > ```\n",
        "- [ ] task\n\n  ```bash\n  false\n  ```\n",
        "- a\n\n  !!! note\n\n      ```bash\n      false\n      ```\n",
        "1) ```bash\n   false\n   ```\n",
        '=== "Linux"\n\n    ```bash\n    false\n    ```\n\n=== "Mac"\n\n    text\n',
        '??? note "Title"\n    ```bash\n    false\n    ```\n',
        "!!! note\n\n    - item\n\n        ```bash\n        false\n        ```\n",
        "term\n:   what\n\n    ```bash\n    false\n    ```\n",
        "Text[^1].\n\n[^1]:\n    note\n\n    ```bash\n    false\n    ```\n",
        "> quote\n>\n> ```bash\n> false\n> ```\n",
        "- a\n\n  > ```bash\n  > false\n  > ```\n",
        '<div markdown="1">\n\n```bash\nfalse\n```\n\n</div>\n',
        "<details><summary>More</summary>\n\n```bash\nfalse\n```\n\n</details>\n",
        "Text.\n```bash\nfalse\n```\nText.\n",
        "\t```bash\n\tfalse\n\t```\n".join(["- tab\n\n", ""]),
    ],
)
def test_a_fence_that_some_markdown_shows_is_run_and_published(text):
    assert only(text).source == "false\n"
    holds(parse(text, "x.md"))
