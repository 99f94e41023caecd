"""The page that puts cities side by side: one file, drawn in the browser from rows that stand in it once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files

import pandas as pd

from dipeval.report.compare.data import json_for_script, page_data
from dipeval.report.compare.rows import Comparison
from dipeval.report.compare.words import Words, heading, phrase, section
from dipeval.report.index import POLICY
from dipeval.report.parts import both, plain_table

SCRIPTS = ("state.js", "svg.js", "pictures.js", "quadrant.js", "table.js", "page.js")
PICTURES = ("overview", "ranking", "ranks", "trend", "quadrant", "effects")


def compare_html(comparison: Comparison, rows: pd.DataFrame) -> str:
    """Write the page of a comparison.

    Parameters
    ----------
    comparison : Comparison
    rows : pandas.DataFrame
        From `rows.compared_rows`.

    Returns
    -------
    str
        HTML that asks for nothing outside itself (its own policy forbids it). Nothing that is held back stands
        anywhere in it. The same comparison gives the same text.
    """
    words, languages = section("page"), comparison.languages
    shown = [p for p in PICTURES if p != "effects" or comparison.effects is not None]
    parts = [
        _head(comparison),
        _header(comparison, words),
        f'<noscript><p class="notice">{both(words["noscript"], languages)}</p></noscript>',
        _controls(comparison, words),
        "<main>",
        *(_picture(comparison, words, name) for name in shown),
        _method(comparison, words),
        _provenance(comparison, words),
        "</main>",
        '<div id="tip" role="tooltip" hidden></div><p id="said" class="heard" role="status"></p>',
        f'<script type="application/json" id="data">{json_for_script(page_data(comparison, rows))}</script>',
        f"<script>{_script()}</script>\n</body>\n</html>",
    ]
    return "\n".join(parts) + "\n"


@cache
def _script() -> str:
    texts = [files(__package__).joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS]
    return "(function () {\n'use strict';\n" + "\n".join(texts) + "\n})();"


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def _head(comparison: Comparison) -> str:
    language = comparison.languages[0]
    title = f"{heading(str(comparison.facts['by'][0]))[language == 'zh']} – "
    title += comparison.title_zh if language == "zh" else comparison.title_en
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}" data-language="{language}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n<body>"
    )


def _header(comparison: Comparison, words: Mapping[str, Words]) -> str:
    languages = comparison.languages
    buttons = "".join(
        f'<button type="button" data-choose="{language}" aria-pressed="{str(i == 0).lower()}">{name}</button>'
        for i, language in enumerate(languages)
        for name in ({"en": "English", "zh": "中文"}[language],)
    )
    switch = f'<div class="switch">{buttons}</div>' if len(languages) > 1 else ""
    badge = f'<p class="synthetic">{both(words["synthetic"], languages)}</p>' if comparison.synthetic else ""
    title = both((comparison.title_en, comparison.title_zh), languages)
    return (
        f'<header>{switch}<p class="over">{title}</p>\n'
        f"<h1>{both(heading(str(comparison.facts['by'][0])), languages)}</h1>\n{badge}"
        f'<p class="lead">{both(words["lead"], languages)}</p></header>'
    )


def _controls(comparison: Comparison, words: Mapping[str, Words]) -> str:
    """The choices that all pictures follow; the script fills the lists."""
    languages = comparison.languages

    def label(key: str, name: str) -> str:
        return f'<label for="{name}">{both(words[key], languages)}</label><select id="{name}"></select>'

    buttons = "".join(
        f'<button type="button" id="{name}">{both(words[key], languages)}</button>'
        for name, key in (("all", "all"), ("clear", "clear"), ("released", "released"))
    )
    return (
        '<form id="choices" autocomplete="off"><div class="row">'
        f'<div class="field wide">{label("indicator", "indicator")}</div>'
        f'<div class="field">{label("period", "span")}</div>'
        f'<div class="field">{label("sort", "order")}</div>'
        f'<div class="field">{label("reference", "reference")}</div></div>'
        f'<details id="chooser" open><summary>{both(words["places"], languages)} <b id="chosen"></b></summary>'
        f'<div class="buttons">{buttons}</div>'
        '<div id="places" role="group" aria-labelledby="chosen"></div></details></form>'
    )


def _picture(comparison: Comparison, words: Mapping[str, Words], name: str) -> str:
    """A section with a place for its picture, for what is held back, and for its CSV."""
    languages = comparison.languages
    own = {
        "quadrant": ("horizontal", "vertical"),
        "effects": ("outcome",),
    }.get(name, ())
    chooser = "".join(
        f'<div class="field"><label for="{key}">{both(words[key], languages)}</label><select id="{key}"></select></div>'
        for key in own
    )
    chooser += '<div class="presets" id="presets"></div>' if name == "quadrant" else ""
    columns = f'<details class="columns"><summary>{both(words["show"], languages)}</summary>'
    chooser += f'{columns}<div id="columns" role="group"></div></details>' if name == "overview" else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-head"><h2 id="{name}-head">{both(words[name], languages)}'
        f'<span class="about" id="{name}-about"></span></h2>'
        f'<p class="note">{both(words[name + "_note"], languages)}</p>'
        + (f'<div class="row own">{chooser}</div>' if chooser else "")
        + f'<div class="picture" id="{name}-picture"></div><p class="note held" id="{name}-held"></p>'
        f'<p class="files"><button type="button" data-csv="{name}">{both(words["csv"], languages)}</button></p></section>'
    )


def _method(comparison: Comparison, words: Mapping[str, Words]) -> str:
    languages, facts = comparison.languages, comparison.facts
    rules = comparison.cities.rules
    held = phrase("method", "held", minimum=str(rules.minimum_cell), dominance=f"{rules.dominance:.0%}")
    said = [section("method")[name] for name in ("value", "interval", "rank")] + [held]
    if facts.get("within"):
        said.insert(
            2, phrase("method", "within", kind=facts["within"][0].lower(), kind_zh=facts["within"][1])
        )
    if len({one[4] for one in facts["places"]}) > 1:
        said.append(words["formats"])
    if facts["without_place"]:
        said.append(phrase("page", "without_place", n=str(facts["without_place"])))
    notes = dict.fromkeys((str(one[5]), str(one[6]), str(one[1]), str(one[2])) for one in facts["indicators"])
    said += [(f"{label}: {en}", f"{label_zh}：{zh}") for en, zh, label, label_zh in notes if en]
    body = "".join(both(one, languages, "p") for one in said)
    left = "".join(
        f"<li><code>{escape(str(name))}</code> {both((str(en), str(zh)), languages)}</li>"
        for name, en, zh in facts["left_out"]
    )
    left = f"<h3>{both(words['left_out'], languages)}</h3><ul>{left}</ul>" if left else ""
    head = both(words["method"], languages)
    return f'<section id="method"><h2>{head}</h2>{body}{left}</section>'


def _provenance(comparison: Comparison, words: Mapping[str, Words]) -> str:
    languages = comparison.languages
    files_ = plain_table(
        [both(("Raw file", "原始文件"), languages), both(("Rows", "行数"), languages), "SHA-256"],
        [
            [escape(str(e["path"])), _count(e.get("rows")), f"<code>{escape(str(e['sha256']))}</code>"]
            for e in comparison.inputs
        ],
    )
    facts = [(("Study", "研究设定"), comparison.study_sha256), (("Code", "代码"), comparison.code_sha256)]
    facts += [((name, name), version) for name, version in sorted(comparison.environment.items())]
    what = plain_table(
        [both(("What", "项目"), languages), both(("Value", "值"), languages)],
        [[both(name, languages), f"<code>{escape(value)}</code>"] for name, value in facts],
    )
    links = '<p class="files"><a href="compare.csv" download>compare.csv</a> <a href="index.html">index.html</a></p>'
    return (
        f'<section id="provenance"><h2>{both(words["provenance"], languages)}</h2>'
        f"<details><summary>{escape(comparison.study)}</summary>{files_}{what}</details>{links}</section>"
    )


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else ""
