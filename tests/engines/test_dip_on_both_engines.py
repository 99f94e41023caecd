"""The worked city of docs/dip.md, settled on Spark: the same catalogue, scores and payments to the fen."""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from dipeval.dip.building import build_catalogue
from dipeval.dip.grouping import grouping_rate
from dipeval.dip.reading import parse_payment
from dipeval.dip.settling import settle_year
from dipeval.dip.stays import eligible
from dipeval.store.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "dip"))
SCORED = ["case", "disease_type", "relative_weight", "auxiliary_coefficient", "hospital_coefficient"]
SCORED += [
    "cost_ratio",
    "deviation_class",
    "deviation_multiplier",
    "score",
    "ungrouped_reason",
    "fund_payable",
]


def settled(engine, parameters):
    from worked_city import stays

    table = engine.small_table(stays())
    catalogue = build_catalogue(engine, table, parameters.grouping, parameters.weighting, 2021)
    mine, _ = eligible(engine, table, parameters)
    year = settle_year(engine, mine, catalogue, parameters)
    cases = engine.to_frame(year.cases.select(SCORED), order_by=["case"])
    return catalogue, year, cases, grouping_rate(engine, year.cases, ["level"]).frame


def test_the_worked_city_is_the_same_on_both_engines(spark, tmp_path):
    text = (ROOT / "analysis" / "dip" / "worked_city.toml").read_text(encoding="utf-8")
    parameters = parse_payment(text, "worked_city.toml").year(2021)
    parameters = replace(parameters, grouping=replace(parameters.grouping, match="subset"))
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        catalogue, year, cases, rate = settled(embedded, parameters)
    other, year_on_spark, cases_on_spark, rate_on_spark = settled(spark, parameters)
    pd.testing.assert_frame_equal(catalogue.types, other.types)
    pd.testing.assert_frame_equal(catalogue.references, other.references)
    pd.testing.assert_frame_equal(year.clearing.hospitals, year_on_spark.clearing.hospitals)
    pd.testing.assert_frame_equal(year.months, year_on_spark.months)
    pd.testing.assert_frame_equal(rate, rate_on_spark)
    for name in SCORED:
        ours, theirs = (f[name].astype(object).where(f[name].notna(), None) for f in (cases, cases_on_spark))
        assert ours.tolist() == theirs.tolist(), name
