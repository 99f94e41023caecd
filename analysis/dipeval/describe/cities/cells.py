"""The cases behind each row of a comparison of cities: which cells they are, and how they add up.

Rows behind which all discharges of a city and span stand share one cell, whatever the indicator. An
indicator that some rows lack has cells of its own. A share of cases (mortality) gives away how many have
the property and how many do not, so both are cells too, and the share is derived from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cities.indicator import Indicator
from dipeval.describe.cities.placement import ALL, Placement
from dipeval.describe.cities.spans import Spans
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum, sums_over

ALL_LABELS = ("All together", "全部合计")
TABLE = "cities"
PLACED = ["place", "span"]


@dataclass(frozen=True)
class Cells:
    """What the gate must know of a comparison.

    Attributes
    ----------
    of_rows : list of pandas.DataFrame
        For each indicator ``count``, ``largest_share`` and ``cell`` of each group.
    behind : Exhibit
        Cells of shares of cases: they are shown nowhere but can be computed from what is.
    sums : tuple of Sum
    derived : tuple of Derived
    """

    of_rows: list[pd.DataFrame]
    behind: Exhibit
    sums: tuple[Sum, ...]
    derived: tuple[Derived, ...]


def cells_of(
    discharges: np.ndarray,
    indicators: Sequence[tuple[Indicator, Placement]],
    spans: Spans,
    labels: Mapping[str, tuple[str, str]],
) -> Cells:
    """Count the cases behind every row and name its cell.

    Parameters
    ----------
    discharges : numpy.ndarray, shape (n,)
    indicators : sequence of (Indicator, Placement)
        Each with the places and spans that it is shown for.
    labels : mapping of str to (str, str)
        Of the places.

    Returns
    -------
    Cells
        Cost O(kinds of cells × rows).
    """
    found: dict[str, tuple[Placement, pd.DataFrame]] = {}
    of_rows, hidden, derived = [], [], []
    tables: dict[bytes, str] = {discharges.tobytes(): TABLE}
    for one, placement in indicators:
        cases = np.nan_to_num(one.cases)
        table = tables.setdefault(cases.tobytes(), f"{TABLE}/known={one.name}")
        mine = _counted(cases, placement, table)
        if table not in found or len(found[table][1]) < len(mine):
            found[table] = placement, mine
        if one.of_cases:
            parts = _with_and_without(one, placement)
            found |= {name: (placement, part) for name, part in parts.items()}
            hidden += [_labelled(part, placement, labels) for part in parts.values()]
            mine, more = _derived(mine, list(parts.values()), one.name, placement)
            derived += more
        of_rows.append(mine)
    sums = tuple(
        s for table, (placement, counts) in found.items() for s in _sums(placement, spans, table, counts)
    )
    return Cells(of_rows, _behind(hidden), sums, tuple(derived))


def _sums(placement: Placement, spans: Spans, table: str, counts: pd.DataFrame) -> tuple[Sum, ...]:
    """All places make up `ALL`, and parts of a span make up the span; groups without a case are no part."""
    frame = pd.DataFrame({"place": placement.places, "span": placement.spans})[counts["count"] > 0]
    return sums_over(frame, PLACED, {"place": ALL, "span": spans.within}, table)


def _with_and_without(one: Indicator, placement: Placement) -> dict[str, pd.DataFrame]:
    """Cases that have the property, and cases that have not."""
    names = (f"{TABLE}/with={one.name}", f"{TABLE}/without={one.name}")
    cases = (one.numerator, one.denominator - one.numerator)
    return {n: _counted(np.nan_to_num(c), placement, n) for n, c in zip(names, cases, strict=True)}


def _counted(cases: np.ndarray, placement: Placement, table: str) -> pd.DataFrame:
    """Cases in each group, the largest hospital's share of them, and the cell's name."""
    by_hospital = placement.by_hospital(cases)
    total = placement.by_group(by_hospital)
    share = np.divide(placement.largest(by_hospital), total, out=np.full(len(total), np.nan), where=total > 0)
    return pd.DataFrame({"count": total, "largest_share": share, "cell": _names(placement, table)})


def _names(placement: Placement, table: str) -> list[str]:
    return [f"{table}/place={p}/span={s}" for p, s in zip(placement.places, placement.spans, strict=True)]


def _derived(
    mine: pd.DataFrame, parts: Sequence[pd.DataFrame], name: str, placement: Placement
) -> tuple[pd.DataFrame, list[Derived]]:
    """A share's own cell, which is held back with any that it is made of."""
    own = _names(placement, f"{TABLE}/share={name}")
    of = zip(mine["cell"], *(part["cell"] for part in parts), strict=True)
    return mine.assign(cell=own), [Derived(cell, cells) for cell, cells in zip(own, of, strict=True)]


def _labelled(
    part: pd.DataFrame, placement: Placement, labels: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    en, zh = ([labels[place][i] for place in placement.places] for i in (0, 1))
    return part.assign(value=part["count"], label_en=en, label_zh=zh)


def _behind(hidden: Sequence[pd.DataFrame]) -> Exhibit:
    """The cells that are shown nowhere, as an exhibit for the gate alone."""
    kinds = dict.fromkeys(("count", "largest_share", "value"), "float64")
    kinds |= dict.fromkeys(("cell", "label_en", "label_zh"), "str")
    none = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
    frame = pd.concat(hidden, ignore_index=True) if hidden else none
    return Exhibit(f"{TABLE}_behind", "cells", "Cells behind shares", "比例背后的单元格", frame)
