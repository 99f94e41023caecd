"""A panel of ten cities in which the effect of the reform is known by level, by city and by dose."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.design import build_design

LEVELS = ("tertiary", "secondary")
EFFECTS = {"tertiary": -0.20, "secondary": -0.05}


def made_panel(seed: int = 11) -> pd.DataFrame:
    """Seven reformed cities of unlike effects, three that never are; four hospitals of each level."""
    rng = np.random.default_rng(seed)
    rows = []
    quarters = [f"{year}Q{q}" for year in (2019, 2020) for q in range(1, 5)]
    for city in range(10):
        start = ("2020Q1", "2020Q2")[city % 2] if city < 7 else None
        own = 0.02 * (city - 3)
        for hospital in range(8):
            level, share = LEVELS[hospital % 2], rng.uniform(0.2, 0.9)
            base = 9 + 0.3 * (level == "tertiary") + 0.1 * rng.normal()
            for t, quarter in enumerate(quarters):
                treated = start is not None and quarter >= start
                cases = int(rng.integers(80, 120) * (3 if level == "tertiary" else 1))
                mean = base + 0.01 * t + treated * (EFFECTS[level] + own) + 0.02 * rng.normal()
                rows.append(
                    {
                        "city": f"city_{city}",
                        "hospital": f"H{hospital}",
                        "unit": f"city_{city}/H{hospital}",
                        "period": quarter,
                        "start": start,
                        "level": level,
                        "discharges": cases,
                        "total_cost": int(round(100 * cases * np.exp(mean))),
                        "fund_paid": int(round(100 * cases * np.exp(mean) * share)),
                        "rural": "yes" if city in (0, 7) else "no",
                    }
                )
    return pd.DataFrame(rows)


def given_of(panel: pd.DataFrame, **options) -> Given:
    design = build_design(
        panel,
        unit="unit",
        time="period",
        cohort="start",
        clusters=["city"],
        n_cases="discharges",
        event_window=(-4, 3),
        **options,
    )
    labels = {f"city_{k}": (f"City {k}", f"城市{k}") for k in range(10)}
    return Given(
        panel, "quarter", "2019Q1", "2020Q4", currency="CNY", synthetic=True, labels=labels, design=design
    )


@pytest.fixture(scope="session")
def given() -> Given:
    """The panel as a study has it."""
    return given_of(made_panel())


@pytest.fixture(scope="session")
def given_from():
    """Of another panel."""
    return given_of


@pytest.fixture(scope="session")
def panel() -> pd.DataFrame:
    """The rows."""
    return made_panel()
