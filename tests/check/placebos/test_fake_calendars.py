"""Fake pilot cities and calendars dealt anew: against estimates one by one, and in their size."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from dipeval.check.placebos.calendars import among_untreated, dealt_anew
from dipeval.check.placebos.density import bandwidth, kernel_density
from dipeval.check.placebos.drawing import behind, clustered_effect, placebos
from dipeval.errors import DesignError
from dipeval.infer import infer

NEVER = np.inf


@pytest.mark.parametrize("name", ["twfe", "imputation", "twfe_event_study"])
def test_each_pair_of_untreated_cities_once(panel, fit, name):
    """Every pair of fake pilots written into a frame without the actual ones, and everything built anew."""
    frame = panel([4, 4, *[NEVER] * 5], seed=1, effect=9.0)
    main = fit(frame, name)
    found = placebos(main, "city", among_untreated(main, "city"))
    assert found.n == found.calendars.possible == 10 and found.calendars.exact
    values, errors = [], []
    for pair in combinations(range(2, 7), 2):
        rows = frame[frame["city"] >= 2]
        rows = rows.assign(start=np.where(rows["city"].isin(pair), "4", "never")).reset_index(drop=True)
        one = infer(fit(rows, name))
        if name == "twfe_event_study":
            values.append(one.params[[f"event_time={e}" for e in range(4)]].mean())
            part = one.cov.loc[[f"event_time={e}" for e in range(4)], [f"event_time={e}" for e in range(4)]]
            errors.append(np.sqrt(part.to_numpy().sum()) / 4)
        else:
            values.append(one.params.iloc[0])
            errors.append(one.std_errors.iloc[0])
    order, mine = np.argsort(values), np.argsort(found.effects)
    assert found.effects[mine] == pytest.approx(np.array(values)[order], abs=1e-9)
    assert found.errors[mine] == pytest.approx(np.array(errors)[order], rel=1e-9)
    assert found.p_value() == pytest.approx(1 / 11) and found.least == 1 / 11


@pytest.mark.parametrize("name", ["twfe", "imputation"])
def test_dealt_anew_is_randomisation_inference(panel, fit, name):
    main = fit(panel([3, 5, NEVER, NEVER], seed=4, effect=1.0), name)
    found = placebos(main, "city", dealt_anew(main, "city"))
    assert found.calendars.exact and found.calendars.with_own and found.n == 12
    for statistic in ("estimate", "t"):
        theirs = infer(main, "randomisation", statistic=statistic).pvalues.iloc[0]
        assert found.p_value(statistic) == pytest.approx(theirs, abs=1e-12)
    own, error = clustered_effect(main, "city")
    inferred = infer(main)
    assert (own, error) == pytest.approx((inferred.params.iloc[0], inferred.std_errors.iloc[0]), rel=1e-9)
    assert np.isclose(found.effects, own).sum() == 1


def test_one_at_a_time_with_each_date(panel, fit):
    main = fit(panel([3, 5, 5, NEVER, NEVER, NEVER, NEVER]))
    found = among_untreated(main, "city")
    assert found.n_fake == 1 and found.possible == 8 and np.isnan(found.dates[:, :3]).all()
    assert sorted(found.dates[np.isfinite(found.dates)].tolist()) == [3.0] * 4 + [5.0] * 4


def test_draws_repeat_with_their_seed(panel, fit):
    main = fit(panel([3, 5, *[NEVER] * 12]))
    first, again, other = (among_untreated(main, "city", draws=99, seed=s).dates for s in (1, 1, 2))
    assert np.array_equal(first, again, equal_nan=True) and not np.array_equal(first, other, equal_nan=True)
    assert len(first) == 99 and (np.isfinite(first).sum(1) == 2).all()


def test_dates_drawn_keep_cohorts_together(panel, fit):
    main = fit(panel([3, 3, 5, NEVER, NEVER, NEVER]))
    found = dealt_anew(main, "city", draws=200, seed=1, random_dates=True).dates
    drawn = [sorted(row[np.isfinite(row)].tolist()) for row in found]
    assert all(len(row) == 3 and len(set(row)) == 2 for row in drawn)
    assert {date for row in drawn for date in row} == set(range(1, 8))


def test_strata_hold_their_dates(panel, fit):
    main = fit(panel([3, NEVER, 5, NEVER]))
    within = {"0": "a", "1": "a", "2": "b", "3": "b"}
    found = dealt_anew(main, "city", within=within).dates
    assert len(found) == 4 and (np.isfinite(found[:, :2]).sum(1) == 1).all()
    with pytest.raises(DesignError, match="strata must name every city"):
        dealt_anew(main, "city", within={"0": "a"})


@pytest.mark.parametrize(
    ("starts", "words", "said"),
    [
        ([3, 3, NEVER, NEVER], {}, "two must be left"),
        ([3, 3, NEVER, NEVER, NEVER], {"number": 2}, "two must be left"),
        ([3, NEVER, NEVER, NEVER], {"number": 2}, "2 fake of 1 actual"),
        ([3, *[NEVER] * 2], {}, "1 fake of 1 actual among 2"),
        ([3, 4, 5, *[NEVER] * 12], {}, "seed"),
    ],
)
def test_too_few_untreated_cities(panel, fit, starts, words, said):
    main = fit(panel(starts))
    with pytest.raises(DesignError, match=said):
        among_untreated(main, "city", **words)


def test_what_stands_behind_a_placebo_by_hand(panel, fit):
    frame = panel([4, *[NEVER] * 3], seed=5)
    main = fit(frame, n_cases="cases")
    calendars = among_untreated(main, "city")
    counts, shares = behind(main.origin.design, main.origin.values, "city", calendars.dates)
    for row, count, share in zip(calendars.dates, counts, shares, strict=True):
        mine = frame[(frame["city"] == int(np.argmax(np.isfinite(row)))) & (frame["time"] >= 4)]
        assert count == mine["cases"].sum()
        assert share == pytest.approx(mine.groupby("unit")["cases"].sum().max() / count)


def test_the_curve_is_a_density():
    draws = np.random.default_rng(1).normal(2.0, 3.0, 500)
    x, density = kernel_density(draws)
    assert np.trapezoid(density, x) == pytest.approx(1, abs=2e-3)
    assert np.trapezoid(x * density, x) == pytest.approx(draws.mean(), abs=0.02)
    half = kernel_density(np.array([0.0, 1.0]))
    width = bandwidth(np.array([0.0, 1.0]))
    assert width == pytest.approx(0.9 * min(np.sqrt(0.5), 0.5 / 1.34) * 2**-0.2)
    by_hand = np.exp(-0.5 * (half[0] / width) ** 2) + np.exp(-0.5 * ((half[0] - 1) / width) ** 2)
    assert half[1] == pytest.approx(by_hand / (2 * width * np.sqrt(2 * np.pi)))
    assert len(kernel_density(np.ones(5))[0]) == 0


def test_clustered_errors_reject_five_in_a_hundred_where_they_should(panel, fit):
    main = fit(panel([4] * 10 + [NEVER] * 30, seed=7))
    found = placebos(main, "city", among_untreated(main, "city", draws=400, seed=1))
    assert 0.01 < found.rejected() < 0.12
    assert found.failed == 0 and found.df == 29


def test_an_effect_without_an_error_has_no_rank_by_t(panel, fit):
    main = fit(panel([3, NEVER, NEVER, NEVER]))
    found = replace(placebos(main, "city", dealt_anew(main, "city")), observed_error=np.nan)
    assert np.isnan(found.p_value("t")) and found.p_value() in (0.25, 0.5, 0.75, 1.0)
