"""Group-time effects comparison by comparison, for panels with gaps and for repeated cross-sections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_averages import weighted
from dipeval.estimate.group_time_cells import Cells
from dipeval.estimate.group_time_panel import seen_cohort, seen_periods
from dipeval.estimate.group_time_row_table import row_table, weight_columns
from dipeval.estimate.group_time_shares import cohort_shares, share_influence
from dipeval.estimate.sample import Sample


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

    def values_on(self, weights: np.ndarray) -> np.ndarray:
        """Averages (A,) with weights (K, A) of the cells; NaN without a cell."""
        return weighted(self.att, weights)

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
    position = np.searchsorted(cohorts, cohort)
    table = row_table(sample, position, len(cohorts), followed=not sections)
    by_unit, facts = sample.unit_clusters()
    codes = {
        name: sample.layout.spread(code.astype(np.min_scalar_type(facts[name].n)))
        for name, code in by_unit.items()
    }
    in_place = {name: code[table.order] for name, code in codes.items()}
    att = np.where(cells.is_reference, 0.0, np.nan)
    notes = np.full(len(att), "", object)
    by_cell = {name: np.zeros((facts[name].n, len(att))) for name in codes}
    weighed = weight_columns(cells, weights_of)
    for k in np.flatnonzero(~cells.is_reference):
        asked = [int(part[k]) for part in (cells.cohort, cells.time, cells.base, cells.cut)]
        if sections:
            found = table.sections(*asked, method)
        else:
            found = table.pairs(*asked, None if weights_of == "varying" else int(weighed[k]), method)
        if isinstance(found, str):
            notes[k] = found
            continue
        places, effect = found
        att[k] = effect.value
        for name, code in in_place.items():
            by_cell[name][:, k] = np.bincount(code[places], effect.influence, facts[name].n)
    unit_row, weight = _units(sample, gaps)
    of_unit = sample.layout.spread(position)[unit_row]
    shares = cohort_shares(of_unit, weight, len(cohorts))
    of_shares = {
        name: share_influence(code[unit_row].astype(np.int64), facts[name].n, of_unit, weight, len(cohorts))
        for name, code in codes.items()
    }
    return RowEffects(sample, cohorts, periods, cells, att, tuple(notes), shares, by_cell, of_shares)


def _units(sample: Sample, gaps: str) -> tuple[np.ndarray, np.ndarray]:
    """A row of each hospital and the weight with which the hospital counts in its cohort's share.

    Hospitals followed in pairs count with the weight of their first period, as in a balanced panel;
    hospitals read as cross-sections with the mean of theirs, as in did; drawn cases each for itself.
    """
    weights = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    by_hospital = gaps == "cross_sections" and sample.design.has_units
    if sample.design.sampling != "panel" and not by_hospital:
        return np.arange(sample.n_obs), weights
    first = sample.layout.starts[:-1]
    if not by_hospital:
        return first, weights[first]
    return first, np.add.reduceat(weights, first) / sample.layout.counts
