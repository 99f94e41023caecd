"""Cases of hospital-periods counted and summed by the engine, whole and below a boundary: exact at any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.panel.case_words import CaseOutcome, case_integer
from dipeval.schema.functions import int64_of_sum

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

KEYS = ["city", "hospital", "period"]


@dataclass(frozen=True)
class CaseSums:
    """Cases and sum of their outcome by hospital-period (P) and stratum (S), shape (P, S)."""

    cases: np.ndarray
    total: np.ndarray


@dataclass(frozen=True)
class CaseTable:
    """Cases of a study, known by hospital-period and stratum, with their outcome as an integer.

    Attributes
    ----------
    engine : TableEngine
    table : ibis table
        ``row`` (hospital-period), ``stratum``, ``v``: the outcome as an integer.
    outcome : CaseOutcome
    shape : (int, int)
        P and S.
    """

    engine: TableEngine
    table: ir.Table
    outcome: CaseOutcome
    shape: tuple[int, int]

    def scaled(self, total: np.ndarray, cases: np.ndarray) -> np.ndarray:
        """Sums of integers as sums of the outcome."""
        return total * self.outcome.scale + cases * self.outcome.shift

    def sums(self) -> CaseSums:
        """Of all cases; one grouping."""
        table = self.table
        found = self.engine.to_frame(
            table.group_by(["row", "stratum"]).agg(n=table.count(), s=int64_of_sum(table.v.sum())),
            ["row", "stratum"],
        )
        cases, total = (self._placed(found, name) for name in ("n", "s"))
        return CaseSums(cases, self.scaled(total, cases))

    def boundaries(self, group: np.ndarray, ranks: pd.DataFrame) -> pd.DataFrame:
        """The value that stands at a rank of a group.

        Parameters
        ----------
        group : numpy.ndarray, shape (P,), int
            Group of each hospital-period, -1 for none.
        ranks : pandas.DataFrame
            ``group``, ``stratum`` and ``low``, ``high``: how many cases are to lie up to the boundary, fractions allowed.

        Returns
        -------
        pandas.DataFrame
            `ranks` with ``v_low`` and ``v_high``, integers: the least value that so many cases reach.

        Notes
        -----
        Cases are counted by value, the counts added up in order, and two values found of each group: one sort of the
        distinct values, nothing of which leaves the engine.
        """
        import ibis

        counted = self._grouped(group)
        counted = counted.group_by(["group", "stratum", "v"]).agg(n=counted.count())
        up_to = ibis.window(group_by=["group", "stratum"], order_by="v", preceding=None, following=0)
        reached = counted.mutate(upto=counted.n.sum().over(up_to).cast("int64"))
        asked = self.engine.small_table(ranks[["group", "stratum", "low", "high"]])
        joined = reached.inner_join(asked, ["group", "stratum"])
        found = joined.group_by(["group", "stratum"]).agg(
            v_low=ibis.cases((joined.upto >= joined.low, joined.v), else_=None).min(),
            v_high=ibis.cases((joined.upto >= joined.high, joined.v), else_=None).min(),
        )
        return ranks.merge(self.engine.to_frame(found, ["group", "stratum"]), on=["group", "stratum"])

    def below(self, group: np.ndarray, boundaries: pd.DataFrame) -> tuple[CaseSums, CaseSums]:
        """Cases strictly below ``v_low``, and those strictly above ``v_high``; one grouping."""
        import ibis

        asked = self.engine.small_table(boundaries[["group", "stratum", "v_low", "v_high"]])
        joined = self._grouped(group).inner_join(asked, ["group", "stratum"])
        parts = {"low": joined.v < joined.v_low, "high": joined.v > joined.v_high}
        made = {}
        for name, inside in parts.items():
            value = ibis.cases((inside, joined.v), else_=None)
            made |= {f"n_{name}": value.count(), f"s_{name}": int64_of_sum(value.sum().fill_null(0))}
        found = self.engine.to_frame(joined.group_by(["row", "stratum"]).agg(**made), ["row", "stratum"])
        sides = []
        for name in parts:
            cases, total = self._placed(found, f"n_{name}"), self._placed(found, f"s_{name}")
            sides.append(CaseSums(cases, self.scaled(total, cases)))
        return sides[0], sides[1]

    def _grouped(self, group: np.ndarray) -> ir.Table:
        """The cases of hospital-periods with a group."""
        inside = np.flatnonzero(group >= 0)
        places = self.engine.small_table(
            pd.DataFrame({"row": inside, "group": group[inside].astype(np.int64)})
        )
        return self.table.inner_join(places, "row").select("row", "group", "stratum", "v")

    def _placed(self, found: pd.DataFrame, name: str) -> np.ndarray:
        made = np.zeros(self.shape)
        made[found["row"].to_numpy(int), found["stratum"].to_numpy(int)] = found[name].to_numpy(float)
        return made


def case_table(
    engine: TableEngine,
    cases: ir.Table,
    frame: pd.DataFrame,
    outcome: CaseOutcome,
    by: str = "",
    levels: Sequence[str] = (),
) -> CaseTable:
    """Give the cases of a panel's hospital-periods their row, their stratum and their outcome.

    Parameters
    ----------
    cases : ibis table
        With ``city``, ``hospital``, ``period`` and the columns of outcome and strata.
    frame : pandas.DataFrame, shape (P, …)
        Hospital-periods; cases of others are left out.
    outcome : CaseOutcome
        Cases without one (no logarithm of zero) are left out.
    by : str
        Text column of the strata; empty for one stratum.
    levels : sequence of str
        Of the strata.
    """
    import ibis

    rows = frame[KEYS].astype("str").reset_index(drop=True).assign(row=np.arange(len(frame)))
    value = case_integer(cases, outcome)
    place = (
        ibis.literal(0)
        if not by
        else cases[by].cases(*((word, k) for k, word in enumerate(levels)), else_=-1)
    )
    known = cases.select(*KEYS, v=value, stratum=place.cast("int64"))
    known = known.filter(known.v.notnull() & (known.stratum >= 0))
    joined = known.inner_join(engine.small_table(rows), KEYS).select("row", "stratum", "v")
    return CaseTable(engine, engine.stage(joined), outcome, (len(frame), max(1, len(levels))))
