"""Which effects the static two-way regression really averages, and with which weights.

de Chaisemartin & D'Haultfœuille (2020), *AER* 110(9), theorem 1: the coefficient is
``Σ W_it Δ_it`` over treated rows, with ``W_it = w_it D̃_it / Σ_treated w D̃`` and D̃ the residual of
treatment on hospital and period effects. Where W is negative, an effect counts against itself. Treatment may
end: D is then 0 again. Their corollary 1 says how much effects must vary for the coefficient to mislead.
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
    sign_ratio, all_ratio : float
        Standard deviation of the effects of hospital-periods, in units of the coefficient's size, from which
        on the mean effect on the treated, or every single effect, may be of the opposite sign (σ_fe and the
        second bound of corollary 1); inf where no variation can do it.
    coefficient : float
        Of plain two-way fixed effects without covariates; NaN where no outcome was given.
    cells : pandas.DataFrame
        ``cohort``, ``event_time``, ``n_obs``, ``weight`` (sum of the cell) and ``equal_weight`` (what
        an equal average would give it).
    """

    n_treated: int
    n_negative: int
    sum_negative: float
    cells: pd.DataFrame
    sign_ratio: float = np.inf
    all_ratio: float = np.inf
    coefficient: float = np.nan

    @property
    def sigma_sign(self) -> float:
        """Spread of effects from which on the mean effect may have the opposite sign."""
        return abs(self.coefficient) * self.sign_ratio

    @property
    def sigma_all(self) -> float:
        """Spread of effects from which on every effect may have the opposite sign."""
        return abs(self.coefficient) * self.all_ratio

    def heterogeneity(self) -> str:
        """How much effects must vary for the coefficient to mislead, in words."""
        if not np.isfinite(self.sign_ratio):
            return (
                "plain two-way fixed effects weigh all treated hospital-periods alike: no variation misleads"
            )
        known = np.isfinite(self.coefficient)
        first, second = (
            f"{sigma:.4g}" if known else f"{ratio:.3g} times its size"
            for sigma, ratio in ((self.sigma_sign, self.sign_ratio), (self.sigma_all, self.all_ratio))
        )
        size = f" of {self.coefficient:.4g}" if known else ""
        every = f"; from {second} on every effect could" if np.isfinite(self.all_ratio) else ""
        return (
            f"where effects of hospital-periods have a standard deviation of {first} or more, the mean "
            f"effect could have the opposite sign of the plain two-way coefficient{size}{every} "
            "(de Chaisemartin & D'Haultfœuille 2020, corollary 1)"
        )

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


def twfe_weights(
    design: PanelDesign, use: np.ndarray | None = None, *, outcome: np.ndarray | None = None
) -> TwfeWeights:
    """Weights that static two-way fixed effects give to treated hospital-periods.

    Parameters
    ----------
    design : PanelDesign
    use : numpy.ndarray, shape (design.n_rows_in,), bool, optional
        Rows of the input frame with an outcome; default all.
    outcome : numpy.ndarray, shape (design.n_rows_in,), optional
        Stands in the place of `use`, and gives the coefficient.

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
    if outcome is not None:
        use = np.isfinite(outcome)
    used = np.ones(design.n_obs, bool) if use is None else np.asarray(use, bool)[design.rows]
    unit, time, treated = design.unit[used], design.time[used], design.treated[used]
    weights = None if design.weights is None else design.weights[used]
    if not treated.any():
        raise DesignError("check", [Problem("design", "no used row is treated", "check the outcome")])
    projector = fit_projector(unit, time, weights, design.n_units, design.n_periods)
    by_row = projector.weigh(projector.residuals(treated.astype(float)))
    residual, counts = by_row[treated], projector.weigh(np.ones(len(unit)))[treated]
    total, size = residual.sum(), counts.sum()
    if not total > 1e-10 * size:
        todo = "add hospitals that are treated at other times, or never"
        what = "treatment does not vary beside hospital and period effects"
        raise DesignError("check", [Problem("design", what, todo)])
    weight = residual / total
    negative = weight < -1e-12 * np.abs(weight).max()
    cells = _cells(design, used, weight)
    ratios = _ratios(weight, counts / size)
    coefficient = np.nan if outcome is None else float(by_row @ design.align(outcome)[used] / total)
    n_negative, sum_negative = int(negative.sum()), float(weight[negative].sum())
    return TwfeWeights(len(weight), n_negative, sum_negative, cells, *ratios, coefficient)


def _ratios(weight: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """Both bounds of corollary 1 over the coefficient's size.

    Effects of the smallest spread that sum to 0 with the shares and to 1 with the weights are linear in
    weight / share; where all must be of one sign, those of the smaller weights alone are.

    Parameters
    ----------
    weight, share : numpy.ndarray, shape (n,)
        Weights of treated rows in the coefficient, and among the treated; each sums to 1. O(n log n).
    """
    relative = weight / share
    spread = np.sqrt((share * (relative - 1) ** 2).sum())
    alike = spread <= 1e-9
    order = np.argsort(-relative, kind="stable")
    w, p = relative[order], share[order]
    below, of_weight, of_square = (np.cumsum(x[::-1])[::-1] for x in (p, p * w, p * w**2))
    above = np.r_[0.0, 1 - below[1:]]
    opposed = np.flatnonzero((above > 0) & (w < -of_weight / np.where(above > 0, above, 1)))
    if alike or not len(opposed):
        return (np.inf if alike else float(1 / spread)), np.inf
    s = opposed[0]
    return float(1 / spread), float(1 / np.sqrt(of_square[s] + of_weight[s] ** 2 / above[s]))


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
