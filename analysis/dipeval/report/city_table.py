"""The check of a city as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from dipeval.report import city_rows as rows
from dipeval.report import city_words as words
from dipeval.report.city_page import CityPage
from dipeval.report.city_words import HEADS, KINDS, NOTHING, SECTIONS, word
from dipeval.schema.plain_table import aligned, safe

MOST_LINES = 30
SHOWN = ("coverage", "missing", "drift", "damaged", "rejected", "corrections", "files")


def city_table(page: CityPage, language: str) -> str:
    """Write the check for a terminal.

    Parameters
    ----------
    page : CityPage
    language : {"en", "zh"}

    Returns
    -------
    str
        Plain text; what files say is on one line each and cannot steer the terminal.
    """
    sections = {"alarms": _alarms(page, language), "ledger": _ledger(page, language)}
    sections |= {name: _listed(page, name, language) for name in SHOWN}
    parts = [_head(page, language)]
    for name, lines in sections.items():
        shown = lines or ([word(NOTHING[name], language)] if name in NOTHING else [])
        if shown:
            parts.append("\n".join([word(SECTIONS[name], language), *(f"  {line}" for line in shown)]))
    return "\n\n".join(parts)


def _head(page: CityPage, language: str) -> str:
    label = page.label[language == "zh"]
    scope = word(words.STUDY, language, study=page.study) if page.study else word(words.ALONE, language)
    lines = [f"{safe(label)} ({page.city}): {word(words.TITLE, language)}, {scope}"]
    told = rows.facts(page)
    lines.append(" | ".join(f"{word(words.TILES[name], language)} {told[name]}" for name in words.TILES))
    lines += [word(words.SYNTHETIC, language)] if page.synthetic else []
    lines += [word(words.DRAFT, language)] if page.draft else []
    return "\n".join(lines)


def _alarms(page: CityPage, language: str) -> list[str]:
    found = [
        [word(KINDS[a.kind], language), safe(a.zh if language == "zh" else a.en, 400)]
        for a in rows.alarms(page)
    ]
    return _short(aligned(found))


def _ledger(page: CityPage, language: str) -> list[str]:
    """Without what each rule checks: the page says it."""
    listing = rows.LISTINGS["ledger"]
    body = [[row[0], *row[2:]] for row in listing.rows(page, language)]
    heads = [word(HEADS[name], language) for name in (listing.heads[0], *listing.heads[2:])]
    total = word(rows.account(page), language)
    return [*_lines(heads, body, [k - 1 for k in listing.right]), total]


def _listed(page: CityPage, name: str, language: str) -> list[str]:
    listing = rows.LISTINGS[name]
    return _lines(
        [word(HEADS[head], language) for head in listing.heads], listing.rows(page, language), listing.right
    )


def _lines(heads: list[str], body: rows.Rows, right: Sequence[int]) -> list[str]:
    if not body:
        return []
    return _short(aligned([heads, *[[safe(cell, 90) for cell in row] for row in body]], right=right))


def _short(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"… (+{more})"]
