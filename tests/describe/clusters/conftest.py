"""Cases in three groups, and the exhibits that a clustering of them makes."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["clusters"]
PLAIN = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}


@pytest.fixture(scope="session")
def rows():
    """500 cases of six hospitals in groups of 240, 160 and 100, and which of them each is in."""
    draw = np.random.default_rng(21)
    truth = np.repeat([0, 1, 2], [240, 160, 100])
    made = pd.DataFrame({"city": "yangzhou", "hospital": draw.choice([f"h{k}" for k in range(6)], 500)})
    made["age"] = np.array([35.0, 60, 78])[truth] + draw.normal(0, 5, 500).round(1)
    made["total_cost"] = (
        np.exp(np.array([8.0, 9.5, 11])[truth] + draw.normal(0, 0.3, 500)).round(2) * 100 // 1
    )
    made["self_paid"] = np.exp(np.array([8.0, 6, 7])[truth] + draw.normal(0, 0.3, 500)) * 100 // 1
    made["care_days"] = draw.poisson(np.array([4, 9, 20])[truth])
    made["sex"] = draw.choice(["male", "female"], 500)
    return made.astype({"total_cost": "int64", "self_paid": "int64"}), truth


@pytest.fixture(scope="session")
def clustered():
    """Exhibits by name, of what a study says."""

    def made(engine, frame, **options):
        choice = DescriptionChoice("kinds", "clusters", PLAIN | options)
        cases = engine.small_table(frame)
        given = Given(pd.DataFrame(), "month", "2022-01", "2022-12", "CNY", engine=engine, cases=cases)
        return {e.name: e for e in KIND.make(given, choice)}

    return made
