"""Influence of clusters on averages of group-time effects, from sums over blocks or hospital by hospital."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dipeval.estimate.group_time_cells import Cells
from dipeval.estimate.group_time_fit import influence_of
from dipeval.estimate.group_time_frames import Frame, within
from dipeval.estimate.group_time_moments import Moments, block_moments, unit_moments
from dipeval.estimate.group_time_panel import FEW_HOSPITALS, UnitPanel

HOSPITALS_AT_ONCE, BLOCKS_AT_ONCE = 2048, 1024


def influence_by(
    panel: UnitPanel,
    cells: Cells,
    frames: Sequence[Frame],
    codes: np.ndarray,
    n_codes: int,
    averages: np.ndarray,
) -> np.ndarray:
    """Influence of clusters on averages of the cells, without that of the cohort shares.

    Parameters
    ----------
    panel : UnitPanel
    cells : Cells
    frames : sequence of Frame
    codes : numpy.ndarray, shape (N,), int
        Cluster at each place of the panel.
    n_codes : int
    averages : numpy.ndarray, shape (K, A)
        Weights of the cells in each average.

    Returns
    -------
    numpy.ndarray, shape (n_codes, A)
        From the sums that are there, where clusters are made of the panel's blocks; else outcomes are read
        again, for 1,024 blocks or 2,048 hospitals at a time.
    """
    total = np.zeros((n_codes, averages.shape[1]))
    for frame in frames:
        for moments, code in _pieces(panel, frame, codes, n_codes):
            np.add.at(total, code, _on_averages(cells, frame, moments, averages))
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

        def outcome(part: slice) -> np.ndarray:
            return panel.outcome(order[part], frame.columns)

        yield block_moments(outcome, x, w, position[places], some, frame.comparisons), codes[order[places]]


def _on_averages(cells: Cells, frame: Frame, moments: Moments, averages: np.ndarray) -> np.ndarray:
    total = np.zeros((len(moments.cohort), averages.shape[1]))
    for group in frame.groups:
        mine = within(cells, group.at, frame.columns)
        influence = influence_of(moments, group.number, group.comparison, mine, group.effects)
        total += influence @ averages[group.at]
    return total
