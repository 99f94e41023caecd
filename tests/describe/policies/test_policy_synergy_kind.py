"""The kind ``policy_synergy``: known effects in exhibits, the calendar, and what a study must have for it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.disclose import gate
from dipeval.errors import DataError, DesignError
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.policies import Policy

KIND = KINDS["policy_synergy"]
COHORT = {"a": "2020Q1", "b": "2020Q1", "c": "2020Q3", "d": "2020Q3", "e": "never", "f": "never"}
STARTS = {"a": "2019-11", "c": "2020-10", "e": "2020-05"}
REFORM, PRICES, BOTH = -0.10, 0.04, -0.06


def rows_of(starts, name="prices"):
    labels = {"label_en": "Prices", "label_zh": "价格调整"}
    return tuple(
        Policy(name, **labels, city=c, start=s, end="", share=1.0, source="x") for c, s in starts.items()
    )


def given_of(policies, seed=5) -> Given:
    rng = np.random.default_rng(seed)
    periods = [f"{year}Q{q}" for year in (2019, 2020) for q in (1, 2, 3, 4)]
    keys = pd.MultiIndex.from_product([list("abcdef"), range(4), periods])
    panel = keys.to_frame(index=False, name=["city", "k", "period"])
    panel["hospital"] = "H" + panel["k"].astype(str)
    panel["cohort"] = panel["city"].map(COHORT)
    panel["after"] = (panel["cohort"] != "never") & (panel["period"] >= panel["cohort"])
    begun = panel["city"].map({c: f"{s[:4]}Q{(int(s[5:]) + 2) // 3}" for c, s in STARTS.items()})
    prices = panel["period"] >= begun.fillna("9999")
    logs = 9 + 0.2 * panel["k"] + 0.02 * panel["period"].rank(method="dense")
    logs += REFORM * panel["after"] + PRICES * prices + BOTH * (panel["after"] & prices)
    panel["discharges"] = 500
    panel["total_cost"] = np.rint(np.exp(logs + 0.005 * rng.normal(size=len(panel))) * 500 * 100).astype(int)
    unit = panel["city"] + "/" + panel["hospital"]
    frame = panel.assign(hospital=unit, cohort=panel["cohort"].where(panel["cohort"] != "never", None))
    design = build_design(
        frame,
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["city", "hospital"],
        n_cases="discharges",
        event_window=(-3, 3),
    )
    panel = panel.drop(columns="k").assign(unit=unit)
    return Given(panel, "quarter", "2019Q1", "2020Q4", "yuan", True, {}, design=design, policies=policies)


def choice(**options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    told = {"outcomes": ("log_total",), "inference": ("cluster", "wild"), "cluster": "hospital", "draws": 99}
    return DescriptionChoice("together", "policy_synergy", {**plain, **told, **options})


def test_effects_alone_together_and_beyond_stand_in_sections():
    calendar, forest, table = KIND.make(given_of(rows_of(STARTS)), choice())
    assert [calendar.name, forest.name, table.name] == [
        "together_calendar",
        "together_log_total",
        "together_table",
    ]
    found = forest.frame.set_index(["panel_en", "label_en"])["value"]
    assert found["Each alone", "The reform"] == pytest.approx(REFORM, abs=0.01)
    assert found["Each alone", "Prices"] == pytest.approx(PRICES, abs=0.01)
    assert found["Together", "The reform + Prices"] == pytest.approx(REFORM + PRICES + BOTH, abs=0.01)
    beyond = found["Together less the sum of each alone", "The reform + Prices"]
    assert beyond == pytest.approx(BOTH, abs=0.01)
    assert table.frame["rule"].nunique() == 3 and "价格调整" in "".join(table.frame["label_zh"])
    lines = calendar.frame.groupby("row")["value"].sum()
    assert lines["a/reform"] == 4 and lines["a/prices"] == pytest.approx(4 + 2 / 3) and lines["b/reform"] == 4
    for exhibit in (calendar, forest, table):
        assert len(gate(exhibit)[0].exhibit.frame) == len(exhibit.frame)


def test_shares_are_of_full_exposure():
    half = tuple(replace(row, share=0.5) for row in rows_of(STARTS))
    made = KIND.make(given_of(half), choice(measure="share", products=1))
    assert not made[1].frame["panel_en"].str.contains("less").any()
    assert any("wholly affected" in note for note in made[1].notes_en)


def test_a_policy_that_came_with_the_reform_everywhere_is_named():
    same = {city: start for city, start in COHORT.items() if start != "never"}
    with pytest.raises(DesignError, match="reform and prices"):
        KIND.make(given_of(rows_of(same)), choice())


def test_a_policy_that_came_everywhere_at_once_leaves_its_product_with_the_reform():
    made = KIND.make(given_of(rows_of(dict.fromkeys("abcdef", "2020Q2"))), choice())
    assert any(note.startswith("Not identified: Prices") for note in made[1].notes_en)
    panels = made[1].frame["panel_en"].tolist()
    assert panels == ["Each alone", "Together less the sum of each alone"]


def test_a_study_must_have_the_policies_that_it_asks_for():
    with pytest.raises(DataError, match="the study has none"):
        KIND.make(given_of(()), choice())
    with pytest.raises(DataError, match="no policy 'price'"):
        KIND.make(given_of(rows_of(STARTS)), choice(policies=("price",)))
