"""Ten thousand random cases: every type, ratio, class, multiplier and score equals the plain second way."""

from fractions import Fraction

import pandas as pd
import pytest
from invented import random_stays
from payment_texts import AGES, COEFFICIENTS, HEAD, SMALL, part
from plain import build, score
from plain_money import settled

from dipeval.dip.accounts import accounts
from dipeval.dip.building import build_catalogue
from dipeval.dip.grouping import grouped
from dipeval.dip.payments import paid
from dipeval.dip.point_values import budget_point_values
from dipeval.dip.reading import parse_payment
from dipeval.dip.scoring import scored
from dipeval.dip.settlement import budgets_of, clearing, monthly, prepayment

RULES = {
    "threshold": 15,
    "year_weights": (1, 2, 7),
    "scale": 1,
    "decimals": 4,
    "low": Fraction(1, 2),
    "high": 2,
    "extreme": 5,
    "ages": ((0, 6, Fraction(6, 5)), (65, 1000, Fraction(1055, 1000))),
    "hospital": {"tertiary": Fraction(11, 10), "secondary": Fraction(1), "primary": Fraction(17, 20)},
    "subset": False,
}


def rows(frame):
    """Plain dictionaries with None for what is missing."""
    plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{**row, "year": row["discharge_date"].year} for row in plain]


MONEY = {
    "for_points": {"employee": 18_000_000_00, "resident": 40_000_000_01},
    "bands": ((0, Fraction(4, 5), 0), (Fraction(4, 5), 1, 1), (1, Fraction(11, 10), Fraction(1, 2)))
    + ((Fraction(11, 10), None, 1),),
    "assessment": {"H03": Fraction(97, 100), "H05": Fraction(995, 1000)},
    "months": Fraction(3, 2),
    "share": Fraction(93, 100),
    "score_decimals": 4,
}
BANDS = part(
    "sharing",
    'level = "hospital"\nbands = [{from = 0, to = 0.8, hospital_share = 0}, '
    "{from = 0.8, to = 1, hospital_share = 1}, {from = 1, to = 1.1, hospital_share = 0.5}, "
    "{from = 1.1, hospital_share = 1}]",
)


@pytest.fixture(scope="module")
def invented():
    """The random cases, and their plain rows."""
    frame = random_stays(40_000, seed=11)
    return frame, rows(frame)


@pytest.fixture(scope="module")
def plain_catalogue(invented):
    return build(invented[1], 2021, RULES)


def parameters_of(more: str):
    return parse_payment(SMALL + AGES + more, "small.toml").year(2021)


def scored_by_the_engine(engine, frame, parameters):
    stays = engine.small_table(frame)
    catalogue = build_catalogue(engine, stays, parameters.grouping, parameters.weighting, 2021)
    of_year = stays.filter(stays.discharge_date.year() == 2021)
    cases = grouped(engine, of_year, catalogue, parameters.grouping)
    return catalogue, scored(engine, cases, catalogue, parameters)


@pytest.mark.parametrize("match", ["exact", "subset"])
def test_every_case_scores_as_by_hand(engine, invented, plain_catalogue, match):
    frame, all_rows = invented
    parameters = parameters_of(part("grouping", f'version = "t"\nmatch = "{match}"'))
    catalogue, cases = scored_by_the_engine(engine, frame, parameters)
    made = engine.to_frame(cases, order_by=["source_row"])
    known = catalogue.types.set_index("disease_type")["relative_weight"].to_dict()
    assert known == plain_catalogue["weights"] and catalogue.overall == plain_catalogue["overall"]

    rules = {**RULES, "subset": match == "subset"}
    wanted = [score(case, plain_catalogue, rules) for case in all_rows if case["year"] == 2021]
    assert len(made) == len(wanted) > 9_500
    assert set(made["deviation_class"].dropna()) == {"low", "normal", "high", "extreme"}
    for name in ("disease_type", "deviation_class"):
        assert made[name].astype(object).where(made[name].notna(), None).tolist() == [
            case[name] for case in wanted
        ]
    for name in ("cost_ratio", "deviation_multiplier"):
        expected = [None if case.get(name) is None else int(case[name] * 10_000) for case in wanted]
        assert [None if pd.isna(v) else int(v) for v in made[name]] == expected
    assert made["score"].tolist() == [case["score"] for case in wanted]
    assert sum(case["disease_type"] is None for case in wanted) > 100


@pytest.mark.parametrize("basis", ["fund", "total_cost"])
def test_every_payment_is_the_one_by_hand_to_the_fen(engine, invented, plain_catalogue, basis):
    frame, all_rows = invented
    budgets = {
        scheme: part("budgets", f'scheme = "{scheme}"\nunit = "fen"\ngross = {amount}')
        for scheme, amount in MONEY["for_points"].items()
    }
    settlement = part(
        "settlement",
        f'basis = "{basis}"\nprepayment_months = 1.5\nmonthly_share = 0.93\n'
        "assessment = {H03 = 0.97, H05 = 0.995}",
    )
    text = HEAD + COEFFICIENTS + "".join(budgets.values()) + AGES + settlement + BANDS
    parameters = parse_payment(text, "small.toml").year(2021)
    catalogue, cases = scored_by_the_engine(engine, frame, parameters)
    cases = engine.stage(cases)
    account = accounts(engine, cases, parameters)
    budget = budgets_of(parameters)
    before = budget_point_values(parameters, budget, account, catalogue.decimals)
    advance, months = prepayment(parameters, budget, account), monthly(parameters, account, before)
    cleared = clearing(parameters, budget, account, catalogue.decimals, advance, months)
    by_case = engine.to_frame(paid(engine, cases, cleared.point_values, parameters))

    plain_cases = [
        {
            **case,
            "scheme": case["insurance_type"],
            "fund": case["fund_paid"],
            "month": case["period"],
            "score": score(case, plain_catalogue, RULES)["score"],
        }
        for case in all_rows
        if case["year"] == 2021
    ]
    wanted = settled(plain_cases, {**MONEY, "basis": basis})
    found = cleared.hospitals.set_index(["scheme", "hospital"])
    amounts = found[["entitlement", "after_sharing", "payable"]].to_numpy().tolist()
    assert dict(zip(found.index, map(tuple, amounts), strict=True)) == wanted["hospitals"]
    assert found["prepaid"].to_dict() == wanted["prepaid"]
    assert months.set_index(["scheme", "hospital", "month"])["monthly_paid"].to_dict() == wanted["monthly"]
    assert by_case.set_index("source_row")["fund_payable"].to_dict() == wanted["cases"]
    assert {s: v.yuan * 100 for s, v in cleared.point_values.items()} == wanted["values"]
    # Both sides of 1 and the band without end occur, so every branch of the sharing is met.
    rates = found["actual_fund"] / found["entitlement"]
    assert rates.min() < 0.8 and rates.max() > 1.1 and rates.between(1, 1.1).any()
