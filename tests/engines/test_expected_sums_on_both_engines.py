"""What cases let expect, on both engines to the same unit."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.cities.expected import expected_sums
from dipeval.store.engine import Engine


@pytest.mark.slow
def test_expected_sums_are_the_same(spark):
    rng = np.random.default_rng(2)
    n = 500
    codes = np.array(["I63.9", "i63.1", "J18.0", "K35", "K3", None], dtype=object)
    cases = pd.DataFrame(
        {
            "city": rng.choice(["a", "b"], n),
            "hospital": rng.choice(["h1", "h2", "h3"], n),
            "period": rng.choice(["2020-01", "2020-02"], n),
            "principal_diagnosis": rng.choice(codes, n),
            "total_cost": rng.integers(10_000, 9_000_000, n),
            "care_days": rng.integers(1, 40, n),
        }
    )
    with Engine() as engine:
        one = expected_sums(engine, engine.small_table(cases))
    other = expected_sums(spark, spark.small_table(cases))
    assert one.types == other.types == "diagnosis_category" and len(one.frame) == 12
    pd.testing.assert_frame_equal(one.frame, other.frame[list(one.frame.columns)], check_dtype=False)
    assert one.frame["cost"].sum() < cases["total_cost"].sum()
