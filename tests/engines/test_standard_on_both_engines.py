"""Expected cost, power sums, quartiles and flags of a panel: the same on both engines."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.panel.build import hospital_panel
from dipeval.panel.expected_without import expected_without
from dipeval.panel.extras import extras_of
from dipeval.store.engine import Engine
from dipeval.study import City
from dipeval.study.model import Dates
from dipeval.study.standardise import StandardChoice

CHOICE = StandardChoice(("diagnosis_category", "sex"), "2019", "2019", ("diagnosis_category",))
NAMES = ("cost_cv", "cost_skewness", "cost_sd_log", "cost_iqr", "stays_over_30")


def stays(seed: int, n: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    days = draw.integers(0, 730, n)
    return pd.DataFrame(
        {
            "hospital": draw.choice(["H1", "H2"], n),
            "discharge_date": [datetime.date(2019, 1, 1) + datetime.timedelta(int(d)) for d in days],
            # some types come up after the reference span only
            "principal_diagnosis": np.where(days > 600, "K35.8", draw.choice(["I10.0", "J18.9"], n)),
            "sex": draw.choice(["male", "female"], n),
            "total_cost": np.round(np.exp(draw.normal(13, 1, n))).astype("int64"),
            "care_days": draw.integers(1, 60, n),
            "currency": "CNY",
        }
    )


def panels(engine) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables = {name: engine.small_table(stays(k)) for k, name in enumerate("abc", 1)}
    cities = {
        n: City(n, n, n, "", True, "DIP", "front_page", "x", (), Dates(payment="2020-01")) for n in tables
    }
    window = {"frequency": "month", "start": "2019-01", "end": "2020-12"}
    made = hospital_panel(engine, tables, cities, standardise=CHOICE, extras=extras_of(NAMES), **window)
    return made.frame, expected_without(engine, tables, CHOICE, "month")


@pytest.mark.slow
def test_both_engines_make_the_same_panel(spark):
    with Engine() as embedded:
        expected = panels(embedded)
    for mine, other in zip(panels(spark), expected, strict=True):
        pd.testing.assert_frame_equal(
            mine.reset_index(drop=True), other.reset_index(drop=True), check_dtype=False, rtol=1e-12
        )
