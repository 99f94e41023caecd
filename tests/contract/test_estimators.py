"""What every registered estimator owes: written once, run over all of the registry."""

import json
from dataclasses import FrozenInstanceError
from inspect import Parameter, signature

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer import infer
from dipeval.results import TIDY_COLUMNS, Estimate, estimate_from_json
from dipeval.results.estimate import KINDS, TERM_COLUMNS

NAMES = sorted(ESTIMATORS)
# the centring of effects by cohort and event time uses squared weights, so weighted sums are not zero
SUM_TO_ZERO_ONLY_UNWEIGHTED = {"imputation"}
# takes cohorts with the whole event window alone: the third cohort of three is not followed for four periods
WHOLE_WINDOWS = {"stacked"}


def draw(seed=0, n_cities=12, gaps=True):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(n_cities * 3 * 12), 12)
    city = unit // 3
    month = np.array([f"2019-{t + 1:02d}" for t in range(12)])
    start = np.array(["2019-05", "2019-07", "2019-10", None], object)[city % 4]
    event_time = time - np.array([4, 6, 9, np.nan])[city % 4]
    frame = pd.DataFrame({"unit": unit, "month": month[time], "city": city, "start": start})
    frame["cases"] = rng.integers(50, 500, len(frame))
    frame["x"] = rng.normal(size=len(frame))
    frame["y"] = 9 + 0.02 * unit + np.where(event_time >= 0, -0.1, 0) + rng.normal(scale=0.1, size=len(frame))
    missing, kept = rng.random(len(frame)) < 0.05, rng.random(len(frame)) < 0.95
    if gaps:
        frame.loc[missing, "y"] = np.nan
        frame = frame[kept].reset_index(drop=True)
    return frame


def build(frame, **options):
    columns = {
        "unit": "unit",
        "time": "month",
        "cohort": "start",
        "clusters": ["city", "unit"],
        "n_cases": "cases",
    }
    return build_design(frame, **columns | {"event_window": (-4, 4)} | options)


def drawn(name):
    """With gaps, except for estimators that leave out every hospital with one."""
    return draw(gaps=not ESTIMATORS[name].needs_balance)


def run(name, weighted=False, **options):
    frame = drawn(name)
    design = build(frame, weights="cases" if weighted else None, **options)
    return estimate(design, frame["y"], estimator=name, outcome="log_cost", study="invented")


@pytest.fixture(scope="module", params=NAMES)
def result(request):
    return infer(run(request.param))


def test_tidy_is_the_published_contract(result):
    frame = result.tidy()
    assert list(frame.columns) == list(TIDY_COLUMNS)
    assert frame["term"].is_unique and len(frame) == len(result.params)
    assert set(frame["study"]) == {"invented"} and set(frame["outcome"]) == {"log_cost"}
    assert set(frame["estimator"]) == {result.estimator} and result.estimator in ESTIMATORS
    assert (frame["n_obs"] > 0).any() and (frame["n_hospitals"] <= frame["n_obs"]).all()
    assert (frame["inference"] == "CR1 by city, t(11)").all() and (frame["conf_level"] == 0.95).all()


def test_terms_say_what_stands_behind_them(result):
    terms = result.terms
    assert list(terms.columns) == list(TERM_COLUMNS) and set(terms["kind"]) <= set(KINDS)
    assert (terms["count"] >= terms["n_obs"] * 50).loc[terms["kind"].isin(["event_time", "cohort"])].all()
    assert terms["largest_share"].dropna().between(0, 1).all()
    by_event = terms[terms["kind"].isin(["event_time", "lead"])]["event_time"]
    assert by_event.is_monotonic_increasing


