"""Table 1 of single cases: the same numbers on both engines, to the last bit."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.describe.case_groups import case_groups
from dipeval.describe.case_table import case_table
from dipeval.describe.case_variable import CaseVariable
from dipeval.store.engine import Engine

BOTH = ("mean_sd", "median_iqr")


@pytest.mark.slow
def test_both_engines_make_the_same_table(spark, tmp_path):
    draw = np.random.default_rng(3)
    n = 400
    rows = {
        "city": draw.choice(["甲", "乙"], n),
        "hospital": draw.choice(["h1", "h2"], n),
        "arm": draw.choice(["treated", "control", None], n),
        "when": draw.choice(["before", "after"], n),
        "cost": pa.array(
            [None if k % 9 == 0 else int(c) for k, c in enumerate(draw.integers(-900, 10**9, n))]
        ),
        "rw": np.where(draw.random(n) < 0.1, np.nan, draw.integers(1, 300, n) / 100),
        "sex": draw.choice(["male", "female", None], n),
        "weight": draw.choice([1.5, 2.0], n),
    }
    place = tmp_path / "cases.parquet"
    pq.write_table(pa.table(rows), place)
    plain = [
        CaseVariable("cost", "continuous", BOTH, "mann_whitney", decimals=2),
        CaseVariable("rw", "continuous", BOTH, "anova", decimals=2),
        CaseVariable("sex", "categorical", test="chi_square"),
    ]
    weighted = [CaseVariable("cost", "continuous", BOTH, decimals=2), CaseVariable("sex", "categorical")]
    with Engine(memory_limit="500MB") as embedded, spark as other:
        of_weights = {"weight": "weight", "weight_decimals": 1}
        for asked, options in ((plain, {"overall": True}), (weighted, of_weights)):
            shown = [
                case_table(
                    engine, case_groups(engine, engine.scan_parquet(place), "arm", "when", **options), asked
                ).frame
                for engine in (embedded, other)
            ]
            pd.testing.assert_frame_equal(*shown, check_exact=True)
            assert shown[0].loc[shown[0]["statistic"] == "mean_sd", "value"].notna().all()
