"""Models on cases in a study: the same words and the same numbers as from Python; faults named together."""

import pandas as pd
import pytest

from dipeval import case_cells, estimate_cases, explain_study, load_design, load_estimates, run_study
from dipeval.errors import StudyError
from dipeval.estimate.cases import MODELS, TWO_WAY
from dipeval.infer import infer
from dipeval.pipeline.plan import declare
from dipeval.store.engine import Engine
from dipeval.store.project import open_project
from dipeval.study import case_models

MODEL = """
[[case_models]]
name = "adjusted"
outcomes = ["mean_log_total_cost", "mortality"]
covariates = ["age_group", "sex"]
absorb = ["diagnosis_category", "insurance_type:period"]
age_limits = [18, 45, 60, 75]

[[case_models]]
name = "timed"
outcomes = ["length_of_stay"]
covariates = ["sex"]
estimator = "twfe_event_study"
"""


def with_models(project, text):
    place = project / "analysis/studies/small.toml"
    place.write_text(place.read_text(encoding="utf-8") + text, encoding="utf-8")
    return project


def test_ground_floor_and_estimators_know_the_same_words():
    assert case_models.ESTIMATORS == MODELS and case_models.TWO_WAY == TWO_WAY


def test_the_study_gives_what_python_gives(run_project):
    root = with_models(run_project, MODEL)
    given = root / "given"
    run_study("small", root=root, data=given)
    folder = root / "data_clean/small/case_models"
    written = pd.read_csv(folder / "estimates.csv")
    study = declare(open_project(root, given), "small").study
    model = study.case_models[0]
    paths = {n: root / f"data_clean/small/discharges/{n}/discharges.parquet" for n in study.cities}
    with Engine() as engine:
        cells = case_cells(
            engine,
            paths,
            outcomes=model.outcomes,
            covariates=model.words,
            frequency="month",
            start=study.start,
            end=study.end,
            age_limits=[18, 45, 60, 75],
        )
    designed = load_design("small", root=root, data=given)
    placed = cells.on(designed.frame, ("city", "hospital", "period"))
    for outcome in model.outcomes:
        mine = estimate_cases(
            designed.design, placed, outcome=outcome, covariates=model.covariates, absorb=model.absorb
        )
        rows = written[(written["outcome"] == outcome) & (written["estimator"] == "adjusted")]
        found = infer(mine, cluster="city").tidy()
        for column in ("estimate", "std_error", "p_value"):
            assert rows[column].to_numpy() == pytest.approx(found[column].to_numpy(), rel=1e-12, nan_ok=True)
    timed = written[written["estimator"] == "timed"]
    assert (timed["event_time"].notna()).sum() == 30 and timed["is_reference"].sum() == 2
    page = root / "figures/small"
    table = (page / "case_models.md").read_text(encoding="utf-8")
    assert "adjusted for age group, sex" in table and "Cases" in table and "Age group: 45-59" in table
    assert (page / "case_event_study_timed_length_of_stay.svg").exists()
    ledger = pd.read_csv(folder / "ledger.csv")
    assert set(ledger["part"]) >= {"small/mortality/cases_twfe/adjusted"}
    loaded = load_estimates("small", root=root, data=given)
    assert list(loaded["estimator"].unique())[-2:] == ["adjusted", "timed"]
    done = []
    run_study("small", root=root, data=given, say=done.append)
    assert not [line for line in done if line.startswith("case_models:")]


def test_the_methods_paragraph_tells_the_models(small_project):
    root = with_models(small_project, MODEL)
    text = explain_study("small", root=root)
    assert "the model 'adjusted' estimates the effect of the reform on" in text
    assert "adjusts for age group, sex, with effects of diagnosis" in text and "each event time" in text
    assert "病例层面模型“timed”" in explain_study("small", "zh", root=root)


def test_every_unknown_word_of_a_model_is_named(small_project):
    wrong = """
[[case_models]]
name = "two words"
outcomes = ["mean_log_total_costs"]
covariates = ["age_groups", "sex"]
absorb = ["sex", "diagnosis:period"]
estimator = "imputation"
[[case_models]]
name = "two words"
outcomes = ["mortality"]
"""
    root = with_models(small_project, wrong)
    with pytest.raises(StudyError) as fault:
        declare(open_project(root), "small")
    text = str(fault.value)
    for part in (
        "'mean_log_total_costs' is not a known word here",
        "'age_groups' is not a known word here",
        "'imputation' is not a known word here",
        "is no plain name",
        "'two words' stands twice",
        "'diagnosis' is no covariate",
        "'sex' stands under covariates too",
    ):
        assert part in text, part


def test_what_the_files_cannot_give_is_refused(small_project):
    wrong = """
[[case_models]]
name = "adjusted"
outcomes = ["drug_share", "casemix_by_points"]
covariates = ["tumour_grade"]
age_limits = [60, 18]
"""
    root = with_models(small_project, wrong)
    with pytest.raises(StudyError) as fault:
        declare(open_project(root), "small")
    text = str(fault.value)
    assert "'drug_share' is a ratio of sums over a hospital-period and no mean over cases" in text
    assert "'casemix_by_points' needs case_weight" in text and "'tumour_grade' needs tumour_grade" in text
    assert "[60, 18] are not in order" in text


def test_a_panel_holds_no_cases(project):
    place = project / "analysis/studies/swissdrg.toml"
    place.write_text(place.read_text(encoding="utf-8") + MODEL, encoding="utf-8")
    with pytest.raises(StudyError, match="hold no cases"):
        declare(open_project(project), "swissdrg")
