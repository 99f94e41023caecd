"""One restriction, one average of effects, one way to make intervals: everything by bound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.check.sensitivity.breakdown import (
    fixed_length_breakdown,
    identified_breakdown,
    searched_breakdown,
)
from dipeval.check.sensitivity.conditional import FixedLength
from dipeval.check.sensitivity.fixed_length import SmoothnessFrontier, smoothness_frontier
from dipeval.check.sensitivity.identified_set import IdentifiedSet, identified_set
from dipeval.check.sensitivity.restrictions import SMOOTHNESS, Restriction, restrict
from dipeval.check.sensitivity.robust_interval import FIXED_LENGTH_HYBRID, robust_interval
from dipeval.results.student import critical_value

FIXED_LENGTH = "fixed_length"
USUAL = (0.5, 1.0, 1.5, 2.0)
"""Bounds where a study names none, in units of `Analysis.unit`; between them a breakdown value is looked for first."""


@dataclass(frozen=True)
class Robust:
    """The interval at a bound.

    Attributes
    ----------
    bound : float
    low, high : float
        NaN where the data refute the restriction.
    centre : float
        Of an interval of fixed length; NaN for others, which have none.
    possible : IdentifiedSet
        What the restriction leaves possible with the estimates taken for the truth.
    """

    bound: float
    low: float
    high: float
    centre: float
    possible: IdentifiedSet


@dataclass(frozen=True, eq=False)
class Analysis:
    """The event study and what is asked of it.

    Attributes
    ----------
    beta : numpy.ndarray, shape (n_pre + n_post,)
    cov : numpy.ndarray, shape (n_pre + n_post, n_pre + n_post)
        As the event study has it.
    n_pre : int
    degrees : float
        Of freedom of its errors.
    weights : numpy.ndarray, shape (n_post,)
    family, method : str
    bias, trend : str or None
    level : float

    Notes
    -----
    The intervals are made with the normal distribution and a known covariance. Where errors have few degrees of freedom,
    the covariance is enlarged by the squared ratio of their two-sided critical value to the normal one, so that the
    interval under parallel trends is the usual t interval. Intervals of fixed length, whose weights are chosen by that
    covariance, are longer still (`SmoothnessFrontier.widened`). One-sided and conditional parts of the others need a smaller
    ratio: the enlargement errs on the long side there.
    """

    beta: np.ndarray
    cov: np.ndarray
    n_pre: int
    degrees: float
    weights: np.ndarray
    family: str
    method: str
    bias: str | None
    trend: str | None
    level: float

    @property
    def n_post(self) -> int:
        """Effects from the reform on."""
        return len(self.beta) - self.n_pre

    @property
    def enlarged(self) -> float:
        """By how much standard errors are enlarged for few degrees of freedom; 1 for none."""
        return float(critical_value(self.level, self.degrees) / critical_value(self.level, np.inf))

    @cached_property
    def used_cov(self) -> np.ndarray:
        """The covariance with which intervals are made."""
        return self.cov * self.enlarged**2

    @cached_property
    def estimate(self) -> float:
        """The average of the effects."""
        return float(self.weights @ self.beta[self.n_pre :])

    @cached_property
    def original(self) -> tuple[float, float]:
        """Its interval under parallel trends."""
        variance = float(self.weights @ self.used_cov[self.n_pre :, self.n_pre :] @ self.weights)
        reach = float(critical_value(self.level, np.inf)) * np.sqrt(variance)
        return self.estimate - reach, self.estimate + reach

    def excludes_zero(self, low: float, high: float) -> bool:
        """Whether an interval lies on the estimate's side of zero."""
        return low > 0 if self.estimate > 0 else high < 0

    def restriction(self, bound: float) -> Restriction:
        """The restriction at a bound."""
        return restrict(self.family, bound, self.n_pre, self.n_post, bias=self.bias, trend=self.trend)

    @cached_property
    def frontier(self) -> SmoothnessFrontier:
        """Trade-offs of bias and variance under smoothness."""
        return smoothness_frontier(
            self.used_cov, self.n_pre, self.weights, float(self.degrees), self.enlarged
        )

    def interval(self, bound: float) -> tuple[float, float, float]:
        """Low, high and centre of the interval at a bound; the centre is NaN where it means nothing. Made once."""
        if bound not in self._known:
            self._known[bound] = self._interval(bound)
        return self._known[bound]

    @cached_property
    def _known(self) -> dict[float, tuple[float, float, float]]:
        return {}

    def _interval(self, bound: float) -> tuple[float, float, float]:
        alpha = 1 - self.level
        if self.method == FIXED_LENGTH:
            found = self.frontier.interval(self.beta, bound, alpha)
            return found.low, found.high, found.estimate
        fixed = None
        if self.method == FIXED_LENGTH_HYBRID:
            first = self.frontier.interval(self.beta, bound, alpha / 10)
            fixed = FixedLength(first.weights, first.estimate, first.half_length)
        made = robust_interval(
            self.restriction(bound),
            self.beta,
            self.used_cov,
            self.weights,
            method=self.method,
            level=self.level,
            fixed=fixed,
        )
        return made.low, made.high, float("nan")

    def margin(self, bound: float) -> float:
        """How far the interval at a bound is from zero, on the side of the estimate; negative where it holds zero."""
        low, high, _ = self.interval(bound)
        reach = abs(self.original[1] - self.original[0])
        found = low if self.estimate > 0 else -high
        return float(np.clip(-np.inf if np.isnan(found) else found, -100 * reach, 100 * reach))

    def at(self, bound: float) -> Robust:
        """Everything at a bound."""
        low, high, centre = self.interval(bound)
        possible = identified_set(self.beta, self.restriction(bound), self.weights)
        return Robust(bound, low, high, centre, possible)

    @cached_property
    def breakdown(self) -> float:
        """The largest bound at which the interval excludes zero; NaN for none, infinite for all that were looked at."""
        if self.method == FIXED_LENGTH:
            return fixed_length_breakdown(self.frontier, self.beta, 1 - self.level)
        return searched_breakdown(self.margin, [self.unit * mark for mark in USUAL])

    @cached_property
    def breakdown_of_set(self) -> float:
        """The same of what the restriction leaves possible with the estimates taken for the truth."""
        return identified_breakdown(self.beta, self.restriction, self.weights, self.unit)

    @property
    def unit(self) -> float:
        """A bound of the right size to begin with."""
        if self.family != SMOOTHNESS:
            return 1.0
        return self.bend or float(np.sqrt(self.cov[self.n_pre - 1, self.n_pre - 1]))

    @property
    def bend(self) -> float:
        """The largest second difference of the leads; 0 with a single lead."""
        path = np.append(self.beta[: self.n_pre], 0.0)
        return float(np.abs(np.diff(path, n=2)).max(initial=0.0))
