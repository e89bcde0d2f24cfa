"""`python tests/tools/card.py`: draws docs/assets/card.<lang>.png, which stands where a link to the site is shared.

The drawing on it is the topology recorded for the page on overlay networks. 1200 x 630 pixels, as the Open Graph
protocol's readers expect.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import yaml

from macros.draw import figures, wire
from macros.record import recording
from macros.site import library
from tests.tools.browser import opened

SIZE = {"width": 1200, "height": 630}
PAGE = """<!doctype html><meta charset="utf-8"><style>{css}
body {{ margin: 0; width: 1200px; height: 630px; display: flex; align-items: center; background: #f4f6f9;
  font-family: "Noto Sans CJK KR", "Noto Sans KR", sans-serif; color: #1f2a35 }}
main {{ width: 640px; padding: 0 40px 0 80px }} h1 {{ font-size: 64px; line-height: 1.25; margin: 0 0 28px }}
p {{ font-size: 30px; line-height: 1.5; margin: 0; color: #44525e; word-break: keep-all }} svg {{ height: 560px }}
</style><body data-md-color-scheme="default"><main lang="{lang}"><h1>{name}</h1><p>{text}</p></main>{drawing}"""


def main() -> None:
    found = recording.load(library.ROOT, "network/overlay").newest.results
    hosts = wire.from_dict(next(result.data for result in found if result.key.startswith("hosts_topology")))
    css = (library.ROOT / "docs/assets/figures.css").read_text(encoding="utf-8")
    with opened() as browser:
        tab = browser.new_page(viewport=SIZE)
        for lang, file in (("ko", "mkdocs.yml"), ("en", "mkdocs.en.yml")):
            text = (library.ROOT / file).read_text(encoding="utf-8")
            said = {key: yaml.safe_load(line)[key] for line in text.splitlines()
                    for key in ("site_name", "site_description") if line.startswith(f"{key}:")}  # fmt: skip
            tab.set_content(PAGE.format(css=css, lang=lang, name=said["site_name"], text=said["site_description"],
                                        drawing=figures.hosts_svg(hosts, lang, "card")))  # fmt: skip
            tab.screenshot(path=library.ROOT / f"docs/assets/card.{lang}.png")


if __name__ == "__main__":
    main()
