"""A fit of treated units to donors, asked again: other units, held weights, a path under a null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dipeval.estimate.synthetic.block import SMALL, Block, Weights, control_weights, difference_weights
from dipeval.estimate.synthetic.series import Series
from dipeval.estimate.synthetic.simplex import simplex_weights
from dipeval.results.unit_fits import UnitFits

Fitted = Sequence[tuple[float, tuple[Block, np.ndarray], Weights]]
Weigh = Callable[[Block, str], Weights]
PathFit = Callable[[Block, np.ndarray, np.ndarray], np.ndarray]


def unit_fits(series: Series, fitted: Fitted, weigh: Weigh, solver: str) -> UnitFits:
    """What inference may ask the fits of all cohorts.

    Parameters
    ----------
    series : Series
    fitted : sequence of (cohort, (Block, unit positions), Weights)
    weigh : callable
        From a `Block` and a solver to `Weights`.
    solver : str

    Returns
    -------
    UnitFits
        Without `fitted` where it is not known how `weigh` fits a path to donors in periods that all count alike.
    """
    path_fit = PATH_FITS.get(weigh)

    def gaps(counts: np.ndarray, anew: bool) -> tuple[np.ndarray, np.ndarray]:
        made = [
            _gap(block, weights, counts[which], (lambda b: weigh(b, solver)) if anew else None)
            for _, (block, which), weights in fitted
        ]
        mass = [
            float((series.weights * counts)[which[len(block.donors) :]].sum())
            for _, (block, which), _ in fitted
        ]
        return np.array(made), np.array(mass)

    def path(cohort: int, treated: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return path_fit(fitted[cohort][1][0], treated, rows)

    return UnitFits(
        periods=series.periods,
        cohorts=np.array([cohort for cohort, _, _ in fitted]),
        n_before=np.array([block.n_before for _, (block, _), _ in fitted]),
        clusters=series.cluster_codes(),
        treated=~series.donors,
        observed=np.array([block.path for _, (block, _), _ in fitted]),
        gaps=gaps,
        fitted=None if path_fit is None else path,
    )


def _gap(
    block: Block, weights: Weights, counts: np.ndarray, anew: Callable[[Block], Weights] | None
) -> np.ndarray:
    """Gap (P,) when units count so often; with `anew` weights are those of the units as they then are."""
    donors, treated = counts[: len(block.donors)], counts[len(block.donors) :]
    shares = block.shares * treated
    if not shares.any() or not donors.any():
        return np.full(block.donors.shape[1], np.nan)
    if anew is None:
        held = weights.donors * donors
        if not held.sum() > 0:
            return np.full(block.donors.shape[1], np.nan)
        gap = shares / shares.sum() @ block.treated - held / held.sum() @ block.donors
        return gap - float(weights.periods @ gap[: block.n_before])
    rows, own = np.repeat(np.arange(len(donors)), donors), np.repeat(np.arange(len(treated)), treated)
    drawn_shares = block.shares[own] / block.shares[own].sum()
    taken = np.r_[rows, len(donors) + own]
    covariates = None if block.covariates is None else block.covariates[:, taken]
    drawn = replace(
        block,
        donors=block.donors[rows],
        treated=block.treated[own],
        shares=drawn_shares,
        covariates=covariates,
    )
    found = anew(drawn)
    gap = drawn.path - found.donors @ drawn.donors
    return gap - float(found.periods @ gap[: block.n_before])


def _level_fit(block: Block, treated: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Donors by their paths up to a constant, with the penalty of the estimate; periods count alike."""
    donors, target = block.donors[:, rows].T, treated[rows]
    means, level = donors.mean(0), float(target.mean())
    weights = simplex_weights(donors - means, target - level, len(target) * block.ridge**2).weights
    return weights @ (block.donors - means[:, None]) + level


def _control_fit(block: Block, treated: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Donors by their paths, without a constant."""
    donors, target = block.donors[:, rows].T, treated[rows]
    ridge = len(target) * (SMALL * block.noise) ** 2
    return simplex_weights(donors, target, ridge).weights @ block.donors


PATH_FITS: dict[Weigh, PathFit] = {difference_weights: _level_fit, control_weights: _control_fit}
"""How each way of weighing fits a path to donors where no period is after the reform."""
