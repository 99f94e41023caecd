"""One cohort beside its donors, and the weights that make them alike before the reform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.synthetic.frank_wolfe import frank_wolfe_weights, thinned
from dipeval.estimate.synthetic.simplex import simplex_weights

SOLVERS = ("exact", "published")
SMALL = 1e-6
PUBLISHED_DECREASE, PUBLISHED_STEPS, STEPS_BEFORE_THINNING = 1e-5, 10_000, 100


@dataclass(frozen=True)
class Block:
    """N0 donors and N1 units treated from the same period on.

    Attributes
    ----------
    donors : numpy.ndarray, shape (N0, T)
        Outcomes.
    treated : numpy.ndarray, shape (N1, T)
    shares : numpy.ndarray, shape (N1,)
        Weights of the treated units; they add up to one.
    n_before : int
        T0: periods before the reform (and before anticipation).
    covariates : numpy.ndarray, shape (p, N0 + N1, T), or None
        Donors first, where they take part in the weights.
    """

    donors: np.ndarray
    treated: np.ndarray
    shares: np.ndarray
    n_before: int
    covariates: np.ndarray | None = None

    @property
    def n_after(self) -> int:
        """Periods from the reform on."""
        return self.donors.shape[1] - self.n_before

    @property
    def path(self) -> np.ndarray:
        """Mean outcome of the treated units (T,)."""
        return self.shares @ self.treated

    @property
    def noise(self) -> float:
        """Standard deviation of the donors' changes from period to period before the reform."""
        changes = np.diff(self.donors[:, : self.n_before], axis=1)
        return float(changes.std(ddof=1)) if changes.size > 1 else 0.0

    @property
    def ridge(self) -> float:
        """Penalty of the donors' weights: the noise times (N1 T1)^(1/4), Arkhangelsky et al. (2021), eq. 5."""
        return (len(self.treated) * self.n_after) ** 0.25 * self.noise


@dataclass(frozen=True)
class Weights:
    """Weights of donors (N0,) and of periods before the reform (T0,), whether they are optimal, and what was found
    with them: slopes of covariates (p,), importance of predictors (K,)."""

    donors: np.ndarray
    periods: np.ndarray
    are_optimal: bool = True
    slopes: np.ndarray | None = None
    importance: np.ndarray | None = None


def difference_weights(
    block: Block, solver: str = "exact", scale: tuple[float, float] | None = None
) -> Weights:
    """Weights of synthetic difference-in-differences.

    Parameters
    ----------
    block : Block
    solver : {"exact", "published"}
        The optimum, or where the steps of the authors' package stop.
    scale : (float, float), optional
        Ridge and noise; default: those of the block.

    Notes
    -----
    Arkhangelsky et al. (2021), equations 4 to 6: donors by their paths before the reform up to a constant, with
    the penalty `Block.ridge`; periods by the donors' mean after the reform up to a constant, with one of 1e-6 of
    the noise that only makes them unique.
    """
    n_before, donors = block.n_before, block.donors
    before = donors[:, :n_before]
    after = donors[:, n_before:].mean(1)
    by_unit = np.column_stack([before, after])
    by_unit = by_unit - by_unit.mean(0)
    by_period = np.column_stack([before.T, block.path[:n_before]])
    by_period = by_period - by_period.mean(0)
    ridge, noise = scale or (block.ridge, block.noise)
    periods, sure = _solved(by_unit, SMALL * noise, noise, solver)
    units, certain = _solved(by_period, ridge, noise, solver)
    return Weights(units, periods, sure and certain)


def control_weights(block: Block, solver: str = "exact") -> Weights:
    """Weights of a synthetic control that matches the path before the reform, without a constant.

    Notes
    -----
    Abadie, Diamond & Hainmueller (2010) with every earlier outcome as a predictor; a penalty of 1e-6 of the
    noise makes the weights unique. No period before the reform is taken off.
    """
    by_period = np.column_stack([block.donors[:, : block.n_before].T, block.path[: block.n_before]])
    units, certain = _solved(by_period, SMALL * block.noise, block.noise, solver)
    return Weights(units, np.zeros(block.n_before), certain)


def _solved(table: np.ndarray, penalty: float, noise: float, solver: str) -> tuple[np.ndarray, bool]:
    """Weights of all columns but the last, which is the target."""
    columns, target, ridge = table[:, :-1], table[:, -1], len(table) * penalty**2
    if solver == "exact":
        fit = simplex_weights(columns, target, ridge)
        return fit.weights, fit.is_optimal
    least = PUBLISHED_DECREASE * noise
    first = frank_wolfe_weights(columns, target, ridge, least_decrease=least, steps=STEPS_BEFORE_THINNING)
    weights = frank_wolfe_weights(
        columns, target, ridge, start=thinned(first), least_decrease=least, steps=PUBLISHED_STEPS
    )
    return weights, True
