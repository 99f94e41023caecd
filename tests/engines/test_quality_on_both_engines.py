"""What the check of a city counts is the same on both engines, to the last row."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.quality.alarms import costs_by_hospital, stays_by_day
from dipeval.quality.coverage import stays_by_hospital
from dipeval.quality.distribution import binned
from dipeval.store.engine import Engine

ROWS = 3000


def invented() -> pa.Table:
    draw = np.random.default_rng(7)
    cost = np.exp(draw.normal(13, 2, ROWS)).astype("int64")
    cost[:40] = [0, -5, 1, 2, 4, 8, 16, 2**40] * 5
    days = [datetime.date(2018, 12, 1) + datetime.timedelta(int(k)) for k in draw.integers(0, 400, ROWS)]
    return pa.table(
        {
            "hospital": draw.choice(["甲", "乙", "丙"], ROWS),
            "hospital_name": draw.choice(["医院", None], ROWS),
            "discharge_date": pa.array(days, pa.date32()),
            "total_cost": pa.array(cost, pa.int64()),
            "drug_cost": pa.array(
                [None if k % 7 == 0 else int(c) // 3 for k, c in enumerate(cost)], pa.int64()
            ),
            "age": pa.array(draw.integers(0, 100, ROWS).astype("float64")),
            "sex": draw.choice(["male", "female", None], ROWS),
            "deaths": pa.array(draw.integers(0, 2, ROWS), pa.int64()),
            "principal_diagnosis": draw.choice(["J18.9", "i10.x", None], ROWS),
        }
    )


@pytest.mark.slow
def test_counts_agree(spark, tmp_path):
    place = tmp_path / "stays.parquet"
    pq.write_table(invented(), place)
    found = []
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        for engine in (embedded, spark):
            stays = engine.scan_parquet(place)
            frames = [binned(engine, stays, "quarter")]
            for count in (stays_by_hospital, costs_by_hospital, stays_by_day):
                frames.append(engine.to_frame(count(stays)))
            found.append([frame.sort_values(list(frame.columns), ignore_index=True) for frame in frames])
    for mine, theirs in zip(*found, strict=True):
        assert len(mine) > 10
        pd.testing.assert_frame_equal(mine, theirs[mine.columns], check_dtype=False)
