"""Hospitals that choose the reform by what also moves their costs."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design

EFFECT = -0.1


@pytest.fixture(scope="session")
def selected():
    """Larger and sicker hospitals take part more often, and their costs grow faster anyway."""

    def invent(seed=0, n=220, periods=10, staggered=False, noise=0.1):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, 2))
        joins = rng.random(n) < 1 / (1 + np.exp(0.7 - 0.8 * x[:, 0] - 0.4 * x[:, 1]))
        starts = np.where(rng.random(n) < 0.5, 4, 7) if staggered else np.full(n, 5)
        start = np.where(joins, starts, np.inf)
        time = np.arange(periods)
        growth = (0.03 * x[:, [0]] + 0.02 * x[:, [1]]) * time
        y = 9 + x.sum(1, keepdims=True) + growth + EFFECT * (time >= start[:, None])
        y += rng.normal(scale=noise, size=y.shape)
        names = np.array([f"h{k:04d}" for k in range(n)])
        frame = pd.DataFrame(
            {
                "unit": np.repeat(names, periods),
                "year": np.tile(2000 + time, n),
                "start": np.repeat(np.where(np.isfinite(start), start + 2000, np.nan), periods),
                "city": np.repeat(np.arange(n) // 5, periods),
                "y": y.ravel(),
            }
        )
        return frame, pd.DataFrame({"size": x[:, 0], "casemix": x[:, 1]}, index=names)

    return invent


@pytest.fixture(scope="session")
def designed():
    def build(frame, **options):
        columns = {"unit": "unit", "time": "year", "cohort": "start", "clusters": ["unit", "city"]}
        return build_design(frame, **columns | options)

    return build
