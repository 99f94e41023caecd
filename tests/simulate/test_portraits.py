"""Portraits: cases told as data carry the declared figures to the last unit, in the raw format of their city."""

import io

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import StudyError
from dipeval.simulate.portraits import parse_portrait
from dipeval.simulate.portraits.quotas import exact_total, largest_remainder
from dipeval.simulate.portraits.raw_file import portrait_file
from dipeval.study import Registries, parse_city, parse_source

KNOWN = Registries({}, {}, {})
PORTRAIT = """
[portrait]
name = "small"
city = "small"
title_en = "Small"
title_zh = "小"
figures = "none"
seed = 3
[columns]
hospital = { evenly = ["XN1", "XN2", "XN3"] }
hospital_name = { of = "hospital", map = { XN1 = "虚拟一院", XN2 = "虚拟二院", XN3 = "虚拟三院" } }
level = { of = "hospital", map = { XN1 = "tertiary", XN2 = "primary", XN3 = "tertiary" } }
sex = { shares = { male = 0.3333 }, rest = ["female"] }
age = { low = 20, high = 29 }
insurance_type = { shares = { employee = 0.8745, resident = 0.1255 } }
principal_diagnosis = { word = "I10.x00" }
secondary_diagnoses = { shares = { "" = 0.5, "E11.900" = 0.3, "E11.900;I25.100" = 0.2 } }
disposition = { word = "home" }
care_days = { mean = 7.25, low = 2, high = 20 }
deductible = { by = "level", each = { tertiary = { mean = 800 }, primary = { mean = 200 } } }
surgery_cost = { share = 0.5, of = "treatment_cost" }
total_cost = { by = "insurance_type", each = { employee = { mean = 9000.01 }, resident = { total = 777777.77 } } }
self_paid = { mean = 1234.56, within = "total_cost" }
[split.total_cost]
drug_cost = 0.3
consumables_cost = 0.1
examination_cost = 0.2
treatment_cost = 0.2
service_cost = 0.15
other_cost = 0.05
[[groups]]
name = "first"
cases = 1200
[groups.columns]
discharge_date = { from = "2022-01-01", to = "2022-03-31" }
[[groups]]
name = "second"
cases = 800
[groups.columns]
discharge_date = { from = "2022-04-01", to = "2022-04-30" }
self_paid = { mean = 1000, within = "total_cost" }
"""
CITY = """
[city]
name = "small"
label_en = "Small"
label_zh = "小"
synthetic = true
scheme = "DIP"
source = "settlement_list"
obtain = "invented"
[[files]]
path = "small/list.csv"
[dates]
payment = "2022-01"
source = "invented"
"""


@pytest.fixture(scope="module")
def source(root):
    text = (root / "analysis/sources/settlement_list.toml").read_text(encoding="utf-8")
    return parse_source(text, "settlement_list", expected="settlement_list")


@pytest.fixture(scope="module")
def city():
    return parse_city(CITY, "small.toml", KNOWN, ("settlement_list",), expected="small")


def raw(text, city, source, seed=3):
    return portrait_file(parse_portrait(text, "small.toml", "small"), city, source, seed)[1]


@pytest.fixture(scope="module")
def rows(city, source):
    return pd.read_csv(io.BytesIO(raw(PORTRAIT, city, source)), dtype=str, keep_default_na=False)


def fen(column):
    return column.str.replace(".", "").astype("int64")


def test_shares_and_sums_are_met_to_the_unit(rows):
    assert len(rows) == 2000
    first = rows["dscg_time"] < "2022-04-01"
    assert first.sum() == 1200
    for part in (rows[first], rows[~first]):
        employees = part["hi_type"] == "310"
        assert employees.sum() == round(0.8745 * len(part))
        assert (part["gend"] == "1").sum() == round(0.3333 * len(part))
        assert fen(part["medfee_sumamt"])[employees].sum() == 900_001 * employees.sum()
        assert fen(part["medfee_sumamt"])[~employees].sum() == 77_777_777
        assert part["act_ipt_days"].astype(int).sum() == round(7.25 * len(part))
    assert fen(rows["psn_cashpay"])[first].sum() == 123_456 * 1200
    assert fen(rows["psn_cashpay"])[~first].sum() == 100_000 * 800
    assert rows["act_ipt_days"].astype(int).between(2, 20).all()
    assert sorted(rows["age"].astype(int).value_counts()) == [200] * 10


def test_amounts_of_a_row_add_up(rows):
    items = [header for header in rows if header.startswith("amt_")]
    assert (sum(fen(rows[item]) for item in items) == fen(rows["medfee_sumamt"])).all()
    assert (fen(rows["psn_cashpay"]) <= fen(rows["medfee_sumamt"])).all()
    operated = fen(rows["amt_06"])
    assert abs(2 * operated.sum() - (operated + fen(rows["amt_05"])).sum()) <= 2


