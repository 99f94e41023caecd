"""Group-time effects comparison by comparison, for panels with gaps and for repeated cross-sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import NO_COMPARISON, Cells
from dipeval.estimate.group_time_panel import regressors, seen_cohort, seen_periods
from dipeval.estimate.group_time_shares import cohort_shares, share_influence
from dipeval.estimate.sample import Sample
from dipeval.estimate.two_period_panel import Contrast, panel_contrast
from dipeval.estimate.two_period_sections import Rows, sections_contrast

NOT_SEEN_TWICE = "not identified: no hospital of the cohort is observed in both periods"
NOT_SEEN = "not identified: the cohort is not observed in one of the two periods"


@dataclass(frozen=True)
class RowEffects:
    """K group-time effects with their influence by cluster; attributes as `GroupTime`.

    Attributes
    ----------
    by_cell : dict of str to numpy.ndarray, shape (G, K)
        By clustering variable; zero where a cell is not identified.
    of_shares : dict of str to numpy.ndarray, shape (G, C)
    """

    sample: Sample
    cohorts: np.ndarray
    periods: np.ndarray
    cells: Cells
    att: np.ndarray
    notes: tuple[str, ...]
    shares: np.ndarray
    by_cell: dict[str, np.ndarray]
    of_shares: dict[str, np.ndarray]

    def influence_on(self, weights: np.ndarray, slopes: np.ndarray) -> dict[str, np.ndarray]:
        """Influence (G, A) on averages with weights (K, A) and derivatives by the shares (C, A)."""
        return {
            name: by_cell @ weights + self.of_shares[name] @ slopes for name, by_cell in self.by_cell.items()
        }


def row_effects(
    sample: Sample, cells: Cells, *, method: str, weights_of: str, gaps: str, sections: bool
) -> RowEffects:
    """Estimate every cell from the rows of its two periods.

    Parameters
    ----------
    sample : Sample
    cells : Cells
    method : str
        A word of `dipeval.estimate.group_time.METHODS`.
    weights_of : {"base_of_cell", "base_of_cohort", "first_period", "varying"}
    gaps : {"pairs", "leave_out", "cross_sections"}
    sections : bool
        Rows as repeated cross-sections; otherwise hospitals that are seen in both periods.

    Returns
    -------
    RowEffects
        Cost O(rows of the two periods × q²) a cell and step of its propensity; memory of clusters × K.
    """
    periods = seen_periods(sample)
    cohort = seen_cohort(sample.unit_cohort, periods, sample.design.anticipation)
    cohorts = np.unique(cohort[np.isfinite(cohort)])
    position = sample.layout.spread(np.searchsorted(cohorts, cohort))
    column = np.searchsorted(periods, sample.time)
    codes, facts = sample.clusters()
    att = np.where(cells.is_reference, 0.0, np.nan)
    notes = np.full(len(att), "", object)
    by_cell = {name: np.zeros((facts[name].n, len(att))) for name in codes}
    contrast = (
        _of_sections(sample, position, column, len(cohorts), method)
        if sections
        else _of_pairs(sample, position, column, len(cohorts), cells, method, weights_of)
    )
    for k in np.flatnonzero(~cells.is_reference):
        found = contrast(
            int(k), *(int(part[k]) for part in (cells.cohort, cells.time, cells.base, cells.cut))
        )
        if isinstance(found, str):
            notes[k] = found
            continue
        rows, effect = found
        att[k] = effect.value
        for name, code in codes.items():
            by_cell[name][:, k] = np.bincount(code[rows], effect.influence, facts[name].n)
    unit_row, weight = _units(sample, gaps)
    shares = cohort_shares(position[unit_row], weight, len(cohorts))
    of_shares = {
        name: share_influence(code[unit_row], facts[name].n, position[unit_row], weight, len(cohorts))
        for name, code in codes.items()
    }
    return RowEffects(sample, cohorts, periods, cells, att, tuple(notes), shares, by_cell, of_shares)


Found = tuple[np.ndarray, Contrast] | str
OfCell = Callable[[int, int, int, int, int], Found]


def _weights(sample: Sample) -> np.ndarray:
    return np.ones(sample.n_obs) if sample.weights is None else sample.weights


def _units(sample: Sample, gaps: str) -> tuple[np.ndarray, np.ndarray]:
    """A row of each hospital and the weight with which the hospital counts in its cohort's share.

    Hospitals followed in pairs count with the weight of their first period, as in a balanced panel;
    hospitals read as cross-sections with the mean of theirs, as in did; drawn cases each for itself.
    """
    weights = _weights(sample)
    by_hospital = gaps == "cross_sections" and sample.design.has_units
    if sample.design.sampling != "panel" and not by_hospital:
        return np.arange(sample.n_obs), weights
    first = sample.layout.starts[:-1]
    if not by_hospital:
        return first, weights[first]
    return first, np.add.reduceat(weights, first) / sample.layout.counts


def _of_sections(
    sample: Sample, position: np.ndarray, column: np.ndarray, n_cohorts: int, method: str
) -> OfCell:
    x, w = regressors(sample.covariates), _weights(sample)
    key = column * (n_cohorts + 1) + position
    order = np.argsort(key, kind="stable")
    ends = np.cumsum(np.r_[0, np.bincount(key, minlength=(column.max() + 1) * (n_cohorts + 1))])

    def between(at: int, first: int, last: int) -> np.ndarray:
        start = at * (n_cohorts + 1)
        return order[ends[start + first] : ends[start + max(first, last)]]

    def contrast(k: int, cohort: int, time: int, base: int, cut: int) -> Found:
        own = [between(at, cohort, cohort + 1) for at in (base, time)]
        low, high = (cut, n_cohorts + 1) if cut > cohort else (cut, cohort)
        other = [
            np.concatenate([between(at, low, high), between(at, max(cut, cohort + 1), n_cohorts + 1)])
            if cut <= cohort
            else between(at, low, high)
            for at in (base, time)
        ]
        if not all(map(len, own)):
            return NOT_SEEN
        if not all(map(len, other)):
            return NO_COMPARISON
        treated, control = (
            tuple(Rows(sample.outcome[at], x[at], w[at]) for at in side) for side in (own, other)
        )
        effect = sections_contrast(treated, control, method)
        return effect if isinstance(effect, str) else (np.concatenate([*own, *other]), effect)

    return contrast


def _of_pairs(
    sample: Sample,
    position: np.ndarray,
    column: np.ndarray,
    n_cohorts: int,
    cells: Cells,
    method: str,
    weights_of: str,
) -> OfCell:
    x, w, y = regressors(sample.covariates), _weights(sample), sample.outcome
    first = sample.layout.starts[:-1]
    rank = np.empty(len(first), np.int64)
    order = np.argsort(position[first], kind="stable")
    rank[order] = np.arange(len(first))
    number = sample.layout.spread(rank)
    row_at = np.full((column.max() + 1, len(first)), -1, np.int32)
    row_at[column, number] = np.arange(sample.n_obs)
    ends = np.searchsorted(position[first][order], np.arange(n_cohorts + 2))
    weighed_at = weight_columns(cells, weights_of)

    def seen(units: np.ndarray, columns: tuple[int, ...]) -> list[np.ndarray]:
        rows = [row_at[at, units] for at in columns]
        both = np.logical_and.reduce([found >= 0 for found in rows])
        return [found[both] for found in rows]

    def contrast(k: int, cohort: int, time: int, base: int, cut: int) -> Found:
        units = np.arange(ends[cohort], ends[cohort + 1])
        others = np.arange(ends[cut], ends[-1])
        others = others[(others < ends[cohort]) | (others >= ends[cohort + 1])]
        needed = (base, time, min(base, time), int(weighed_at[k]))
        own, other = seen(units, needed), seen(others, needed)
        if not len(own[0]):
            return NOT_SEEN_TWICE
        if not len(other[0]):
            return NO_COMPARISON
        if weights_of == "varying":
            treated, control = (
                tuple(Rows(y[side[at]], x[side[2]], w[side[at]]) for at in (0, 1)) for side in (own, other)
            )
            effect = sections_contrast(treated, control, method)
            rows = np.concatenate([own[0], own[1], other[0], other[1]])
        else:
            base_rows, rows, early, weighed = (np.concatenate(pair) for pair in zip(own, other, strict=True))
            is_treated = np.arange(len(rows)) < len(own[0])
            effect = panel_contrast(y[rows] - y[base_rows], is_treated, x[early], w[weighed], method)
        return effect if isinstance(effect, str) else (rows, effect)

    return contrast


def weight_columns(cells: Cells, weights_of: str) -> np.ndarray:
    """Column (K,) of the period whose weights each cell counts with; the earlier one where both do."""
    if weights_of == "first_period":
        return np.zeros_like(cells.time)
    if weights_of == "base_of_cohort":
        last = np.full(cells.cohort.max(initial=-1) + 1, -1)
        np.maximum.at(last, cells.cohort, np.where(cells.time == cells.time.max(initial=-1), cells.base, -1))
        return last[cells.cohort]
    return np.minimum(cells.time, cells.base)
