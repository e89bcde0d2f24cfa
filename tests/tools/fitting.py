"""How much each sign that a section answers a question says: fitted to questions whose answers are known.

usage: fitting.py ; prints `weights` for macros/site/search.yml. It takes the questions of tests/site/questions.yml that
the search is tuned with, never those set apart, and the results that the search gives for them now, with their signs:

text, cover         what the library says of the section's words, and how much of the question they are
phrase, phrases     how alike the likest phrase that people ask for it is, and the three likest
together            how much of the question all its phrases have
page                what another section of its page is like
term                what a page is worth to a question of one word or two, as its front matter says (`search: boost:`);
                    questions have few, so this weight is set by hand, for the terms of tests/site/test_browser.py
aside, error        sections that help who has found them; entries of the index of errors
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.tools.asking import ask, questions, section
from tests.tools.browser import opened
from tests.tools.building import LANGUAGES, SITE_URL, whole
from tests.tools.served import served

ROUNDS, STEP = 400, 1.0
# Keeps the weights of signs that say nearly the same from growing against one another.
DECAY = 0.004

# The signs of each result, and whether it answers the question.
Asked = list[tuple[dict[str, float], bool]]


def fitted(asked: list[Asked], weights: dict[str, float]) -> dict[str, float]:
    """The weights for which right results are likeliest to be first, by gradient ascent; `weights` to begin with.

    How likely a result is: its score's exponential, of all results' of the question.
    """
    weights = dict(weights)
    told = [one for one in asked if any(right for _, right in one)]
    for _ in range(ROUNDS):
        slope = {name: -DECAY * weight for name, weight in weights.items()}
        for results in told:
            scores = [sum(weights[name] * value for name, value in signs.items()) for signs, _ in results]
            likely = [math.exp(score - max(scores)) for score in scores]
            whole, good = sum(likely), sum(one for one, (_, right) in zip(likely, results, strict=True) if right)
            for one, (signs, right) in zip(likely, results, strict=True):
                pull = (one / good if right else 0) - one / whole
                for name, value in signs.items():
                    slope[name] += pull * value / len(told)
        weights = {name: weight + STEP * slope[name] for name, weight in weights.items()}
    return weights


def answered(folder: Path) -> list[Asked]:
    """What the search answers to the questions that it is tuned with, in both languages."""
    made = []
    with served(whole(folder), urlsplit(SITE_URL).path) as address, opened() as browser:
        for lang, path in LANGUAGES.items():
            tab, known = browser.new_page(), questions(lang, "tuned")
            tab.goto(address + path)
            for results, right in zip(ask(tab, known), known.values(), strict=True):
                made.append([(one["signs"], section(one["location"]) in right) for one in results])
    return made


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asked = answered(Path(folder))
    named = {name: 1.0 for name in next(signs for one in asked for signs, _ in one)}
    print("weights: {" + ", ".join(f"{name}: {weight:.2f}" for name, weight in fitted(asked, named).items()) + "}")


if __name__ == "__main__":
    main()
