"""The first rejected rows of each rule, read as a stream: rejects may be as many as the rows of a city."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

FILE, FOLDER = "rejects.csv", "rejects"


def first_rejects(folder: Path, most: int) -> dict[str, tuple[tuple[str, int], ...]]:
    """File and row of the first rows that each rule rejected, in the order of file and row.

    Parameters
    ----------
    folder : pathlib.Path
        Of a cleaned city: with ``rejects.csv``, or with parts below ``rejects/``.
    most : int
        Rows of each rule that are kept.

    Returns
    -------
    dict
        By rule, in the order of names. Cost: one pass over the rejects, in bounded memory.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for row in _rows(folder):
        places = found.setdefault(row["rule"], [])
        places.append((row["source_file"], int(row["source_row"])))
        if len(places) > 2 * most:
            found[row["rule"]] = sorted(places)[:most]
    return {rule: tuple(sorted(places)[:most]) for rule, places in sorted(found.items())}


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    parts = [folder / FILE] if (folder / FILE).is_file() else sorted((folder / FOLDER).rglob("*.csv"))
    for part in parts:
        with open(part, encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
