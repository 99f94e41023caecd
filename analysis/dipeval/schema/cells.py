"""Cells of text → typed values, as lazy expressions: a quick reading, and a careful one for the rest.

Nearly every cell of a file is written plainly, so each kind has a *quick* reading that costs a few
nanoseconds and either yields the exact value or NULL. Only cells that the quick reading left NULL
are folded (NFKC), stripped of thousands separators and the like, and read again. Amounts are read
as decimals, never as floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .text import WHITE_SPACE, may_change, normalised_cell

if TYPE_CHECKING:
    import ibis.expr.types as ir

DIGITS = 15
"""Digits of an amount in its raw unit, so that in minor units it fits an int64."""
FLAGS = {"0": 0, "1": 1, "否": 0, "是": 1, "no": 0, "yes": 1, "false": 0, "true": 1, "FALSE": 0, "TRUE": 1}
ISO_DATE = "%Y-%m-%d"
CLOCK = r"[T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$"
GROUPED = r"^-?\d{1,3}(,\d{3})+(\.\d+)?$"


def folded(cell: ir.StringValue) -> ir.StringValue:
    """The cell under NFKC and trimmed; plain ASCII cells are only trimmed."""
    import ibis

    from .functions import byte_length, nfkc, trim

    odd = (byte_length(cell) != cell.length()) & cell.re_search(may_change())
    return trim(ibis.ifelse(odd, nfkc(cell), cell), WHITE_SPACE)


def is_empty(cell: ir.StringValue, tokens: tuple[str, ...]) -> ir.BooleanValue:
    """Whether the cell is NULL or one of the tokens that mean: nothing was written."""
    import ibis

    words = sorted({*tokens, ""})
    return ibis.cases(
        (cell.isnull() | cell.isin(words), True),
        else_=folded(cell).isin(sorted({normalised_cell(w) for w in words})),
    )


def quick_decimal(cell: ir.StringValue, places: int) -> ir.IntegerValue:
    """A plain decimal with at most `places` digits after the point, times 10^`places`, exactly.

    Anything else is NULL: text, more digits than the unit has, exponents (a spreadsheet writes
    ``1.2E+05`` when it has already thrown digits away).

    Parameters
    ----------
    places : int
        Digits after the point that one raw unit has minor units for: 2 for yuan, 6 for 万元.
    """
    import ibis

    from .functions import byte_length, position

    point = position(cell, ".")
    scaled = (cell.try_cast(f"decimal({DIGITS}, {places})") * 10**places).cast("int64")
    exact = (point > 0) & (point >= byte_length(cell) - places)
    whole = (point == 0) & ~cell.contains("e") & ~cell.contains("E")
    return ibis.cases((exact, scaled), (whole, scaled))


def plain_decimal(cell: ir.StringValue, money: bool) -> ir.StringValue:
    """The cell without what people write around digits: currency signs, grouping commas, final zeros.

    Commas go only where they group digits by three: ``12,5`` stays as it is, and is then no number.
    """
    import ibis

    text = folded(cell)
    if money:
        text = text.re_replace(r"^(-?)\s*[¥$]\s*(-?)", r"\1\2")
    text = ibis.ifelse(text.re_search(GROUPED), text.replace(",", ""), text)
    return text.re_replace(r"^(-?\d+\.\d*?)0+$", r"\1").re_replace(r"\.$", "")


def quick_number(cell: ir.StringValue) -> ir.FloatingValue:
    """A finite float64, or NULL."""
    import ibis

    number = cell.try_cast("float64")
    return ibis.ifelse(number.isnan() | number.isinf(), None, number)


def quick_date(cell: ir.StringValue, form: str) -> ir.DateValue:
    """A date in its declared form; impossible dates (20240230) are NULL."""
    import ibis

    from .functions import byte_length, try_parse_time

    if form == ISO_DATE:
        return ibis.ifelse(byte_length(cell) == 10, cell.try_cast("date"), None)
    # The engine reads words such as 'epoch' and 'infinity' as times; a date starts with a digit.
    return ibis.ifelse((cell >= "0") & (cell < ":"), try_parse_time(cell, form).date(), None)


def careful_date(cell: ir.StringValue, form: str) -> ir.DateValue:
    """A date with a time of day behind it, in full-width digits, or in ISO form as spreadsheets keep it."""
    import ibis

    from .functions import try_parse_time

    text = folded(cell).re_replace(CLOCK, "")
    found = [try_parse_time(text, f).date() for f in dict.fromkeys((form, ISO_DATE, "%Y/%m/%d"))]
    return ibis.ifelse((text >= "0") & (text < ":"), ibis.coalesce(*found), None)


def quick_word(cell: ir.StringValue, words: Mapping[str, object]) -> ir.Value:
    """What a code stands for; NULL when it is not in the list."""
    return cell.cases(*sorted(words.items()))


def careful_word(cell: ir.StringValue, words: Mapping[str, object]) -> ir.Value:
    """As `quick_word`, after folding both sides."""
    return folded(cell).cases(*sorted({normalised_cell(code): word for code, word in words.items()}.items()))


def quick_period(cell: ir.StringValue, form: str) -> ir.StringValue:
    """A period label; with a form (``%Y%m``) its month."""
    import ibis

    from .functions import try_parse_time

    if form:
        return try_parse_time(cell, form).strftime("%Y-%m")
    return ibis.ifelse(cell.re_search(r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?$"), cell, None)


def careful_period(cell: ir.StringValue, form: str) -> ir.StringValue:
    """As `quick_period`, after folding."""
    return quick_period(folded(cell), form)
