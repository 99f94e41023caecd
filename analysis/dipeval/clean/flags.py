"""Which rules mark a row, in one column: a bit a rule, so that a marked stay can be found and left out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from .registry import marking_rules
from .rule import FIX, FLAG, Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .judge import Judged

FLAGS = "flags"
FIRST_OF_A_FORMAT = 48
"""Bits from here on belong to the identities that a format declares; below stand the package's own rules."""
MOST = 63
"""Bits of an int64 without its sign."""


def flag_bits(used: Iterable[Rule]) -> dict[str, int]:
    """The bit (1, 2, 4 …) of each marking rule; the package's own rules have the same bit in all cities.

    Parameters
    ----------
    used : iterable of Rule
        Those of a city, in order.

    Raises
    ------
    ValueError
        When there are more rules than bits: a mistake of the code or of a format.
    """
    own = marking_rules()
    places = {name: k for k, name in enumerate(own)}
    marking = [rule.name for rule in used if rule.action in (FIX, FLAG)]
    theirs = [name for name in marking if name not in places]
    places |= {name: FIRST_OF_A_FORMAT + k for k, name in enumerate(theirs)}
    if len(own) > FIRST_OF_A_FORMAT or FIRST_OF_A_FORMAT + len(theirs) > MOST:
        raise ValueError(f"more marking rules than bits: {len(own)} and {len(theirs)}")
    return {name: 1 << places[name] for name in marking}


def flags_of(judged: Judged) -> ir.IntegerValue:
    """The sum of the bits of the rules that mark a row: int64, 0 for a row that none marks."""
    import ibis

    bits = flag_bits(judged.rules)
    # Cast first: an engine gives the product of two small literals a small type.
    hits = [mark.fill_null(False).cast("int64") * bits[name] for name, mark in judged.marks.items()]
    return reduce(lambda a, b: a + b, hits) if hits else ibis.literal(0).cast("int64")
