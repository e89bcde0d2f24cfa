"""One stylesheet for a page: Material's and ours, without what costs most and helps least."""

from __future__ import annotations

import hashlib
import logging
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

log = logging.getLogger("mkdocs.plugins.site")

# Material's own, whose names have a part that changes with its version.
THEME_STYLES = re.compile(r"assets/stylesheets/(?:main|palette)\.\w+\.min\.css(?P<map>\.map)?")
# Holds transitions back while light and dark change. But Material sets and removes that attribute at each start, and
# this rule makes a browser compute the styles of all elements anew, twice.
COSTLY = (
    "[data-md-color-switching] *,[data-md-color-switching] :after,[data-md-color-switching] :before"
    "{transition-duration:0s!important}"
)
# What a browser has no use for in our own.
UNREAD = re.compile(r"/\*.*?\*/|^[ \t]+", re.DOTALL | re.MULTILINE)


def join(files: Files, config: MkDocsConfig, docs: Path) -> None:
    """Join Material's stylesheets and ours: nothing is drawn before all are there, and on a phone each is a round trip.

    What only some pages use is small, and goes into their heads (macros/site/theme/main.html).
    """

    def ours(name: str) -> str:
        if not (docs / name).is_file():
            log.warning(f"mkdocs.yml names '{name}', but there is no file docs/{name}")
            return ""
        return UNREAD.sub("", (docs / name).read_text(encoding="utf-8"))

    theirs: list[File] = []
    for uri in sorted(files.src_uris):
        if match := THEME_STYLES.fullmatch(uri):
            file = files.src_uris[uri]
            files.remove(file)
            if not match["map"]:
                theirs.append(file)
    if len(theirs) != 2:
        raise PluginError(f"Material has other stylesheets than main and palette: mend THEME_STYLES in {__file__}")
    css = "\n".join([*(file.content_string for file in theirs), *map(ours, config.extra_css)])
    if COSTLY not in css:
        log.warning(f"Material's stylesheets have no such rule any more: mend or remove COSTLY in {__file__}")
    css = css.replace(COSTLY, "")
    config.extra_css = []  # base.html would link them
    config.extra["stylesheet"] = f"assets/style.{hashlib.sha256(css.encode()).hexdigest()[:8]}.css"
    config.extra["page_styles"] = {sign: ours(name) for name, sign in config.extra["page_css"].items()}
    # One for all languages, at the site's root: who changes the language has it already.
    if not config.extra["to_root"]:
        level = InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, config.extra["stylesheet"], content=css, inclusion=level))
