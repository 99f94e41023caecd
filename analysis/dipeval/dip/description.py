"""Shares of cases by any column: loss-making cases, low-ratio cases, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class Composition:
    """Cases by group, the most frequent first.

    Attributes
    ----------
    frame : pandas.DataFrame
        `by`, ``cases``, ``share``, ``cumulative_share`` (a Pareto table). Groups of equal size are in the
        order of their names.
    """

    by: tuple[str, ...]
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def composition(engine: TableEngine, cases: ir.Table, by: Sequence[str]) -> Composition:
    """Count cases by columns: filter the table first to the cases that are meant (losses, low ratios …).

    Cost: one pass.
    """
    frame = engine.to_frame(cases.group_by(*by).agg(cases=cases.count()), order_by=list(by))
    frame = frame.sort_values("cases", ascending=False, kind="stable", ignore_index=True)
    share = frame["cases"] / frame["cases"].sum()
    return Composition(tuple(by), frame.assign(share=share, cumulative_share=share.cumsum()))


def binned(column: ir.NumericValue, edges: Sequence[float], unit: str = "") -> ir.StringValue:
    """Label the interval that a value lies in: below the first edge, [a, b), …, from the last edge on.

    Parameters
    ----------
    edges : sequence of float
        Rising; in the unit of the column.
    unit : str
        Written behind the numbers.
    """
    import ibis

    shown = [f"{edge:g}{unit}" for edge in edges]
    held = [(column < edges[0], f"< {shown[0]}")]
    pairs = zip(edges[1:], shown, shown[1:], strict=False)
    held += [(column < edge, f"{before} to < {after}") for edge, before, after in pairs]
    return ibis.cases((column.isnull(), None), *held, else_=f"{shown[-1]} and more")
