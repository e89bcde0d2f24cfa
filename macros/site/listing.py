"""The list of all steps at which engines print or change different things, as Markdown of the page on that."""

from __future__ import annotations

import html
from collections.abc import Iterable

from macros.record.differences import Difference
from macros.record.visible import visible
from macros.site import changed
from macros.site.composer import Composer
from macros.site.sessions import typed
from macros.site.tabs import tabs, variants
from macros.words import words


def listed(found: Iterable[Difference], composer: Composer) -> str:
    """A link to each step, its command, and what each engine printed or changed. `composer`: of the page it is on."""
    parts, page = [], ""
    for number, difference in enumerate(found):
        step = difference.step
        if difference.page != page:
            page = difference.page
            parts.append(f"### {difference.title} {{#{page.removesuffix('.md').replace('/', '-')}}}")
        parts.append(f"[{words('output', composer.lang)['there']}]({difference.page}#{difference.anchor})")
        if step.kind != "probe":  # an inspect view says its command
            # To be read, not run: a phone would feel the highlighting and the copy buttons of a hundred commands.
            said = typed(step, difference.results).rstrip("\n") if step.kind == "console" else step.key
            command = f'<pre class="output__text" tabindex="0"><samp>{html.escape(visible(said))}</samp></pre>'
            box = f'<div class="output command">{command}</div>'
            parts.append(composer.fence(box, searched="").strip("\n"))
        told = {engine: result.printed() for engine, result in difference.results.items()}
        if len(variants(told)) > 1:
            contents = {f"Engine {engine}": composer.shown(step, result, f"{number}")
                        for engine, result in told.items() if not result.skipped}  # fmt: skip
            parts.append(composer.fence(tabs(f"listed-{number}", contents), searched="").strip("\n"))
        if content := changed.told(difference.results, composer.lang, composer.address, ""):
            parts.append(composer.fence(content, searched="").strip("\n"))
    return "\n\n".join(parts)
