"""Cinelli & Hazlett: the published Darfur values, brute force, and confounders that are really left out."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import t as student

from dipeval.check.omitted.by_cluster import clustered_bound, fitted_coefficient
from dipeval.check.omitted.confounding import (
    Coefficient,
    adjusted_error,
    adjusted_value,
    bias_of,
    contour,
    robustness_value,
    strength_of,
)
from dipeval.check.omitted.partialled import Partialled, partial_r_squared


def test_darfur_is_as_published(stored):
    """Cinelli & Hazlett (2020), section 4: 13.9 %, 7.6 %, 2.19 %; pysensemakr to all its digits."""
    record, darfur = stored("darfur")
    found, said = fitted_coefficient(darfur), record["stats"]
    assert (found.degrees, found.value) == (said["degrees"], pytest.approx(said["estimate"], rel=1e-10))
    assert found.std_error == pytest.approx(said["std_error"], rel=1e-10)
    assert found.partial_r2 == pytest.approx(said["partial_r2"], rel=1e-10)
    assert round(100 * found.partial_r2, 2) == 2.19
    assert robustness_value(found) == pytest.approx(said["robustness_value"], rel=1e-10)
    assert round(100 * robustness_value(found), 1) == 13.9
    assert robustness_value(found, level=0.95) == pytest.approx(said["robustness_value_level"], rel=1e-10)
    assert round(100 * robustness_value(found, level=0.95), 1) == 7.6
    assert robustness_value(found, 0.5) == pytest.approx(said["robustness_value_half"], rel=1e-10)


def test_darfur_bounds_by_one_covariate_and_by_a_group(stored):
    record, darfur = stored("darfur")
    coefficient = fitted_coefficient(darfur)
    for bound in record["bounds"]:
        group = [darfur.place(name) for name in bound["benchmark"]]
        rest = [k for k in darfur.places if k not in group]
        on_outcome = partial_r_squared(darfur.products, 0, group, [1, *rest])
        on_treatment = partial_r_squared(darfur.products, 1, group, rest)
        assert (on_outcome, on_treatment) == pytest.approx((bound["r2yxj_dx"], bound["r2dxj_x"]), rel=1e-9)
        strength = strength_of(on_outcome, on_treatment, bound["times"])
        assert (strength.outcome, strength.treatment) == pytest.approx(
            (bound["r2yz_dx"], bound["r2dz_x"]), rel=1e-9
        )
        where = (coefficient, strength.outcome, strength.treatment)
        assert adjusted_value(*where) == pytest.approx(bound["adjusted_estimate"], rel=1e-9)
        assert adjusted_error(*where) == pytest.approx(bound["adjusted_se"], rel=1e-9)
    female = [adjusted for adjusted in record["bounds"] if adjusted["benchmark"] == ["female"]]
    assert [round(bound["adjusted_estimate"], 3) for bound in female] == [0.075, 0.053, 0.030]


def regression(columns, outcome):
    """Coefficients and the error of the first column under independent errors."""
    matrix = np.column_stack([columns, np.ones(len(outcome))])
    inverse = np.linalg.inv(matrix.T @ matrix)
    coefficients = inverse @ (matrix.T @ outcome)
    residuals = outcome - matrix @ coefficients
    degrees = len(outcome) - matrix.shape[1]
    return coefficients[0], np.sqrt(inverse[0, 0] * (residuals @ residuals) / degrees), degrees


def test_the_bias_and_the_error_are_exact_for_a_variable_that_is_left_out():
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, 60))
    d = 0.5 * x + 0.7 * z + rng.normal(size=60)
    y = d - x + z + rng.normal(size=60)
    short = Coefficient(*regression(np.column_stack([d, x]), y))
    long_value, long_error, _ = regression(np.column_stack([d, x, z]), y)
    centred = np.column_stack([y, d, x, z]) - np.mean([y, d, x, z], axis=1)
    products = centred.T @ centred
    on_outcome = partial_r_squared(products, 0, 3, [1, 2])
    on_treatment = partial_r_squared(products, 1, 3, [2])
    bias = bias_of(short, on_outcome, on_treatment)
    assert bias == pytest.approx(abs(short.value - long_value), rel=1e-10)
    assert adjusted_error(short, on_outcome, on_treatment) == pytest.approx(long_error, rel=1e-10)


@pytest.mark.parametrize("t, degrees", [(4.2, 783), (12.0, 30), (3.3, 7), (9.0, 7), (25.0, 3), (2.5, 10)])
def test_robustness_value_is_the_weakest_confounder_that_undoes_the_effect(t, degrees):
    """Brute force over all R_Y up to R: where degrees are few, the strongest does not explain all it may of
    Y."""
    coefficient = Coefficient(t, 1.0, degrees)
    critical = student.ppf(0.975, degrees - 1)

    def end(r):
        outcome = np.linspace(0, r, 20001)
        return (
            adjusted_value(coefficient, outcome, r) - critical * adjusted_error(coefficient, outcome, r)
        ).min()

    found = robustness_value(coefficient, level=0.95)
    if abs(t) <= critical * np.sqrt(degrees / (degrees - 1)):
        assert found == 0
    else:
        assert found == pytest.approx(brentq(end, 1e-9, 1 - 1e-9), abs=2e-5)
    assert adjusted_value(coefficient, *(2 * [robustness_value(coefficient)])) == pytest.approx(0, abs=1e-9)


def test_contours_are_where_the_adjusted_effect_has_one_value():
    coefficient = Coefficient(-0.3, 0.08, 50)
    treatment = np.array([0.05, 0.2, 0.5])
    outcome = contour(coefficient, -0.1, treatment)
    assert adjusted_value(coefficient, outcome, treatment) == pytest.approx(-0.1)


def test_benchmarks_that_no_confounder_can_reach():
    """k times 30 % of the treatment's odds pass 1 at k = 3; a strong one on the outcome is taken for all of
    it."""
    assert np.isnan(strength_of(0.1, 0.3, 3).treatment)
    assert strength_of(0.6, 0.05, 1).capped and strength_of(0.6, 0.05, 1).outcome == 1
    assert strength_of(0.2, 0.1, 1, 0).outcome < strength_of(0.2, 0.1, 1).outcome


def test_a_bound_by_clusters_reaches_zero_at_its_robustness_value():
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(12, 20, 3)) + 0.4 * rng.normal(size=(12, 1, 3))
    rows[:, :, 0] += 1.2 * rows[:, :, 1] + rows[:, :, 2]
    clusters = np.einsum("gij,gik->gjk", rows, rows)
    partialled = Partialled(("x",), clusters, np.zeros(12), 240, 1)
    bound = clustered_bound(partialled, 12 / 11, 0.95)
    r = bound.robustness_value()
    assert 0 < r < bound.robustness_value(interval=False)
    assert bound.interval(r / np.sqrt(1 - r))[0] == pytest.approx(0, abs=1e-9)
    before = robustness_value(fitted_coefficient(partialled))
    assert bound.robustness_value(interval=False) == pytest.approx(before)
    turned = Partialled(
        ("x",), clusters * np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]), np.zeros(12), 240, 1
    )
    assert clustered_bound(turned, 12 / 11, 0.95).robustness_value() == pytest.approx(r)
