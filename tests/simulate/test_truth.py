"""The truth file: averages by hand, and what the data say when nothing is random."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.panel.outcomes import outcome_values
from dipeval.simulate.plan import make_plan
from dipeval.simulate.truth import truth
from dipeval.vocabulary import outcomes


@pytest.fixture(scope="module")
def drawn(small):
    return small.panel()


def test_averages_by_hand(example):
    """Two hospitals: one tertiary with 30 discharges a month, one primary with 10."""
    plan = make_plan(example.study, example.cities)
    panel = pd.DataFrame(
        {
            "city": "synthetic_anlan",
            "hospital": ["a", "a", "a", "b", "b"],
            "level": ["tertiary", "tertiary", "tertiary", "primary", "primary"],
            "discharges": [30, 30, 30, 10, 10],
            "total_cost": [300, 270, 240, 100, 90],
            "drug_cost": [90, 90, 90, 40, 40],
        }
    )
    known = pd.DataFrame(
        {
            "event_time": [-1.0, 0, 1, -1, 0],
            "effect_total_cost": [0, -0.03, -0.04, 0, -0.01],
            "effect_length_of_stay": [0, -0.2, -0.3, 0, -0.1],
            "untreated_total_cost": [300, 300, 300, 100, 100],
        }
    )
    found = truth(example.study, plan, panel, known)
    assert found.overall("mean_log_total_cost") == pytest.approx((-0.03 - 0.04 - 0.01) / 3)
    assert found.overall("mean_log_total_cost", "discharges") == pytest.approx((-0.9 - 1.2 - 0.1) / 70)
    by_time = found.by_event_time("length_of_stay")
    assert by_time["event_time"].tolist() == [0, 1]
    np.testing.assert_allclose(by_time["true_effect"], [-0.15, -0.3])
    np.testing.assert_allclose(
        found.by_event_time("length_of_stay", "discharges")["true_effect"], [-0.175, -0.3]
    )
    share = [90 / 270 - 0.3, 90 / 240 - 0.3, 40 / 90 - 0.4]
    assert found.overall("drug_share") == pytest.approx(np.mean(share))
    assert found.overall("cost_per_case") == pytest.approx(np.mean([-0.01, -0.02, -0.01]))
    level = found.effects[(found.effects["term"] == "level") & (found.effects["level"] == "primary")]
    one = level[(level["outcome"] == "log_cost_per_case") & (level["weights"] == "hospital_periods")]
    assert one["true_effect"].tolist() == [-0.01] and one["hospital_periods"].tolist() == [1]


def test_drugs_have_no_effect(drawn):
    _, found = drawn
    assert found.overall("mean_log_drug_cost") == 0
    assert (found.by_event_time("mean_log_drug_cost")["true_effect"] == 0).all()


def test_all_event_times_of_the_study_are_there(drawn):
    _, found = drawn
    for outcome in ("mean_log_total_cost", "length_of_stay", "mean_log_drug_cost", "drug_share"):
        by_time = found.by_event_time(outcome)
        assert by_time["event_time"].tolist() == list(range(30))
        assert by_time["true_effect"].notna().all()


def test_truth_lies_between_the_levels_and_reaches_the_plateau(drawn, small):
    _, found = drawn
    effects = found.effects[
        (found.effects["outcome"] == "mean_log_total_cost") & (found.effects["weights"] == "hospital_periods")
    ]
    late = effects[(effects["term"] == "level_event_time") & (effects["event_time"] == 12)]
    plateau = {level: e["plateau"] for level, e in small.study.simulation.effects["total_cost"].items()}
    assert dict(zip(late["level"], late["true_effect"], strict=True)) == plateau
    assert -0.12 < found.by_event_time("mean_log_total_cost")["true_effect"].iloc[12] < -0.04


def test_observed_minus_counterfactual_is_the_truth(small):
    """The same seed without effects is the counterfactual: cell by cell the difference is the effect."""
    panel, found = small.panel(3)
    bare, none = small.of_size(40_000, effects={}).panel(3)
    assert none.overall("mean_log_total_cost") == 0
    cohort = {name: city.dates.payment for name, city in small.cities.items()}
    treated = (panel["city"].map(cohort) != "") & (panel["period"] >= panel["city"].map(cohort))
    for name, tolerance in (
        ("mean_log_total_cost", 1e-6),
        ("log_cost_per_case", 1e-6),
        ("mean_log_drug_cost", 0),
        ("drug_share", 1e-9),
        ("cost_per_case", 1e-8),
        ("mean_age", 0),
    ):
        observed, _ = outcome_values(panel, outcomes()[name])
        counterfactual, _ = outcome_values(bare, outcomes()[name])
        difference = observed - counterfactual
        assert difference[treated].mean() == pytest.approx(found.overall(name), abs=tolerance or 1e-15), name
        assert np.abs(difference[~treated]).max() == 0


def test_the_file_says_what_the_panel_says(small, small_files, drawn):
    panel, found = drawn
    content = json.loads(small_files["truth.json"])
    assert content["synthetic"] is True and content["seed"] == small.study.simulation.seed
    assert content == json.loads(json.dumps(found.content))
    cities = {row["city"]: row for row in content["cities"]}
    counted = panel.groupby("city")["discharges"].sum()
    assert {name: row["discharges"] for name, row in cities.items()} == counted.to_dict()
    assert cities["synthetic_mulan"]["payment"] == "never"
    assert cities["synthetic_heming"]["payment"] == "2021-07"
    effects = pd.DataFrame(content["effects"])
    timed = effects[(effects["term"] == "event_time") & (effects["weights"] == "hospital_periods")]
    mine = timed[timed["outcome"] == "length_of_stay"]
    np.testing.assert_array_equal(mine["true_effect"], found.by_event_time("length_of_stay")["true_effect"])


def test_excluded_cities_do_not_count(small, drawn):
    treatment = replace(small.study.treatment, excluded=("synthetic_anlan",))
    study = replace(small.study, treatment=treatment)
    _, found = type(small)(study, small.cities, small.sources).panel()
    _, whole = drawn
    rows = [
        t.effects[(t.effects["term"] == "overall") & (t.effects["outcome"] == "length_of_stay")]
        for t in (found, whole)
    ]
    panel, _ = drawn
    lost = int(((panel["city"] == "synthetic_anlan") & (panel["period"] >= "2020-01")).sum())
    assert lost > 0
    assert rows[0]["hospital_periods"].iloc[0] == rows[1]["hospital_periods"].iloc[0] - lost


def test_the_panel_is_a_hospital_panel(small, drawn):
    panel, _ = drawn
    made = HospitalPanel(panel, small.study.frequency, "CNY", "discharges", Ledger())
    assert made.hospitals == 110 and len(made.periods) == 48
    assert panel["discharges"].min() >= 1


@pytest.mark.parametrize(
    ("frequency", "window", "first"), [("quarter", ("2018Q3", "2022Q2"), 6), ("year", ("2019", "2021"), 1)]
)
def test_other_frequencies_sum_the_same_cases(small, drawn, frequency, window, first):
    study = replace(small.study, frequency=frequency, start=window[0], end=window[1])
    panel, found = type(small)(study, small.cities, small.sources).panel()
    HospitalPanel(panel, frequency, "CNY", "discharges", Ledger())
    months, _ = drawn
    label = months["period"].str[:4]
    if frequency == "quarter":
        label = label + "Q" + ((months["period"].str[5:].astype(int) + 2) // 3).astype(str)
    inside = (label >= window[0]) & (label <= window[1])
    by_hand = months[inside].groupby(["city", "hospital", label[inside]])["total_cost"].sum()
    np.testing.assert_array_equal(panel["total_cost"], by_hand.to_numpy())
    assert panel["period"].nunique() == (16 if frequency == "quarter" else 3)
    assert found.by_event_time("length_of_stay")["event_time"].iloc[0] == 0
    anlan = panel[panel["city"] == "synthetic_anlan"]
    assert sorted(anlan["period"].unique())[first] == ("2020Q1" if frequency == "quarter" else "2020")


def test_the_study_s_population_is_what_is_counted(small, drawn):
    everyone = replace(small.study, keep={})
    only = replace(small.study, keep={"insurance_type": ("employee",), "level": ("tertiary",)})
    counts = []
    for study in (everyone, only):
        panel, _ = type(small)(study, small.cities, small.sources).panel()
        counts.append(int(panel["discharges"].sum()))
    ours = int(drawn[0]["discharges"].sum())
    assert counts[1] < ours < counts[0]
    assert set(panel["level"]) == {"tertiary"}
