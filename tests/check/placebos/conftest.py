"""Small panels of cities with reform dates, on which placebos are tried."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}


def cities(starts, seed=0, effect=0.0, n_periods=8, hospitals=2, trend=0.0):
    """Cities with a reform date each, a shock by city and period, and a trend of the reformed ones."""
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(len(starts)), hospitals)
    unit, time = (g.ravel() for g in np.meshgrid(np.arange(len(city)), np.arange(n_periods), indexing="ij"))
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit]})
    first = np.array(starts, float)[frame["city"]]
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in first]
    shock = rng.normal(size=(len(starts), n_periods))
    frame["cases"] = rng.integers(20, 200, len(frame))
    frame["y"] = shock[frame["city"], time] + rng.normal(size=len(frame)) + effect * (frame["time"] >= first)
    frame["y"] += trend * time * np.isfinite(first)
    return frame


def fitted(frame, name="twfe", options=None, **design):
    built = build_design(frame, **{**COLUMNS, **design})
    return estimate(built, frame["y"], estimator=name, **(options or {}))


@pytest.fixture
def panel():
    """From reform dates to a frame."""
    return cities


@pytest.fixture
def fit():
    """From a frame and words of the design to an estimate."""
    return fitted
