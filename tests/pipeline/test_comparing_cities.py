"""The comparison of a study's cities as a stage, on the embedded example."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.pipeline.compared_indicators import asked_indicators
from dipeval.pipeline.comparing_cities import kinds_of, labels_of, places_of
from dipeval.pipeline.comparison_told import compare_study
from dipeval.pipeline.describing import given_of
from dipeval.pipeline.plan import declare, stages_of
from dipeval.pipeline.stages import Workspace
from dipeval.store.project import open_project


@pytest.fixture(scope="module")
def rows(synthetic_project):
    return pd.read_csv(synthetic_project / "figures" / "synthetic" / "compare.csv", dtype={"span": "str"})


def test_twelve_cities_by_all_that_the_study_measures(rows):
    asked = {"cost_per_case", "length_of_stay", "drug_share", "mortality", "cost_consumption_index"}
    assert asked <= set(rows["indicator"]) and rows["place"].nunique() == 13
    assert {"all", "2018", "2019", "2022", "2018Q3", "2022Q2"} <= set(rows["span"])
    assert set(rows.loc[rows["unit"].isin(["CNY"]), "indicator"]) == {"cost_per_case", "drug_cost_per_case"}


def test_indices_are_one_for_all_together(rows):
    whole = rows[(rows["place"] == "all") & (rows["span"] == "all")].set_index("indicator")["value"]
    assert whole["cost_consumption_index"] == pytest.approx(1.0, abs=1e-6)
    assert whole["time_consumption_index"] == pytest.approx(1.0, abs=1e-6)


def test_deaths_of_a_quarter_are_too_few_to_be_shown_by_quarter(rows):
    spans = set(rows.loc[rows["indicator"] == "mortality", "span"])
    assert spans == {"all", "2018", "2019", "2020", "2021", "2022"}


def test_effects_stand_beside_the_cities_that_began_together(synthetic_project):
    html = (synthetic_project / "figures" / "synthetic" / "compare.html").read_text(encoding="utf-8")
    estimates = pd.read_csv(synthetic_project / "data_clean" / "synthetic" / "estimates" / "estimates.csv")
    mine = estimates[(estimates["outcome"] == "length_of_stay") & (estimates["estimator"] == "imputation")]
    effect = mine.loc[mine["cohort"].notna() & mine["event_time"].isna(), "estimate"].iloc[0]
    assert f"{effect:.6g}" in html and "Anlan (synthetic), Beiyuan (synthetic) (2020-01)" in html


def test_a_period_or_indicator_that_is_not_there_is_told_with_the_nearest(synthetic_project):
    with pytest.raises(StudyError) as caught:
        compare_study("synthetic", period="2017", indicators=("mortalty",), root=synthetic_project)
    assert "2017" in str(caught.value) and "mortality" in str(caught.value)
    told, _ = compare_study("synthetic", indicators=("mortality",), root=synthetic_project)
    assert "In-hospital mortality" in told and "Cost per case" not in told


def test_one_city_has_nothing_to_compare_with(project):
    with pytest.raises(StudyError, match="one city"):
        compare_study("datasus", root=project)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('by = "municipality"', "no column 'municipality'"),
        ('within = "hospital_type"', "no column 'hospital_type'"),
        ('reference = "nowhere"', "is none of the places"),
        ('indicators = ["staff_share"]', "'staff_share' cannot be had"),
    ],
)
def test_a_comparison_that_was_asked_for_and_cannot_be_made_is_told(synthetic_project, table, told):
    project = open_project(synthetic_project)
    declared = declare(project, "synthetic")
    key, value = table.split(" = ")
    value = ("staff_share",) if key == "indicators" else value.strip('"')
    study = replace(declared.study, compare=replace(declared.study.compare, **{"within": "", key: value}))
    changed = replace(declared, study=study)
    given = given_of(
        Workspace(project, "synthetic", {s.name: s for s in stages_of(project, declared)}), changed, None
    )
    with pytest.raises(DataError, match=told):
        place = places_of(changed, given.panel)
        kinds_of(changed, given.panel)
        asked_indicators(study, given, None)
        labels_of(changed, given, place)
