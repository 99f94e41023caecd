"""Paths of the treated and of their weighted donors, how well they fit before, and the same for every donor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.synthetic.block import Block, Weights

Weigh = Callable[[Block], Weights]


@dataclass(frozen=True)
class Gap:
    """A unit (or the mean of several) beside its weighted donors.

    Attributes
    ----------
    path, synthetic : numpy.ndarray, shape (T,)
        `synthetic` is moved by the constant that the weighted periods before the reform imply; none without them.
    weights : Weights
    n_before : int
    """

    path: np.ndarray
    synthetic: np.ndarray
    weights: Weights
    n_before: int

    @property
    def gap(self) -> np.ndarray:
        """Treated less synthetic (T,)."""
        return self.path - self.synthetic

    @property
    def effect(self) -> float:
        """Mean gap from the reform on."""
        return float(self.gap[self.n_before :].mean())

    @property
    def fit_before(self) -> float:
        """Root mean squared gap before the reform."""
        return float(np.sqrt((self.gap[: self.n_before] ** 2).mean()))

    @property
    def fit_after(self) -> float:
        """Root mean squared gap from the reform on."""
        return float(np.sqrt((self.gap[self.n_before :] ** 2).mean()))

    @property
    def ratio(self) -> float:
        """Fit after over fit before; infinite where the fit before is perfect."""
        return self.fit_after / self.fit_before if self.fit_before > 0 else np.inf


@dataclass(frozen=True)
class Ranked:
    """The treated among all donors, by the ratio of their fits.

    Attributes
    ----------
    rank : int
        1 is the largest ratio; ties count against the treated.
    total : int
        Donors and the treated.
    """

    rank: int
    total: int

    @property
    def p_value(self) -> float:
        """Share of units with a ratio as large."""
        return self.rank / self.total

    @property
    def least(self) -> float:
        """The smallest p-value that so many donors allow."""
        return 1 / self.total


def gap_of(block: Block, weigh: Weigh) -> Gap:
    """The treated of a block beside their synthetic path. Cost: its weights."""
    weights = weigh(block)
    path, synthetic = block.path, weights.donors @ block.donors
    shift = weights.periods @ (path - synthetic)[: block.n_before]
    return Gap(path, synthetic + shift, weights, block.n_before)


def placebo_gaps(block: Block, weigh: Weigh) -> list[Gap]:
    """Each donor in the place of the treated, who are left out; its donors are the others.

    Abadie, Diamond & Hainmueller (2010, section 2.4). One set of weights a donor.
    """
    made = []
    for k in range(len(block.donors)):
        others = np.delete(np.arange(len(block.donors)), k)
        covariates = None if block.covariates is None else block.covariates[:, np.r_[others, k]]
        own = block.donors[k : k + 1]
        alone = Block(block.donors[others], own, np.ones(1), block.n_before, covariates)
        made.append(gap_of(alone, weigh))
    return made


def ranked(own: Gap, placebos: list[Gap]) -> Ranked:
    """Rank of the ratio of the treated's fit after to that before (Abadie, Diamond & Hainmueller 2010, p. 502)."""
    as_large = sum(other.ratio >= own.ratio * (1 - 1e-9) for other in placebos)
    return Ranked(1 + as_large, 1 + len(placebos))
