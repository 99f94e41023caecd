"""Damaged bytes as one problem of a file: by column, and which rows are in which encoding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import Problem
from .damage import OTHER, Damage
from .encodings import fitting, undecodable

NAMES = {"utf-8": "UTF-8", "gb18030": "GB18030"}
STRETCHES_SHOWN = 3


def damage_problems(
    path: Path, encoding: str, damage: Damage, headers: Sequence[str], where: str
) -> list[Problem]:
    """At most one problem: bytes that the declared encoding does not have, rows in another encoding.

    Parameters
    ----------
    headers : sequence of str
        Header of each column; cells are never shown, since any column may hold them.
    where : str
        The file, for messages.
    """
    if not damage.is_undecodable and not damage.stretches:
        return []
    count = sum(tally.count for tally in damage.undecodable.values())
    shown = tuple(
        f"column {headers[k]}: {tally.count} ({_rows(tally.rows, tally.count)})"
        for k, tally in sorted(damage.undecodable.items())
    )
    whole = undecodable(path, encoding, where) if damage.is_undecodable else None
    what = whole.what if whole else f"is not {encoding} throughout"
    if count:
        what += f"; in all {count} cells in {len(shown)} column{'s' if len(shown) > 1 else ''}"
    todo = whole.todo if whole else ""
    if damage.stretches and not fitting(path, encoding):
        other, rest = NAMES[OTHER[encoding]], NAMES[encoding]
        todo = (
            f"{_stretches(damage)} look like {other}, the rest is {rest}: write the file anew in one encoding"
        )
    return [Problem(where, what, todo, shown, max(count, 1))]


def _rows(rows: Sequence[int], count: int) -> str:
    more = " …" if count > len(rows) else ""
    return f"row{'s' if count > 1 else ''} {', '.join(map(str, rows))}{more}"


def _stretches(damage: Damage) -> str:
    told = [f"{first} to {last}" if last > first else str(first) for first, last in damage.stretches]
    more = f" and {len(told) - STRETCHES_SHOWN} more stretches" if len(told) > STRETCHES_SHOWN else ""
    return f"rows {', '.join(told[:STRETCHES_SHOWN])}{more}"
