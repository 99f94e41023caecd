"""Compositions, rates, distributions, concentration, flows and burden: the same numbers on both engines."""

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
    "composition": {
        "where": {"loss_case": True},
        "bins": {"case_weight": (0.5, 1.0)},
        "by": ("department", "case_weight"),
        "amount": "fund_paid",
        "top": 2,
        "test": "chi_square",
        "amount_test": "kruskal_wallis",
    },
    "rates": {
        "outcomes": ("fund_share", "mortality"),
        "by": ("department", "insured_place"),
        "top": 2,
        "errors": "case",
        "test": "kruskal_wallis",
    },
    "distribution": {
        "measures": ("total_cost", "case_weight"),
        "by": "department",
        "outliers": "iqr_log",
        "factor": 1.0,
    },
    "concentration": {"amount": "total_cost", "by": "department"},
    "flows": {},
    "standardised": {
        "measures": ("total_cost", "fund_paid"),
        "by": "department",
        "over": "city",
        "types": ("diagnosis_category", "insured_place"),
        "least_coverage": 0.1,
        "show_types": 3,
    },
    "dispersion": {"measures": ("total_cost", "fund_paid"), "by": "department"},
    "burden": {"by": ("department",), "ratios": ("fund_share",)},
}


def write(place):
    draw = np.random.default_rng(8)
    n = 300
    cost = (draw.lognormal(8, 1, n) * 100).astype("int64")
    rows = {
        "city": draw.choice(["甲", "乙"], n),
        "hospital": draw.choice(["h1", "h2", "h3"], n),
        "department": draw.choice(["A", "B", "C", "D", None], n),
        "discharge_date": [datetime.date(2021, int(m), 5) for m in draw.integers(1, 4, n)],
        "case_weight": draw.lognormal(-0.5, 0.8, n).round(4),
        "loss_case": pa.array([None if u < 0.1 else int(u < 0.5) for u in draw.random(n)], pa.int64()),
        "disposition": draw.choice(["home", "death"], n),
        "total_cost": cost,
        "fund_paid": pa.array([None if k % 11 == 0 else int(c // 2) for k, c in enumerate(cost)], pa.int64()),
        "insured_place": draw.choice(["甲", "丙", None], n),
        "treatment_place": draw.choice(["甲", "丙"], n),
        "principal_diagnosis": draw.choice(["I10.x00", "E11.900", "J18.9", None], n),
        "secondary_diagnoses": draw.choice(["I10;e14.1", "C34.9", "", None], n),
    }
    pq.write_table(pa.table(rows), place)


def made(engine, place, kind, asked):
    table = engine.scan_parquet(place)
    day = table.discharge_date
    table = table.mutate(period=day.strftime("%Y-%m"), year=day.year().cast("string"))
    given = Given(pd.DataFrame(), "month", "2021-01", "2021-03", "CNY", True, {}, engine, table)
    options = dict(asked)
    where, bins = options.pop("where", {}), options.pop("bins", {})
    defaults = {key: getattr(rule, "default", {}) for key, rule in KINDS[kind].keys.items()}
    return KINDS[kind].make(given, DescriptionChoice("d", kind, {**defaults, **options}, where, bins))


@pytest.mark.slow
def test_both_engines_describe_cases_alike(spark, tmp_path):
    place = tmp_path / "cases.parquet"
    write(place)
    with Engine(memory_limit="500MB") as embedded, spark as other:
        for kind, asked in ASKED.items():
            first, second = (made(engine, place, kind, asked) for engine in (embedded, other))
            assert [e.name for e in first] == [e.name for e in second] and first
            for one, two in zip(first, second, strict=True):
                pd.testing.assert_frame_equal(one.frame, two.frame, check_exact=False, rtol=1e-12)
                assert (one.notes_en, one.sums, one.derived) == (two.notes_en, two.sums, two.derived)