def test_reference_periods_are_rows(result):
    frame = result.tidy()
    reference = frame[frame["is_reference"]]
    assert len(reference) == (1 if ESTIMATORS[result.estimator].has_reference else 0)
    assert (reference["estimate"] == 0).all() and reference["note"].str.contains("reference period").all()
    assert (
        reference[["std_error", "statistic", "df", "p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    )


def test_undefined_is_nan_with_a_note_and_never_zero(result):
    frame = result.tidy()
    undefined = frame["std_error"].isna()
    assert (frame.loc[~undefined, "std_error"] > 0).all()
    assert (frame.loc[undefined, "note"] != "").all()
    for name in ("statistic", "df", "p_value", "conf_low", "conf_high"):
        assert (frame[name].isna() == undefined).all()


@pytest.mark.parametrize("name", NAMES)
def test_cells_that_are_not_identified_are_rows(name):
    frame = draw()
    design = build(frame, event_window=(-4, 20))
    if name in WHOLE_WINDOWS:
        with pytest.raises(DesignError, match="no cohort has the whole window"):
            estimate(design, frame["y"], estimator=name)
        return
    rows = infer(estimate(design, frame["y"], estimator=name)).tidy()
    lost = rows[rows["estimate"].isna()]
    assert lost["std_error"].isna().all() and lost["p_value"].isna().all()
    assert lost["note"].str.startswith("not identified").all()
    if (rows["event_time"] == 4).any():
        assert 20.0 in set(lost["event_time"])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_influence_gives_the_plain_covariance_and_sums_to_zero(name, weighted):
    plain = infer(run(name, weighted), small_sample="CR0")
    influence = plain.influence["city"]
    np.testing.assert_allclose(plain.cov, influence.T @ influence, rtol=1e-12)
    np.testing.assert_allclose(plain.std_errors**2, np.diag(plain.cov), rtol=1e-12)
    if not (weighted and name in SUM_TO_ZERO_ONLY_UNWEIGHTED):
        finite = np.isfinite(influence).all(0)
        np.testing.assert_allclose(influence[:, finite].sum(0), 0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_finer_clusters_sum_to_coarser_ones(name):
    result = run(name)
    city_of_unit = np.array([int(u) // 3 for u in result.clusters["unit"].names])
    position = {city: k for k, city in enumerate(map(int, result.clusters["city"].names))}
    summed = np.zeros_like(result.influence["city"])
    np.add.at(summed, [position[c] for c in city_of_unit], result.influence["unit"])
    np.testing.assert_allclose(summed, result.influence["city"], atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_the_overall_effect_does_not_depend_on_what_stands_beside_it(name):
    """Inference that estimates anew asks for the overall effect alone where an estimator can leave out the rest."""
    result = run(name)
    frame = drawn(name)
    alone = result.origin.again(build(frame), frame["y"].to_numpy(), only_overall=True)
    assert len(alone.params) <= len(result.params)
    for k in np.flatnonzero(result.terms["kind"] == "overall"):
        own = alone.params.index.get_loc(result.params.index[k])
        assert alone.params.iloc[own] == pytest.approx(result.params.iloc[k], rel=1e-12)
        np.testing.assert_allclose(
            alone.influence["city"][:, own], result.influence["city"][:, k], atol=1e-12
        )


@pytest.mark.parametrize("name", NAMES)
def test_same_input_same_bytes(name):
    assert infer(run(name)).to_json() == infer(run(name)).to_json()


def test_json_round_trip(result):
    text = result.to_json()
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    again = estimate_from_json(text)
    pd.testing.assert_frame_equal(again.tidy(), result.tidy())
    assert again.to_json() == text


def test_frozen(result):
    with pytest.raises(FrozenInstanceError):
        result.params = None
    with pytest.raises(ValueError, match="read-only"):
        result.influence["city"][0, 0] = 0


@pytest.mark.parametrize("name", NAMES)
def test_input_is_not_changed(name):
    frame = draw()
    before = frame.copy(deep=True)
    estimate(build(frame), frame["y"], estimator=name)
    pd.testing.assert_frame_equal(frame, before)


def test_ledger_adds_up(result):
    entries = list(result.ledger)
    frame = drawn(result.estimator)
    assert entries[0].rows_before == build(frame).n_obs and entries[-1].rows_after == result.n_obs
    assert ("outcome_missing" in {entry.rule for entry in entries}) == frame["y"].isna().any()
    assert all(entry.hospitals_after is not None for entry in entries)


def test_warnings_travel_with_the_number(result):
    n_treated = 6 if result.estimator in WHOLE_WINDOWS else 9
    assert any(f"12 clusters (city), {n_treated} treated" in text for text in result.warnings)
    assert result.summary().count("warning:") == len(result.warnings)


@pytest.mark.parametrize("name", NAMES)
def test_registry_entry_fits_the_function(name):
    spec = ESTIMATORS[name]
    declared = {
        p.name for p in signature(spec.function).parameters.values() if p.kind is Parameter.KEYWORD_ONLY
    }
    assert declared == set(spec.options)
    assert spec.name == name and spec.label_en and spec.label_zh and spec.estimand
    assert spec.label_zh != spec.label_en and isinstance(run(name), Estimate)


@pytest.mark.parametrize("name", NAMES)
def test_a_known_effect_comes_back(name):
    """The same effect of -0.1 everywhere: every estimator is right, within four errors."""
    rows = infer(run(name), cluster="unit").tidy()
    overall = rows[
        rows["event_time"].isna() & (rows["cohort"] == "") & ~rows["term"].str.startswith("covariate")
    ]
    picked = overall if len(overall) else rows[rows["event_time"] >= 0]
    assert (abs(picked["estimate"] + 0.1) < 4 * picked["std_error"]).all()
