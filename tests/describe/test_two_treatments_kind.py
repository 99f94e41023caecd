"""Two treatments as exhibits: printed numbers, who stands behind them, and what the gate holds back."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["two_treatments"]


@pytest.fixture(scope="module")
def rows():
    """The old have the second treatment more often and cost more; it takes a fifth off."""
    rng = np.random.default_rng(9)
    n = 2000
    age, male = rng.integers(20, 90, n).astype(float), rng.random(n) < 0.5
    treated = rng.random(n) < 1 / (1 + np.exp(-(age - 55) / 15))
    cost = 5000 * np.exp(0.02 * (age - 55)) * np.where(treated, 0.8, 1.0) * rng.gamma(20, 1 / 20, n)
    made = {"city": "liuzhou", "hospital": rng.choice([f"h{k}" for k in range(8)], n), "age": age}
    made |= {"sex": np.where(male, "male", "female"), "treatment_type": np.where(treated, "tcm", "western")}
    made |= {"total_cost": (cost * 100).astype("int64"), "care_days": rng.poisson(9, n)}
    return pd.DataFrame(made).assign(discharge_date=datetime.date(2021, 3, 1))


def made(engine, rows, **options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    told = {"treatment": "treatment_type", "groups": ("western", "tcm"), "covariates": ("age_group", "sex")}
    choice = DescriptionChoice(
        "spine", "two_treatments", plain | told | {"outcomes": ("total_cost", "care_days")} | options
    )
    given = Given(
        pd.DataFrame(), "month", "2021-01", "2021-12", "CNY", engine=engine, cases=engine.small_table(rows)
    )
    return {e.name: e for e in KIND.make(given, choice)}


@pytest.fixture(scope="module")
def plain(engine, rows):
    return made(engine, rows)


def value(exhibit, row, column):
    found = exhibit.frame[(exhibit.frame["row"] == row) & (exhibit.frame["column"] == column)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_effect_is_found_and_the_confounding_taken_away(plain, rows):
    found = plain
    crude = value(found["spine"], "measure_total_cost/crude", "change")
    assert crude["value"] > 0.1
    for method in ("matching", "overlap", "ate", "att"):
        line = value(found["spine"], f"measure_total_cost/{method}", "change")
        assert line["low"] < -0.2 < line["high"] and line["high"] - line["low"] < 0.15
        means = [value(found["spine"], line["row"], column)["value"] for column in ("tcm", "western")]
        assert line["value"] == pytest.approx(means[0] / means[1] - 1)
    love = found["spine_love"].frame
    assert love[love["group"] == "crude"]["value"].max() > 0.3
    assert love[love["group"] == "matching"]["value"].max() < 0.05
    overlap = found["spine_overlap"].frame
    assert overlap.groupby("group")["value"].sum().to_numpy() == pytest.approx([1, 1])
    assert (
        overlap.groupby("group")["count"].sum().to_dict() == rows["treatment_type"].value_counts().to_dict()
    )


def test_shares_of_the_balance_table_are_those_of_the_rows(plain, rows):
    table = plain["spine_balance"]
    for group in ("western", "tcm"):
        part = rows[rows["treatment_type"] == group]
        line = value(table, "sex=male", group)
        assert (line["value"], line["count"]) == (
            pytest.approx((part["sex"] == "male").mean()),
            (part["sex"] == "male").sum(),
        )
        assert (
            line["largest_share"]
            == part[part["sex"] == "male"]["hospital"].value_counts(normalize=True).max()
        )


def test_the_gate_takes_all_together_and_holds_rare_levels_back_everywhere(engine, rows):
    rare = rows.assign(sex=rows["sex"].astype("object"))
    rare.loc[rare[rare["treatment_type"] == "tcm"].index[:5], "sex"] = "unknown_word"
    rare.loc[rare[rare["treatment_type"] == "western"].index[:40], "sex"] = "unknown_word"
    judged = {r.exhibit.name: r.exhibit.frame for r, _ in gate_together(list(made(engine, rare).values()))}
    balance = judged["spine_balance"]
    held = balance[balance["suppressed"]]
    assert {"sex=unknown_word"} < set(held["row"])  # and another level of the covariate with it
    others = balance[(balance["row"] == "sex=unknown_word") & balance["column"].isin(["total", "western"])]
    assert len(others) == 2 and others["suppressed"].any()  # total less western would be the few
    assert balance[balance["row"].str.startswith("age_group")]["value"].notna().all()
    love = judged["spine_love"]
    assert love[love["row"] == "sex=unknown_word"]["value"].isna().all()
    assert judged["spine"]["value"].notna().any()


def test_a_small_group_is_not_told_by_the_other_and_the_total(engine, rows):
    """The number of cases behind the other group's means would tell it, beside the total."""
    few = pd.concat(
        [rows[rows["treatment_type"] == "western"], rows[rows["treatment_type"] == "tcm"].head(8)]
    )
    few = few.assign(sex=["male", "female"] * (len(few) // 2) + ["male"] * (len(few) % 2))
    exhibits = made(engine, few, covariates=("sex",), caliper=0.0)
    judged = {r.exhibit.name: r.exhibit.frame for r, _ in gate_together(list(exhibits.values()))}
    shown = {name: frame[~frame["suppressed"]] for name, frame in judged.items()}
    assert shown["spine_change"].empty and shown["spine_love"].empty
    columns = set(shown["spine"]["column"]) | set(shown["spine_balance"]["column"])
    assert len(columns) == 1 and columns < {"total", "western"}


def test_trimming_is_counted_and_adds_up(engine, rows):
    exhibits = made(engine, rows, trim=0.2)
    found = exhibits["spine"]
    for group in ("western", "tcm"):
        whole, kept, left = (value(found, row, group)["value"] for row in ("cases", "kept", "left"))
        assert whole == kept + left and 0 < left < whole
    gate_together(list(exhibits.values()))


def test_a_yes_or_no_outcome_is_a_share_of_those_who_have_it(engine, rows):
    flagged = rows.assign(disposition=np.where(np.arange(len(rows)) % 7 == 0, "death", "home"))
    table = made(engine, flagged, outcomes=("deaths",), methods=("ate",))["spine"]
    part = flagged[flagged["treatment_type"] == "tcm"]
    line = value(table, "measure_deaths/crude", "tcm")
    dead = (part["disposition"] == "death").sum()
    assert (line["form"], line["count"], line["value"]) == ("share", dead, pytest.approx(dead / len(part)))
    assert value(table, "measure_deaths/ate", "difference")["unit"] == "share"


def test_what_has_no_error_is_marked(engine, rows):
    few = rows.head(300)
    constant = made(engine, few.assign(total_cost=500))["spine"]
    unknown = made(
        engine, few.assign(total_cost=few["total_cost"].astype("Int64").mask(few["treatment_type"] == "tcm"))
    )["spine"]
    alone = made(engine, few.assign(hospital="h"), errors="hospital", methods=("overlap",))["spine"]
    for table in (constant, unknown, alone):
        line = value(table, "measure_total_cost/overlap", "p")
        assert np.isnan(line["value"]) and "no error" in line["note_en"] and "无标准误" in line["note_zh"]


def test_what_is_wrong_is_told(engine, rows):
    for options, said in (
        ({"covariates": ("sex", "sex", "treatment_type")}, "named twice"),
        ({"covariates": ()}, "are none"),
        ({"trim": 0.4999}, "not found in both groups"),
        ({"groups": ("western", "herbs")}, "herbs"),
        ({"outcomes": ("sex",)}, "numbers or yes and no"),
    ):
        with pytest.raises(DataError, match=said):
            made(engine, rows, **options)
