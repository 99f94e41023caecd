"""The check of a city as text for a terminal."""

from __future__ import annotations

from dipeval.report import city_rows as rows
from dipeval.report import city_words as words
from dipeval.report.city_page import CityPage
from dipeval.report.city_words import HEADS, KINDS, NOTHING, SECTIONS, word
from dipeval.schema.plain_table import aligned, safe

MOST_LINES = 30


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
    heats = {one.exhibit.name: one for one in page.heats}
    sections = [
        ("alarms", _alarms(page, language)),
        ("ledger", _ledger(page, language)),
        (
            "missing",
            _lines(
                _heads(language, "column", "label", "share", "most", "period"),
                rows.missing_rows(heats["missing"], language),
                (2, 3),
            ),
        ),
        (
            "drift",
            _lines(
                _heads(language, "column", "label", "period", "most"),
                rows.drift_rows(heats["drift"], language),
                (3,),
            ),
        ),
        (
            "damaged",
            _lines(_heads(language, "column", "label", "cells"), rows.damaged_rows(page, language), (2,)),
        ),
        (
            "rejected",
            _lines(
                _heads(language, "rule", "what", "rows", "first_rows"),
                rows.rejected_rows(page, language),
                (2,),
            ),
        ),
        (
            "corrections",
            _lines(
                _heads(language, "column", "action", "reason", "expect"), rows.correction_rows(page), (3,)
            ),
        ),
        (
            "files",
            _lines(
                _heads(language, "file", "rows", "bytes", "encoding", "sha256"), rows.file_rows(page), (1, 2)
            ),
        ),
    ]
    parts = [_head(page, language)]
    for name, lines in sections:
        nothing = words.NOT_COUNTED if name == "damaged" and not page.counts_damage else NOTHING.get(name)
        shown = lines or ([word(nothing, language)] if nothing else [])
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
    lines = _lines(
        _heads(language, "rule", "in", "rejected", "marked", "kept"),
        [[row[0], *row[2:]] for row in rows.ledger_rows(page, language, rows.touched(page))],
        (1, 2, 3, 4),
    )
    numbers = {name: rows.facts(page)[name] for name in ("read", "kept", "rejected")}
    return [*lines, word(words.SUM if page.adds_up else words.BROKEN, language, **numbers)]


def _heads(language: str, *names: str) -> list[str]:
    return [word(HEADS[name], language) for name in names]


def _lines(heads: list[str], body: rows.Rows, right: tuple[int, ...]) -> list[str]:
    if not body:
        return []
    return _short(aligned([heads, *[[safe(cell, 90) for cell in row] for row in body]], right=right))


def _short(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"… (+{more})"]
