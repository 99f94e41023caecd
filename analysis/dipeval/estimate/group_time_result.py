"""All group-time effects of a sample, and their influence summed by cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import NO_COMPARISON, Cells
from dipeval.estimate.group_time_fit import Effects, effects_of, influence_of
from dipeval.estimate.group_time_moments import Comparison, Moments, block_moments, unit_moments
from dipeval.estimate.group_time_panel import UnitPanel
from dipeval.estimate.group_time_rows import weight_columns
from dipeval.estimate.group_time_shares import cohort_shares, share_influence
from dipeval.estimate.propensity import fit_logit
from dipeval.estimate.sample import Sample

FEW_HOSPITALS = 4
"""Hospitals a block from which on sums over blocks pay."""
AT_ONCE = 2048


@dataclass(frozen=True)
class Group:
    """Cells that share their comparison, covariates and weights.

    Attributes
    ----------
    at : numpy.ndarray, shape (k,), int
        Positions of the cells.
    comparison : Comparison
    effects : Effects
    """

    at: np.ndarray
    comparison: Comparison
    effects: Effects


@dataclass(frozen=True)
class Frame:
    """Covariates and weights of one period, and the groups of cells that use them."""

    regressors: np.ndarray
    weights: np.ndarray
    columns: np.ndarray
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class GroupTime:
    """K group-time effects.

    Attributes
    ----------
    panel : UnitPanel
    cohorts : numpy.ndarray, shape (C,)
        Time codes of the treated cohorts.
    position : numpy.ndarray, shape (N,), int
        Cohort of each hospital; C for never treated.
    cells : Cells
    att : numpy.ndarray, shape (K,)
        0 in reference cells, NaN where not identified.
    notes : tuple of str, length K
        Why a cell is not identified.
    frames : tuple of Frame
    """

    panel: UnitPanel
    cohorts: np.ndarray
    position: np.ndarray
    cells: Cells
    att: np.ndarray
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]

    @property
    def sample(self) -> Sample:
        """The rows behind the effects."""
        return self.panel.sample

    @property
    def periods(self) -> np.ndarray:
        """Time codes of the columns (T,)."""
        return self.panel.periods

    @property
    def shares(self) -> np.ndarray:
        """Share of each cohort among the hospitals (C,), by the weights of the first period."""
        return cohort_shares(self.position, self.panel.weights[:, 0], len(self.cohorts))

    def influence_on(self, weights: np.ndarray, slopes: np.ndarray) -> dict[str, np.ndarray]:
        """Influence (G, A) on averages with weights (K, A) and derivatives by the shares (C, A)."""
        codes, facts = self.sample.clusters()
        found = {}
        for name, by_row in codes.items():
            code, n = self.panel.codes(by_row), facts[name].n
            of_shares = share_influence(code, n, self.position, self.panel.weights[:, 0], len(self.cohorts))
            found[name] = influence_by(self, code, n, weights) + of_shares @ slopes
        return found


def group_time_effects(panel: UnitPanel, cells: Cells, *, method: str, weights_of: str) -> GroupTime:
    """Estimate every cell.

    Parameters
    ----------
    panel : UnitPanel
    cells : Cells
    method : {"doubly_robust", "outcome_regression", "inverse_probability"}
    weights_of : {"base_of_cell", "base_of_cohort", "first_period"}
        Period whose weights count where they vary in time.

    Returns
    -------
    GroupTime
        Cost O(N T q M) for M comparisons in matrix products, and M logits of O(N q²).
    """
    cohorts = np.unique(panel.cohort[np.isfinite(panel.cohort)])
    position = np.searchsorted(cohorts, panel.cohort)
    att = np.where(cells.is_reference, 0.0, np.nan)
    notes = np.full(len(att), "", object)
    frames = []
    present = np.bincount(position, minlength=len(cohorts) + 1) > 0
    for x_at, w_at, members in _frames(panel, cells, weights_of):
        frame = _frame(panel, position, present, cells, members, (x_at, w_at), method, notes)
        for group in frame.groups:
            att[group.at] = group.effects.att
        frames.append(frame)
    return GroupTime(panel, cohorts, position, cells, att, tuple(notes), tuple(frames))


def _frames(panel: UnitPanel, cells: Cells, weights_of: str) -> Iterator[tuple[int, int, np.ndarray]]:
    """Cells by the period of their covariates (the earlier of the two) and of their weights."""
    x_at = np.minimum(cells.time, cells.base) if panel.covariates.shape[1] > 1 else np.zeros_like(cells.time)
    varies = panel.weights.shape[1] > 1
    w_at = weight_columns(cells, weights_of) if varies else np.zeros_like(cells.time)
    real = ~cells.is_reference
    for pair in np.unique(np.stack([x_at, w_at])[:, real], axis=1).T:
        yield int(pair[0]), int(pair[1]), np.flatnonzero(real & (x_at == pair[0]) & (w_at == pair[1]))


def _frame(
    panel: UnitPanel,
    position: np.ndarray,
    present: np.ndarray,
    cells: Cells,
    members: np.ndarray,
    at: tuple[int, int],
    method: str,
    notes: np.ndarray,
) -> Frame:
    """Fit the nuisance models of the cells of one frame and estimate these cells."""
    x, w = panel.covariates[:, at[0]], panel.weights[:, at[1]]
    start = {}
    chosen: list[tuple[np.ndarray, Comparison]] = []
    for cohort, cut in np.unique(np.stack([cells.cohort[members], cells.cut[members]]), axis=1).T:
        held = members[(cells.cohort[members] == cohort) & (cells.cut[members] == cut)]
        controls = tuple(int(c) for c in range(cut, len(present)) if c != cohort and present[c])
        if not controls:
            notes[held] = NO_COMPARISON
            continue
        comparison = Comparison(int(cohort), controls, None, None)
        if method != "outcome_regression":
            rows = _rows(position, (int(cohort), *controls))
            first = start.get(cohort, np.zeros(x.shape[1]))
            logit = fit_logit(x[rows], position[rows] == cohort, w[rows], first)
            if logit.reason:
                notes[held] = logit.reason
                continue
            start[cohort] = logit.coefficients
            comparison = Comparison(int(cohort), controls, logit.coefficients, logit.hessian)
        chosen.append((held, comparison))
    comparisons = [comparison for _, comparison in chosen]
    columns = np.unique(np.r_[cells.time[members], cells.base[members]])
    ends = np.flatnonzero(np.diff(np.r_[-1, position, len(present)]))
    blocks = [(int(position[i]), int(i), int(j)) for i, j in zip(ends[:-1], ends[1:], strict=True)]
    moments = block_moments(panel.outcome[:, columns], x, w, blocks, comparisons)
    groups = []
    for m, (held, comparison) in enumerate(chosen):
        effects = effects_of(moments, m, comparison, _within(cells, held, columns), method)
        if isinstance(effects, str):
            notes[held] = effects
        else:
            groups.append(Group(held, comparison, effects))
    return Frame(x, w, columns, tuple(groups))


def _rows(position: np.ndarray, cohorts: tuple[int, ...]) -> np.ndarray | slice:
    """Hospitals of some cohorts; they lie in the order of the cohorts."""
    return np.isin(position, cohorts)


def _within(cells: Cells, at: np.ndarray, columns: np.ndarray) -> Cells:
    """Cells with their periods counted among some columns."""
    return Cells(
        cells.cohort[at],
        np.searchsorted(columns, cells.time[at]),
        np.searchsorted(columns, cells.base[at]),
        cells.cut[at],
    )


def influence_by(result: GroupTime, codes: np.ndarray, n_codes: int, averages: np.ndarray) -> np.ndarray:
    """Influence of clusters on averages of the cells, without that of the cohort shares.

    Parameters
    ----------
    result : GroupTime
    codes : numpy.ndarray, shape (N,), int
        Cluster of each hospital.
    n_codes : int
    averages : numpy.ndarray, shape (K, A)
        Weights of the cells in each average.

    Returns
    -------
    numpy.ndarray, shape (n_codes, A)
        Cost as `group_time_effects`; memory O(blocks K), or 2048 hospitals at a time.
    """
    total = np.zeros((n_codes, averages.shape[1]))
    order = np.lexsort([codes, result.position])
    key = result.position[order] * n_codes + codes[order]
    starts = np.flatnonzero(np.r_[True, np.diff(key) != 0])
    coarse = len(starts) * FEW_HOSPITALS <= len(codes)
    for frame in result.frames:
        y = result.panel.outcome[:, frame.columns]
        make = _by_block if coarse else _by_unit
        for moments, blocks in make(frame, y, result.position, order, starts):
            np.add.at(total, codes[order[blocks]], _on_averages(result, frame, moments, averages))
    return total


def _by_block(
    frame: Frame, y: np.ndarray, position: np.ndarray, order: np.ndarray, starts: np.ndarray
) -> Iterator[tuple[Moments, np.ndarray]]:
    in_order = (order[1:] > order[:-1]).all()
    x, w = frame.regressors, frame.weights
    if not in_order:
        y, x, w = y[order], x[order], w[order]
    ends = np.r_[starts[1:], len(order)]
    cohort = position[order[starts]]
    blocks = [(int(c), int(i), int(j)) for c, i, j in zip(cohort, starts, ends, strict=True)]
    yield block_moments(y, x, w, blocks, [group.comparison for group in frame.groups]), starts


def _by_unit(
    frame: Frame, y: np.ndarray, position: np.ndarray, order: np.ndarray, starts: np.ndarray
) -> Iterator[tuple[Moments, np.ndarray]]:
    comparisons = [group.comparison for group in frame.groups]
    for first in range(0, len(order), AT_ONCE):
        at = np.arange(first, min(first + AT_ONCE, len(order)))
        rows = order[at]
        yield (
            unit_moments(y[rows], frame.regressors[rows], frame.weights[rows], position[rows], comparisons),
            at,
        )


def _on_averages(result: GroupTime, frame: Frame, moments: Moments, averages: np.ndarray) -> np.ndarray:
    total = np.zeros((len(moments.cohort), averages.shape[1]))
    for m, group in enumerate(frame.groups):
        cells = _within(result.cells, group.at, frame.columns)
        total += influence_of(moments, m, group.comparison, cells, group.effects) @ averages[group.at]
    return total
