"""Further absorbed effects and errors by row, against R's fixest and dense matrices."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer


def agree(result, stored, terms):
    rows = result.tidy().set_index("term")
    for term, value in zip(terms, stored["estimates"], strict=True):
        row = rows.loc[term]
        assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8)
        assert row["std_error"] == pytest.approx(value["std_error"], rel=1e-6)
        assert row["p_value"] == pytest.approx(value["p_value"], rel=1e-6, abs=1e-14)
        assert row["conf_low"] == pytest.approx(value["ci_low"], rel=1e-6)
    assert (result.n_obs, result.inference.df) == (stored["n"], stored["df_t"])


@pytest.mark.parametrize("errors", ["iid", "hetero"])
@pytest.mark.parametrize("weights", [None, "lpop"])
def test_errors_by_row_of_counties(errors, weights, reference, county_design, counties):
    design = county_design(weights=weights)
    result = estimate(design, counties["lemp"], estimator="twfe", errors="row")
    record = f"mpdta_twfe{'_w' if weights else ''}_{errors}"
    agree(infer(result, errors), reference("fixest")[record], ["treated"])


@pytest.mark.parametrize("errors", ["iid", "hetero"])
@pytest.mark.parametrize("weights", [None, "discharges"])
@pytest.mark.parametrize("controlled", [False, True])
def test_errors_by_row_of_hospitals(errors, weights, controlled, reference, hospitals):
    frame = hospitals.assign(
        beds=hospitals["log_beds"] * hospitals["month"], teaches=hospitals["teaching"] * hospitals["month"]
    )
    names = ["casemix", "beds", "teaches"] if controlled else []
    columns = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city"]}
    design = build_design(frame, **columns, covariates=names, weights=weights)
    result = estimate(design, frame["log_cost"], estimator="twfe", errors="row")
    record = f"hospital_twfe{'_x' if controlled else ''}{'_w' if weights else ''}_{errors}"
    agree(infer(result, errors), reference("fixest")[record], ["treated", *(f"covariate={n}" for n in names)])


@pytest.mark.parametrize(
    ("rule", "method", "options"),
    [
        ('ssc(K.adj=FALSE, G.adj=FALSE) "hetero"', "hetero", {"small_sample": "HC0"}),
        ('ssc(K.adj=TRUE, K.fixef="full") "hetero"', "hetero", {}),
        ('ssc(K.adj=TRUE, K.fixef="full") "iid"', "iid", {}),
        ('ssc(K.adj=TRUE, K.fixef="nonnested", K.exact=TRUE) "hetero"', "hetero", {}),
        ('ssc(G.adj=FALSE) "iid"', "iid", {}),
    ],
)
def test_small_sample_rules_that_are_ours_too(rule, method, options, reference, hospital_design, hospitals):
    result = estimate(hospital_design(), hospitals["log_cost"], estimator="twfe", errors="row")
    agree(infer(result, method, **options), reference("fixest")[f"hospital_twfe_ssc {rule}"], ["treated"])


@pytest.mark.parametrize("estimator", ["twfe", "twfe_event_study"])
@pytest.mark.parametrize("weights", [None, "discharges"])
def test_both_ways_to_the_same_regression(estimator, weights, hospital_design, hospitals):
    design = hospital_design(covariates=["casemix"], weights=weights)
    quick, whole = (
        infer(estimate(design, hospitals["log_cost"], estimator=estimator, errors=errors))
        for errors in ("cluster", "row")
    )
    np.testing.assert_allclose(quick.params, whole.params, rtol=1e-9)
    np.testing.assert_allclose(quick.std_errors, whole.std_errors, rtol=1e-8)
    assert quick.n_parameters == whole.n_parameters and list(quick.terms["note"]) == list(whole.terms["note"])


def test_triple_differences_as_a_further_effect(reference, shared):
    """`feols(log_cost ~ i(treated, teaching) + treated | hospital + month^teaching)`."""
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    frame["start"] = frame["cohort"].where(frame["cohort"] > 0)
    frame["level_month"] = 2 * frame["month"] + frame["teaching"]
    frame["untreated_teaching"] = (1 - frame["treated"]) * frame["teaching"]
    columns = {"unit": "hospital", "time": "month", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, **columns, covariates=["untreated_teaching", "level_month"])
    result = infer(estimate(design, frame["log_cost"], estimator="twfe", absorb=["level_month"]))
    stored = reference("fixest")["hospital_ddd"]
    # Teaching hospitals stay so: two of the 96 levels are redundant beside the hospitals. fixest (K.exact =
    # FALSE) takes one for granted and counts 98 parameters, we count 97.
    n, counted = stored["n"], stored["K"] - 239
    assert (result.n_obs, result.n_parameters["city"], counted) == (n, 97, 98)
    rule = np.sqrt((n - 97) / (n - 98))
    for term, value in zip(("covariate=untreated_teaching", "treated"), stored["estimates"], strict=True):
        assert result.params[term] == pytest.approx(value["estimate"], rel=1e-8)
        assert result.std_errors[term] * rule == pytest.approx(value["std_error"], rel=1e-6)
    plain = infer(result, small_sample="CR0").std_errors["treated"]
    g = 12 / 11 * (n - 1) / (n - 98)
    assert plain * np.sqrt(g) == pytest.approx(stored["estimates"][1]["std_error"], rel=1e-6)


def draw(seed):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(24 * 9), 9)
    city = unit // 3
    start = np.array([4, 6, np.inf, 4, 7, np.inf, 6, np.inf])[city]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.3, 4, len(unit)), rng.normal(size=len(unit))
    frame["region"] = (unit % 3) * 10 + time
    frame["kind"] = rng.integers(0, 5, len(unit))
    frame["y"] = rng.normal(size=len(unit)) + 0.2 * frame["x"] + frame["kind"] + (time >= start) * 0.5
    return frame[rng.random(len(unit)) < 0.85].reset_index(drop=True)


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-2, 2)} | options)


@pytest.mark.parametrize("weighted", [False, True])
def test_two_further_effects_with_dense_dummies(weighted):
    frame = draw(1)
    design = build(frame, covariates=["x", "region", "kind"], weights="w" if weighted else None)
    absorb = ["region", "kind"]
    result = estimate(design, frame["y"], estimator="twfe_event_study", absorb=absorb)
    result = infer(result, small_sample="CR0")
    clamped = (frame["time"] - frame["start"]).clip(-2, 2).where(np.isfinite(frame["start"]))
    w = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    effects = [pd.get_dummies(frame[name]) for name in ("unit", "time", *absorb)]
    regressors = np.column_stack([clamped == e for e in (-2, 0, 1, 2)] + [frame["x"]])
    z, y = np.hstack([regressors, *effects]).astype(float), frame["y"].to_numpy()
    bread = np.linalg.pinv(z.T @ (w[:, None] * z))
    beta = bread @ (z.T @ (w * y))
    scores = pd.DataFrame(z * (w * (y - z @ beta))[:, None]).groupby(frame["city"]).sum().to_numpy() @ bread
    terms = [*(f"event_time={e}" for e in (-2, 0, 1, 2)), "covariate=x"]
    np.testing.assert_allclose(result.params[terms], beta[:5], rtol=1e-8)
    np.testing.assert_allclose(result.std_errors[terms], np.sqrt((scores**2).sum(0))[:5], rtol=1e-7)
    rank = np.linalg.matrix_rank(z)
    assert result.n_parameters["city"] == rank - frame["unit"].nunique() + 1
    assert not any(term in result.params.index for term in ("covariate=region", "covariate=kind"))


def test_levels_with_one_row_leave():
    frame = draw(2)
    frame.loc[5, "kind"] = 99
    design = build(frame, covariates=["kind"])
    result = estimate(design, frame["y"], estimator="twfe", absorb=["kind"])
    assert result.n_obs == len(frame) - 1
    assert [e.rule for e in result.ledger] == ["design", "singleton"]


def test_an_effect_that_swallows_treatment_is_nan_with_a_reason():
    frame = draw(3)
    frame["cell"] = frame["city"] * 100 + frame["time"]
    design = build(frame, covariates=["cell"])
    row = infer(estimate(design, frame["y"], estimator="twfe", absorb=["cell"])).tidy().iloc[0]
    assert np.isnan(row["estimate"]) and row["note"].startswith("not identified")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"absorb": ["level"]}, "is not a covariate of the estimate"),
        ({"absorb": ["x"]}, "does not number categories"),
        ({"absorb": "kind"}, "is not a list"),
        ({"errors": "hetero"}, "option errors"),
    ],
)
def test_options(options, words):
    frame = draw(4)
    design = build(frame, covariates=["x", "kind"])
    with pytest.raises(DesignError, match=words):
        estimate(design, frame["y"], estimator="twfe", **options)
