"""Weights of static two-way fixed effects, by hand and by theorem."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check import twfe_weights
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate


def build(start, periods=3, weights=None, hospitals=1):
    rows = [
        (f"{u}-{k}", u, t, s) for u, s in enumerate(start) for k in range(hospitals) for t in range(periods)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "city", "time", "start"])
    frame["w"] = np.random.default_rng(0).uniform(0.5, 3, len(frame))
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return frame, build_design(frame, **columns, event_window=(-2, 2), weights=weights)


def test_the_textbook_case():
    """Cohorts 1 and 2 of 0, 1, 2, none untreated at 2: D - row - column + mean by hand.

    D = (0 1 1; 0 0 1), residuals (-1/6 1/3 -1/6; 1/6 -1/3 1/6): treated 1/3, -1/6, 1/6.
    """
    _, design = build([1, 2])
    weights = twfe_weights(design)
    assert (weights.n_treated, weights.n_negative) == (3, 1)
    assert weights.cells["weight"].tolist() == pytest.approx([1.0, -0.5, 0.5])
    assert weights.sum_negative == pytest.approx(-0.5) and weights.share_negative == pytest.approx(1 / 3)
    assert weights.cells["event_time"].tolist() == [0, 1, 0]
    assert (
        "1 of 3 treated hospital-periods (33.3%) get a negative weight, -0.500 in sum" in weights.sentence()
    )


@pytest.mark.parametrize("weighted", [None, "w"])
def test_the_coefficient_is_the_weighted_sum_of_effects(weighted):
    frame, design = build([2, 4, 5, np.nan, 3], periods=7, weights=weighted, hospitals=2)
    rng = np.random.default_rng(1)
    effect = dict(zip(range(5), rng.normal(size=5), strict=True))
    event_time = frame["time"] - frame["start"]
    outcome = np.where(event_time >= 0, frame["city"].map(effect) * (1 + event_time), 0.0)
    coefficient = estimate(design, outcome, estimator="twfe").params["treated"]
    cells = twfe_weights(design).cells
    by_cohort = {str(int(s)): effect[c] for c, s in zip(frame["city"], frame["start"], strict=True) if s == s}
    total = sum(row.weight * by_cohort[row.cohort] * (1 + row.event_time) for row in cells.itertuples())
    assert coefficient == pytest.approx(total, rel=1e-10)
    assert cells["weight"].sum() == pytest.approx(1) and cells["equal_weight"].sum() == pytest.approx(1)


def test_one_date_has_no_negative_weight():
    _, design = build([1, 1, np.nan])
    weights = twfe_weights(design)
    assert weights.n_negative == 0 and weights.sum_negative == 0
    assert (
        weights.sentence() == "plain two-way fixed effects give no treated hospital-period a negative weight"
    )


def test_a_weight_of_zero_is_not_negative():
    """D = (0 1 1; 0 0 1; 0 0 0): the first hospital's last period has 1 - 2/3 - 2/3 + 1/3 = 0."""
    _, design = build([1, 2, np.nan])
    weights = twfe_weights(design)
    assert weights.cells["weight"].tolist() == pytest.approx([0.5, 0.0, 0.5], abs=1e-12)
    assert (weights.n_treated, weights.n_negative) == (3, 0)


def test_only_rows_with_an_outcome_count():
    frame, design = build([1, 2, np.nan])
    use = (frame["time"] < 2).to_numpy()
    assert twfe_weights(design, use).n_treated == 1
    with pytest.raises(DesignError, match="no used row is treated"):
        twfe_weights(design, (frame["time"] < 1).to_numpy())
    with pytest.raises(DesignError, match="does not vary"):
        twfe_weights(design, (frame["time"] == 2).to_numpy())
