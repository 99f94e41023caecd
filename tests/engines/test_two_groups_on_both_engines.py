"""Two groups, two treatments and determinants: the same numbers on both engines."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice

ASKED = {
    "before_after": {
        "from": "2021-07",
        "outcomes": ("total_cost", "care_days"),
        "covariates": ("sex", "age_group"),
        "seed": 3,
        "draws": 99,
        "errors": "hospital",
    },
    "two_treatments": {
        "treatment": "treatment_type",
        "outcomes": ("total_cost",),
        "covariates": ("sex", "age_group"),
        "trim": 0.1,
    },
    "determinants": {
        "outcome": "loss_case",
        "rate": "settlement_rate_of_accounted",
        "covariates": ("sex", "age_group", "total_cost"),
    },
}


@pytest.mark.slow
def test_both_engines_make_the_same_exhibits(spark, tmp_path):
    draw = np.random.default_rng(8)
    n = 500
    cost = (draw.lognormal(8, 0.8, n) * 100).astype("int64")
    rows = {
        "city": draw.choice(["甲", "乙"], n),
        "hospital": draw.choice(["h1", "h2", "h3"], n),
        "discharge_date": [
            datetime.date(2021, 1, 1) + datetime.timedelta(int(d)) for d in draw.integers(0, 365, n)
        ],
        "sex": draw.choice(["male", "female"], n),
        "age": draw.integers(1, 95, n).astype(float),
        "treatment_type": draw.choice(["tcm", "western"], n),
        "total_cost": pa.array([None if k % 31 == 0 else int(c) for k, c in enumerate(cost)]),
        "care_days": draw.poisson(8, n),
        "loss_case": draw.integers(0, 2, n),
        "settled_fund": (cost * draw.uniform(0.5, 1.2, n)).astype("int64"),
        "accounted_fund": np.where(draw.random(n) < 0.05, 0, cost),
    }
    place = tmp_path / "cases.parquet"
    pq.write_table(pa.table(rows), place)
    with Engine(memory_limit="500MB") as embedded, spark as other:
        for kind, options in ASKED.items():
            plain = {name: getattr(key, "default", {}) for name, key in KINDS[kind].keys.items()}
            choice = DescriptionChoice("shown", kind, plain | options, bins={"total_cost": (2000.0, 5000.0)})
            made = [
                KINDS[kind].make(
                    Given(
                        pd.DataFrame(),
                        "month",
                        "2021-01",
                        "2021-12",
                        engine=engine,
                        cases=engine.scan_parquet(place),
                    ),
                    choice,
                )
                for engine in (embedded, other)
            ]
            assert [e.name for e in made[0]] == [e.name for e in made[1]]
            for one, two in zip(*made, strict=True):
                pd.testing.assert_frame_equal(one.frame, two.frame, rtol=1e-10, atol=1e-12)
                assert one.frame["value"].notna().any()
