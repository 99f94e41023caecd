"""Functions that Ibis has no word for; every engine brings them under the same names, to the same bit.

Imports Ibis at once, so the rest of the package imports this module only inside functions.
"""

from __future__ import annotations

import datetime
from functools import cache

import ibis
import ibis.expr.types as ir


@ibis.udf.scalar.builtin(name="dipeval_iso_day")
def iso_day(text: str) -> datetime.date:
    """A day in ISO form and ten characters; NULL when the text is no such day, or no day at all."""


@ibis.udf.scalar.builtin(name="dipeval_parsed_day")
def parsed_day(text: str, form: str) -> datetime.date:
    """A day by its ``strptime`` form, blanks around it allowed; NULL when the text is no such day."""


@ibis.udf.scalar.builtin(name="dipeval_finite_number")
def finite_number(text: str) -> float:
    """A number with or without exponent; NULL for other text, for NaN and for infinity."""


@ibis.udf.scalar.builtin(name="dipeval_float_text")
def float_text(number: float) -> str:
    """The shortest digits that are the same float, without exponent below 10^15 and without final zeros."""


@ibis.udf.agg.builtin(name="bit_or")
def any_bits(mask: int) -> int:
    """Bits that are set in any row."""


@ibis.udf.scalar.builtin(name="dipeval_folded")
def folded(text: str) -> str:
    """The text under NFKC and trimmed, quick where nothing changes; an engine brings it under this name."""


@ibis.udf.scalar.builtin(name="dipeval_plain_decimal")
def plain_decimal(text: str) -> str:
    """A number without what people write around its digits; an engine brings it under this name.

    Folded, without currency sign, grouping commas and final zeros. Commas go only where they group
    digits by three: ``12,5`` stays as it is, and is then no number.
    """


@ibis.udf.scalar.builtin(name="dipeval_told_parts")
def told_parts(text: str, separator: str, nothing: str) -> str:
    """The parts of a text between separators, trimmed, without those that match `nothing`.

    An engine brings it under this name, so that the text, a large expression, is written down once. A text of
    one part may come back as it is.
    """


@ibis.udf.scalar.builtin(name="dipeval_keyed_hash")
def keyed_hash(text: str) -> str:
    """HMAC-SHA256 of a text with the user's key, 32 hexadecimal digits, after a to z became A to Z.

    Brought by an engine that was given a key, and by no other; `store.record_key.RecordKey.hash` says
    the same in Python.
    """


@ibis.udf.scalar.builtin(name="dipeval_plain_hash")
def plain_hash(text: str) -> int:
    """63 bits or more of a hash after a to z became A to Z; engines differ in it, so it leaves none."""


@cache
def minor_units(places: int):
    """The function of an engine that reads a plain decimal times 10^`places`, exactly; else NULL.

    NULL is whatever is not plain: text, more than `places` digits behind the point, exponents (a
    spreadsheet writes ``1.2E+05`` when it has already thrown digits away). Brought by an engine as
    ``dipeval_minor_<places>``, so that a column of money costs one word in a query.
    """

    def read(text: str) -> int:
        """Digits and a point."""

    return ibis.udf.scalar.builtin(name=f"dipeval_minor_{places}")(read)


def int64_of_sum(total: ir.IntegerValue) -> ir.IntegerValue:
    """A sum of integers as int64; engines sum into wider types, which pandas would read as floats.

    Ibis believes that a sum is an int64 already and would drop a plain cast.
    """
    return total.cast("decimal(38, 0)").cast("int64")


def bit(mask: ir.IntegerValue, position: int) -> ir.IntegerValue:
    """0 or 1; not by division, which some engines do in floats."""
    return (mask >> position) & 1


@ibis.udf.scalar.builtin(name="dipeval_rounded_share")
def rounded_share(number: int, factor: int, divisor: int) -> int:
    """`number` · `factor` / `divisor` rounded half up, exactly, also where the product exceeds an int64.

    None of them is negative; NULL where one is. An engine brings it under this name: Ibis itself writes the
    division of integers as one of floats, which is off by one beyond 2^53.
    """
