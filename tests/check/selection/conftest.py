"""Small panels with known selection."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design


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
