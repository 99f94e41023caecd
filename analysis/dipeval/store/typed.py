"""Raw text → typed columns of the vocabulary, or one error that lists every cell that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ledger import Ledger
from ..study.model import City, Source

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .engine import Engine
    from .raw import RawTable


@dataclass(frozen=True)
class TypedTable:
    """Raw rows with the columns of the vocabulary, typed; total rows are marked, not yet removed.

    Attributes
    ----------
    table : ibis table
        ``source_file``, ``source_row``, ``is_total_row`` and one column per column of the source:
        money int64 minor units, count, days and flag int64, number float64, date, text; coded
        columns hold the words of the vocabulary. Missing is NULL.
    ledger : Ledger
        What was mended on the way (thousands separators, full-width digits …), by rule.
    """

    table: ir.Table
    ledger: Ledger


def read_typed(engine: Engine, city: City, source: Source, raw: RawTable) -> TypedTable:
    """Type the raw rows of a city, for discharges and for panel sources alike.

    Raises
    ------
    DataError
        With all problems: text in a number, an impossible date, an unknown code, an amount that is
        no whole number of minor units, a total row where the source declares none, a correction
        whose `expect` is not met.
    """
    raise NotImplementedError
