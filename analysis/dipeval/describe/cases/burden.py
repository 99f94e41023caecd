"""What groups of cases cost the fund: cases, amounts, shares of both, ratios with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.rate_table import RateTable, rate_tables
from dipeval.describe.cases.ratio_outcome import RatioOutcome
from dipeval.describe.cases.tally import HOLDERS, gathered, tallied, with_margins
from dipeval.panel.aggregation import MICRO, integer_value
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine


@dataclass(frozen=True)
class Burden:
    """Sums by the levels of some columns, with margins.

    Attributes
    ----------
    by : tuple of str
        Columns; `tally.ALL` in margins.
    frame : pandas.DataFrame
        Indexed by `by`: ``n``, ``known`` (cases with an amount), ``amount`` (smallest units), ``count`` and
        ``largest_share`` of the cases, ``known_share`` of those with an amount.
    rates : tuple of RateTable
    scale : float
        Of the amount, to major units.
    """

    by: tuple[str, ...]
    frame: pd.DataFrame
    rates: tuple[RateTable, ...]
    scale: float

    @property
    def misses_amounts(self) -> bool:
        """Whether the amount of some case is not known."""
        return bool((self.frame["known"] < self.frame["n"]).any())

    def row(self, levels: Sequence[str]) -> Mapping[str, object]:
        """Sums of a place; zeros where it has no case."""
        key = tuple(levels) if len(self.by) > 1 else levels[0]
        if key not in self.frame.index:
            return {
                "n": 0,
                "known": 0,
                "amount": 0,
                "largest_share": float("nan"),
                "known_share": float("nan"),
            }
        return dict(self.frame.loc[key])


def burden(
    engine: TableEngine,
    cases: ir.Table,
    by: Sequence[str],
    amount: str,
    ratios: Sequence[RatioOutcome] = (),
    *,
    level: float = 0.95,
    minor_per_unit: int = 100,
) -> Burden:
    """Add up an amount by every combination of levels, and in all margins.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
        With the columns `by`, ``city``, ``hospital``, the amount and what the ratios are made of.
    by : sequence of str
    amount : str
    ratios : sequence of RatioOutcome
    level : float
        Of the intervals of the ratios.

    Notes
    -----
    Cost: one pass, two more with ratios.
    """
    money = integer_value(cases, columns()[amount])
    own = cases.select(*by, *HOLDERS, amount_=money)
    sums = {"amount": own.amount_, "known": own.amount_.notnull().cast("int64")}
    tally = with_margins(tallied(engine, own, by, sums), by)
    frame = gathered(tally, by)
    frame["known_share"] = gathered(tally, by, "known")["largest_share"]
    rates = rate_tables(engine, cases, by, ratios, level=level) if ratios else []
    scale = {"money": 1 / minor_per_unit, "number": 1 / MICRO}.get(columns()[amount].kind, 1.0)
    return Burden(tuple(by), frame, tuple(rates), scale)
