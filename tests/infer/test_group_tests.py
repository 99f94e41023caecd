"""Ibragimov–Müller and sign changes: by hand, by loops, and by estimates of each group alone."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.group_tests import deal_groups, sign_change_p, t_over_groups, two_samples
from dipeval.infer.wild import all_signs

NEVER = np.inf
N_PERIODS = 6
ONE_DATE, TWO_DATES = [3, 3, 3, NEVER, NEVER, NEVER, NEVER], [2, 4, 3, NEVER, NEVER, NEVER]


def panel(starts, seed=0, effect=0.0):
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(len(starts)), rng.integers(2, 5, len(starts)))
    unit, time = np.divmod(np.arange(len(city) * N_PERIODS), N_PERIODS)
    first = np.array(starts)[city[unit]]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit].astype(str)})
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in first]
    shock = rng.normal(size=(len(starts), N_PERIODS))
    frame["y"] = shock[city[unit], time] + rng.normal(size=len(frame)) + effect * (time >= first)
    return frame


def fit(frame, name="twfe", **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}
    return estimate(build_design(frame, **columns), frame["y"], estimator=name, **options)


@pytest.mark.parametrize("name", ["twfe", "imputation"])
def test_changes_of_cities_are_two_samples(name):
    """After less before in each city, compared as scipy compares unequal variances, but for the df."""
    frame = panel(ONE_DATE, seed=1, effect=2.0)
    means = frame.groupby(["city", frame["time"] >= 3])["y"].mean().unstack()
    changes = (means[True] - means[False]).to_numpy()
    result = infer(fit(frame, name), "ibragimov_mueller")
    row = result.tidy().iloc[0]
    expected = stats.ttest_ind(changes[:3], changes[3:], equal_var=False)
    difference = changes[:3].mean() - changes[3:].mean()
    assert row["std_error"] == pytest.approx(difference / expected.statistic)
    assert row["p_value"] == pytest.approx(2 * stats.t(2).sf(abs(expected.statistic)))
    assert (row["conf_low"] + row["conf_high"]) / 2 == pytest.approx(difference)
    assert (row["conf_high"] - row["conf_low"]) / 2 == pytest.approx(stats.t(2).ppf(0.975) * row["std_error"])
    assert row["df"] == 2 and f"tested around {difference:.6g}" in row["note"]
    assert "3 treated against 4 comparison" in result.inference.rule


def test_hospitals_that_leave_do_not_move_a_city():
    frame = panel(ONE_DATE, seed=2)
    gone = (frame["unit"] == 0) & (frame["time"] > 3)
    moved = frame.assign(y=frame["y"] + 50 * (frame["unit"] == 0))
    one, two = (infer(fit(f[~gone].reset_index(drop=True)), "ibragimov_mueller") for f in (frame, moved))
    assert two.pvalues.iloc[0] == pytest.approx(one.pvalues.iloc[0], rel=1e-9)


@pytest.mark.parametrize("name", ["twfe", "group_time"])
def test_groups_are_estimated_alone(name):
    frame = panel(TWO_DATES, seed=3)
    groups = {"0": "a", "3": "a", "1": "b", "4": "b", "2": "c", "5": "c"}
    result = fit(frame, name)
    term = result.params.index[0]
    alone = [
        fit(frame[frame["city"].map(groups) == g].reset_index(drop=True), name).params[term] for g in "abc"
    ]
    expected = stats.ttest_1samp(alone, 0.0)
    found = infer(result, "ibragimov_mueller", groups=groups)
    assert found.pvalues[term] == pytest.approx(expected.pvalue)
    assert found.conf_int().loc[term].to_numpy() == pytest.approx(expected.confidence_interval(0.95))
    assert found.inference.cov[0, 0] == pytest.approx(found.std_errors[term] ** 2)
    signs = [np.abs(np.dot(s, alone)) for s in product([1, -1], repeat=3)]
    changed = infer(result, "sign_changes", groups=groups)
    assert changed.pvalues[term] == pytest.approx(np.mean(np.array(signs) >= signs[0] * (1 - 1e-9)))
    assert changed.inference.draws == 8 and "no p-value can be below 0.25" in " ".join(changed.warnings)
    assert np.isinf(changed.inference.conf_low[0])


def test_with_several_dates_groups_are_dealt():
    result = infer(fit(panel(TWO_DATES, seed=4)), "ibragimov_mueller")
    assert "3 disjoint groups" in result.inference.rule and result.inference.df == 2
    assert result.inference.conf_high[0] > result.inference.conf_low[0]


def test_groups_are_disjoint_and_mixed():
    treated = np.array([1, 0, 1, 0, 0, 0, 1, 0], bool)
    size = np.array([9.0, 1, 5, 2, 8, 4, 7, 6])
    group = deal_groups(treated, size)
    assert group.max() == 2
    for g in range(3):
        assert treated[group == g].sum() == 1 and (~treated[group == g]).sum() in (1, 2)
    assert group[0] == group[4] == 0  # the largest of both sides
    assert deal_groups(~treated, size).tolist() == group.tolist()


def test_sign_changes_of_many_outcomes():
    values = np.random.default_rng(0).normal(size=(7, 3)) + 1
    found = sign_change_p(values, np.array([0.0, 1.0, 2.0]), all_signs(7))
    for r in range(3):
        sums = np.abs([np.dot(s, values[:, r] - r) for s in product([1, -1], repeat=7)])
        assert found[r] == pytest.approx(np.mean(sums >= sums[0] * (1 - 1e-9)))
    assert sign_change_p(np.ones(7), 0.0, all_signs(7)) == 2 / 128


def test_t_over_groups_rejects_at_most_as_often_as_its_level():
    """Theorem 1: also where one group has nearly all the variance."""
    rng = np.random.default_rng(1)
    spread = np.array([10.0, 1, 1, 0.1, 0.1])[:, None]
    one = t_over_groups(rng.normal(size=(5, 20_000)) * spread)
    two = two_samples(rng.normal(size=(3, 20_000)), rng.normal(size=(5, 20_000)) * spread)
    for found, df in ((one, 4), (two, 2)):
        share = (np.abs(found.estimate / found.error) > stats.t(df).ppf(0.975)).mean()
        assert found.df == df and share < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 20_000)


def test_random_changes_have_a_seed_that_is_told():
    result = fit(panel([3] * 7 + [NEVER] * 7, seed=1))
    with pytest.raises(DesignError, match="draws are random and have no seed"):
        infer(result, "sign_changes", n_draws=99)
    one, two = (infer(result, "sign_changes", n_draws=99, seed=3) for _ in range(2))
    assert one.pvalues.iloc[0] == two.pvalues.iloc[0] and one.inference.seed == 3
    exact = infer(result, "sign_changes")
    assert exact.inference.draws == 128 and exact.inference.seed is None


@pytest.mark.parametrize(
    ("starts", "options", "words"),
    [
        ([3, NEVER, NEVER], {}, "1 treated and 2 comparison city"),
        ([3, NEVER], {}, "1 treated and 1 comparison city"),
        ([2, 2, 3], {}, "all clusters are treated"),
        (TWO_DATES, {"between": "cities"}, "for one date and without groups"),
        (TWO_DATES, {"between": "city"}, "did you mean 'cities'?"),
        (TWO_DATES, {"cluster": "ctiy"}, "did you mean 'city'?"),
        (TWO_DATES, {"groups": {"0": "a"}}, "groups must name every cluster"),
        (TWO_DATES, {"level": 0.9}, "not between 0.917"),
        (TWO_DATES, {"groups": dict.fromkeys("012345", "a")}, "1 groups of city"),
        (
            TWO_DATES,
            {"groups": dict(zip("012345", "aaabbb", strict=True))},
            "1 have no estimate of their own",
        ),
    ],
)
def test_what_is_refused(starts, options, words):
    with pytest.raises(DesignError) as caught:
        infer(fit(panel(starts)), "ibragimov_mueller", **options)
    assert words in str(caught.value)


def test_a_city_that_lacks_periods_is_left_out_of_two_samples():
    frame = panel(ONE_DATE, seed=1)
    some = frame[(frame["city"] != "6") | (frame["time"] > 0)].reset_index(drop=True)
    result = infer(fit(some), "ibragimov_mueller")
    assert "city 6 lack periods" in " ".join(result.warnings) and "against 3" in result.inference.rule