def test_rows_are_plainly_invented_and_lie_in_their_spans(rows):
    assert rows["姓名"].str.startswith("虚拟患者").all()
    assert rows["mdtrt_id"].str.startswith("XN").all() and rows["mdtrt_id"].is_unique
    assert rows["dscg_time"].between("2022-01-01", "2022-04-30").all()
    admitted = pd.to_datetime(rows["dscg_time"]) - pd.to_timedelta(rows["act_ipt_days"].astype(int), unit="D")
    assert (admitted.dt.strftime("%Y-%m-%d") == rows["adm_time"]).all()
    assert set(rows["oth_diag_code"]) == {"", "E11.900", "E11.900|I25.100"}
    assert ((rows["fixmedins_code"] == "XN2") == (rows["hi_setl_lv"] == "1")).all()


def test_what_is_said_of_a_level_holds_for_its_hospitals_together(rows):
    first = rows[rows["dscg_time"] < "2022-04-01"]
    paid = fen(first["act_pay_dedc"])
    level = first["hi_setl_lv"]
    assert paid[level == "3"].mean() == 80_000 and paid[level == "1"].mean() == 20_000
    assert paid[first["fixmedins_code"] == "XN1"].mean() != 80_000


def test_the_seed_alone_decides(city, source):
    assert raw(PORTRAIT, city, source) == raw(PORTRAIT, city, source)
    other = raw(PORTRAIT, city, source, seed=4)
    assert other != raw(PORTRAIT, city, source)
    again = pd.read_csv(io.BytesIO(other), dtype=str)
    assert (again["hi_type"] == "310").sum() == round(0.8745 * 1200) + round(0.8745 * 800)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("sex = {", "sexes = {", "did you mean 'sex'?"),
        ('word = "home"', 'word = "home", low = 1', "does not go with 'word'"),
        ('word = "home"', 'word = "home", mean = 1', "says word and mean"),
        ("low = 20, high = 29", "low = 20", "'span' needs it"),
        ('of = "treatment_cost"', 'of = "nursing_cost"', "needs 'nursing_cost', which is filled nowhere"),
        ("resident = { total = 777777.77 }", "residents = { total = 1 }", "did you mean 'resident'?"),
        ("employee = 0.8745", "employee = 0.9745", "has shares of 1.1 in all"),
        ("2022-03-31", "2022-02-31", "'2022-02-31' is no day"),
        ("2022-04-30", "2022-03-30", "2022-03-30 lies before 2022-04-01"),
        ('name = "second"', 'name = "first"', "stands twice"),
        ("care_days = {", "ventilator_hours = {", "care_days: is missing"),
        (
            "total_cost = { by",
            'deaths = { word = "no" }\ntotal_cost = { by',
            "settlement_list has no such column",
        ),
        ('disposition = { word = "home" }', "", "requires columns that nothing fills"),
        ('disposition = { word = "home" }', 'disposition = { word = "homes" }', "did you mean 'home'?"),
        ("mean = 9000.01", "mean = 90", "no amounts between"),
    ],
)
def test_what_is_wrong_is_named(city, source, old, new, told):
    with pytest.raises(StudyError) as caught:
        raw(PORTRAIT.replace(old, new, 1), city, source)
    assert told in str(caught.value)


def test_a_column_that_needs_itself_is_refused():
    text = PORTRAIT.replace('surgery_cost = { share = 0.5, of = "treatment_cost" }', "").replace(
        "self_paid = { mean = 1234.56", 'fund_paid = { rest_of = "self_paid", less = ["own_pay"] }\n'
        'own_pay = { share = 0.1, of = "fund_paid" }\nself_paid = { mean = 1234.56', 1
    )  # fmt: skip
    with pytest.raises(StudyError, match="needs itself"):
        parse_portrait(text, "small.toml")


def test_quotas_of_printed_shares():
    assert largest_remainder(np.array([0.8427, 0.1573]), 21_436).tolist() == [18_064, 3_372]
    assert largest_remainder(np.array([1, 1, 1]), 10).tolist() == [4, 3, 3]
    assert largest_remainder(np.array([0.1, 0.2, 0.7]), 10).tolist() == [1, 2, 7]


def test_exact_totals_keep_their_bounds():
    draw = np.random.default_rng(1)
    for total in (1_000, 54_321, 99_999, 100_000):
        found = exact_total(np.exp(draw.standard_normal(1_000)), total, 1, 100)
        assert found.sum() == total and found.min() >= 1 and found.max() <= 100
    with pytest.raises(ValueError, match="no amounts"):
        exact_total(np.ones(10), 1_001, 0, 100)
