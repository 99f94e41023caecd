"""Nuisance models and effects of the cells that share covariates and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import NO_COMPARISON, Cells
from dipeval.estimate.group_time_fit import Effects, effects_of
from dipeval.estimate.group_time_moments import Comparison, Moments, block_moments
from dipeval.estimate.group_time_panel import UnitPanel
from dipeval.estimate.group_time_row_table import weight_columns
from dipeval.estimate.propensity import Logit, Piece, fit_pieces, pieces_of


@dataclass(frozen=True)
class Group:
    """Cells that share their comparison, covariates and weights.

    Attributes
    ----------
    at : numpy.ndarray, shape (k,), int
        Positions of the cells.
    number : int
        Of the comparison in its frame.
    comparison : Comparison
    effects : Effects
    """

    at: np.ndarray
    number: int
    comparison: Comparison
    effects: Effects


@dataclass(frozen=True)
class Frame:
    """Covariates and weights of one period, the cells that use them, and the sums over the panel's blocks."""

    regressors: np.ndarray
    weights: np.ndarray
    columns: np.ndarray
    comparisons: tuple[Comparison, ...]
    groups: tuple[Group, ...]
    moments: Moments


def frame_columns(panel: UnitPanel, cells: Cells, weights_of: str) -> tuple[np.ndarray, np.ndarray]:
    """Column of the covariates of each cell (the earlier of its periods) and of its weights, (K,) each."""
    x_at = np.minimum(cells.time, cells.base) if panel.covariates_vary else np.zeros_like(cells.time)
    w_at = weight_columns(cells, weights_of) if panel.weights_vary else np.zeros_like(cells.time)
    return x_at, w_at


def frames_of(panel: UnitPanel, cells: Cells, weights_of: str) -> Iterator[tuple[int, int, np.ndarray]]:
    """Cells by the period of their covariates and of their weights."""
    x_at, w_at = frame_columns(panel, cells, weights_of)
    real = ~cells.is_reference
    for pair in np.unique(np.stack([x_at, w_at])[:, real], axis=1).T:
        yield int(pair[0]), int(pair[1]), np.flatnonzero(real & (x_at == pair[0]) & (w_at == pair[1]))


def fit_frame(
    panel: UnitPanel,
    cells: Cells,
    members: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    method: str,
    notes: np.ndarray,
) -> Frame | None:
    """Fit the nuisance models of the cells of one frame and estimate these cells."""
    chosen = list(_comparisons(panel, cells, members, x, w, method, notes))
    if not chosen:
        return None
    comparisons = tuple(comparison for _, comparison in chosen)
    columns = np.unique(np.r_[cells.time[members], cells.base[members]])
    cohort = panel.position[panel.blocks[:, 0]]
    moments = block_moments(
        lambda places: panel.outcome(places, columns), x, w, cohort, panel.blocks, comparisons
    )
    totals, groups = moments.totals(len(panel.cohorts)), []
    for m, (held, comparison) in enumerate(chosen):
        effects = effects_of(totals, m, comparison, within(cells, held, columns), method)
        if isinstance(effects, str):
            notes[held] = effects
        else:
            groups.append(Group(held, m, comparison, effects))
    return Frame(x, w, columns, comparisons, tuple(groups), moments)


def _comparisons(
    panel: UnitPanel,
    cells: Cells,
    members: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    method: str,
    notes: np.ndarray,
) -> Iterator[tuple[np.ndarray, Comparison]]:
    """Cells by what they compare, with the propensity; each logit starts from the one before."""
    ends = np.searchsorted(panel.position, np.arange(len(panel.cohorts) + 2))
    present = np.diff(ends) > 0
    size, intercept = np.bincount(panel.position, w, len(present)), np.arange(x.shape[1]) == 0
    start: dict[int, np.ndarray] = {}
    for cohort, cut in np.unique(np.stack([cells.cohort[members], cells.cut[members]]), axis=1).T.tolist():
        held = members[(cells.cohort[members] == cohort) & (cells.cut[members] == cut)]
        controls = tuple(c for c in range(cut, len(present)) if c != cohort and present[c])
        if not controls:
            notes[held] = NO_COMPARISON
            continue
        if method == "outcome_regression":
            yield held, Comparison(cohort, controls, None, None)
            continue
        compared = np.log(size[list(controls)].sum())
        first = start.get(cohort, np.zeros(x.shape[1]))
        logit = _fit(x, w, ends, cohort, controls, first - compared * (intercept if first.any() else 0))
        if logit.reason:
            notes[held] = logit.reason
            continue
        # the next comparison is with other hospitals, but their number is known
        start[cohort] = logit.coefficients + compared * intercept
        yield held, Comparison(cohort, controls, logit.coefficients, logit.hessian)


def _fit(
    x: np.ndarray, w: np.ndarray, ends: np.ndarray, cohort: int, controls: tuple[int, ...], start: np.ndarray
) -> Logit:
    """Logit of a cohort against others; cohorts lie between `ends`."""
    pieces: list[Piece] = []
    for c in (cohort, *controls):
        held = slice(ends[c], ends[c + 1])
        pieces += pieces_of(x[held].T, w[held], float(c == cohort))
    return fit_pieces(pieces, start)


def within(cells: Cells, at: np.ndarray, columns: np.ndarray) -> Cells:
    """Cells with their periods counted among some columns."""
    return Cells(
        cells.cohort[at],
        np.searchsorted(columns, cells.time[at]),
        np.searchsorted(columns, cells.base[at]),
        cells.cut[at],
    )
