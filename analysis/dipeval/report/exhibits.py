"""One exhibit on the page: picture or table, notes, files, provenance."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from dipeval.present import table_within
from dipeval.report.inline import inline_svg
from dipeval.report.page import Page, Shown
from dipeval.report.parts import both, each, short
from dipeval.report.provenance import made_from

LONG = 30
"""A table with more rows than this is folded."""
HEARD = ' class="heard"'
"""A picture prints its title itself: the page's heading is for readers who listen."""
MADE: dict[str, tuple[str, str]] = {
    "provenance": ("Provenance", "来源"),
    "made_from": (
        "Fingerprint of all inputs, study, code and environment:",
        "输入、研究设定、代码与环境的总校验值：",
    ),
    "study": ("study", "研究设定"),
    "code": ("code", "代码"),
    "inputs": ("raw files", "原始文件"),
    "rules": ("Disclosure rules:", "披露规则："),
    "fold": ("Show the table", "展开表格"),
}


def exhibit_html(page: Page, one: Shown) -> str:
    """A ``figure`` element with everything about one exhibit."""
    exhibit, languages = one.exhibit, page.languages
    title = (exhibit.title_en, exhibit.title_zh)
    body = each(lambda language: _content(one, language, title[language == "zh"]), languages)
    drawn = any(name.endswith(".svg") for name in one.files)
    notes = (" ".join(exhibit.notes_en), "".join(exhibit.notes_zh))
    heading = f"<h3{HEARD if drawn else ''}>{both(title, languages)}</h3>"
    caption = f"<figcaption>{both(notes, languages)}</figcaption>" if drawn and notes[0] else ""
    return (
        f'<figure class="exhibit" id="{escape(exhibit.name)}">\n{heading}\n{body}\n{caption}\n'
        f"{each(lambda language: _files(one, language), languages)}\n{_made(page, one)}\n</figure>"
    )


def _content(one: Shown, language: str, title: str) -> str:
    """The picture, else the table, in one language."""
    svg = one.text("svg", language)
    if svg:
        picture = inline_svg(svg, f"{one.exhibit.name}-{language}-", title)
        return f'<div class="scroll">{picture}</div>'
    table = f'<div class="scroll">{table_within(one.text("html", language))}</div>'
    if table.count("<tr") > LONG:
        return f"<details><summary>{escape(MADE['fold'][language == 'zh'])}</summary>{table}</details>"
    return table


def _files(one: Shown, language: str) -> str:
    """Links to the files of a language, named by their format."""
    links = [
        f'<a href="{quote(name)}" download>{escape(name.rpartition(".")[2].upper())}</a>'
        for name in one.files_in(language)
    ]
    return f'<p class="files">{"".join(links)}</p>'


def _made(page: Page, one: Shown) -> str:
    """What this very exhibit was made of."""
    languages, rules = page.languages, one.released.rules
    words = {name: both(text, languages) for name, text in MADE.items()}
    held = int(one.exhibit.frame["suppressed"].sum())
    inputs = ", ".join(f"{escape(str(e['path']))} {short(str(e['sha256']))}" for e in page.inputs)
    return (
        f"<details><summary>{words['provenance']}</summary>"
        f"<p>{words['made_from']} {short(made_from(page, one))}; {words['study']} {short(page.study_sha256)},"
        f" {words['code']} {short(page.code_sha256)}; {words['inputs']}: {inputs}.</p>"
        f"<p>{words['rules']} n ≥ {rules.minimum_cell}, max. share ≤ {rules.dominance:.0%}; "
        f"{both((f'{held} withheld', f'{held} 项未公布'), languages)}.</p></details>"
    )
