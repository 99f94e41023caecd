"""What must hold of any city: pools are paid out, names and order mean nothing, scale means nothing."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from invented import random_stays
from payment_texts import AGES, COEFFICIENTS, HEAD, SMALL, part

from dipeval.dip.accounts import accounts
from dipeval.dip.building import build_catalogue
from dipeval.dip.deviation import multiplier
from dipeval.dip.grouping import grouped
from dipeval.dip.payments import hospital_rounding, paid
from dipeval.dip.reading import national_defaults, parse_payment
from dipeval.dip.scoring import scored
from dipeval.dip.settlement import budgets_of, clearing, monthly, prepayment
from dipeval.errors import DataError
from dipeval.store.engine import Engine

CITY = part("sharing", 'level = "city"\nhospital_share = 0.85')


def settle(engine, frame, text=SMALL + AGES):
    """Scored cases, clearing and paid cases of 2021, by case."""
    parameters = parse_payment(text, "small.toml").year(2021)
    stays = engine.small_table(frame)
    catalogue = build_catalogue(engine, stays, parameters.grouping, parameters.weighting, 2021)
    cases = grouped(engine, stays.filter(stays.discharge_date.year() == 2021), catalogue, parameters.grouping)
    cases = engine.stage(scored(engine, cases, catalogue, parameters))
    account = accounts(engine, cases, parameters)
    cleared = clearing(parameters, budgets_of(parameters), account, catalogue.decimals)
    by_case = paid(engine, cases, cleared.point_values, parameters)
    return engine.to_frame(by_case, order_by=["source_row"]), cleared, by_case


@pytest.fixture(scope="module")
def frame():
    return random_stays(8_000, seed=5)


@pytest.mark.parametrize(
    "more",
    [
        "",
        CITY,
        part("settlement", 'basis = "total_cost"'),
        part(
            "settlement",
            'basis = "total_cost"\ngross_up = "reimbursement_ratio"\n'
            "reimbursement_ratio = {employee = 0.7, resident = 0.61}",
        ),
        part("settlement", "assessment = {H01 = 0.9}")
        + part("sharing", 'level = "hospital"\nhospital_share = 0.7'),
    ],
)
def test_what_the_pool_holds_is_paid(engine, frame, more):
    _, cleared, by_case = settle(engine, frame, SMALL + AGES + more)
    lines = cleared.lines.pivot(index="scheme", columns="line", values="amount")
    paid_out = cleared.hospitals.groupby("scheme")["payable"].sum()
    assert (lines["paid"] == paid_out).all()
    assert (lines.drop(columns="paid").sum(axis=1) == lines["paid"]).all()
    if not more:
        assert lines["paid"].to_dict() == {"employee": 400_000_000, "resident": 500_000_001}
    rounding = hospital_rounding(engine, by_case, cleared.hospitals)
    assert (rounding["cases_payable"] + rounding["rounding"]).sum() == cleared.hospitals["entitlement"].sum()
    # Half a unit of the published value for each point, and half a fen for each case, is all that can differ.
    assert rounding["rounding"].abs().max() < 200


def test_a_city_shares_surplus_and_overrun_alike(engine, frame):
    _, plain, _ = settle(engine, frame)
    _, shared, _ = settle(engine, frame, SMALL + AGES + CITY)
    before = plain.hospitals.groupby("scheme")[["payable", "actual_fund"]].sum()
    after = shared.hospitals.groupby("scheme")["payable"].sum()
    for scheme, row in before.iterrows():
        exact = row.actual_fund + 0.85 * (row.payable - row.actual_fund)
        assert after[scheme] == pytest.approx(exact, abs=0.51)


def test_doubling_all_costs_leaves_scores_and_shares_alone(engine, frame):
    once, cleared, _ = settle(engine, frame)
    doubled = frame.assign(total_cost=frame["total_cost"] * 2, fund_paid=frame["fund_paid"] * 2)
    twice, cleared_twice, _ = settle(engine, doubled)
    for name in ("disease_type", "relative_weight", "cost_ratio", "deviation_class", "score", "fund_payable"):
        pd.testing.assert_series_equal(once[name], twice[name])
    assert cleared.hospitals["payable"].tolist() == cleared_twice.hospitals["payable"].tolist()


def test_neither_order_nor_names_nor_threads_matter(engine, frame, tmp_path):
    made, cleared, _ = settle(engine, frame)
    order = np.random.default_rng(3).permutation(len(frame))
    names = {name: f"Z{99 - int(name[1:]):02d}" for name in frame["hospital"].unique()}
    other = frame.iloc[order].assign(hospital=lambda f: f["hospital"].map(names))
    with Engine(threads=1, temp_directory=tmp_path / "one") as single:
        again, cleared_again, _ = settle(single, other)
    for name in ("disease_type", "score", "fund_payable", "profit"):
        pd.testing.assert_series_equal(made[name], again[name])
    first = cleared.hospitals.assign(hospital=cleared.hospitals["hospital"].map(names))
    keys = ["scheme", "hospital"]
    pd.testing.assert_frame_equal(
        first.sort_values(keys, ignore_index=True),
        cleared_again.hospitals.sort_values(keys, ignore_index=True),
    )


def test_equal_hospitals_are_paid_equally(engine, frame):
    """Two hospitals with the same cases and level get the same, whatever is left over."""
    one = frame[frame["hospital"].isin(["H00", "H01", "H02"])]
    twins = pd.concat([one.assign(hospital=one["hospital"] + suffix) for suffix in ("", "x", "y")])
    _, cleared, _ = settle(engine, twins)
    payable = cleared.hospitals.assign(first=cleared.hospitals["hospital"].str[:3])
    assert (payable.groupby(["scheme", "first"])["payable"].nunique() == 1).all()


def test_the_multiplier_is_continuous_at_high_and_jumps_at_low():
    rules, little = national_defaults()["deviation"][0], Fraction(1, 10**9)
    assert multiplier(Fraction(2), rules) == 1 and multiplier(2 + little, rules) == 1 + little
    assert multiplier(Fraction(1, 2), rules) == 1
    assert multiplier(Fraction(1, 2) - little, rules) == Fraction(1, 2) - little
    assert multiplier(Fraction(7), rules) == 6


def test_zero_costs_and_types_of_one_case(engine, frame):
    """Base costs of nothing weigh nothing; a case of a type without a reference is normal."""
    odd = frame.head(400).assign(total_cost=0, fund_paid=0, principal_diagnosis="Q01.0", procedures="")
    one = frame.tail(1).assign(
        principal_diagnosis="P01.0", discharge_date=pd.Timestamp("2020-05-05"), total_cost=5, fund_paid=3
    )
    same = one.assign(discharge_date=pd.Timestamp("2021-05-05"), source_row=10**6)
    text = SMALL + AGES + part("grouping", 'version = "t"\ncase_threshold = 1')
    made, cleared, _ = settle(engine, pd.concat([frame, odd.assign(source_row=10**7), one, same]), text)
    zero = made[made["principal_diagnosis"] == "Q01.0"]
    assert (zero["score"] == 0).all() and zero["cost_ratio"].isna().all()
    assert (zero["deviation_class"] == "normal").all()
    single = made[made["source_row"] == 10**6].iloc[0]
    assert single["cost_ratio"] == 10_000 and single["deviation_class"] == "normal"
    assert cleared.lines[cleared.lines["line"] == "paid"]["amount"].sum() == 900_000_001


def test_when_no_case_finds_a_type_the_pool_stays(engine, frame):
    lost = frame.assign(principal_diagnosis="nothing")
    lost.loc[lost["discharge_date"].dt.year < 2021, "principal_diagnosis"] = "I10"
    made, cleared, _ = settle(engine, lost)
    assert made["score"].sum() == 0 and cleared.hospitals["payable"].sum() == 0
    residual = cleared.lines[cleared.lines["line"] == "residual"]["amount"]
    assert residual.sum() == -900_000_001


def test_ungrouped_cases_paid_as_incurred(engine, frame):
    made, _, _ = settle(engine, frame, SMALL + part("deviation", 'ungrouped = "as_incurred"'))
    lost = made[made["disease_type"].isna()]
    mean = frame[frame["discharge_date"].dt.year < 2021]
    by_year = mean.groupby(mean["discharge_date"].dt.year)["total_cost"].mean()
    overall = by_year @ [0.1, 0.2, 0.7]
    np.testing.assert_allclose(lost["score"], lost["total_cost"] / overall * 10_000, atol=0.51)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fund_paid": -1}, "column fund_paid: is negative"),
        ({"fund_paid": None}, "column fund_paid: is missing"),
        ({"fund_paid": 10**12}, "column fund_paid: is above the total cost"),
        ({"insurance_type": "self_pay"}, "column insurance_type: has cases of schemes without a budget"),
        ({"level": None}, "1 hospitals have cases without a level"),
        ({"level": "unrated"}, "hospital H03: no coefficient for the level unrated"),
    ],
)
def test_cases_that_cannot_be_settled(engine, frame, change, expected):
    broken = frame.astype({"fund_paid": "Int64", "level": "object"})
    last = broken.index[(broken["discharge_date"].dt.year == 2021) & (broken["hospital"] == "H03")][-1]
    for name, value in change.items():
        broken.loc[last, name] = value
    with pytest.raises(DataError) as caught:
        settle(engine, broken.astype({"level": "str"}))
    assert expected in str(caught.value)


def test_prepaid_hospitals_without_cases_return_it_all(engine, frame):
    parameters = parse_payment(HEAD + COEFFICIENTS + SMALL.split(COEFFICIENTS)[1], "small.toml").year(2021)
    stays = engine.small_table(frame)
    catalogue = build_catalogue(engine, stays, parameters.grouping, parameters.weighting, 2021)
    cases = grouped(engine, stays.filter(stays.discharge_date.year() == 2021), catalogue, parameters.grouping)
    account = accounts(engine, scored(engine, cases, catalogue, parameters), parameters)
    budgets = budgets_of(parameters)
    advance = prepayment(parameters, budgets, account)
    closed = account[account["hospital"] != "H00"]
    cleared = clearing(parameters, budgets, closed, catalogue.decimals, advance)
    gone = cleared.hospitals[cleared.hospitals["hospital"] == "H00"]
    assert (gone["payable"] == 0).all() and (gone["balance"] == -gone["prepaid"]).all()
    assert (gone["prepaid"] > 0).all() and monthly is not None
