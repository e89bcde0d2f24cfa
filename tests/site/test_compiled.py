"""Templates are compiled once for all builds of a process, and again when they were edited."""

from __future__ import annotations

import jinja2

from macros.site.compiled import Compiled, remembering


def test_a_template_is_compiled_once_and_again_after_an_edit(monkeypatch, tmp_path):
    monkeypatch.setattr("macros.site.compiled._compiled", Compiled(tmp_path))
    texts, compiled = {"a.html": "one {{ x }}"}, []

    class Counting(jinja2.Environment):
        def _compile(self, source, filename):
            compiled.append(filename)
            return super()._compile(source, filename)

    def build():
        """As each build does: with an environment of its own."""
        return remembering(Counting(loader=jinja2.DictLoader(texts))).get_template("a.html").render(x=1)

    assert [build(), build()] == ["one 1"] * 2 and len(compiled) == 1
    texts["a.html"] = "two {{ x }}"
    assert [build(), build()] == ["two 1"] * 2 and len(compiled) == 2
