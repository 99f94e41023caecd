"""Bounds on the effect on cases that are admitted with and without the reform, by cohort and stratum.

Lee (2009) where the selection is admission: who is not admitted has no cost. Of cohort g, before and from its reform,
beside hospitals never treated in the window: were the number of cases to have grown as it did there, the treated would
have had ``N10 N01 / N00`` cases after (first index treated, second after). With r the number they had over it,

- r > 1: the reform brought cases in. The share 1 - 1/r of the treated cases after is trimmed, at the highest or at the
  lowest values.
- r < 1: the reform kept cases out. The share 1 - r of what the cases would have been without it is trimmed: of the
  treated cases before, moved by the mean change of the others.

Monotonicity: within a stratum the reform moves admissions one way only. Strata (type of disease, age, level) may differ
in their direction, as in the generalized Lee bounds of Semenova (2025); narrower strata tighten the bounds where they tell costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.selection.case_sums import CaseSums, CaseTable
from dipeval.check.selection.hospital_bounds import Bounds
from dipeval.check.selection.one_cell import Cell, Selection, average, average_gap, difference
from dipeval.check.selection.trimming import ROUNDING, Mean, Tail, plain_mean, trimmed_mean
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem

SIDES = ("treated_after", "treated_before", "compared_after", "compared_before")
LEAST = 2
"""Cases that each of the four groups must have in a stratum."""


@dataclass(frozen=True)
class _Moments:
    """Cases and sums of a cohort and stratum by cluster: (4, G) each, in the order of `SIDES`."""

    cases: np.ndarray
    total: np.ndarray

    def selection(self) -> Selection:
        """Growth of cases among the treated over that of the others."""
        whole = self.cases.sum(axis=1)
        ratio = whole[0] * whole[3] / (whole[1] * whole[2])
        signs = np.array([1.0, -1.0, -1.0, 1.0])
        return Selection(float(ratio), 1.0, (signs / whole) @ self.cases)


def cohort_sides(design: PanelDesign) -> tuple[np.ndarray, np.ndarray]:
    """Which of `SIDES` each hospital-period of the frame is, by cohort.

    Returns
    -------
    sides : numpy.ndarray, shape (C, P), int
        -1 for none. Hospitals are compared with that are never treated in the window, or where there are none with
        those treated last, in the periods before they are.
    starts : numpy.ndarray, shape (C,)
        First treated period of the cohorts.
    """
    first, time = design.layout.spread(design.first_treated), design.time
    never = first >= design.n_periods
    end = design.n_periods
    if not never.any():
        end = int(first.max())
        never = first == first.max()
    starts = np.unique(first[(first > 0) & (first < end)])
    sides = np.full((len(starts), design.n_rows_in), -1)
    for k, start in enumerate(starts):
        mine = first == start
        side = np.where(mine, 0, 2) + (time < start)
        sides[k, design.rows] = np.where((mine | never) & (time < end), side, -1)
    return sides, starts


def case_bounds(design: PanelDesign, table: CaseTable) -> tuple[Bounds, np.ndarray]:
    """Bounds over all cohorts and strata.

    Parameters
    ----------
    design : PanelDesign
        On the hospital-periods of the table, in their order.
    table : CaseTable

    Returns
    -------
    bounds : Bounds
    ratio : numpy.ndarray, shape (S,)
        Cases that the treated had over those that they would have had, by stratum; NaN where none could be compared.

    Raises
    ------
    DesignError
        No cohort and stratum with cases in all four groups.

    Notes
    -----
    Two groupings of the cases and one sort of their distinct values by group, whatever their number; then O(P C S).
    """
    sides, starts = cohort_sides(design)
    whole = table.sums()
    codes = {name: _on_frame(design, design.clusters[name]) for name in design.unit_clusters}
    sizes = {name: design.n_clusters(name) for name in codes}
    first = next(iter(codes))
    chosen = {}
    for k in range(len(starts)):
        for s in range(table.shape[1]):
            moments = _moments(sides[k], whole, s, codes[first], sizes[first])
            if (moments.cases.sum(axis=1) >= LEAST).all():
                chosen[k, s] = moments.selection()
    if not chosen:
        what = "no cohort and stratum has cases before and after among treated and others"
        raise DesignError("lee bounds", [Problem("cases", what, "take coarser strata, or widen the window")])
    group, ranks = _trimmed_groups(sides, whole, chosen)
    boundaries = table.boundaries(group, ranks)
    below, above = table.below(group, boundaries)
    ends = boundaries.set_index(["cohort", "stratum"])
    found: dict[tuple[int, int], dict[str, Cell]] = {}
    for k, s in chosen:
        values = [float(table.scaled(ends.loc[(k, s), name], 1)) for name in ("v_low", "v_high")]
        found[k, s] = {
            name: _cell(sides[k], s, codes[name], sizes[name], (whole, below, above), values)
            for name in codes
        }
    together = _together(found, design, whole, sides)
    return together, _ratios(sides, whole, found)


def _on_frame(design: PanelDesign, by_row: np.ndarray) -> np.ndarray:
    made = np.full(design.n_rows_in, -1)
    made[design.rows] = by_row
    return made


def _moments(side: np.ndarray, sums: CaseSums, stratum: int, codes: np.ndarray, size: int) -> _Moments:
    inside = side >= 0
    key = side[inside] * size + codes[inside]
    cases, total = (
        np.bincount(key, column[inside, stratum], 4 * size).reshape(4, size)
        for column in (sums.cases, sums.total)
    )
    return _Moments(cases, total)


def _trimmed_groups(
    sides: np.ndarray, whole: CaseSums, chosen: Mapping[tuple[int, int], Selection]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Group of each hospital-period that may be trimmed (its cohort), and the ranks of the boundaries.

    A cohort's hospital-periods after its reform are trimmed in some strata, those before it in others: the groups are
    ``2 cohort`` and ``2 cohort + 1``.
    """
    group = np.full(sides.shape[1], -1)
    for k, side in enumerate(sides):
        group[side == 0], group[side == 1] = 2 * k, 2 * k + 1
    rows = []
    for (k, s), selection in chosen.items():
        mine = 2 * k + int(not selection.more)
        cases = whole.cases[group == mine, s].sum()
        low = (1 - selection.share) * cases
        low *= 1 - ROUNDING
        rows.append({"group": mine, "cohort": k, "stratum": s, "low": low, "high": cases - low})
    return group, pd.DataFrame(rows)


