"""The effect of a treatment on one outcome, with what its error is made of."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, log, nan, sqrt

import numpy as np

from dipeval.results.student import critical_value, two_sided_p


@dataclass(frozen=True)
class Effect:
    """Two means, adjusted for covariates, and how they differ.

    Attributes
    ----------
    treated, control : float
    variance, log_variance : float
        Of the difference, and of the logarithm of the ratio; NaN where not defined.
    df : float
        Infinity for the normal distribution.
    n : int
        Cases of both groups that the effect is of.
    """

    treated: float
    control: float
    variance: float
    log_variance: float
    df: float
    n: int

    @property
    def difference(self) -> float:
        """Treated less control."""
        return self.treated - self.control

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference."""
        if not self.variance > 0:
            return nan
        return float(two_sided_p(np.array(self.difference / sqrt(self.variance)), self.df))

    def interval(self, level: float) -> tuple[float, float]:
        """Limits of the difference."""
        reach = self._reach(self.variance, level)
        return self.difference - reach, self.difference + reach

    def relative(self, level: float) -> tuple[float, float, float]:
        """Ratio of the means less 1, with limits that are symmetric in logarithms; NaN without positive means."""
        if not (self.treated > 0 and self.control > 0):
            return nan, nan, nan
        at, reach = log(self.treated / self.control), self._reach(self.log_variance, level)
        return expm1(at), expm1(at - reach), expm1(at + reach)

    def _reach(self, variance: float, level: float) -> float:
        return float(critical_value(level, self.df)) * sqrt(variance) if variance >= 0 else nan
