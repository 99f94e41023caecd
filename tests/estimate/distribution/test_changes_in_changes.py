"""Changes-in-changes against numbers worked out by hand, the definitions, and its invariances."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DesignError
from dipeval.estimate.distribution.changes_in_changes import (
    bounds_of_mean,
    changes_in_changes,
    counterfactual_shares,
    tidy,
)
from dipeval.estimate.distribution.quantiles import quantiles_of
from dipeval.infer import infer, simultaneous_band

GROUPS = {  # treated after, treated before, untreated after, untreated before: values 1, 2, 3
    "treated_after": [1, 1, 1, 2],
    "treated_before": [1, 2, 3, 3],
    "untreated_after": [1, 2, 2, 3],
    "untreated_before": [1, 1, 2, 3],
}


def counted(groups, values=(1, 2, 3)):
    return np.array([[list(own).count(v) for v in values] for own in groups.values()], float)


def test_tied_values_by_hand():
    """F00 = ½, ¾, 1; F01 = ¼, ¾, 1; F10 = ¼, ½, 1: at 1, half of the way from 0 to F10(1); at 2, F10(2)."""
    joined, low, high = counterfactual_shares(counted(GROUPS))
    np.testing.assert_allclose(joined, [0.125, 0.5, 1])
    np.testing.assert_allclose(low, [0, 0.5, 1])
    np.testing.assert_allclose(high, [0.25, 0.5, 1])


@pytest.fixture(scope="module")
def by_hand(valued_cases):
    """The same numbers as cases of four hospitals in two periods."""
    rows = []
    for name, own in GROUPS.items():
        treated, after = name.startswith("treated"), name.endswith("after")
        for k, y in enumerate(own):
            rows.append((k % 2 + 2 * treated, int(after), int(treated), 1.0 if treated else np.nan, float(y)))
    return valued_cases(pd.DataFrame(rows, columns=["h", "t", "city", "start", "y"]))


def test_mean_and_bounds_by_hand(by_hand):
    """Without the reform the mean is ⅛ + 2·⅜ + 3·½ = 2.375 (bounds 2.25 and 2.5); with it, it is 1.25."""
    found, changed = changes_in_changes(by_hand.design, by_hand.classes(), [0.5])
    assert found.params["mean"] == pytest.approx(1.25 - 2.375)
    assert bounds_of_mean(changed, by_hand.classes()) == pytest.approx((1.25 - 2.5, 1.25 - 2.25))
    assert list(tidy(changed, by_hand.classes())["observed"]) == [0.75, 1, 1]
    assert changed.outside == 0


def inverse(values, share):
    """inf{y: F(y) ≥ share}"""
    ordered = np.sort(values)
    return ordered[np.searchsorted(np.arange(1, len(ordered) + 1) / len(ordered), share - 1e-12)]


def test_untied_values_keep_their_rank():
    """Each treated case before moves as the untreated of its rank did (Athey & Imbens 2006, equation 16)."""
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=200), rng.normal(1, 2, size=200)
    treated = before[rng.integers(0, 200, 120)]  # inside the support, as the model asks
    ranks = np.array([(before <= y).mean() for y in treated])
    moved = np.array([inverse(after, rank) for rank in ranks])
    values = np.unique(np.r_[before, after, treated])
    counts = np.array(
        [[(own == v).sum() for v in values] for own in (treated, treated, after, before)], float
    )
    joined, low, high = counterfactual_shares(counts)
    by_case = np.array([(moved <= v).mean() for v in values])
    np.testing.assert_allclose(joined, by_case, atol=1e-12)
    # where the untreated are equally many before and after, no value lies between two ranks
    np.testing.assert_allclose(low, high, atol=1e-12)


def test_the_same_treated_and_untreated_before():
    """The treated would then have become the untreated after."""
    counts = counted(GROUPS | {"treated_before": GROUPS["untreated_before"]})
    np.testing.assert_allclose(counterfactual_shares(counts)[0], np.cumsum(counts[2]) / counts[2].sum())


def test_no_change_among_the_untreated():
    counts = counted(GROUPS | {"untreated_after": GROUPS["untreated_before"]})
    np.testing.assert_allclose(counterfactual_shares(counts)[0], np.cumsum(counts[1]) / counts[1].sum())


def test_values_beyond_the_untreated_are_told(by_hand, valued_cases):
    high = (by_hand.cases["start"] == 1) & (by_hand.cases["t"] == 0) & (by_hand.cases["y"] == 3)
    spoiled = valued_cases(by_hand.cases.assign(y=by_hand.cases["y"].where(~high, 9.0)))
    _, changed = changes_in_changes(spoiled.design, spoiled.classes(), [0.5])
    assert changed.outside == 0.5 and changed.counterfactual[-1] == 1


def test_a_monotone_change_of_the_scale(two_cohorts):
    """Ranks do not know the scale: the same shares, at the values that belong to them."""
    other = replace(two_cohorts, cases=two_cohorts.cases.assign(y=np.sqrt(two_cohorts.cases["y"]) * 3))
    _, plain = changes_in_changes(two_cohorts.design, two_cohorts.classes(), [0.5])
    _, scaled = changes_in_changes(other.design, other.classes(), [0.5])
    np.testing.assert_allclose(scaled.counterfactual, plain.counterfactual, rtol=1e-12)


def test_influence_is_the_jackknife(two_cohorts):
    classes = two_cohorts.classes()
    found, _ = changes_in_changes(two_cohorts.design, classes, [0.25, 0.5])
    n = len(two_cohorts.panel["h"].unique())
    for hospital in (0, 7, 19):
        rest = two_cohorts.panel["h"].to_numpy()[classes.row] != hospital
        left = {name: getattr(classes, name)[rest] for name in ("row", "place", "cases", "total", "squares")}
        again, _ = changes_in_changes(two_cohorts.design, replace(classes, **left), [0.25, 0.5])
        expected = (found.params - again.params) * (n - 1) / n
        np.testing.assert_allclose(found.influence["h"][hospital], expected, atol=1e-9)
    error = infer(found, cluster="h").std_errors
    jackknife = np.sqrt(n / (n - 1) * (found.influence["h"] ** 2).sum(0))
    np.testing.assert_allclose(error, jackknife)


def test_a_known_effect_and_a_band(two_cohorts):
    found, changed = changes_in_changes(two_cohorts.design, two_cohorts.classes(), [0.1, 0.5, 0.9])
    treated = two_cohorts.cases.query("t >= start")["y"]
    true = [treated.mean() * -0.25, *(-0.25 * treated.quantile([0.1, 0.5, 0.9]))]
    inferred = infer(found, cluster="h")
    assert (np.abs(found.params - true) < 3.5 * inferred.std_errors).all()
    assert changed.cohorts == ("2", "4") and changed.left_out == ()
    band = simultaneous_band(found, seed=1, cluster="h", terms=list(found.params.index))
    assert band.critical_value > 1.9


def test_coarse_classes_come_near(two_cohorts):
    fine, _ = changes_in_changes(two_cohorts.design, two_cohorts.classes(), [0.25, 0.5, 0.75])
    coarse, _ = changes_in_changes(two_cohorts.design, two_cohorts.classes(100), [0.25, 0.5, 0.75])
    error = infer(fine, cluster="h").std_errors
    assert (np.abs(fine.params - coarse.params) < 0.15 * error).all()


def test_without_hospitals_never_treated(two_cohorts, valued_cases):
    rest = valued_cases(two_cohorts.cases[two_cohorts.cases["start"].notna()])
    with pytest.raises(DesignError, match="never treated"):
        changes_in_changes(rest.design, rest.classes(), [0.5])


def test_a_group_that_hangs_on_one_cluster(two_cohorts, valued_cases):
    """Only one hospital is never treated: without it there is no estimate, so by hospital there is no error."""
    some = two_cohorts.cases
    rest = valued_cases(some[some["start"].notna() | (some["h"] == 8)])
    found, _ = changes_in_changes(rest.design, rest.classes(), [0.5])
    assert np.isfinite(found.params).all() and any("a group is empty" in w for w in found.warnings)
    inferred = infer(found, cluster="h")
    assert inferred.std_errors.isna().all()
    assert inferred.tidy()["note"].str.startswith("no standard error by h").all()


def test_quantiles_by_steps_and_lines():
    shares, upper = np.array([0.25, 0.75, 1.0]), np.array([1.0, 2.0, 4.0])
    levels = np.array([0.2, 0.25, 0.5, 0.9])
    np.testing.assert_allclose(quantiles_of(shares, upper, 0.0, levels, steps=True), [1, 1, 2, 4])
    np.testing.assert_allclose(quantiles_of(shares, upper, 0.0, levels), [0.8, 1, 1.5, 3.2])
