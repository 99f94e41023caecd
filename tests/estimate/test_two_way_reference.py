"""Two-way fixed effects and event studies against stored values of R's fixest."""

import numpy as np
import pytest

from dipeval.estimate import estimate
from dipeval.infer import infer


def agree(result, record, terms):
    """Points to 1e-8, errors, p-values and bounds to 1e-6."""
    rows = result.tidy().set_index("term")
    for term, stored in zip(terms, record["estimates"], strict=True):
        row = rows.loc[term]
        assert row["estimate"] == pytest.approx(stored["estimate"], rel=1e-8)
        assert row["std_error"] == pytest.approx(stored["std_error"], rel=1e-6)
        assert row["p_value"] == pytest.approx(stored["p_value"], rel=1e-6, abs=1e-14)
        assert row["conf_low"] == pytest.approx(stored["ci_low"], rel=1e-6)
        assert row["conf_high"] == pytest.approx(stored["ci_high"], rel=1e-6)
    assert result.n_obs == record["n"]
    assert result.inference.df == record["df_t"]


@pytest.mark.parametrize(
    ("record", "weights"), [("mpdta_twfe_cl_unit", None), ("mpdta_twfe_w_cl_unit", "lpop")]
)
def test_static_counties(record, weights, reference, county_design, counties):
    result = infer(
        estimate(county_design(weights=weights), counties["lemp"], estimator="twfe"), cluster="countyreal"
    )
    agree(result, reference("fixest")[record], ["treated"])


@pytest.mark.parametrize("weights", [None, "discharges"])
@pytest.mark.parametrize("cluster", ["city", "hospital"])
def test_static_hospitals(weights, cluster, reference, hospital_design, hospitals):
    result = estimate(hospital_design(weights=weights), hospitals["log_cost"], estimator="twfe")
    name = f"hospital_twfe{'_w' if weights else ''}_cl_{'city' if cluster == 'city' else 'unit'}"
    agree(infer(result, cluster=cluster), reference("fixest")[name], ["treated"])


@pytest.mark.parametrize("weights", [None, "discharges"])
@pytest.mark.parametrize("cluster", ["city", "hospital"])
def test_static_with_covariates(weights, cluster, reference, hospitals):
    from dipeval.design import build_design

    frame = hospitals.assign(
        beds_trend=hospitals["log_beds"] * hospitals["month"],
        teaching_trend=hospitals["teaching"] * hospitals["month"],
    )
    names = ["casemix", "beds_trend", "teaching_trend"]
    columns = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": [cluster]}
    design = build_design(frame, **columns, covariates=names, weights=weights)
    result = infer(estimate(design, frame["log_cost"], estimator="twfe"), cluster=cluster)
    name = f"hospital_twfe_x{'_w' if weights else ''}_cl_{'city' if cluster == 'city' else 'unit'}"
    agree(result, reference("fixest")[name], ["treated", *(f"covariate={n}" for n in names)])


def test_without_small_sample_factor(reference, hospital_design, hospitals):
    result = estimate(hospital_design(), hospitals["log_cost"], estimator="twfe")
    record = reference("fixest")["hospital_twfe_ssc ssc(K.adj=FALSE, G.adj=FALSE) ~city"]
    agree(infer(result, small_sample="CR0"), record, ["treated"])


def test_event_study_counties(reference, county_design, counties):
    result = estimate(county_design(), counties["lemp"], estimator="twfe_event_study")
    terms = [f"event_time={e}" for e in (-4, -3, -2, 0, 1, 2, 3)]
    agree(infer(result, cluster="countyreal"), reference("fixest")["mpdta_es_twfe_cl"], terms)


@pytest.mark.parametrize("cluster", ["city", "hospital"])
def test_event_study_with_binned_ends(cluster, reference, hospital_design, hospitals):
    result = estimate(hospital_design(), hospitals["log_cost"], estimator="twfe_event_study")
    terms = [f"event_time={e}" for e in range(-12, 13) if e != -1]
    record = reference("fixest")[f"hospital_es_twfe_binned12_{cluster}"]
    result = infer(result, cluster=cluster)
    agree(result, record, terms)
    # fixest counts 240 + 48 - 1 effects; those of hospitals are nested in both kinds of cluster
    assert result.n_parameters[cluster] == record["K"] - 239


def test_covariance_between_terms(reference, hospital_design, hospitals):
    result = infer(estimate(hospital_design(), hospitals["log_cost"], estimator="twfe_event_study"))
    stored = reference("fixest")["hospital_es_twfe_binned12_city"]["vcov"]
    values = stored.values() if isinstance(stored, dict) else stored
    wanted = np.array([list(row.values()) if isinstance(row, dict) else row for row in values], float)
    kept = ~result.terms["is_reference"].to_numpy()
    np.testing.assert_allclose(result.cov.to_numpy()[np.ix_(kept, kept)], wanted, rtol=1e-6, atol=1e-11)
