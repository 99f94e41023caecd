"""Effects by group and by city as a study asks for them: exhibits, refusals, what cannot be told."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.describe.heterogeneity.grouping import grouping
from dipeval.describe.registry import KINDS
from dipeval.errors import DataError, DesignError
from dipeval.study.descriptions import DescriptionChoice


def asked(kind: str, **options) -> DescriptionChoice:
    plain = {name: key.default for name, key in KINDS[kind].keys.items()}
    return DescriptionChoice("shown", kind, {**plain, "outcomes": ("log_cost_per_case",), **options})


def test_levels_have_their_effects_and_are_not_equal(given):
    choice = asked("heterogeneity", by="level", tests=("hotelling", "jackknife", "sign_changes", "wild"))
    forest, table = KINDS["heterogeneity"].make(given, choice)
    assert [forest.name, table.name] == ["shown_log_cost_per_case", "shown_log_cost_per_case_table"]
    rows = forest.frame.set_index("label_en")
    assert list(rows.index) == ["Tertiary", "Secondary", "All treated hospitals"]
    assert np.allclose(rows["value"][:2], (-0.20, -0.05), atol=0.02)
    assert rows["pooled"].tolist() == [False, False, True]
    assert (rows["count"] > 0).all() and (rows["largest_share"] < 0.2).all()
    p = table.frame.set_index("row").loc[["hotelling", "jackknife"], "value"]
    assert (p < 0.001).all()
    said = " ".join(forest.notes_en)
    assert "Wild cluster bootstrap: not tested" in said and "Sign changes of groups of cities: max" in said
    apart = table.frame[(table.frame["column"] == "difference") & (table.frame["row"] == "secondary")]
    assert apart["value"].iloc[0] == pytest.approx(rows["value"].iloc[1] - rows["value"].iloc[0])
    cities = table.frame[table.frame["column"].isin(["treated", "compared"])]["value"]
    assert set(cities) == {7.0, 3.0}


def test_the_test_of_two_groups_says_that_three_are_more(given):
    choice = asked("heterogeneity", by="discharges", classes=3, tests=("ibragimov_mueller",))
    forest, _ = KINDS["heterogeneity"].make(given, choice)
    assert any("compares two groups" in note for note in forest.notes_en)


def test_classes_of_a_quantity_are_measured_before_the_reform(given):
    found = grouping(given, "discharges", classes=2)
    counts = np.bincount(found.groups.code)
    assert abs(counts[0] - counts[1]) <= 1
    level = given.panel.groupby("unit")["level"].first().reindex(given.design.units)
    assert (level[found.groups.code == 1] == "tertiary").all()
    later = given.panel.assign(
        discharges=given.panel["discharges"].where(given.panel["period"] < "2020Q1", 1)
    )
    again = grouping(replace(given, panel=later), "discharges", classes=2)
    assert (again.groups.code == found.groups.code).all()
    cost = grouping(given, "cost_per_case", classes=3, measured=("2019Q1", "2019Q2"))
    assert "2019Q1 to 2019Q2" in cost.notes[0][0]


def test_groups_measured_after_the_reform_are_refused(given):
    with pytest.raises(DataError, match="2020Q1 lies after 2019Q4"):
        grouping(given, "cost_per_case", measured=("2019Q1", "2020Q1"))
    with pytest.raises(DataError, match="is no span"):
        grouping(given, "cost_per_case", measured=("2019Q4", "2019Q1"))


def test_a_column_that_nobody_has_and_too_many_classes_are_refused(given):
    with pytest.raises(DataError, match="neither a column of the panel nor an outcome"):
        grouping(given, "levle")
    with pytest.raises(DataError, match="too few for 3 classes"):
        grouping(replace(given, panel=given.panel.assign(beds=100)), "beds")


def test_a_word_that_changes_counts_as_before_the_reform(given):
    raised = given.panel["unit"].eq("city_0/H1") & (given.panel["period"] >= "2020Q1")
    panel = given.panel.assign(level=given.panel["level"].where(~raised, "tertiary"))
    found = grouping(replace(given, panel=panel), "level")
    assert (found.groups.code == grouping(given, "level").groups.code).all()
    assert "1 hospitals say something else" in found.notes[0][0]


def test_hospitals_not_seen_before_the_reform_have_no_group(given_from, panel):
    late = panel[~((panel["unit"] == "city_9/H0") & (panel["period"] < "2020Q1"))].reset_index(drop=True)
    found = grouping(given_from(late), "level")
    assert (found.groups.code == -1).sum() == 1
    assert "1 hospitals without a known group" in found.notes[0][0]


def test_a_group_without_comparison_is_shown_with_its_reason(given_from, panel):
    panel = panel.assign(rural=np.where(panel["city"] == "city_0", "yes", "no"))
    choice = asked("heterogeneity", by="rural", trends="own")
    forest, _ = KINDS["heterogeneity"].make(given_from(panel), choice)
    row = forest.frame.set_index("label_en").loc["yes"]
    assert np.isnan(row["value"]) and row["count"] == 0
    assert any(note.startswith("yes: not identified") for note in forest.notes_en)
    assert any("nothing to compare" in note for note in forest.notes_en)


def test_cities_are_shown_alone_and_partially_pooled(given):
    forest, table = KINDS["city_effects"].make(given, asked("city_effects"))
    rows = forest.frame
    alone = rows[~rows["pooled"] & ~rows["beside"]].iloc[:7]
    pulled = rows[rows["beside"]]
    assert len(alone) == len(pulled) == 7
    truth = -0.125 + 0.02 * (np.arange(7) - 3)
    assert np.allclose(alone["value"], truth, atol=0.03)
    mean = rows.set_index("label_en").loc["Mean effect of the cities", "value"]
    nearer = np.abs(pulled["value"].to_numpy() - mean) <= np.abs(alone["value"].to_numpy() - mean)
    assert nearer.all()
    assert alone["label_zh"].iloc[0] == "城市0"
    together = table.frame[table.frame["column"] == "value"].set_index("row")
    assert 0 < together.loc["between", "value"] < 0.1
    assert 0 <= together.loc["i2", "value"] <= 1
    weights = table.frame.loc[table.frame["column"] == "weight", "value"]
    assert weights.sum() == pytest.approx(1.0)


def test_one_treated_city_has_nothing_to_pool(given_from, panel):
    some = panel[panel["city"].isin(["city_0", "city_7", "city_8"])].reset_index(drop=True)
    forest, table = KINDS["city_effects"].make(given_from(some), asked("city_effects"))
    assert len(forest.frame) == 2
    assert any("Nothing is pooled" in note for note in forest.notes_en)
    assert not forest.frame["beside"].any()


def test_a_city_with_one_treated_hospital_is_shown_but_not_pooled(given_from, panel):
    out = (panel["city"] == "city_1") & (panel["hospital"] != "H0")
    forest, _ = KINDS["city_effects"].make(
        given_from(panel[~out].reset_index(drop=True)), asked("city_effects")
    )
    assert forest.frame["beside"].sum() == 6
    assert any("City 1 is not pooled: one treated hospital" in note for note in forest.notes_en)


def test_estimators_without_one_counterfactual_are_refused(given):
    with pytest.raises(DesignError, match="no effects of groups against one counterfactual"):
        KINDS["heterogeneity"].make(given, asked("heterogeneity", by="level", estimator="bacon"))


def test_both_kinds_stand_under_effects():
    assert {KINDS[name].heading for name in ("heterogeneity", "city_effects")} == {"effects"}
