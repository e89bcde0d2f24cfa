"""Where the pages of a site are, and the files beside them, seen from one page."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import quote

from mkdocs.structure.files import File


class Addresses:
    """Addresses seen from the page of `file`; conf: MkDocs' configuration of its language."""

    def __init__(self, file: File, conf: Any) -> None:
        self.here, self.conf = file, conf

    def relative(self, name: str) -> str:
        """The way from the page to another one ("lab.md"), or to a file beside one ("network/overlay/compose.yaml")."""
        if name.endswith(".md"):
            return self._file(name).url_relative_to(self.here)
        return quote(posixpath.relpath(name, posixpath.dirname(self.here.dest_uri) or "."))

    def whole(self, name: str) -> str:
        """The address of a page's Markdown, or of a file beside one."""
        path = f"{self._file(name).dest_uri.removesuffix('html')}md" if name.endswith(".md") else quote(name)
        return f"{self.conf['site_url']}{path}"

    def linked(self, link: str) -> str:
        """The address of the Markdown of a page to which this one links by its source."""
        return self.whole(posixpath.normpath(posixpath.join(posixpath.dirname(self.here.src_uri), link)))

    def _file(self, name: str) -> File:
        return File(name, self.conf["docs_dir"], self.conf["site_dir"], self.conf["use_directory_urls"])
