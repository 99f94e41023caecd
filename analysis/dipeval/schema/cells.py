"""Cells of text → typed values, as lazy expressions: a quick reading, and a careful one for the rest.

Nearly every cell of a file is written plainly, so each kind has a *quick* reading that costs a few
nanoseconds and either yields the exact value or NULL. Only cells that the quick reading left NULL
are made plain (NFKC, no thousands separators and the like) and read again. Amounts are read as
decimals, never as floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .text import normalised_cell

if TYPE_CHECKING:
    import ibis.expr.types as ir

FLAGS = {"0": 0, "1": 1, "否": 0, "是": 1, "no": 0, "yes": 1, "false": 0, "true": 1, "FALSE": 0, "TRUE": 1}
ISO_DATE = "%Y-%m-%d"
OTHER_DATES = ("%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
MONTHS = ("%Y-%m", "%Y%m", "%Y/%m", "%Y.%m", "%Y年%m月")
DURATION = "days/hours/minutes"
"""How settlement lists write a duration: 1/13/24."""
CLOCK = r"[T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\z"


def quick_number(cell: ir.StringValue) -> ir.FloatingValue:
    """A finite float64, or NULL."""
    from .functions import finite_number

    return finite_number(cell)


def quick_date(cell: ir.StringValue, form: str) -> ir.DateValue:
    """A date in its declared form; impossible dates (20240230) are NULL."""
    from .functions import iso_day, parsed_day

    return iso_day(cell) if form == ISO_DATE else parsed_day(cell, form)


def plain_date(cell: ir.StringValue) -> ir.StringValue:
    """The cell folded, without the time of day behind the date."""
    from .functions import folded

    return folded(cell).re_replace(CLOCK, "")


def careful_date(text: ir.StringValue, form: str) -> ir.DateValue:
    """A date in its declared form, or in one that begins with the year and so can mean nothing else."""
    import ibis

    from .functions import parsed_day

    forms = (form, ISO_DATE, "%Y/%m/%d", *(OTHER_DATES if form.startswith("%Y") else ()))
    return ibis.coalesce(*[parsed_day(text, f) for f in dict.fromkeys(forms)])


def quick_word(cell: ir.StringValue, words: Mapping[str, object]) -> ir.Value:
    """What a code stands for; NULL when it is not in the list."""
    return cell.cases(*sorted(words.items()))


def folded_words(words: Mapping[str, object]) -> dict[str, object]:
    """The same list with its codes as they look after folding."""
    return {normalised_cell(code): word for code, word in words.items()}


def quick_period(cell: ir.StringValue, form: str) -> ir.StringValue:
    """A period label; with a form (``%Y%m``) its month."""
    import ibis

    from .functions import parsed_day

    if form:
        return parsed_day(cell, form).strftime("%Y-%m")
    return ibis.ifelse(cell.re_search(r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?\z"), cell, None)


def careful_period(text: ir.StringValue, form: str) -> ir.StringValue:
    """A period label; where months are declared, a month in any form that begins with the year."""
    import ibis

    if "%m" not in form:
        return quick_period(text, form)
    return ibis.coalesce(*[quick_period(text, f) for f in dict.fromkeys((form, *MONTHS))])


def quick_duration(cell: ir.StringValue) -> ir.FloatingValue:
    """Hours of a duration written as days, hours and minutes; a plain number is hours."""
    import ibis

    pattern = r"^(\d{1,5})/(\d{1,5})/(\d{1,5})\z"
    days, hours, minutes = (cell.re_extract(pattern, k).try_cast("float64") for k in (1, 2, 3))
    return ibis.coalesce(days * 24 + hours + minutes / 60, quick_number(cell))


def is_scientific(text: ir.StringValue) -> ir.BooleanValue:
    """Whether a code was made a number by a spreadsheet that has thrown digits away: ``4.70E+01``."""
    import ibis

    marked = text.contains("E+") | text.contains("e+")
    return ibis.ifelse(marked, text.re_search(r"^-?\d+(\.\d+)?[Ee]\+\d+\z"), False).fill_null(False)
