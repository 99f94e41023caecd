"""Case-level models against stored values of R's fixest: every row a case, all kinds of errors."""

import pytest

from dipeval.design import build_design
from dipeval.estimate.cases import estimate_cases
from dipeval.infer import infer
from dipeval.panel.case_frame import cells_from_frame

TRENDS = ["casemix", "beds_trend", "teaching_trend"]
ERRORS = {
    "iid": {"method": "iid"},
    "hetero": {"method": "hetero"},
    "cl_unit": {"cluster": "hospital"},
    "cl_city": {"cluster": "city"},
}


def agree(result, record, terms):
    """Points to 1e-8, errors, p-values and bounds to 1e-6."""
    rows = result.tidy().set_index("term")
    for term, stored in zip(terms, record["estimates"], strict=True):
        row = rows.loc[term]
        assert row["estimate"] == pytest.approx(stored["estimate"], rel=1e-8)
        assert row["std_error"] == pytest.approx(stored["std_error"], rel=1e-6)
        assert row["p_value"] == pytest.approx(stored["p_value"], rel=1e-6, abs=1e-14)
        assert row["conf_low"] == pytest.approx(stored["ci_low"], rel=1e-6)
    assert result.n_obs == record["n"] and result.inference.df == record["df_t"]


@pytest.fixture(scope="module")
def fitted(hospitals):
    """A model of the hospital panel, each row a case."""

    def fit(weights=None, numbers=(), **options):
        frame = hospitals.assign(
            beds_trend=hospitals["log_beds"] * hospitals["month"],
            teaching_trend=hospitals["teaching"] * hospitals["month"],
        )
        cells = cells_from_frame(
            frame,
            hospital="hospital",
            period="month",
            outcomes=["log_cost"],
            numbers=numbers,
            weights=weights,
            keep=["city", "cohort"],
        )
        columns = {"unit": "hospital", "time": "period", "cohort": "cohort", "clusters": ["city", "hospital"]}
        design = build_design(cells.periods, **columns)
        return estimate_cases(design, cells, outcome="log_cost", **options)

    return fit


@pytest.mark.parametrize("errors", ERRORS)
@pytest.mark.parametrize("numbers", [(), TRENDS], ids=["", "x"])
@pytest.mark.parametrize("weights", [None, "discharges"])
def test_static(weights, numbers, errors, reference, fitted):
    name = f"hospital_twfe{'_x' if numbers else ''}{'_w' if weights else ''}_{errors}"
    result = infer(fitted(weights, numbers), **ERRORS[errors])
    agree(result, reference("fixest")[name], ["treated", *(f"covariate={n}" for n in numbers)])


def test_no_small_sample_factor(reference, fitted):
    record = reference("fixest")['hospital_twfe_ssc ssc(K.adj=FALSE, G.adj=FALSE) "hetero"']
    mine = infer(fitted(), "hetero", small_sample="HC0").std_errors["treated"]
    assert mine == pytest.approx(record["estimates"][0]["std_error"], rel=1e-6)


@pytest.mark.parametrize("cluster", ["city", "hospital"])
def test_event_study_with_binned_ends(cluster, reference, fitted):
    result = infer(fitted(estimator="twfe_event_study"), cluster=cluster)
    terms = [f"event_time={e}" for e in range(-12, 13) if e != -1]
    record = reference("fixest")[f"hospital_es_twfe_binned12_{cluster}"]
    agree(result, record, terms)
    assert result.n_parameters[cluster] == record["K"] - 239
