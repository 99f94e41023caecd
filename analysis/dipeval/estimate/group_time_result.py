"""All group-time effects of a complete panel, and their influence summed by cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import NO_COMPARISON, Cells
from dipeval.estimate.group_time_fit import Effects, effects_of, influence_of
from dipeval.estimate.group_time_moments import Comparison, Moments, block_moments, unit_moments
from dipeval.estimate.group_time_panel import FEW_HOSPITALS, UnitPanel
from dipeval.estimate.group_time_rows import weight_columns
from dipeval.estimate.group_time_shares import cohort_shares, share_influence
from dipeval.estimate.propensity import fit_pieces, pieces_of
from dipeval.estimate.sample import Sample

HOSPITALS_AT_ONCE, BLOCKS_AT_ONCE = 2048, 1024


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


@dataclass(frozen=True)
class GroupTime:
    """K group-time effects.

    Attributes
    ----------
    panel : UnitPanel
    cells : Cells
    att : numpy.ndarray, shape (K,)
        0 in reference cells, NaN where not identified.
    notes : tuple of str, length K
        Why a cell is not identified.
    frames : tuple of Frame
    """

    panel: UnitPanel
    cells: Cells
    att: np.ndarray
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]

    @property
    def sample(self) -> Sample:
        """The rows behind the effects."""
        return self.panel.sample

    @property
    def cohorts(self) -> np.ndarray:
        """Time codes of the treated cohorts (C,)."""
        return self.panel.cohorts

    @property
    def periods(self) -> np.ndarray:
        """Time codes of the columns (T,)."""
        return self.panel.periods

    @property
    def shares(self) -> np.ndarray:
        """Share of each cohort among the hospitals (C,), by the weights of the first period."""
        return cohort_shares(self.panel.position, self.panel.weights(0), len(self.cohorts))

    def influence_on(self, weights: np.ndarray, slopes: np.ndarray) -> dict[str, np.ndarray]:
        """Influence (G, A) on averages with weights (K, A) and derivatives by the shares (C, A)."""
        codes, facts = self.sample.unit_clusters()
        panel, found = self.panel, {}
        for name, by_unit in codes.items():
            code, n = by_unit[panel.order], facts[name].n
            of_shares = share_influence(code, n, panel.position, panel.weights(0), len(self.cohorts))
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
    att = np.where(cells.is_reference, 0.0, np.nan)
    notes = np.full(len(att), "", object)
    frames = []
    for x_at, w_at, members in _frames(panel, cells, weights_of):
        frame = _frame(panel, cells, members, panel.regressors(x_at), panel.weights(w_at), method, notes)
        if frame is None:
            continue
        for group in frame.groups:
            att[group.at] = group.effects.att
        frames.append(frame)
    return GroupTime(panel, cells, att, tuple(notes), tuple(frames))


def _frames(panel: UnitPanel, cells: Cells, weights_of: str) -> Iterator[tuple[int, int, np.ndarray]]:
    """Cells by the period of their covariates (the earlier of the two) and of their weights."""
    x_at = np.minimum(cells.time, cells.base) if panel.covariates_vary else np.zeros_like(cells.time)
    w_at = weight_columns(cells, weights_of) if panel.weights_vary else np.zeros_like(cells.time)
    real = ~cells.is_reference
    for pair in np.unique(np.stack([x_at, w_at])[:, real], axis=1).T:
        yield int(pair[0]), int(pair[1]), np.flatnonzero(real & (x_at == pair[0]) & (w_at == pair[1]))


def _frame(
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
        effects = effects_of(totals, m, comparison, _within(cells, held, columns), method)
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
        pieces = [
            piece
            for c in (cohort, *controls)
            for piece in pieces_of(x[ends[c] : ends[c + 1]].T, w[ends[c] : ends[c + 1]], float(c == cohort))
        ]
        compared = np.log(size[list(controls)].sum())
        first = start.get(cohort, np.zeros(x.shape[1]))
        logit = fit_pieces(pieces, first - compared * (intercept if first.any() else 0))
        if logit.reason:
            notes[held] = logit.reason
            continue
        # the next comparison is with other hospitals, but their number is known
        start[cohort] = logit.coefficients + compared * intercept
        yield held, Comparison(cohort, controls, logit.coefficients, logit.hessian)


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
        Cluster at each place of the panel.
    n_codes : int
    averages : numpy.ndarray, shape (K, A)
        Weights of the cells in each average.

    Returns
    -------
    numpy.ndarray, shape (n_codes, A)
        From the sums that are there, where clusters are made of the panel's blocks; else cost as
        `group_time_effects` again, for 1,024 blocks or 2,048 hospitals at a time.
    """
    total = np.zeros((n_codes, averages.shape[1]))
    for frame in result.frames:
        for moments, code in _pieces(result.panel, frame, codes, n_codes):
            np.add.at(total, code, _on_averages(result, frame, moments, averages))
    return total


def _pieces(
    panel: UnitPanel, frame: Frame, codes: np.ndarray, n_codes: int
) -> Iterator[tuple[Moments, np.ndarray]]:
    """Sums over pieces that each lie in one cluster, and the cluster of each."""
    first = panel.blocks[:, 0]
    lowest, highest = np.minimum.reduceat(codes, first), np.maximum.reduceat(codes, first)
    if np.array_equal(lowest, highest):
        yield frame.moments, lowest
        return
    order = np.lexsort([codes, panel.position])
    key = panel.position[order] * n_codes + codes[order]
    ends = np.r_[0, np.flatnonzero(np.diff(key)) + 1, len(key)]
    x, w, position = frame.regressors[order], frame.weights[order], panel.position[order]
    if (len(ends) - 1) * FEW_HOSPITALS > len(codes):
        for start in range(0, len(order), HOSPITALS_AT_ONCE):
            at = slice(start, start + HOSPITALS_AT_ONCE)
            y = panel.outcome(order[at], frame.columns)
            yield unit_moments(y, x[at], w[at], position[at], frame.comparisons), codes[order[at]]
        return
    blocks = np.column_stack([ends[:-1], ends[1:]])
    for start in range(0, len(blocks), BLOCKS_AT_ONCE):
        some = blocks[start : start + BLOCKS_AT_ONCE]
        places = some[:, 0]
        moments = block_moments(
            lambda part: panel.outcome(order[part], frame.columns),
            x,
            w,
            position[places],
            some,
            frame.comparisons,
        )
        yield moments, codes[order[places]]


def _on_averages(result: GroupTime, frame: Frame, moments: Moments, averages: np.ndarray) -> np.ndarray:
    total = np.zeros((len(moments.cohort), averages.shape[1]))
    for group in frame.groups:
        cells = _within(result.cells, group.at, frame.columns)
        influence = influence_of(moments, group.number, group.comparison, cells, group.effects)
        total += influence @ averages[group.at]
    return total
