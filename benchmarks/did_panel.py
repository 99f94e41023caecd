"""Staggered panels of three sizes for the benchmark of estimators."""

from __future__ import annotations

import numpy as np
import pandas as pd

PERIODS = 48
SIZES = {"tiny": (15, 4), "S": (45, 25), "M": (200, 125), "L": (200, 1042)}
"""Cities and hospitals in each: 54 thousand, 1.2 and 10 million hospital-months."""
STARTS = (13.0, 19.0, 25.0, 31.0, 0.0)
"""First treated month of every fifth city; 0 is never."""


def invent_panel(size: str, seed: int = 20261123) -> pd.DataFrame:
    """A balanced panel of hospitals in cities, two covariates, assignment by city.

    Columns: ``unit``, ``time`` (1 … 48), ``city``, ``start`` (NaN for never), ``first`` (0 for never),
    ``treated``, ``event`` (-1000 for never), ``x1``, ``x2``, ``y``. The effect grows with exposure and
    differs by cohort. Columns are made one by one and not copied, so that the peak memory of a run is that
    of the estimator.
    """
    cities, each = SIZES[size]
    draw = np.random.default_rng(seed)
    n_units = cities * each
    city = np.repeat(np.arange(cities), each)
    first = np.array(STARTS)[city % len(STARTS)]
    columns = {
        "unit": np.repeat(np.arange(n_units), PERIODS),
        "time": np.tile(np.arange(1, PERIODS + 1), n_units),
        "city": np.repeat(city, PERIODS),
        "first": np.repeat(first.astype(np.int64), PERIODS),
    }
    columns["start"] = np.where(columns["first"] > 0, columns["first"], np.nan)
    exposure = columns["time"] - columns["first"]
    ever = columns["first"] > 0
    columns["treated"] = (ever & (exposure >= 0)).astype(np.int64)
    columns["event"] = np.where(ever, exposure, -1000)
    columns["x1"] = draw.standard_normal(len(ever)) + np.repeat(draw.standard_normal(n_units), PERIODS)
    columns["x2"] = draw.standard_normal(len(ever))
    outcome = 0.3 * draw.standard_normal(len(ever))
    outcome += 0.2 * columns["x1"] - 0.1 * columns["x2"] + 0.01 * columns["time"]
    outcome += np.repeat(9 + 0.5 * draw.standard_normal(n_units), PERIODS)
    shocks = 0.03 * draw.standard_normal((cities, PERIODS))
    outcome.reshape(cities, each, PERIODS)[:] += shocks[:, None]
    outcome -= columns["treated"] * (0.05 + 0.002 * np.maximum(exposure, 0))
    columns["y"] = outcome
    return pd.DataFrame(columns, copy=False)
