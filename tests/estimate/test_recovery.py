"""Known effects come back: the generated hospital panel and its truth file."""

import json

import numpy as np
import pandas as pd
import pytest

from dipeval.check import twfe_weights
from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer

COLUMNS = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city", "hospital"]}


@pytest.fixture(scope="module")
def full(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    return frame.assign(cohort=frame["cohort"].where(frame["cohort"] > 0))


@pytest.fixture(scope="module")
def truth(shared):
    text = (shared / "reference" / "data" / "hospital_panel_truth.json").read_text(encoding="utf-8")
    return json.loads(text)


def test_without_noise_every_effect_is_exact(full, truth):
    """Outcome = levels + trend + the true effects: imputation returns them to rounding."""
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    result = estimate(build_design(full, **COLUMNS), outcome, estimator="imputation", horizons="all")
    assert result.params["att"] == pytest.approx(truth["overall_att"], rel=1e-10)
    for row in truth["by_event_time"]:
        assert result.params[f"event_time={row['rel']}"] == pytest.approx(row["att"], rel=1e-9)


@pytest.mark.parametrize("estimator", ["two_stage", "extended_two_way", "sun_abraham"])
def test_without_noise_every_average_is_exact(estimator, full, truth):
    """Effects differ between hospitals, cohorts and event times; averages are means of the true ones."""
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    result = estimate(build_design(full, **COLUMNS), outcome, estimator=estimator, horizons="all")
    assert result.params["att"] == pytest.approx(truth["overall_att"], rel=1e-9)
    for row in truth["by_event_time"]:
        assert result.params[f"event_time={row['rel']}"] == pytest.approx(row["att"], rel=1e-8)
    treated = full[full["month"] >= full["cohort"]]
    for cohort, mean in treated.groupby("cohort")["tau"].mean().items():
        assert result.params[f"cohort={cohort:.0f}"] == pytest.approx(mean, rel=1e-9)


def test_two_groups_without_noise(full):
    """A cohort's effect is its mean after the reform: nothing of the other cohorts enters."""
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    result = estimate(build_design(full, **COLUMNS), outcome, estimator="two_by_two")
    treated = full[full["month"] >= full["cohort"]]
    for cohort, mean in treated.groupby("cohort")["tau"].mean().items():
        assert result.params[f"cohort={cohort:.0f}"] == pytest.approx(mean, rel=1e-9)
    assert result.params["att"] == pytest.approx(treated["tau"].mean(), rel=1e-9)


def test_forbidden_comparisons_are_the_wrong_ones(full):
    """The decomposition says where the bias of the plain coefficient comes from."""
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    params = estimate(build_design(full, **COLUMNS), outcome, estimator="bacon").params
    late, clean = params["type=later_against_earlier"], params["type=treated_against_untreated"]
    treated = full[full["month"] >= full["cohort"]]
    assert abs(late - treated["tau"].mean()) > 5 * abs(clean - treated["tau"].mean())


def test_with_noise_truth_is_within_the_errors(full, truth):
    result = infer(
        estimate(build_design(full, **COLUMNS), full["log_cost"], estimator="imputation", horizons="all"),
        cluster="hospital",
    )
    assert abs(result.params["att"] - truth["overall_att"]) < 3 * result.std_errors["att"]
    terms = [f"event_time={row['rel']}" for row in truth["by_event_time"]]
    z = (
        result.params[terms].to_numpy() - [row["att"] for row in truth["by_event_time"]]
    ) / result.std_errors[terms]
    assert np.abs(z).max() < 4 and np.mean(np.abs(z) < 1.96) > 0.85


def test_plain_two_way_effects_are_biased_here_and_the_weights_say_so(full, truth):
    design = build_design(full, **COLUMNS)
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    plain = estimate(design, outcome, estimator="twfe").params["treated"]
    assert abs(plain - truth["overall_att"]) > 0.01
    weights = twfe_weights(design)
    assert weights.n_negative > 0 and "biased" in weights.sentence()


def test_wrong_dates_are_seen(full, truth):
    """A month too late, and the first month's effect counts as untreated."""
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    late = build_design(full.assign(cohort=full["cohort"] + 1), **COLUMNS)
    result = estimate(late, outcome, estimator="imputation")
    assert abs(result.params["event_time=0"] - truth["by_event_time"][0]["att"]) > 0.003


def test_missing_rows_do_not_bias(full):
    rng = np.random.default_rng(3)
    gappy = full[rng.random(len(full)) < 0.5]
    outcome = gappy["hospital"] * 0.01 + np.sin(gappy["month"]) + gappy["tau"]
    result = estimate(build_design(gappy, **COLUMNS), outcome, estimator="imputation")
    treated = gappy["month"] >= gappy["cohort"]
    assert result.params["att"] == pytest.approx(gappy["tau"][treated].mean(), rel=1e-10)
