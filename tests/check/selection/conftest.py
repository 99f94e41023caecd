"""Small panels with known selection, and what a check is given of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dipeval.check.subject import Subject
from dipeval.describe.given import Given
from dipeval.describe.side_by_side.variant import DesignVariant, variant_design
from dipeval.design import build_design
from dipeval.infer import infer
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.model import EstimatorChoice
from dipeval.vocabulary import outcomes


def panel(outcome: np.ndarray, first: list[float], city: list[str] | None = None):
    """A design of hospitals × periods; NaN rows are not in the frame. Returns frame, design and values."""
    n, periods = outcome.shape
    labels = [f"2020-{t + 1:02d}" for t in range(periods)]
    rows = [
        {
            "city": (city[i] if city else f"c{i}"),
            "hospital": f"h{i:03d}",
            "period": labels[t],
            "cohort": labels[int(first[i])] if np.isfinite(first[i]) else "never",
            "discharges": 50,
            "y": outcome[i, t],
        }
        for i in range(n)
        for t in range(periods)
        if np.isfinite(outcome[i, t])
    ]
    frame = pd.DataFrame(rows)
    design = build_design(
        frame, unit="hospital", time="period", cohort="cohort", clusters=["city", "hospital"],
        n_cases="discharges", event_window=(-4, 8),
    )  # fmt: skip
    return frame, design, frame["y"].to_numpy()


@pytest.fixture(scope="session")
def make_panel():
    return panel


def stays(
    *, cities: int = 16, hospitals: int = 5, periods: int = 12, effect: float = -1.0, seed: int = 1
) -> pd.DataFrame:
    """A panel of lengths of stay: half of the cities are reformed, in two waves, by `effect` days."""
    rng = np.random.default_rng(seed)
    labels = [f"2020-{t + 1:02d}" for t in range(periods)]
    rows = []
    for c in range(cities):
        start = {0: labels[periods // 2], 1: labels[periods // 2 + 2]}.get(c % 4, "never")
        shift = rng.normal(0, 0.2, periods)
        for h in range(hospitals):
            level, size = rng.normal(9, 1), int(rng.integers(60, 300))
            for t, period in enumerate(labels):
                after = start != "never" and period >= start
                days = level + 0.05 * t + 0.5 * shift[t] + rng.normal(0, 0.3) + effect * after
                n = size + int(rng.integers(-10, 10))
                sums = int(days * n), round(float(rng.normal(60, 1)) * n)
                rows.append((f"city{c:02d}", f"h{h}", period, start, after, n, *sums))
    names = ["city", "hospital", "period", "cohort", "after", "discharges", "care_days", "age"]
    return pd.DataFrame(rows, columns=names).assign(arm=lambda f: f["city"])


def subject_of(
    frame: pd.DataFrame, outcome: str = "length_of_stay", estimator: str = "imputation", **more: object
) -> Subject:
    """The frame as a study's panel, with errors clustered by city."""
    rows = frame.sort_values(["city", "hospital", "period"]).reset_index(drop=True)
    design = variant_design(rows, DesignVariant("study", clusters=("city", "hospital"), event_window=(-5, 5)))
    periods = sorted(rows["period"].unique())
    given = Given(rows, "month", periods[0], periods[-1], "CNY", True, design=design, **more)
    return Subject(
        given,
        outcomes()[outcome],
        EstimatorChoice(estimator, {}),
        lambda e: infer(e, "cluster", cluster="city"),
    )


def asked(name: str, kind: str, **options: object) -> DescriptionChoice:
    """A check as the study lists it; defaults of the kind are not filled in."""
    return DescriptionChoice(name, kind, options, heading="checks")


@pytest.fixture(scope="session")
def make_stays():
    return stays


@pytest.fixture(scope="session")
def make_subject():
    return subject_of


@pytest.fixture(scope="session")
def ask():
    return asked
