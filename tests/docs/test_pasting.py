"""Whoever pastes a whole fence has all of its lines run, and has the folders of the files that a page shows."""

from __future__ import annotations

import pytest

from macros.page.reader import parse
from macros.site import library
from tests.tools.pasting import homeless, pasted

PAGES = sorted((library.ROOT / "docs" / "ko").glob("**/*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(library.ROOT / "docs" / "ko")))
def test_all_lines_of_a_pasted_fence_are_run(path):
    found = list(pasted(library.page_at(path)))
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(library.ROOT / "docs" / "ko")))
def test_a_reader_has_the_folder_of_each_file(path):
    found = list(homeless(library.page_at(path)))
    assert found == [], "\n".join(found)


SWALLOWS = {
    "docker compose exec db ls": "write -T, and </dev/null after it",
    "docker compose exec -T db ls": "write -T, and </dev/null after it",
    "docker compose --file a.yaml --progress quiet exec db ls": "write -T",
    "docker compose exec db ls | sort": "write -T",
    "first=$(docker compose exec db ls)": "write -T",
    'docker compose exec db ls >/dev/null || echo "failed"': "write -T",
    "for name in a b; do docker compose run --rm $name true; done": "write -T",
    "docker exec -i lab-web cat": "write it without -i",
    "sudo docker exec -it lab-web sh": "write it without -i",
    "timeout 5 docker exec -i lab-web cat": "write it without -i",
    "docker container exec --interactive lab-web cat": "write it without -i",
    "docker run --rm -i -v lab-v:/v busybox:1.37 cat": "write it without -i",
    "docker attach lab-web": "write </dev/null after it",
    "ssh new-host docker ps": "write ssh -n",
}
LEAVES = [
    "docker compose exec -T db ls </dev/null",
    "docker compose exec -T db ls </dev/null | sort",
    "docker compose exec --detach db ls",
    "docker compose up --detach",
    "docker exec lab-web ls -i",
    "docker exec lab-web sh -c 'ls -i'",
    "echo x | docker exec -i lab-web cat",
    "docker exec -i lab-web cat <<< x",
    "docker run -d -i --name lab-web busybox:1.37 sh",
    "docker run -dit busybox:1.37 sh",
    "docker run --rm busybox:1.37 sh -i",
    "docker run --rm -v lab-v:/v busybox:1.37 ls -i /v",
    "cat file | ssh new-host docker load",
    "ssh -n new-host docker ps",
    "shell() { docker exec -it lab-web sh; }",
]


@pytest.mark.parametrize(("code", "said"), SWALLOWS.items())
def test_a_command_that_takes_the_next_line_is_named(code, said):
    (found,) = pasted(parse(f"text\n\n```bash\ntrue\n{code}\necho after\n```\n", "x.md"))
    assert found.startswith(f"x.md:5: {code!r} takes") and said in found


@pytest.mark.parametrize("code", LEAVES)
def test_a_command_that_leaves_the_next_line_is_not(code):
    assert list(pasted(parse(f"```bash\n{code}\necho after\n```\n", "x.md"))) == []


@pytest.mark.parametrize("code", SWALLOWS)
def test_nothing_comes_after_the_last_command_of_a_fence(code):
    assert list(pasted(parse(f"```bash\ntrue\n{code}\n```\n", "x.md"))) == []


def test_what_several_prompts_are_copied_from_counts_too():
    text = "```console\n$ docker compose exec db ls\nrows\n$ docker ps\n```\n"
    assert [one.split(" ")[0] for one in pasted(parse(text, "x.md"))] == ["x.md:2:"]
    assert list(pasted(parse("```console\n$ docker compose exec db ls\nrows\n```\n", "x.md"))) == []


def test_a_fence_that_is_not_run_is_pasted_as_well():
    text = '<!-- skip: next "no SSH server" -->\n```bash\nssh new-host ls\ndocker ps\n```\n'
    assert [one.split(" ")[0] for one in pasted(parse(text, "x.md"))] == ["x.md:3:"]


FILE = '```yaml title="blog/new/compose.yaml"\nname: lab-blog\n```\n'


@pytest.mark.parametrize(
    "before",
    [
        "```bash\nmkdir -p blog/new\n```\n",
        "```bash\ncd ~ && mkdir -p site blog/new && ls\n```\n",
        "```bash\nmkdir -p blog/new/parts\n```\n",
        '??? note "folders"\n\n    ```bash\n    mkdir -p blog/new\n    ```\n\n',
    ],
)
def test_a_folder_that_a_step_makes_is_there(before):
    assert list(homeless(parse(before + FILE, "x.md"))) == []


@pytest.mark.parametrize(
    "before",
    [
        "",
        "```bash\nmkdir -p blog\n```\n",
        "<!-- invisible-code-block: bash\nmkdir -p blog/new\n-->\n",
        "```bash\ndocker exec lab-web mkdir -p blog/new\n```\n",
        "```bash\nmkdir -p blog/new\n```\n```bash\nrm -r blog\n```\n",
    ],
)
def test_a_folder_that_nobody_makes_is_named(before):
    (found,) = homeless(parse(before + FILE, "x.md"))
    line = (before + FILE)[: (before + FILE).index("```yaml")].count("\n") + 1
    assert found.startswith(f"x.md:{line}: blog/new/compose.yaml") and "mkdir -p blog/new" in found


def test_a_file_where_the_reader_stands_needs_no_folder():
    assert list(homeless(parse('```yaml title="compose.yaml"\nname: lab-blog\n```\n', "x.md"))) == []
