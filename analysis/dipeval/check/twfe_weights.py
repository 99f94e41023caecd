"""Which effects the static two-way regression really averages, and with which weights.

de Chaisemartin & D'Haultfœuille (2020), *AER* 110(9), theorem 1: the coefficient is
``Σ W_it Δ_it`` over treated rows, with ``W_it = w_it D̃_it / Σ_treated w D̃`` and D̃ the residual of
treatment on hospital and period effects. Where W is negative, an effect counts against itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.projector import fit_projector


@dataclass(frozen=True)
class TwfeWeights:
    """Weights of static two-way fixed effects on treated hospital-periods.

    Attributes
    ----------
    n_treated, n_negative : int
        Treated hospital-periods, and those with a negative weight.
    sum_negative : float
        Sum of the negative weights; all weights sum to 1.
    cells : pandas.DataFrame
        ``cohort``, ``event_time``, ``n_obs``, ``weight`` (sum of the cell) and ``equal_weight`` (what
        an equal average would give it).
    """

    n_treated: int
    n_negative: int
    sum_negative: float
    cells: pd.DataFrame

    @property
    def share_negative(self) -> float:
        """Share of treated hospital-periods with a negative weight."""
        return self.n_negative / self.n_treated

    def sentence(self) -> str:
        """What it means, in words."""
        if not self.n_negative:
            return "plain two-way fixed effects give no treated hospital-period a negative weight"
        return (
            f"plain two-way fixed effects are biased where effects differ: {self.n_negative} of "
            f"{self.n_treated} treated hospital-periods ({self.share_negative:.1%}) get a negative weight, "
            f"{self.sum_negative:.3f} in sum (de Chaisemartin & D'Haultfœuille 2020)"
        )

    def tidy(self) -> pd.DataFrame:
        """The cells, one row each."""
        return self.cells.copy()


def twfe_weights(design: PanelDesign, use: np.ndarray | None = None) -> TwfeWeights:
    """Weights that static two-way fixed effects give to treated hospital-periods.

    Parameters
    ----------
    design : PanelDesign
    use : numpy.ndarray, shape (design.n_rows_in,), bool, optional
        Rows of the input frame with an outcome; default all.

    Returns
    -------
    TwfeWeights

    Raises
    ------
    DesignError
        The effect is not identified: treatment does not vary beside the two effects.

    Notes
    -----
    O(n + N T²).
    """
    used = np.ones(design.n_obs, bool) if use is None else np.asarray(use, bool)[design.rows]
    unit, time, treated = design.unit[used], design.time[used], design.treated[used]
    weights = None if design.weights is None else design.weights[used]
    if not treated.any():
        raise DesignError("check", [Problem("design", "no used row is treated", "check the outcome")])
    projector = fit_projector(unit, time, weights, design.n_units, design.n_periods)
    residual = projector.weigh(projector.residuals(treated.astype(float)))[treated]
    total, size = residual.sum(), np.abs(projector.weigh(np.ones(len(unit)))[treated]).sum()
    if not total > 1e-10 * size:
        todo = "add hospitals that are treated at other times, or never"
        what = "treatment does not vary beside hospital and period effects"
        raise DesignError("check", [Problem("design", what, todo)])
    weight = residual / total
    negative = weight < -1e-12 * np.abs(weight).max()
    cells = _cells(design, used, weight)
    return TwfeWeights(len(weight), int(negative.sum()), float(weight[negative].sum()), cells)


def _cells(design: PanelDesign, used: np.ndarray, weight: np.ndarray) -> pd.DataFrame:
    treated = used & design.treated
    frame = pd.DataFrame(
        {
            "cohort": design.cohort[treated],
            "event_time": design.event_time[treated].astype(np.int64),
            "weight": weight,
            "equal_weight": 1.0 if design.weights is None else design.weights[treated],
        }
    )
    frame["equal_weight"] /= frame["equal_weight"].sum()
    grouped = frame.groupby(["cohort", "event_time"], sort=True)
    cells = grouped.agg(
        n_obs=("weight", "size"), weight=("weight", "sum"), equal_weight=("equal_weight", "sum")
    )
    cells = cells.reset_index()
    cells["cohort"] = [design.cohort_label(cohort) for cohort in cells["cohort"]]
    return cells
