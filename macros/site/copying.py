"""The button that copies a fence."""

from __future__ import annotations

import re
from itertools import count

from macros.words import words

# A fence as pymdownx.highlight makes it; text of a page has no such tags.
FENCE_HTML = re.compile(r'<pre(?P<other> data-copy="[^"]*")?><span></span><code>(?P<code>.*?)</code></pre>', re.DOTALL)
COPY = (
    '<pre id="code-{number}"{other}><span class="code"><code>{code}</code></span><span class="md-code__nav"><button '
    'class="md-code__button" title="{title}" data-clipboard-target="#code-{number} code" data-md-type="copy"></button>'
    "</span></pre>"
)


def copyable(page: str, lang: str) -> str:
    """The HTML of a page with a button on each fence, for Material's script to copy it with.

    That script puts buttons on what is `pre > code`, and measures and watches each of them first: with many fences that
    is half of what it does before a page answers. It copies the text of `data-copy` where there is one.
    """
    number, title = count(1), words("theme", lang)["copy"]

    def button(fence: re.Match[str]) -> str:
        return COPY.format(number=next(number), other=fence["other"] or "", code=fence["code"], title=title)

    return FENCE_HTML.sub(button, page)
