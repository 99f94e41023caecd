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
    "text": "a code in scientific notation: a spreadsheet has thrown digits away",
}


@dataclass(frozen=True)
class Reading:
    """How one kind of cell is read.

    Attributes
    ----------
    quick : callable
        From the text of a cell to its value; NULL when it is not written plainly.
    plain : callable
        From the text of a cell that `quick` could not read to plainer text.
    careful : callable
        From that plainer text to the value; NULL when the cell cannot be read.
    """

    quick: Reader
    plain: Reader
    careful: Reader


def reading_of(column: Column, rule: ColumnRule, codes: Mapping[str, str], places: int) -> Reading:
    """Choose the reading of a column that is not plain text.

    Parameters
    ----------
    codes : mapping of str to str
        Raw code to word of the vocabulary; empty when the file already holds these words.
    places : int
        Digits after the point of money in its raw unit.
    """
    from .functions import folded, minor_units, plain_decimal

    kind = column.kind
    if column.values:
        return _words(codes or {value: value for value in column.values})
    if kind == "flag":
        words = _words({code: cells.FLAGS[word] for code, word in codes.items()} or cells.FLAGS)
        return Reading(
            lambda c: words.quick(c).cast("int64"), words.plain, lambda c: words.careful(c).cast("int64")
        )
    if kind in ("money", "count", "days"):
        whole = minor_units(places if kind == "money" else 0)
        return Reading(whole, plain_decimal, whole)
    if rule.date_format == cells.DURATION:
        return Reading(cells.quick_duration, folded, cells.quick_duration)
    if kind == "number":
        return Reading(cells.quick_number, plain_decimal, cells.quick_number)
    form = rule.date_format
    if kind == "date":
        form = form or cells.ISO_DATE
        return Reading(
            lambda c: cells.quick_date(c, form), cells.plain_date, lambda c: cells.careful_date(c, form)
        )
    if kind == "period":
        return Reading(lambda c: cells.quick_period(c, form), folded, lambda c: cells.careful_period(c, form))
    raise ValueError(f"{column.name}: {kind} is plain text and needs no reading")


def _words(words: Mapping[str, object]) -> Reading:
    from .functions import folded

    after = cells.folded_words(words)
    return Reading(lambda c: cells.quick_word(c, words), folded, lambda c: cells.quick_word(c, after))
