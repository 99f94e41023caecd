"""All group-time effects of a complete panel, and their influence summed by cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dipeval.estimate.group_time_averages import weighted
from dipeval.estimate.group_time_cells import Cells
from dipeval.estimate.group_time_frames import fit_frame, frames_of
from dipeval.estimate.group_time_influence import influence_by
from dipeval.estimate.group_time_panel import UnitPanel
from dipeval.estimate.group_time_shares import cohort_shares, share_influence
from dipeval.estimate.group_time_together import fit_together, is_small
from dipeval.estimate.sample import Sample


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
    influence_by : callable
        From the cluster at each place (N,), their number and weights (K, A) of the cells to the influence of
        clusters on averages (G, A), without that of the cohort shares.
    """

    panel: UnitPanel
    cells: Cells
    att: np.ndarray
    notes: tuple[str, ...]
    influence_by: Callable[[np.ndarray, int, np.ndarray], np.ndarray]

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

    def values_on(self, weights: np.ndarray) -> np.ndarray:
        """Averages (A,) with weights (K, A) of the cells; NaN without a cell."""
        return weighted(self.att, weights)

    def influence_on(self, weights: np.ndarray, slopes: np.ndarray) -> dict[str, np.ndarray]:
        """Influence (G, A) on averages with weights (K, A) and derivatives by the shares (C, A)."""
        codes, facts = self.sample.unit_clusters()
        panel, found = self.panel, {}
        for name, by_unit in codes.items():
            code, n = by_unit[panel.order], facts[name].n
            of_shares = share_influence(code, n, panel.position, panel.weights(0), len(self.cohorts))
            found[name] = self.influence_by(code, n, weights) + of_shares @ slopes
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
    notes = np.full(len(cells.time), "", object)
    if is_small(panel, cells):
        att, influence = fit_together(panel, cells, method, weights_of, notes)
        return GroupTime(panel, cells, att, tuple(notes), influence.by)
    att = np.where(cells.is_reference, 0.0, np.nan)
    frames = []
    for x_at, w_at, members in frames_of(panel, cells, weights_of):
        frame = fit_frame(panel, cells, members, panel.regressors(x_at), panel.weights(w_at), method, notes)
        if frame is None:
            continue
        for group in frame.groups:
            att[group.at] = group.effects.att
        frames.append(frame)
    return GroupTime(panel, cells, att, tuple(notes), partial(influence_by, panel, cells, frames))
