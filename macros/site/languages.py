"""Two sites from one command: where each language's site is, and the building of the others after the first."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort

from macros.site.serve import serve, stamp


def folder_of(config: MkDocsConfig, lang: str) -> str:
    """Return the folder of a language's site below the root: empty for the first one, else like ``en/``."""
    return next(str(one["link"]) for one in config.extra["alternate"] if one["lang"] == lang)


def others(config: MkDocsConfig) -> list[str]:
    return [one["lang"] for one in config.extra["alternate"] if one["lang"] != config.extra["lang"]]


def build_language(config: MkDocsConfig, lang: str) -> None:
    """Build one more language, or under `mkdocs serve` take its last build where no source has changed."""
    name = f"mkdocs.{lang}.yml"
    target = Path(config.site_dir, lang)
    folder = Path(serve.folder or config.site_dir, lang)
    if not serve.folder or serve.built.get(lang) != stamp(sources(config, lang)):
        with speaking(lang):
            try:
                site = load_config(
                    str(Path(config.docs_dir).parents[1] / name),
                    site_dir=str(folder),
                    site_url=config.extra["site_root"],
                    strict=config.strict,
                    use_directory_urls=config.use_directory_urls,
                )
                build(site, serve_url=config.site_url if serve.folder else None)
            except Abort as error:
                raise Abort(f"{name} (language '{lang}'): {error.message}") from error
    if folder != target:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target, copy_function=os.link)  # a build begins with new files


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Begin each message with the language. Without it MkDocs also drops what both languages say alike."""
    make = logging.getLogRecordFactory()

    def named(name: str, level: int, path: str, line: int, message: object, *rest: Any, **more: Any) -> Any:
        text = f"[{lang}] {message}" if name.startswith("mkdocs") else message
        return make(name, level, path, line, text, *rest, **more)

    logging.setLogRecordFactory(named)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)


def sources(config: MkDocsConfig, lang: str) -> list[Path]:
    """Return the files and folders that the site of one language is made from."""
    own = [f"docs/{lang}"] + ([f"mkdocs.{lang}.yml"] if folder_of(config, lang) else [])
    shared = ["mkdocs.yml", "docs/assets", "docs/_recordings", "macros"]
    return [Path(config.docs_dir).parents[1] / name for name in own + shared]
