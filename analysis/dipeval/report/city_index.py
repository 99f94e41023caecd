"""The page of a checked city: one file that opens offline, in English and Chinese, on a phone too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from dipeval.disclose import Released
from dipeval.present.heat_map import CSS as HEAT_CSS
from dipeval.present.heat_map import heat_html
from dipeval.quality.alarms import shown
from dipeval.report import city_rows as rows
from dipeval.report import city_words as words
from dipeval.report.city_page import CityPage
from dipeval.report.city_words import HEADS, KINDS, NOTHING, SECTIONS, filled
from dipeval.report.index import POLICY
from dipeval.report.parts import Words, both, each
from dipeval.report.style import CSS, SCRIPT

LANGUAGES = ("en", "zh")
PAGE_CSS = """
.tiles { display: flex; flex-wrap: wrap; gap: .3rem 2rem; margin: .8rem 0 0; padding: 0; list-style: none; }
.tiles b { display: block; font-size: 1.3rem; line-height: 1.2; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.tiles li { color: var(--soft); font-size: .84rem; }
.tiles b { color: var(--ink); }
.alarms { padding: 0; list-style: none; margin: 0; }
.alarms li { display: flex; gap: .6rem; padding: .28rem 0; border-bottom: 1px solid var(--rule);
  font-size: .93rem; overflow-wrap: anywhere; }
.alarms b { flex: 0 0 5.2rem; font-weight: 600; color: #a34700; }
.plain td.n, .plain th.n { text-align: right; white-space: nowrap; }
.plain td:first-child { overflow-wrap: break-word; }
.notes { margin-bottom: .8rem; }
.plain th { white-space: nowrap; }
.sum { font-weight: 600; }
.notice { color: var(--soft); font-size: .84rem; margin: .3rem 0 0; }
"""


def city_index_html(page: CityPage) -> str:
    """Write the page of a city.

    Parameters
    ----------
    page : CityPage

    Returns
    -------
    str
        HTML that asks for nothing outside itself (its own policy forbids it); every text that comes
        from a file is escaped. The language is switched by a few lines of script, and by ``#zh``.
    """
    contents = {
        "alarms": _alarms(page),
        "ledger": _ledger(page),
        "coverage": _heat(page.heat("coverage")),
        "missing": _missing(page),
        "drift": _drift(page),
        "damaged": _listed(page, "damaged"),
        "rejected": _listed(page, "rejected"),
        "reviews": "\n".join(_review(name, frame) for name, frame in page.tables.items()),
        "corrections": _listed(page, "corrections"),
        "files": _listed(page, "files"),
    }
    sections = [_section(name, content) for name, content in contents.items()]
    return "\n".join([_head(page), _header(page), *(s for s in sections if s), _foot(page)]) + "\n"


def _head(page: CityPage) -> str:
    title = f"{page.label[0]}: {words.TITLE[0]}"
    return (
        '<!doctype html>\n<html lang="en" data-language="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}{HEAT_CSS}{PAGE_CSS}</style>\n</head>\n<body>"
    )


def _header(page: CityPage) -> str:
    buttons = "".join(
        f'<button type="button" data-choose="{language}" aria-pressed="{str(not k).lower()}">{name}</button>'
        for k, (language, name) in enumerate((("en", "English"), ("zh", "中文")))
    )
    title = tuple(
        f"{label}: {word}" if k == 0 else f"{label}：{word}"
        for k, (label, word) in enumerate(zip(page.label, words.TITLE, strict=True))
    )
    scope = filled(words.STUDY, study=page.study) if page.study else words.ALONE
    over = tuple(f"{page.city} · {source} · {told}" for source, told in zip(page.source, scope, strict=True))
    told = rows.facts(page)
    tiles = "".join(
        f"<li><b>{escape(told[name])}</b>{both(label, LANGUAGES)}</li>" for name, label in words.TILES.items()
    )
    least = page.amounts.rules.minimum_cell
    notices = both(filled(words.INTERNAL, least=least), LANGUAGES, "p")
    marks = "".join(
        f'<p class="synthetic">{both(text, LANGUAGES)}</p>'
        for text, on in ((words.SYNTHETIC, page.synthetic), (words.DRAFT, page.draft))
        if on
    )
    return (
        f'<header><div class="switch">{buttons}</div><p class="over">{both(over, LANGUAGES)}</p>\n'
        f"<h1>{both(title, LANGUAGES)}</h1>\n{marks}\n"
        f'<ul class="tiles">{tiles}</ul>\n<div class="notice">{notices}</div></header>\n<main>'
    )


def _section(name: str, content: str) -> str:
    if not content and name in NOTHING:
        content = both(NOTHING[name], LANGUAGES, "p")
    if not content:
        return ""
    return f'<section id="{name}">\n<h2>{both(SECTIONS[name], LANGUAGES)}</h2>\n{content}\n</section>'


def _alarms(page: CityPage) -> str:
    found = rows.alarms(page)
    if not found:
        return ""
    entries = "".join(
        f"<li><b>{both(KINDS[a.kind], LANGUAGES)}</b>{both((a.en, a.zh), LANGUAGES)}</li>" for a in found
    )
    return f'<ul class="alarms">{entries}</ul>'


def _ledger(page: CityPage) -> str:
    total = both(rows.account(page), LANGUAGES)
    rest = len(rows.untouched(page, "en"))
    fold = _fold(filled(words.UNTOUCHED, count=rest), _listed(page, "untouched"))
    return f'<p class="sum">{total}</p>\n{_listed(page, "ledger")}\n{fold}'


def _heat(released: Released) -> str:
    notes = _note(released)
    drawn = each(lambda language: heat_html(released, language), LANGUAGES)
    return f'{drawn}\n<p class="notes">{both(notes, LANGUAGES)}</p>'


def _note(released: Released) -> Words:
    """The exhibit's own note; what the gate adds stands in the legend and at the head of the page."""
    return released.exhibit.notes_en[0], released.exhibit.notes_zh[0]


def _missing(page: CityPage) -> str:
    told = filled(words.UNKNOWN_MONTH, rows=shown(page.unplaced))
    notice = both(told, LANGUAGES, "p") if page.unplaced else ""
    released = page.heat("missing")
    if released.exhibit.frame.empty:
        return both(NOTHING["missing"], LANGUAGES, "p") + notice
    return _heat(released) + notice + _fold(words.WHOLE, _listed(page, "missing"))


def _drift(page: CityPage) -> str:
    released = page.heat("drift")
    if released.exhibit.frame.empty:
        return ""
    note = f'<p class="notes">{both(_note(page.amounts), LANGUAGES)}</p>'
    medians = _fold(words.MEDIANS, _listed(page, "amounts") + note)
    return f"{_heat(released)}\n{_listed(page, 'drift')}\n{medians}"


def _review(name: str, frame: pd.DataFrame) -> str:
    """A table of the cleaning that a person should review."""
    title = words.TABLES.get(name, (name, name))
    table = _markup([escape(str(column)) for column in frame.columns], rows.review_rows(frame), ())
    more = len(frame) - rows.MOST_REVIEWED
    told = both(filled(words.MORE, count=f"{more:,}"), LANGUAGES, "p") if more > 0 else ""
    return f"<h3>{both(title, LANGUAGES)}</h3>\n{table}{told}"


def _listed(page: CityPage, name: str) -> str:
    """A table in both languages; empty when there is no row."""
    listing = rows.LISTINGS[name]
    if not listing.rows(page, "en"):
        return ""
    return each(
        lambda language: _markup(
            [escape(HEADS[head][language == "zh"]) for head in listing.heads],
            listing.rows(page, language),
            listing.right,
        ),
        LANGUAGES,
    )


def _markup(heads: Sequence[str], body: rows.Rows, right: Sequence[int]) -> str:
    """Like `parts.plain_table`, with numbers flush right."""
    head = "".join(f'<th scope="col"{_side(k, right)}>{text}</th>' for k, text in enumerate(heads))
    lines = "".join(
        "<tr>"
        + "".join(f"<td{_side(k, right)}>{_breakable(cell)}</td>" for k, cell in enumerate(row))
        + "</tr>"
        for row in body
    )
    table = f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'
    return f'<div class="scroll">{table}</div>'


def _breakable(cell: str) -> str:
    """A text that may break behind an underscore: names of rules and columns are long."""
    return escape(cell).replace("_", "_<wbr>")


def _side(position: int, right: Sequence[int]) -> str:
    return ' class="n"' if position in right else ""


def _fold(title: Words, content: str) -> str:
    return f"<details><summary>{both(title, LANGUAGES)}</summary>{content}</details>" if content else ""


def _foot(page: CityPage) -> str:
    footer = f"<footer>{both(words.FOOT, LANGUAGES)}</footer>"
    return f"</main>\n{footer}\n<script>{SCRIPT}</script>\n</body>\n</html>"
