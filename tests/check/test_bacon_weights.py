"""Weights of the Goodman-Bacon decomposition from the design alone."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check import bacon_weights
from dipeval.design import build_design
from dipeval.estimate import estimate


@pytest.fixture
def frame():
    unit, time = np.divmod(np.arange(12 * 6), 6)
    start = np.array([2.0, 4, np.nan])[unit % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start})
    return frame.assign(y=np.random.default_rng(3).normal(size=len(unit)))


def build(frame):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["unit"]}
    return build_design(frame, **columns, event_window=(-2, 2))


def test_full_precision_weights_give_the_coefficient_back(frame):
    design = build(frame)
    found = bacon_weights(design).tidy()
    params = estimate(design, frame["y"], estimator="bacon").params
    terms = [f"cohort={a},against={b}" for a, b in zip(found["cohort"], found["against"], strict=True)]
    assert found["weight"].sum() == pytest.approx(1, rel=1e-12)
    assert found["weight"] @ params[terms].to_numpy() == pytest.approx(params["treated"], rel=1e-10)


def test_periods_and_the_forbidden_share(frame):
    weights = bacon_weights(build(frame))
    rows = weights.comparisons.set_index(["cohort", "against"])
    assert list(rows.loc[("4", "2"), ["type", "first_period", "last_period"]]) == [
        "later_against_earlier",
        "2",
        "5",
    ]
    assert list(rows.loc[("2", "4"), ["first_period", "last_period"]]) == ["0", "3"]
    assert weights.forbidden == pytest.approx(rows.loc[("4", "2"), "weight"], rel=1e-12)
    assert weights.sentence().startswith(f"{weights.forbidden:.1%} of the weight")


def test_rows_without_an_outcome_do_not_count(frame):
    use = (frame["unit"] != 0).to_numpy()
    fewer = bacon_weights(build(frame), use).comparisons
    alone = bacon_weights(build(frame[use].reset_index(drop=True))).comparisons
    pd.testing.assert_frame_equal(fewer, alone)
