"""Level of the tests where a restriction binds at the true effect, by simulation."""

import numpy as np
import pytest

from dipeval.check.sensitivity.restrictions import restrict
from dipeval.check.sensitivity.robust_interval import robust_decisions

TIMES = np.array([-4, -3, -2, 0, 1, 2])
COV = 0.01 * (0.3 + 0.7 * np.exp(-np.abs(np.subtract.outer(TIMES, TIMES)) / 2) + 0.1 * np.eye(6))
BENDING = 0.05 * (TIMES + 1) * TIMES / 2
STEPPING = np.array([-0.9, -0.9, -0.9, 0.9, 1.8, 2.7])
DRAWS = 200


@pytest.mark.slow
@pytest.mark.parametrize("average", [np.eye(3)[0], np.full(3, 1 / 3)], ids=["first", "mean"])
@pytest.mark.parametrize(
    ("family", "bound", "shape", "trends", "method"),
    [
        ("smoothness", 0.05, {}, BENDING, "least_favourable"),
        ("smoothness", 0.05, {"bias": "positive"}, BENDING, "fixed_length_hybrid"),
        ("smoothness", 0.05, {"bias": "positive"}, BENDING, "conditional"),
        ("relative_magnitudes", 1.0, {}, STEPPING, "least_favourable"),
        ("relative_magnitudes", 1.0, {"bias": "positive"}, STEPPING, "least_favourable"),
        ("relative_magnitudes", 1.0, {}, np.zeros(6), "least_favourable"),
    ],
)
def test_a_true_effect_is_rejected_in_one_of_twenty_draws_at_most(
    family, bound, shape, trends, method, average
):
    restriction = restrict(family, bound, 3, 3, **shape)
    assert restriction.holds(trends, 1e-9)
    rejected = sum(
        not robust_decisions(restriction, beta, COV, average, np.zeros(1), method=method)[0]
        for beta in np.random.default_rng(11).multivariate_normal(trends, COV, size=DRAWS)
    )
    assert rejected <= 0.05 * DRAWS + 3 * np.sqrt(0.05 * 0.95 * DRAWS)
