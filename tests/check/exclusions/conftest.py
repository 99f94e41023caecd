"""Panels with known effects, and subjects on them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from dipeval.check.subject import Subject
from dipeval.describe.given import Given
from dipeval.describe.side_by_side.variant import DesignVariant, variant_design
from dipeval.infer import infer
from dipeval.study import NEVER
from dipeval.study.inference import InferenceChoice
from dipeval.study.model import EstimatorChoice
from dipeval.vocabulary import outcomes

OUTCOME = "length_of_stay"


def months(n: int) -> list[str]:
    """Labels from 2019-01 on."""
    return [f"{2019 + k // 12}-{k % 12 + 1:02d}" for k in range(n)]


def panel(
    seed: int = 1,
    cities: int = 12,
    hospitals: int = 4,
    periods: int = 24,
    starts: tuple[int, ...] = (10, 13),
    noise: float = 0.3,
    effect: Callable[[pd.DataFrame], np.ndarray] | float = -1.0,
) -> pd.DataFrame:
    """Half of the cities are reformed, in turn at `starts`; `effect` is that of treated rows, or a function of all rows
    with ``e`` (event time; NaN for never)."""
    rng = np.random.default_rng(seed)
    labels, n = months(periods), cities * hospitals
    unit, time = np.divmod(np.arange(n * periods), periods)
    city = unit // hospitals
    first = np.array([starts[(c // 2) % len(starts)] if c % 2 == 0 else -1 for c in range(cities)])[city]
    rows = pd.DataFrame(
        {
            "city": [f"city{c:02d}" for c in city],
            "hospital": [f"h{u % hospitals}" for u in unit],
            "period": np.array(labels, object)[time],
            "cohort": [labels[f] if f >= 0 else NEVER for f in first],
            "level": np.array(["tertiary", "secondary", "primary"], object)[unit % 3],
            "discharges": 200 + 10 * (unit % hospitals),
            "e": np.where(first >= 0, time - first, np.nan),
        }
    )
    rows["arm"] = rows["city"]
    made = effect(rows) if callable(effect) else np.where(rows["e"] >= 0, effect, 0.0)
    y = 9 + 0.3 * rng.normal(size=n)[unit] + 0.02 * time + noise * rng.normal(size=len(rows)) + made
    y += 0.1 * rng.normal(size=(cities, periods))[city, time]
    return rows.assign(care_days=y * rows["discharges"]).drop(columns="e")


def study_of(
    frame: pd.DataFrame, estimator: str = "imputation", cluster: str = "city", **facts: object
) -> Subject:
    """The study of length of stay on a panel."""
    own = DesignVariant("study", clusters=("city", "hospital"), event_window=(-6, 6))
    given = Given(
        panel=frame,
        frequency="month",
        start=frame["period"].min(),
        end=frame["period"].max(),
        synthetic=True,
        design=variant_design(frame, own),
        inference=InferenceChoice("cluster", {"small_sample": "CR1"}, 0.95),
        **facts,
    )
    return Subject(
        given,
        outcomes()[OUTCOME],
        EstimatorChoice(estimator, {}),
        lambda fitted: infer(fitted, "cluster", cluster=cluster),
    )


@pytest.fixture(scope="session")
def world() -> Callable[..., pd.DataFrame]:
    """`panel`."""
    return panel


@pytest.fixture(scope="session")
def studied() -> Callable[..., Subject]:
    """`study_of`."""
    return study_of


@pytest.fixture(scope="session")
def sound() -> Subject:
    """A constant effect of minus one day."""
    return study_of(panel())
