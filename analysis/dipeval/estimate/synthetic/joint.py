"""Slopes of covariates found together with the weights, as the authors' package of synthetic difference-in-differences does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.estimate.synthetic.block import (
    PUBLISHED_DECREASE,
    PUBLISHED_STEPS,
    SMALL,
    Block,
    Weights,
    difference_weights,
)
from dipeval.estimate.synthetic.frank_wolfe import frank_wolfe_step

TIGHT = 1e-10
ROUNDS = 2_000


@dataclass(frozen=True)
class _Collapsed:
    """Outcome or covariate (N0 + 1, T0 + 1): donors and the treated mean, periods before and the mean after."""

    table: np.ndarray

    @property
    def by_period(self) -> np.ndarray:
        """Columns of donors and, last, the treated (T0, N0 + 1), each without its mean."""
        table = self.table[:, :-1].T
        return table - table.mean(0)

    @property
    def by_unit(self) -> np.ndarray:
        """Columns of periods before and, last, the mean after (N0, T0 + 1), each without its mean."""
        table = self.table[:-1]
        return table - table.mean(0)


def joint_weights(block: Block, covariates: np.ndarray, solver: str = "exact") -> tuple[Block, Weights]:
    """The block without its covariates, and its weights.

    Parameters
    ----------
    block : Block
    covariates : numpy.ndarray, shape (p, N0 + N1, T)
        Donors first.
    solver : {"exact", "published"}
        Optimal weights and least-squares slopes in turn until neither moves, or the steps and the stop of the
        package.

    Returns
    -------
    (Block, Weights)
        Outcomes less covariates times slopes; the slopes are `Weights.slopes`.

    Notes
    -----
    Arkhangelsky et al. (2021, footnote 4) and synthdid 0.0.9. The sum of both weights' mean squared errors is not
    convex in weights and slopes together: ``exact`` gives a point where no step of either kind improves it, from
    slopes of zero. Steps that do not settle are told by `Weights.are_optimal`.
    """
    n0 = len(block.donors)
    outcome = _collapsed(block, np.vstack([block.donors, block.treated]))
    made = [_collapsed(block, one) for one in covariates]
    if solver == "published":
        weights, slopes, sure = _published(block, outcome, made)
    else:
        weights, slopes, sure = _in_turn(block, covariates, made, outcome)
    fitted = np.tensordot(slopes, covariates, 1)
    adjusted = replace(block, donors=block.donors - fitted[:n0], treated=block.treated - fitted[n0:])
    return adjusted, replace(weights, are_optimal=sure and weights.are_optimal, slopes=slopes)


def _collapsed(block: Block, table: np.ndarray) -> _Collapsed:
    n0, before = len(block.donors), block.n_before
    rows = np.vstack([table[:n0], block.shares @ table[n0:]])
    return _Collapsed(np.column_stack([rows[:, :before], rows[:, before:].mean(1)]))


def _published(
    block: Block, outcome: _Collapsed, covariates: list[_Collapsed]
) -> tuple[Weights, np.ndarray, bool]:
    n0, t0 = len(block.donors), block.n_before
    noise, omega, lam = block.noise, np.full(n0, 1 / n0), np.full(t0, 1 / t0)
    ridges = (t0 * block.ridge**2, n0 * (SMALL * noise) ** 2)
    slopes, before = np.zeros(len(covariates)), np.inf
    units, periods = outcome.by_period, outcome.by_unit
    x_units, x_periods = [x.by_period for x in covariates], [x.by_unit for x in covariates]
    omega = frank_wolfe_step(units[:, :-1], units[:, -1], ridges[0], omega)
    lam = frank_wolfe_step(periods[:, :-1], periods[:, -1], ridges[1], lam)
    for step in range(1, PUBLISHED_STEPS + 1):
        errors = (units @ np.r_[omega, -1.0], periods @ np.r_[lam, -1.0])
        moves = [
            errors[1] @ (xp @ np.r_[lam, -1.0]) / n0 + errors[0] @ (xu @ np.r_[omega, -1.0]) / t0
            for xu, xp in zip(x_units, x_periods, strict=True)
        ]
        slopes = slopes + np.array(moves) / step
        units = outcome.by_period - sum(b * x for b, x in zip(slopes, x_units, strict=True))
        periods = outcome.by_unit - sum(b * x for b, x in zip(slopes, x_periods, strict=True))
        omega = frank_wolfe_step(units[:, :-1], units[:, -1], ridges[0], omega)
        lam = frank_wolfe_step(periods[:, :-1], periods[:, -1], ridges[1], lam)
        value = ridges[0] / t0 * omega @ omega + ridges[1] / n0 * lam @ lam
        value += ((units @ np.r_[omega, -1.0]) ** 2).mean() + ((periods @ np.r_[lam, -1.0]) ** 2).mean()
        if step >= 2 and not before - value > (PUBLISHED_DECREASE * noise) ** 2:
            break
        before = value
    return Weights(omega, lam), slopes, True


def _in_turn(
    block: Block, covariates: np.ndarray, made: list[_Collapsed], outcome: _Collapsed
) -> tuple[Weights, np.ndarray, bool]:
    n0, slopes = len(block.donors), np.zeros(len(made))
    roots = (np.sqrt(len(outcome.by_period)), np.sqrt(len(outcome.by_unit)))
    penalties = (block.ridge, block.noise)
    for _ in range(ROUNDS):
        fitted = np.tensordot(slopes, covariates, 1)
        adjusted = replace(block, donors=block.donors - fitted[:n0], treated=block.treated - fitted[n0:])
        weights = difference_weights(adjusted, "exact", penalties)
        omega, lam = np.r_[weights.donors, -1.0], np.r_[weights.periods, -1.0]
        y = np.r_[outcome.by_period @ omega / roots[0], outcome.by_unit @ lam / roots[1]]
        x = [np.r_[one.by_period @ omega / roots[0], one.by_unit @ lam / roots[1]] for one in made]
        new = np.linalg.lstsq(np.column_stack(x), y, rcond=1e-10)[0]
        moved = float(np.abs(new - slopes).max())
        slopes = new
        if moved <= TIGHT * max(float(np.abs(slopes).max()), 1e-300):
            return weights, slopes, True
    return weights, slopes, False
