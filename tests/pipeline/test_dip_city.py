"""`dipeval dip`: one invented city from its raw file to the clearing, and the same as outcomes of a study."""

import json

import pandas as pd
import pytest

from dipeval.dip.description import binned, composition
from dipeval.errors import StudyError
from dipeval.pipeline.dip_plan import dip_city
from dipeval.pipeline.run import run_study
from dipeval.simulate.points_city import LOSS_HOSPITAL, LOW_HOSPITAL
from dipeval.store.engine import Engine

CITY = "synthetic_points"
STUDY = """
[study]
name = "paid"
title_en = "Paid by points"
title_zh = "按分值付费"
synthetic = true
[data]
cities = ["synthetic_points"]
start = "2019-01"
end = "2022-12"
frequency = "month"
[design]
by = "city"
[outcomes]
names = ["casemix_by_points", "grouping_rate", "settlement_rate_of_accounted"]
[estimate]
estimators = ["imputation"]
main = "imputation"
[payment]
catalogue = 2022
"""


@pytest.fixture
def folder(points_city):
    return points_city / (points_city / "folder").read_text(encoding="utf-8")


def test_the_pool_is_paid_to_the_fen(folder):
    lines = pd.read_csv(folder / "lines.csv")
    hospitals = pd.read_csv(folder / "hospitals.csv")
    for scheme, mine in lines.groupby("scheme"):
        amounts = mine.set_index("line")["amount"]
        assert amounts.drop("paid").sum() == amounts["paid"]
        assert hospitals.loc[hospitals["scheme"] == scheme, "payable"].sum() == amounts["paid"]
    values = json.loads((folder / "point_values.json").read_text(encoding="utf-8"))
    assert {kind: set(found) for kind, found in values.items()} == {
        "budget": {"employee", "resident"},
        "settlement": {"employee", "resident"},
    }


def test_cases_and_hospitals_agree(folder):
    cases = pd.read_parquet(folder / "cases.parquet")
    rounding = pd.read_csv(folder / "rounding.csv")
    assert rounding["cases_payable"].sum() == cases["fund_payable"].sum()
    assert (rounding["entitlement"] - rounding["cases_payable"] == rounding["rounding"]).all()
    # A point value is rounded at a millionth of a yuan, a case at the fen.
    assert (rounding["rounding"].abs() <= 1 + cases.groupby("hospital").size().max()).all()
    rates = pd.read_csv(folder / "settlement_rate_hospital.csv").set_index("hospital")
    mine = cases[cases["hospital"] == LOSS_HOSPITAL]
    expected = mine["fund_payable"].sum() / mine["actual_fund"].sum()
    assert rates.loc[LOSS_HOSPITAL, "rate_of_accounted_cost"] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_told(points_city, folder, language):
    told = (points_city / f"told.{language}").read_text(encoding="utf-8")
    paid = pd.read_csv(folder / "lines.csv").query("line == 'paid'")["amount"]
    for amount in paid:
        assert f"{amount // 100:,}.{amount % 100:02d}" in told
    assert ("unverified" in told) and (("年度清算" in told) == (language == "zh"))


def shares(engine, cases, by):
    frame = composition(engine, cases, [by]).frame
    return {row[by]: round(100 * row["share"], 2) for _, row in frame.iterrows()}


def test_loss_making_cases_have_the_published_shares(folder):
    """Abstract 5 of the study archetypes; only the shares are its, every record is drawn."""
    with Engine() as engine:
        cases = engine.scan_parquet(folder / "cases.parquet")
        losses = cases.filter((cases.hospital == LOSS_HOSPITAL) & (cases.profit < 0))
        assert engine.count(losses) == 21_436
        assert shares(engine, losses, "deviation_class")["normal"] == 84.27
        assert shares(engine, losses, "insurance_type")["resident"] == 87.45
        departments = shares(engine, losses, "department")
        assert list(departments.items())[:2] == [("儿科", 9.00), ("消化内科", 8.31)]
        causes = shares(engine, losses, "loss_cause")
        assert sorted(causes.values(), reverse=True) == [33.08, 27.73, 15.05, 12.57, 8.48, 3.09]


def test_low_ratio_cases_have_the_published_shares(folder):
    """Abstract 6 of the study archetypes."""
    with Engine() as engine:
        cases = engine.scan_parquet(folder / "cases.parquet")
        low = cases.filter((cases.hospital == LOW_HOSPITAL) & (cases.deviation_class == "low"))
        low = low.mutate(
            weight=binned(low.relative_weight / 10_000, [0.5]), cost=binned(low.total_cost / 100, [3000])
        )
        types = composition(engine, low, ["disease_type"]).frame
        assert round(100 * types["cumulative_share"].iloc[4], 2) == 73.66
        assert shares(engine, low, "weight")["< 0.5"] == 91.13
        assert shares(engine, low, "cost")["< 3000"] == 72.06
        paid = low.group_by("insurance_type").agg(fund=low.fund_payable.sum(), actual=low.actual_fund.sum())
        rate = engine.to_frame(paid).set_index("insurance_type").eval("fund / actual")
        assert rate["employee"] < rate["resident"]


def test_a_second_call_does_nothing(points_city, folder):
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    said = []
    told, _ = dip_city("settle", CITY, root=points_city, say=said.append)
    assert said == [] and told == (points_city / "told.en").read_text(encoding="utf-8")
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_payments_are_outcomes_of_a_study(points_city, folder):
    (points_city / "analysis/studies/paid.toml").write_text(STUDY, encoding="utf-8")
    run_study("paid", root=points_city, only="panel")
    panel = pd.read_parquet(points_city / "data_clean/paid/panel/panel.parquet")
    cases = pd.read_parquet(folder / "cases.parquet")
    paid = panel[panel["period"] >= "2022"]
    assert paid["settled_fund"].sum() == cases["fund_payable"].sum()
    assert panel.loc[panel["period"] < "2022", "settled_fund"].isna().all()
    assert panel["grouped_case"].sum() == panel["discharges"].sum()
    versions = pd.read_csv(points_city / "data_clean/paid/payment/synthetic_points/versions.csv")
    assert versions["cases"].sum() == (panel["period"] >= "2022").mul(panel["discharges"]).sum()
    assert (versions["moved"] == 0).all()  # the constant catalogue is that of the one paid year
    one = cases[(cases["hospital"] == LOW_HOSPITAL)]
    mine = paid[paid["hospital"] == LOW_HOSPITAL]
    weight = one["relative_weight"].sum() / 10_000
    assert mine["case_weight"].sum() == pytest.approx(weight, rel=1e-12)
    assert mine["low_ratio_case"].sum() == (one["deviation_class"] == "low").sum()


def test_a_year_that_the_payment_file_lacks_is_named(points_city):
    with pytest.raises(StudyError, match="no parameters for the year 2021") as caught:
        dip_city("settle", CITY, year=2021, root=points_city)
    assert "dip.years" in str(caught.value)


def test_an_unknown_payment_file_is_named_with_the_nearest(points_city):
    with pytest.raises(StudyError, match="synthetic_points"):
        dip_city("settle", CITY, parameters="synthetic_point", root=points_city)
