"""What-if, parallel run and stress test: the budget is held, sums agree, chances are those of the shocks."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist

import pandas as pd
import pytest
from worked_city import stays

from dipeval.dip.building import build_catalogue
from dipeval.dip.reading import parse_payment
from dipeval.dip.settling import settle_year
from dipeval.dip.stays import eligible
from dipeval.dip.stress import Shocks, stress_test
from dipeval.dip.what_if import Scenario, parallel_run, what_if

ROOT = Path(__file__).resolve().parents[2]
HOSPITALS = pd.DataFrame({"scheme": "employee", "hospital": ["A", "B"], "score": [3_000_000, 1_000_000]})


@pytest.fixture
def worked(engine):
    text = (ROOT / "analysis" / "dip" / "worked_city.toml").read_text(encoding="utf-8")
    parameters = parse_payment(text, "worked_city.toml").year(2021)
    table = engine.small_table(stays())
    catalogue = build_catalogue(engine, table, parameters.grouping, parameters.weighting, 2021)
    cases, ledger = eligible(engine, table, parameters)
    return parameters, catalogue, cases, ledger


def test_eligible_cases_and_their_ledger(worked):
    assert [(e.rule, e.rows_before, e.rows_after) for e in worked[3]] == [
        ("dip_year", 73, 40),
        ("dip_scheme", 40, 40),
    ]


def test_a_change_without_sharing_only_moves_money(engine, worked):
    parameters, catalogue, cases, _ = worked
    plain = replace(parameters.sharing, level="none", bands=())
    settled = replace(parameters.settlement, assessment={})
    before = replace(parameters, sharing=plain, settlement=settled)
    higher = replace(
        before.hospital_coefficients,
        levels={"tertiary": Decimal("1.2"), "secondary": Decimal(1), "primary": Decimal("0.9")},
    )
    budgets = {s: replace(b, gross=b.gross * 2) for s, b in before.budgets.items()}
    after = replace(before, hospital_coefficients=higher, budgets=budgets)
    made = what_if(engine, cases, Scenario("now", before, catalogue), Scenario("1.2", after, catalogue))
    assert made.schemes["gain"].tolist() == [0, 0]
    assert made.schemes["payable_after"].tolist() == [10_450_000, 11_400_000]
    gains = made.hospitals.set_index(["scheme", "hospital"])["gain"]
    assert (gains[:, "H1"] > 0).all() and (gains[:, "H2"] < 0).all() and (gains[:, "H3"] < 0).all()
    assert made.levels["gain"].sum() == 0 and made.levels["level"].tolist() == [
        "primary",
        "secondary",
        "tertiary",
    ]
    same = what_if(engine, cases, Scenario("now", before, catalogue), Scenario("again", before, catalogue))
    assert (same.hospitals["gain"] == 0).all()


def test_old_and_new_payment_on_the_same_cases(engine, worked):
    parameters, catalogue, cases, _ = worked
    year = settle_year(engine, cases, catalogue, parameters)
    made = parallel_run(engine, year.cases, ["hospital"]).set_index("hospital")
    assert made["paid_old"].sum() == year.account["actual_fund"].sum()
    assert made["paid_old"]["H1"] == 16_894_499 and made["paid_new"]["H1"] == 13_665_382
    assert (made["cases_gaining"] + made["cases_losing"] == made["cases"]).all()
    assert (made["difference"] == made["paid_new"] - made["paid_old"]).all()


def test_without_shocks_the_point_value_stays():
    made = stress_test(HOSPITALS, {"employee": 10.0}, Shocks(), floor=0.99, seed=1, draws=100).frame.iloc[0]
    assert (made.chance_below, made.q05, made.q95) == (0.0, 1.0, 1.0)


def test_coding_alone_lowers_it_by_as_much():
    made = stress_test(HOSPITALS, {"employee": 10.0}, Shocks(coding_mean=0.25), floor=0.9, seed=1, draws=100)
    assert made.frame["q50"].tolist() == [0.8] and made.frame["chance_below"].tolist() == [1.0]


def test_the_chance_is_that_of_the_common_shock():
    shocks = Shocks(volume_mean=0.02, volume_common=0.05)
    made = stress_test(HOSPITALS, {"employee": 10.0}, shocks, floor=0.95, seed=4).frame.iloc[0]
    from math import log

    exact = 1 - NormalDist(0.02, 0.05).cdf(-log(0.95))
    assert made.chance_below == pytest.approx(exact, abs=4 * made.std_error)
    again = stress_test(HOSPITALS, {"employee": 10.0}, shocks, floor=0.95, seed=4).frame.iloc[0]
    assert again.chance_below == made.chance_below


def test_large_hospitals_matter_more():
    shocks = Shocks(volume_own=0.1)
    even = HOSPITALS.assign(score=[2_000_000, 2_000_000])
    wide = [
        stress_test(f, {"employee": 1.0}, shocks, floor=0.9, seed=2).frame.iloc[0] for f in (HOSPITALS, even)
    ]
    assert wide[0].q95 - wide[0].q05 > wide[1].q95 - wide[1].q05
