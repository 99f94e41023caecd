"""Breakdown values: where an interval comes to hold zero, and where it never or always does."""

import numpy as np
import pytest

from dipeval.check.sensitivity.restrictions import restrict
from dipeval.check.sensitivity.robust_breakdown import robust_breakdown
from dipeval.check.sensitivity.robust_interval import robust_interval

COV = 0.01 * (np.eye(4) + 0.3)
FIRST = np.array([1.0, 0.0])


def _relative(bound):
    return restrict("relative_magnitudes", bound, 2, 2)


@pytest.mark.parametrize("method", ["least_favourable", "conditional"])
def test_the_interval_holds_zero_from_there_on(method):
    beta = np.array([0.2, -0.3, 1.5, 1.5])
    found = robust_breakdown(_relative, beta, COV, FIRST, method=method)
    assert 1 < found < 5
    below = robust_interval(_relative(0.999 * found), beta, COV, FIRST, method=method)
    above = robust_interval(_relative(1.001 * found), beta, COV, FIRST, method=method)
    assert 0 not in below and 0 in above
    assert above.low == pytest.approx(0, abs=0.01)


def test_no_effect_breaks_at_once_and_a_sign_may_never():
    assert np.isnan(robust_breakdown(_relative, np.zeros(4), COV, FIRST))
    beta = np.array([0.0, 0.0, 1.5, 1.5])
    downward = robust_breakdown(
        lambda bound: restrict("smoothness", bound, 2, 2, bias="negative"), beta, COV, FIRST, first=0.1
    )
    assert downward == np.inf


def test_smoothness_by_the_hybrid_of_fixed_length():
    beta = np.array([0.05, 0.0, 1.0, 1.0])
    bounded = robust_breakdown(
        lambda bound: restrict("smoothness", bound, 2, 2),
        beta,
        COV,
        FIRST,
        first=0.1,
        method="fixed_length_hybrid",
    )
    at = robust_interval(
        restrict("smoothness", bounded, 2, 2), beta, COV, FIRST, method="fixed_length_hybrid"
    )
    assert at.low == pytest.approx(0, abs=1e-4)
