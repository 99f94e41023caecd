"""Leverage and effective number of clusters against dense matrices; what is said of the methods."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check import cluster_diagnostics
from dipeval.design import build_design

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}


def panel(starts, hospitals, n_periods=6, seed=0, gaps=False):
    city = np.repeat(np.arange(len(starts)), hospitals)
    unit, time = (g.ravel() for g in np.meshgrid(np.arange(len(city)), np.arange(n_periods), indexing="ij"))
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit]})
    frame["start"] = [starts[c] for c in frame["city"]]
    keep = np.random.default_rng(seed).random(len(frame)) < (0.85 if gaps else 2)
    return frame[keep].reset_index(drop=True)


@pytest.mark.parametrize("gaps", [False, True])
def test_against_dense_matrices(gaps):
    frame = panel(["3", "3", "4", "never", "never"], [1, 4, 2, 3, 5], gaps=gaps)
    found = cluster_diagnostics(build_design(frame, **COLUMNS), "city").frame
    treated = pd.to_numeric(frame["start"], errors="coerce").le(frame["time"]).to_numpy(float)
    hospitals, periods = (pd.get_dummies(frame[n]).to_numpy(float) for n in ("unit", "time"))
    effects = np.column_stack([hospitals, periods])
    left = treated - effects @ np.linalg.lstsq(effects, treated, rcond=None)[0]
    shares = [(left[frame["city"] == g] ** 2).sum() for g in range(5)]
    assert found["partial_leverage"].to_numpy() == pytest.approx(np.array(shares) / sum(shares), rel=1e-9)
    within = np.column_stack([treated, periods])
    within = within - hospitals @ np.linalg.lstsq(hospitals, within, rcond=None)[0]
    hat = within @ np.linalg.pinv(within)
    diagonal = [np.diag(hat)[frame["city"] == g].sum() for g in range(5)]
    assert found["leverage"].to_numpy() == pytest.approx(np.array(diagonal) / np.trace(hat), rel=1e-9)
    assert found["hospitals"].tolist() == [1, 4, 2, 3, 5]


def test_equal_clusters_count_fully_and_one_treated_city_counts_alone():
    equal = cluster_diagnostics(build_design(panel(["3", "3", "never", "never"], [2] * 4), **COLUMNS), "city")
    assert equal.effective == pytest.approx(4)
    alone = cluster_diagnostics(build_design(panel(["3"] + ["never"] * 9, [2] * 10), **COLUMNS), "city")
    # the treated city holds (1 - 1/10) of the variation: 1 / (0.9² + 9 (0.1/9)²)
    assert alone.effective == pytest.approx(1 / (0.81 + 9 * (0.1 / 9) ** 2))
    assert alone.calendars == 10


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (["3", "never"], "the variance between clusters is not identified"),
        (["3", "never", "never"], "a single treated cluster"),
        (["3", "never", "never"], "3 calendars, smallest p-value 0.33, so it cannot reject at 5 %"),
        (
            ["3", "3", "4", "never", "never", "never"],
            "60 calendars, smallest p-value 0.017, so it can reject",
        ),
    ],
)
def test_what_is_said(starts, words):
    design = build_design(panel(starts, [2] * len(starts)), **COLUMNS)
    assert words in " ".join(cluster_diagnostics(design, "city").sentences())


def test_clusters_with_several_dates():
    frame = panel(["3", "3", "never", "never"], [2] * 4)
    frame.loc[frame["unit"] == 0, "start"] = "4"
    found = cluster_diagnostics(build_design(frame, **COLUMNS), "city")
    assert found.calendars == 0 and "calendars cannot be dealt anew" in " ".join(found.sentences())