def _cell(
    side: np.ndarray,
    stratum: int,
    codes: np.ndarray,
    size: int,
    sums: tuple[CaseSums, CaseSums, CaseSums],
    ends: list[float],
) -> Cell:
    """Bounds of one cohort and stratum by one clustering variable."""
    whole = _moments(side, sums[0], stratum, codes, size)
    chosen = whole.selection()
    means = [plain_mean(n, t) for n, t in zip(whole.cases, whole.total, strict=True)]
    at = 0 if chosen.more else 1
    low, high = (_moments(side, part, stratum, codes, size) for part in sums[1:])
    tails = (
        Tail(ends[0], whole.cases[at], low.cases[at], low.total[at]),
        Tail(-ends[1], whole.cases[at], high.cases[at], -high.total[at]),
    )
    without_top, turned = (trimmed_mean(tail, chosen.share, chosen.share_influence) for tail in tails)
    without_bottom = Mean(-turned.value, -turned.influence)
    others = difference(means[2], means[3])
    plain = difference(difference(means[0], means[1]), others)
    if chosen.more:
        pairs = (without_top, means[1]), (without_bottom, means[1])
    else:
        pairs = (means[0], without_bottom), (means[0], without_top)
    bounds = [difference(difference(*pair), others) for pair in pairs]
    observed = whole.cases[0].sum()
    shrunk = 1 / chosen.treated if chosen.more else 1.0
    moved = whole.cases[0] * shrunk - (observed * shrunk * chosen.logs if chosen.more else 0.0)
    return Cell(chosen, plain, *bounds, Mean(float(observed * shrunk), moved), float(observed))


def _together(
    found: Mapping[tuple[int, int], Mapping[str, Cell]],
    design: PanelDesign,
    whole: CaseSums,
    sides: np.ndarray,
) -> Bounds:
    names = list(design.unit_clusters)
    parts = {
        part: {
            name: average([(getattr(cells[name], part), cells[name].weight) for cells in found.values()])
            for name in names
        }
        for part in ("plain", "lower", "upper")
    }
    gap = {name: average_gap([cells[name] for cells in found.values()]) for name in names}
    first = [cells[names[0]] for cells in found.values()]
    weight = np.array([cell.weight.value for cell in first])
    by_row = np.zeros(design.n_rows_in)
    for k, s in found:
        by_row += np.where(sides[k] == 0, whole.cases[:, s], 0.0)
    unit = _on_frame(design, design.unit)
    by_hospital = np.bincount(unit[unit >= 0], by_row[unit >= 0], design.n_units)
    return Bounds(
        **parts,
        gap=gap,
        share=float(weight @ [cell.selection.share for cell in first] / weight.sum()),
        more=float(weight @ [float(cell.selection.more) for cell in first] / weight.sum()),
        n_cells=len(first),
        observed=float(by_hospital.sum()),
        largest=float(by_hospital.max() / by_hospital.sum()),
        left_out=len(sides) * whole.cases.shape[1] - len(first),
    )


def _ratios(
    sides: np.ndarray, whole: CaseSums, found: Mapping[tuple[int, int], Mapping[str, Cell]]
) -> np.ndarray:
    """Cases over those there would have been, by stratum, over all cohorts that were compared."""
    had, would = np.zeros((2, whole.cases.shape[1]))
    for (k, s), cells in found.items():
        cases = whole.cases[sides[k] == 0, s].sum()
        had[s] += cases
        would[s] += cases / next(iter(cells.values())).selection.treated
    return np.divide(had, would, out=np.full(len(had), np.nan), where=would > 0)
