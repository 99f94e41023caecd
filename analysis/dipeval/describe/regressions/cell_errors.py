"""Standard errors of a regression on cells: robust by case, or clustered by hospital."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.cell_model import LINEAR, CellFit, robust_meat, scores_by_hospital
from dipeval.describe.regressions.model_cells import Summed
from dipeval.results.student import critical_value, two_sided_p

ROBUST, HOSPITAL = "robust", "hospital"
ERRORS = (ROBUST, HOSPITAL)
RULES = {
    ROBUST: (
        "Standard errors: robust to unequal variance (HC1, sandwich with the observed information)",
        "标准误：异方差稳健（HC1，以观测信息构成的三明治估计）",
    ),
    HOSPITAL: (
        "Standard errors: clustered by hospital (CR1)",
        "标准误：按医院聚类（CR1）",
    ),
}


FEW = 40
"""Fewer hospitals than this are few clusters (Angrist & Pischke 2009, ch. 8)."""


def few_hospitals(errors: str, hospitals: int) -> list[tuple[str, str]]:
    """A note where errors are clustered by few hospitals, in English and Chinese; none else."""
    if errors != HOSPITAL or hospitals >= FEW:
        return []
    english = f"{hospitals} hospitals: with few clusters their errors are too small."
    return [(english, f"共{hospitals}家医院：聚类较少时标准误偏小。")]


@dataclass(frozen=True)
class Uncertainty:
    """Covariance of estimates and the degrees of freedom of their statistics.

    Attributes
    ----------
    cov : numpy.ndarray, shape (K, K)
    df : float
        Infinity for the normal distribution.
    errors : str
        A word of `ERRORS`.
    n_clusters : int
        Hospitals; 0 where errors are not clustered.
    """

    cov: np.ndarray
    df: float
    errors: str
    n_clusters: int = 0

    def interval(self, estimate: float, variance: float, level: float) -> tuple[float, float]:
        """Two-sided interval; NaN where the variance is not known."""
        reach = float(critical_value(level, self.df)) * _root(variance)
        return estimate - reach, estimate + reach

    def p_value(self, estimate: float, variance: float) -> float:
        """Two-sided p-value of 0; NaN where the variance is 0 or not known."""
        error = _root(variance)
        return float(two_sided_p(np.array(estimate / error), self.df)) if error > 0 else float("nan")


def uncertainty_of(
    fit: CellFit, errors: str, cells: Summed, pattern: np.ndarray, hospital: np.ndarray
) -> Uncertainty:
    """The sandwich of a fit.

    Parameters
    ----------
    errors : {"robust", "hospital"}
    cells : Summed
        By cell, only cells of the regression.
    pattern, hospital : numpy.ndarray, shape (cells,), int

    Notes
    -----
    Robust: n / (n - K) times HC0 (White 1980; MacKinnon & White 1985), t(n - K) for the linear model, else
    normal. Clustered: G / (G - 1) · (n - 1) / (n - K), t(G - 1) (Liang & Zeger 1986; Cameron & Miller 2015).
    NaN where one hospital is all there is, no case is left over, or there are no estimates.
    """
    n, k = fit.n, len(fit.params)
    unknown = np.full((k, k), np.nan)
    if not fit.converged:
        return Uncertainty(unknown, np.inf, errors)
    if errors == ROBUST:
        factor = n / (n - k) if n > k else np.nan
        df = float(n - k) if fit.family is LINEAR and n > k else np.inf
        return Uncertainty(factor * _symmetric(fit.bread @ robust_meat(fit) @ fit.bread), df, errors)
    used = cells.known > 0
    g = len(np.unique(hospital[used]))
    if g < 2 or n <= k:
        return Uncertainty(unknown, np.inf, errors, g)
    part = Summed(cells.known[used], cells.total[used], cells.squares[used])
    size = int(hospital.max()) + 1
    influence = scores_by_hospital(fit, part, pattern[used], hospital[used], size) @ fit.bread
    factor = g / (g - 1) * (n - 1) / (n - k)
    return Uncertainty(factor * _symmetric(influence.T @ influence), float(g - 1), errors, g)


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.T) / 2


def _root(variance: float) -> float:
    return float(np.sqrt(variance)) if variance >= 0 else float("nan")
