"""A panel small enough to compute by hand, and invented estimates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dipeval.describe import EstimateFrames
from dipeval.store.engine import Engine


@pytest.fixture(scope="session")
def engine():
    """One small engine for the descriptions of cases."""
    with Engine(memory_limit="500MB", threads=1) as opened:
        yield opened


@pytest.fixture
def small() -> pd.DataFrame:
    """Two cities, two hospitals each, periods 2018 to 2020; Anlan is reformed in 2019, Beihe never."""
    rows = []
    for city, hospital, level, discharges, cost in (
        ("Anlan", "a1", "tertiary", (100, 200, 300), (1000, 2200, 3000)),
        ("Anlan", "a2", "primary", (50, 50, 50), (300, 300, 200)),
        ("Beihe", "b1", "tertiary", (80, 80, 80), (800, 880, 960)),
        ("Beihe", "b2", "primary", (20, 20, 20), (100, 120, 140)),
    ):
        for year, n, total in zip((2018, 2019, 2020), discharges, cost, strict=True):
            rows.append(
                {
                    "city": city,
                    "hospital": hospital,
                    "period": str(year),
                    "level": level,
                    "discharges": n,
                    "care_days": 8 * n,
                    "total_cost": total * 100,
                    "drug_cost": total * 30,
                    "examination_cost": total * 20,
                    "cohort": "2019" if city == "Anlan" else None,
                }
            )
    return pd.DataFrame(rows)


def frames(
    estimator: str = "imputation",
    outcome: str = "staff_share",
    *,
    cluster: str = "hospital",
    error: float = 0.01,
    notes: dict | None = None,
    times: tuple[int, ...] = (-2, -1, 0, 1),
) -> EstimateFrames:
    """An estimate with an overall effect and event times, of which -1 is the reference."""
    terms = ["overall", *[f"event_time={e}" for e in times]]
    value = [-0.02, *[0.0 if e == -1 else -0.01 * (e + 1) for e in times]]
    std_error = [error, *[np.nan if e == -1 else error for e in times]]
    said = ["", *["reference period" if e == -1 else (notes or {}).get(e, "") for e in times]]
    for e, text in (notes or {}).items():
        if text.startswith("not identified"):
            value[1 + times.index(e)] = std_error[1 + times.index(e)] = np.nan
    n = len(terms)
    tidy = pd.DataFrame(
        {
            "study": "s",
            "outcome": outcome,
            "estimator": estimator,
            "estimand": "an effect",
            "term": terms,
            "city": "",
            "cohort": "",
            "event_time": [np.nan, *map(float, times)],
            "estimate": value,
            "std_error": std_error,
            "statistic": np.array(value) / np.array(std_error),
            "df": 9.0,
            "p_value": 0.03,
            "conf_low": np.array(value) - 2 * np.array(std_error),
            "conf_high": np.array(value) + 2 * np.array(std_error),
            "conf_level": 0.95,
            "band": "pointwise",
            "inference": f"CR1 by {cluster}, t(9)",
            "is_reference": [False, *[e == -1 for e in times]],
            "n_obs": 100,
            "n_hospitals": 20,
            "n_treated": 10,
            "n_clusters": 10,
            "note": said,
        }
    )
    kinds = ["overall", *["lead" if e < 0 else "event_time" for e in times]]
    terms_frame = pd.DataFrame(
        {"term": terms, "kind": kinds, "count": 500.0, "largest_share": 0.2}, index=range(n)
    )
    glance = pd.DataFrame(
        [
            {
                "outcome": outcome,
                "estimator": estimator,
                "n_obs": 100,
                "n_hospitals": 20,
                "outcome_mean": 0.6,
                "cluster": cluster,
                "n_clusters": 10,
                "inference": f"CR1 by {cluster}, t(9)",
                "rule": f"clustered by {cluster}",
            }
        ]
    )
    return EstimateFrames(tidy, terms_frame, glance)


@pytest.fixture
def estimate():
    """Makes the frames of an invented estimate."""
    return frames
