"""The kind ``burden`` against plain Python on the same diagnoses."""

import numpy as np
import pytest

from dipeval.describe.cases.chronic import chronic_groups, diseases_of, own_groups, written
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError

NEAR = {"rel": 1e-12}
CODES = [
    "I10.x00",
    "E11.900",
    "i25.100x002",
    "J18.900",
    "K70.300",
    "C34.9",
    "N18.001+",
    "I21",
    "J44.1",
    "?",
    "Z94.0",
]


@pytest.fixture(scope="module")
def ill(stays):
    draw = np.random.default_rng(4)
    n = len(stays)
    others = [";".join(draw.choice(CODES, k)) if k else None for k in draw.integers(0, 4, n)]
    return stays.assign(
        principal_diagnosis=draw.choice([*CODES, None], n),
        secondary_diagnoses=others,
        self_paid=stays["total_cost"] // 3,
    )


@pytest.fixture(scope="module")
def had(ill):
    """Diseases of each case, one at a time."""
    pairs = zip(
        *(ill[c].astype(object).where(ill[c].notna(), None) for c in ill.columns if "diagnos" in c),
        strict=True,
    )
    return [diseases_of(pair, chronic_groups()) for pair in pairs]


@pytest.fixture(scope="module")
def made(make_of, ill):
    """With every option, so that it is made once."""
    return make_of(ill, "burden", by=("level",))


def test_every_disease_has_its_cases_and_money(made, ill, had, cell):
    table = made["d_table"]
    whole = ill["fund_paid"].sum()
    shown = set(table.frame["row"]) - {"total"}
    assert shown == set().union(*had) and "coronary_heart_disease" in shown and "asthma" not in shown
    for name in shown:
        mine = ill[[name in one for one in had]]
        assert cell(table, name, "cases")["value"] == len(mine)
        assert cell(table, name, "share")["value"] == pytest.approx(len(mine) / len(ill), **NEAR)
        assert cell(table, name, "amount")["value"] == pytest.approx(mine["fund_paid"].sum() / 100, **NEAR)
        assert cell(table, name, "amount_share")["value"] == pytest.approx(
            mine["fund_paid"].sum() / whole, **NEAR
        )
        assert cell(table, name, "per_case")["value"] == pytest.approx(
            mine["fund_paid"].astype(float).mean() / 100, **NEAR
        )
        known = mine.dropna(subset=["fund_paid"])
        ratio = cell(table, name, "fund_share")
        assert ratio["value"] == pytest.approx(known["fund_paid"].sum() / known["total_cost"].sum(), **NEAR)
        assert ratio["low"] < ratio["value"] < ratio["high"]
    assert cell(table, "total", "cases")["value"] == len(ill)
    bars = made["d"].frame
    cases = [
        cell(table, row, "cases")["value"] for row in dict.fromkeys(table.frame["row"]) if row != "total"
    ]
    assert list(bars["label_en"])[0] == "Coronary heart disease" and cases == sorted(cases, reverse=True)


def test_numbers_of_diseases_add_up_to_all(made, ill, had, cell):
    table = made["d_number_table"]
    many = np.array([len(one) for one in had])
    for level, mine in [
        ("0", many == 0),
        ("1", many == 1),
        ("2", many == 2),
        ("3+", many >= 3),
        ("total", many >= 0),
    ]:
        assert cell(table, level, "cases")["value"] == mine.sum()
        assert cell(table, level, "amount")["value"] == pytest.approx(
            ill["fund_paid"][mine].sum() / 100, **NEAR
        )
    assert len(table.sums) >= 1


def test_who_has_them(made, ill, had, cell):
    heat, table = made["d_level"], made["d_level_table"]
    here = (ill["level"] == "tertiary").to_numpy()
    stroke = np.array(["diabetes" in one for one in had])
    assert cell(heat, "diabetes", "tertiary")["value"] == pytest.approx(
        ill["fund_paid"][here & stroke].sum() / 100, **NEAR
    )
    some = np.array([bool(one) for one in had])
    assert cell(heat, "any", "total")["value"] == pytest.approx(ill["fund_paid"][some].sum() / 100, **NEAR)
    assert cell(table, "tertiary", "cases")["value"] == (here & some).sum()
    assert cell(table, "tertiary", "share")["value"] == pytest.approx(
        (here & some).sum() / some.sum(), **NEAR
    )
    judged = gate_together(list(made.values()), minimum_cell=60)
    held = next(r.exhibit.frame for r, _ in judged if r.exhibit.name == "d_level").query("suppressed")
    assert (held.groupby("row").size() != 1).all()


def test_principal_diagnoses_alone_and_a_list_of_ones_own(make_of, ill, cell):
    own = {"diabetes": ("E10-E14",), "stones": ("K70.3", "J18")}
    table = make_of(ill, "burden", diagnoses="principal", groups=own, ratios=())["d_table"]
    assert set(table.frame["row"]) == {"diabetes", "stones", "total"}
    assert cell(table, "diabetes", "cases")["value"] == (ill["principal_diagnosis"] == "E11.900").sum()
    expected = ill["principal_diagnosis"].isin(["K70.300", "J18.900"]).sum()
    assert cell(table, "stones", "cases")["value"] == expected
    assert cell(table, "diabetes", "cases")["row_en"] == "Diabetes mellitus"
    assert not any("World Health" in note for note in table.notes_en)


def test_lists_of_codes_are_read_and_wrong_ones_told():
    assert written(("I10-I12", "K70.3")) == ("I10", "I11", "I12", "K70.3")
    assert len({g.name for g in chronic_groups()}) == len(chronic_groups()) <= 60
    with pytest.raises(DataError) as error:
        own_groups({"a": ("I10-J12", "e11", "I12-I10"), "b": ()})
    assert all(word in str(error.value) for word in ("I10-J12", "'e11'", "I12-I10", "groups.b"))


def test_no_disease_and_missing_columns_are_told(make_of, ill):
    with pytest.raises(DataError, match="none has any"):
        make_of(ill.assign(principal_diagnosis="J18.9"), "burden", diagnoses="principal", ratios=())
    with pytest.raises(DataError, match="secondary_diagnoses"):
        make_of(ill.drop(columns="secondary_diagnoses"), "burden")
    with pytest.raises(DataError, match="self_paid"):
        make_of(ill.drop(columns="self_paid"), "burden")
