"""Sums of outcomes and classes of values are the same from both engines."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.outcome_models.class_query import value_classes
from dipeval.describe.outcome_models.hospital_sums import hospital_sums
from dipeval.store.engine import Engine


@pytest.mark.slow
def test_the_same_sums_and_classes(spark):
    rng = np.random.default_rng(2)
    n = 400
    stays = pd.DataFrame(
        {
            "city": "a",
            "hospital": rng.choice(["H1", "H2", "H3"], n),
            "period": rng.choice(["2021-01", "2021-02"], n),
            "discharge_date": datetime.date(2021, 1, 5),
            "total_cost": rng.integers(0, 900_000, n),
            "care_days": rng.integers(1, 9, n),
        }
    )
    frame = stays.groupby(["city", "hospital", "period"], as_index=False).size()
    found = []
    with Engine(memory_limit="500MB", threads=1) as engine:
        for one in (engine, spark):
            table = one.small_table(stays)
            parts = [
                hospital_sums(one, table, frame, name) for name in ("total_cost", "care_days", "discharges")
            ]
            parts += [value_classes(one, table, frame, name, 30) for name in ("total_cost", "care_days")]
            found.append(parts)
    for mine, other in zip(*found, strict=True):
        for field, value in vars(mine).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_allclose(getattr(other, field), value, rtol=1e-12)
            else:
                assert getattr(other, field) == value
