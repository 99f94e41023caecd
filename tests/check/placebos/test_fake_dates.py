"""Fake dates before the reform: which there are, and what is estimated at them."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.placebos.fake_dates import backdated, fake_dates
from dipeval.errors import DesignError

NEVER = np.inf


def value(found):
    return float(found.estimate.params.iloc[0])


def test_every_date_with_data_on_both_sides(panel, fit):
    found = fake_dates(fit(panel([5, NEVER, NEVER])))
    assert [(f.earlier, f.dates, f.before, f.after) for f in found] == [
        (k, (str(5 - k),), 5 - k, k) for k in (1, 2, 3, 4)
    ]
    assert [f.earlier for f in fake_dates(fit(panel([5, NEVER, NEVER])), periods=2)] == [2, 3]


@pytest.mark.parametrize("name", ["twfe", "imputation", "group_time"])
def test_one_date_by_hand(panel, fit, name):
    """Two groups, all there in all periods: means after less before of the reformed, less those of the others.

    Group-time effects compare with the last period before alone."""
    frame = panel([5, NEVER, NEVER], seed=3, effect=7.0)
    main = fit(frame, name)
    for date in fake_dates(main):
        before = frame[frame["time"] < 5].assign(after=lambda f, d=date: f["time"] >= 5 - d.earlier)
        if name == "group_time":
            before = before[before["time"] >= 4 - date.earlier]
        means = before.groupby([before["city"] == 0, "after"])["y"].mean().unstack()
        change = means[True] - means[False]
        assert value(backdated(main, date)) == pytest.approx(change[True] - change[False], abs=1e-9)


def test_cohorts_move_together_and_those_without_data_are_left_out(panel, fit):
    main = fit(panel([2, 5, NEVER, NEVER], seed=1))
    found = {f.earlier: f for f in fake_dates(main)}
    assert found[1].cohorts == (2.0, 5.0) and found[1].dates == ("1", "4")
    assert found[3].cohorts == (5.0,) and found[3].left_out == (2.0,)
    made = backdated(main, found[3]).estimate
    assert made.n_hospitals == 6 and not np.isfinite(made.origin.values[: 2 * 8]).any()
    assert list(made.clusters["city"].names) == ["1", "2", "3"]


def test_the_periods_after_the_reform_do_not_matter(panel, fit):
    frame = panel([4, 6, NEVER, NEVER], seed=2)
    other = frame.copy()
    first = frame["start"].replace("never", "99").astype(int)
    other.loc[other["time"] >= np.minimum(first, 6), "y"] += 100.0
    for date in fake_dates(fit(frame)):
        assert value(backdated(fit(frame), date)) == pytest.approx(
            value(backdated(fit(other), date)), abs=1e-9
        )


@pytest.mark.parametrize("name", ["twfe", "imputation", "sun_abraham", "group_time"])
def test_staggered_dates_written_into_a_frame(panel, fit, name):
    """Every fake date as a frame of its own, built anew without the periods from the reform on."""
    frame = panel([4, 6, 6, NEVER, NEVER, NEVER], seed=5)
    main = fit(frame, name)
    for date in fake_dates(main):
        first = pd.to_numeric(frame["start"].replace("never", "inf"))
        last = max(date.cohorts)
        kept = (frame["time"] < np.minimum(first, last)) & ~first.isin(date.left_out)
        moved = np.where(np.isfinite(first), first - date.earlier, np.inf)
        start = ["never" if np.isinf(s) else str(int(s)) for s in moved]
        built = fit(frame.assign(start=start)[kept].reset_index(drop=True), name)
        assert value(backdated(main, date)) == pytest.approx(float(built.params.iloc[0]), abs=1e-9)


def test_anticipated_periods_are_no_data_from_before(panel, fit):
    frame = panel([5, NEVER, NEVER], seed=2)
    main = fit(frame, anticipation=1, reference=-2)
    assert [(f.earlier, f.before, f.after) for f in fake_dates(main)] == [(1, 3, 1), (2, 2, 2), (3, 1, 3)]
    shorter = fit(frame.assign(start=frame["start"].replace("5", "4")))
    for mine, its in zip(fake_dates(main), fake_dates(shorter), strict=True):
        assert value(backdated(main, mine)) == pytest.approx(value(backdated(shorter, its)), abs=1e-9)


def test_a_trend_of_the_reformed_is_found_at_fake_dates(panel, fit):
    main = fit(panel([6, 6, NEVER, NEVER], seed=2, trend=50.0))
    assert all(value(backdated(main, date)) > 45 for date in fake_dates(main))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"dates": ["5"]}, "does not lie before the reform"),
        ({"dates": ["0"]}, "fewer than 1 period"),
        ({"dates": ["3"], "periods": 3}, "fewer than 3 period"),
        ({"earlier": [9]}, "those from 1 to 4"),
        ({"dates": ["2019-13"]}, "is not a period"),
    ],
)
def test_a_date_without_data_on_both_sides_is_refused(panel, fit, words, said):
    with pytest.raises(DesignError, match=said):
        fake_dates(fit(panel([5, NEVER, NEVER])), **words)


def test_dates_that_are_asked_for(panel, fit):
    main = fit(panel([5, 7, NEVER, NEVER]))
    assert [f.earlier for f in fake_dates(main, dates=["3", "4"], earlier=[2])] == [1, 2]


def test_one_period_before_is_no_room_for_a_fake_date(panel, fit):
    with pytest.raises(DesignError, match="too few periods before the reform"):
        fake_dates(fit(panel([1, NEVER, NEVER])))
