"""Two sites from one command: where each language's site is, what it is made from, and the building of one of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort


def root_of(config: MkDocsConfig) -> Path:
    """The folder of the configuration, which may have been given by a path from where MkDocs was started."""
    return Path(config.config_file_path).absolute().parent


def folder_of(config: MkDocsConfig, lang: str) -> str:
    """Return the folder of a language's site below the root: empty for the first one, else like ``en/``."""
    return next(str(one["link"]) for one in config.extra["alternate"] if one["lang"] == lang)


def others(config: MkDocsConfig) -> list[str]:
    return [one["lang"] for one in config.extra["alternate"] if one["lang"] != config.extra["lang"]]


def of_language(config: MkDocsConfig, lang: str, site_dir: Path, site_url: str, strict: bool) -> dict[str, Any]:
    """What load_config is given for a language; `config` is another one's, or an older one of its own."""
    own = config.config_file_path if lang == config.extra["lang"] else root_of(config) / f"mkdocs.{lang}.yml"
    return {
        "config_file": str(own),
        "site_dir": str(site_dir),
        "site_url": site_url,
        "strict": strict,
        "use_directory_urls": config.use_directory_urls,
    }


def of_other(config: MkDocsConfig, lang: str) -> dict[str, Any]:
    """The same for one more language, which is built into its folder of the site of `config`."""
    return of_language(config, lang, Path(config.site_dir, lang), config.extra["site_root"], config.strict)


def failed(lang: str, why: str) -> Abort:
    """The error of one more language, which could not be built."""
    return Abort(f"mkdocs.{lang}.yml (language '{lang}'): {why}")


def build_language(config: MkDocsConfig, lang: str) -> None:
    """Build one more language."""
    with speaking(lang):
        try:
            build(load_config(**of_other(config, lang)))
        except Abort as error:
            raise failed(lang, error.message) from error


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
    shared = ["mkdocs.yml", "docs/assets", "docs/_recordings", "docs/_errors.yml", "docs/_mutants.json", "macros"]
    return [root_of(config) / name for name in own + shared]


def twins(config: MkDocsConfig, lang: str) -> frozenset[str]:
    """The pages of all languages but one: that has to say which of its own they lack."""
    docs = root_of(config) / "docs"
    codes = [one["lang"] for one in config.extra["alternate"] if one["lang"] != lang]
    return frozenset(str(page) for code in codes for page in (docs / code).rglob("*.md"))
