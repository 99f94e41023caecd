"""Splines of the dose: values and slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.interpolate import BSpline


@dataclass(frozen=True)
class DoseBasis:
    """B-splines of a degree on a span of doses, the constant among what they span (de Boor 1978).

    Attributes
    ----------
    low, high : float
        Ends of the span.
    knots : tuple of float
        Inside the span, in order; none makes a polynomial.
    degree : int
    """

    low: float
    high: float
    knots: tuple[float, ...] = ()
    degree: int = 3

    @property
    def size(self) -> int:
        """Number of terms K."""
        return self.degree + 1 + len(self.knots)

    def values(self, dose: np.ndarray) -> np.ndarray:
        """ψ(d) (n, K); outside the span the polynomials at its ends go on."""
        return self._splines()(np.asarray(dose, float))

    def slopes(self, dose: np.ndarray) -> np.ndarray:
        """ψ'(d) (n, K)."""
        if not self.degree:
            return np.zeros((len(dose), self.size))
        return self._splines().derivative()(np.asarray(dose, float))

    def _splines(self) -> BSpline:
        from scipy.interpolate import BSpline

        ends = [self.low] * (self.degree + 1), [self.high] * (self.degree + 1)
        return BSpline(np.r_[ends[0], self.knots, ends[1]], np.eye(self.size), self.degree)


def quantile_knots(doses: np.ndarray, number: int) -> tuple[float, ...]:
    """Knots at evenly spaced quantiles of the doses of treated hospitals."""
    return tuple(float(q) for q in np.quantile(doses, np.arange(1, number + 1) / (number + 1)))
