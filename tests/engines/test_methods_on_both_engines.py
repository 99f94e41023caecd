"""Outliers by each method and the levels of the alarm on units: the same integers on both engines."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.clean.amount_levels import summed_levels
from dipeval.clean.outliers import with_outliers
from dipeval.clean.prepare import prepared
from dipeval.clean.registry import rules_for
from dipeval.clean.rule import Setting
from dipeval.store.engine import Engine
from dipeval.study import City, parse_source
from dipeval.study.model import Dates, RawFile, RuleChoice

PLACE = ("source_file", "source_row")
METHODS = {
    "percentile": {"method": "percentile", "low": 0.07, "high": 0.93, "by": ("year", "level")},
    "iqr": {"method": "iqr", "factor": 1.5, "by": ("diagnosis",)},
    "mad": {"method": "mad", "factor": 2.5, "by": ("year",)},
}


@pytest.fixture(scope="module")
def stays(tmp_path_factory):
    """Typed rows, some of them without an amount, a level or a diagnosis."""
    rng = np.random.default_rng(8)
    n = 600
    total = pd.array(rng.lognormal(13, 1.5, n).astype("int64"), dtype="Int64")
    total[rng.random(n) < 0.02] = pd.NA
    days = rng.integers(1, 30, n)
    out = [datetime.date(2018, 6, 1) + datetime.timedelta(int(k)) for k in rng.integers(0, 500, n)]
    frame = pd.DataFrame(
        {
            "source_file": "a.csv",
            "source_row": np.arange(2, n + 2),
            "is_total_row": rng.random(n) < 0.01,
            "correction": np.zeros(n, dtype="int64"),
            "hospital": rng.choice(("H1", "H2", "H3"), n),
            "level": rng.choice(np.array(("tertiary", "primary", None), dtype=object), n),
            "principal_diagnosis": rng.choice(np.array(("I63.900", "i63.1", "J18.9", None), dtype=object), n),
            "admission_date": [day - datetime.timedelta(int(k)) for day, k in zip(out, days, strict=True)],
            "discharge_date": out,
            "care_days": days,
            "total_cost": total,
        }
    )
    place = tmp_path_factory.mktemp("stays") / "stays.parquet"
    frame.to_parquet(place, index=False)
    return place


@pytest.fixture(scope="module")
def source(root):
    return parse_source((root / "analysis/sources/front_page.toml").read_text(encoding="utf-8"), "s")


def marked(engine, stays, setting: Setting) -> tuple[pd.DataFrame, pd.DataFrame]:
    typed = engine.scan_parquet(stays)
    table = with_outliers(engine, prepared(engine, typed, setting), rules_for(setting), setting)
    chosen = table.select(*PLACE, "total_cost", "is_outlier", "total_cost_trimmed")
    levels = engine.to_frame(summed_levels(typed), ("hospital", "year"))
    return engine.to_frame(chosen, PLACE), levels


@pytest.mark.parametrize("method", METHODS)
def test_both_engines_find_the_same(spark, tmp_path, stays, source, method):
    dates, told = (
        Dates(never=True),
        RuleChoice(True, {**METHODS[method], "action": "winsorise", "fewest": 20}),
    )
    city = City(
        "c", "C", "c", "", True, "none", "s", "-", (RawFile("a.csv"),), dates, rules={"outlier": told}
    )
    setting = Setting(city, source, "2018-01", "2019-12", {})
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        one, one_levels = marked(embedded, stays, setting)
    two, two_levels = marked(spark, stays, setting)
    assert one["is_outlier"].sum() > 5
    assert (one["total_cost_trimmed"] != one["total_cost"]).sum() == one["is_outlier"].sum()
    for name in one.columns:
        assert one[name].astype("string").equals(two[name].astype("string")), name
    pd.testing.assert_frame_equal(one_levels, two_levels, check_dtype=False, check_exact=True)
