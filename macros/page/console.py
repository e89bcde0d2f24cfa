"""A console fence: its prompts, and the output that the page shows under each."""

from __future__ import annotations

from macros.page.steps import Command, Page, Problem


def commands_of(page: Page, source: str, first_line: int) -> list[Command]:
    """Split a console fence at its prompts (`$ `, or `# ` if the fence begins with one)."""
    prompt = "# " if source.startswith("# ") else "$ "
    commands: list[Command] = []
    code: list[str] = []
    output: list[str] = []
    start = first_line

    def finish() -> None:
        if code:
            commands.append(Command("\n".join(code) + "\n", "\n".join(output).strip("\n"), start))

    for number, text in enumerate(source.splitlines(), first_line):
        continued = bool(code) and not output and code[-1].endswith("\\")
        if text.startswith(prompt):
            finish()
            code, output, start = [text[len(prompt) :]], [], number
        elif continued or (code and not output and text.startswith("> ")):
            code.append(text[2:] if text.startswith("> ") else text)
        elif code:
            output.append(text)
        elif text.strip():
            page.problems.append(Problem(page.path, number, "output before the first prompt of this console fence"))
    finish()
    return commands
