"""How a column of the vocabulary is read from one cell: which quick and which careful reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..study.model import ColumnRule
from ..vocabulary import Column
from . import cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    Reader = Callable[[ir.StringValue], ir.Value]

MESSAGES = {
    "money": "text in an amount of money",
    "count": "text in a whole number",
    "days": "text in a whole number",
    "flag": "neither yes nor no (0 or 1)",
    "number": "text in a number",
    "date": "no date, or an impossible one",
    "period": "no period",
    "code": "unknown code",
}


@dataclass(frozen=True)
class Reading:
    """The two readings of one kind of cell.

    Attributes
    ----------
    quick, careful : callable
        From a text expression to a typed one; NULL when the cell cannot be read this way.
    """

    quick: Reader
    careful: Reader


def reading_of(column: Column, rule: ColumnRule, codes: Mapping[str, str], places: int) -> Reading:
    """Choose the readings of a column.

    Parameters
    ----------
    codes : mapping of str to str
        Raw code to word of the vocabulary; empty when the file already holds these words.
    places : int
        Digits after the point of money in its raw unit.
    """
    kind = column.kind
    if column.values:
        words = codes or {value: value for value in column.values}
        return Reading(lambda c: cells.quick_word(c, words), lambda c: cells.careful_word(c, words))
    if kind == "flag":
        return Reading(
            lambda c: cells.quick_word(c, cells.FLAGS), lambda c: cells.careful_word(c, cells.FLAGS)
        )
    if kind in ("money", "count", "days"):
        scale = places if kind == "money" else 0
        return Reading(
            lambda c: cells.quick_decimal(c, scale),
            lambda c: cells.quick_decimal(cells.plain_decimal(c, kind == "money"), scale),
        )
    if kind == "number":
        return Reading(cells.quick_number, lambda c: cells.quick_number(cells.plain_decimal(c, False)))
    if kind == "date":
        form = rule.date_format or cells.ISO_DATE
        return Reading(lambda c: cells.quick_date(c, form), lambda c: cells.careful_date(c, form))
    if kind == "period":
        return Reading(
            lambda c: cells.quick_period(c, rule.date_format),
            lambda c: cells.careful_period(c, rule.date_format),
        )
    return Reading(cells.folded, cells.folded)
