"""Bad input of group-time effects: a clear error or a NaN row with its reason, never a silent number."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

METHODS = ("doubly_robust", "outcome_regression", "inverse_probability")
EVERY = ["overall", "event_time", "cohort", "period", "cell"]


@pytest.fixture
def frame():
    rng = np.random.default_rng(14)
    unit, time = np.divmod(np.arange(60 * 6), 6)
    start = np.array([2.0, 4, np.nan])[unit % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "city": unit % 3 + 3 * (unit % 4)})
    return frame.assign(y=rng.normal(size=360), x=rng.normal(size=60)[unit], w=rng.uniform(1, 2, 60)[unit])


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


def rows_of(frame, options=None, **design):
    result = infer(
        estimate(build(frame, **design), frame["y"], estimator="group_time", aggregate=EVERY, **options or {})
    )
    return result.tidy().set_index("term")


def is_nan_with(row, words):
    numbers = row[["estimate", "std_error", "p_value", "conf_low", "conf_high"]].astype(float)
    return numbers.isna().all() and words in row["note"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "doubly_robst"}, "did you mean 'doubly_robust'"),
        ({"base_period": "fixed"}, "option base_period"),
        ({"overall": "simpel"}, "did you mean 'simple'?"),
        ({"aggregate": ["cells"]}, "did you mean 'cell'?"),
        ({"aggregate": []}, "is empty"),
        ({"balance": -1}, "is not a number of periods"),
        ({"balance": True}, "is not a number of periods"),
        ({"weights_of": "base"}, "option weights_of"),
        ({"horizons": "some"}, "option horizons"),
        ({"horizons": [0.5]}, "option horizons"),
        ({"gaps": "pair"}, "did you mean 'pairs'?"),
        ({"method": "doubly_robust_simple"}, "is for cross-sections"),
        ({"gaps": "cross_sections", "weights_of": "first_period"}, "needs hospitals that are followed"),
    ],
)
def test_options(frame, options, words):
    with pytest.raises(DesignError) as caught:
        estimate(build(frame), frame["y"], estimator="group_time", **options)
    assert words in str(caught.value)


def test_horizons(frame):
    window = estimate(build(frame, event_window=(-2, 1)), frame["y"], estimator="group_time")
    chosen = estimate(build(frame), frame["y"], estimator="group_time", horizons=[1, -3, 9])
    every = estimate(
        build(frame), frame["y"], estimator="group_time", horizons="all", base_period="universal"
    )
    events = [int(e) for e in window.terms["event_time"].dropna()]
    assert events == [-2, -1, 0, 1]
    rows = chosen.terms.set_index("term")
    assert [t for t in rows.index if t.startswith("event")] == [
        "event_time=-3",
        "event_time=1",
        "event_time=9",
    ]
    assert chosen.params["event_time=1"] == pytest.approx(window.params["event_time=1"], rel=1e-12)
    assert rows.loc["event_time=1", "n_obs"] == 40 and rows.loc["event_time=9", "n_obs"] == 0
    assert (
        np.isnan(chosen.params["event_time=9"])
        and "no cohort is observed" in rows.loc["event_time=9", "note"]
    )
    assert [int(e) for e in every.terms["event_time"].dropna()] == list(range(-4, 4))


def test_all_wrong_options_in_one_message(frame):
    with pytest.raises(DesignError) as caught:
        estimate(build(frame), frame["y"], estimator="group_time", method="dr", gaps="none", overall="all")
    assert all(f"option {name}" in str(caught.value) for name in ("method", "gaps", "overall"))


def test_a_cohort_without_comparison_is_nan_with_its_reason(frame):
    """Without never-treated hospitals nothing compares from the last reform on."""
    rows = rows_of(frame[frame["start"].notna()].reset_index(drop=True))
    for term in ("cohort=4,period=4", "cohort=4,period=5", "cohort=2,period=4", "cohort=4"):
        assert is_nan_with(rows.loc[term], "not identified"), term
    assert "no comparison hospital" in rows.loc["cohort=2,period=5", "note"]
    assert np.isfinite(rows.loc["cohort=2,period=3", "estimate"]) and np.isfinite(rows.loc["att", "estimate"])


@pytest.mark.parametrize("gaps", ["pairs", "cross_sections"])
@pytest.mark.parametrize("method", [*METHODS, "doubly_robust_improved"])
def test_collinear_and_constant_covariates(frame, method, gaps):
    frame = frame.assign(twin=3 * frame["x"] - 2, one=1.0)
    for names in (["x", "twin"], ["one"]):
        rows = rows_of(frame, {"method": method, "gaps": gaps}, covariates=names)
        assert is_nan_with(rows.loc["att"], "not identified")
        cells = rows[rows.index.str.startswith("cohort=2,")]
        assert cells["estimate"].isna().all() and cells["note"].str.contains("collinear").all()


@pytest.mark.parametrize("gaps", ["pairs", "cross_sections"])
@pytest.mark.parametrize("method", METHODS)
def test_perfect_separation(frame, method, gaps):
    """A covariate that only the first cohort has: no propensity; the regression extrapolates knowingly."""
    shift = np.where(frame["start"] == 2, 100.0, 0.0)
    rows = rows_of(frame.assign(x=frame["x"] + shift), {"method": method, "gaps": gaps}, covariates=["x"])
    cell = rows.loc["cohort=2,period=3"]
    if method == "outcome_regression":
        assert np.isfinite(cell["estimate"])
    else:
        assert is_nan_with(cell, "no overlap")
        assert np.isfinite(rows.loc["cohort=4,period=5", "estimate"])


@pytest.mark.parametrize("method", METHODS)
def test_a_cohort_of_one_hospital(frame, method):
    """It is estimated where its covariates overlap, and a warning says what its error leaves out."""
    frame = frame[(frame["start"] != 2) | (frame["unit"] == 0)].reset_index(drop=True)
    result = infer(
        estimate(build(frame), frame["y"], estimator="group_time", aggregate=EVERY, method=method),
        cluster="unit",
    )
    change = frame.pivot(index="unit", columns="time", values="y")
    never = frame.loc[frame["start"].isna(), "unit"].unique()
    late = frame.loc[frame["start"] == 4, "unit"].unique()
    moved = change[3] - change[1]
    wanted = moved[0] - moved[np.r_[never, late]].mean()
    assert result.params["cohort=2,period=3"] == pytest.approx(wanted, rel=1e-10)
    assert any("cohorts of a single unit (2)" in text for text in result.warnings)


def test_few_covered_cells_when_a_cohort_is_too_small_for_its_covariates(frame):
    frame = frame[(frame["start"] != 2) | (frame["unit"] == 0)].reset_index(drop=True)
    frame["z"] = np.where(frame["unit"] == 0, 50.0, np.sin(frame["unit"]))
    rows = rows_of(frame, covariates=["x", "z"])
    assert is_nan_with(rows.loc["cohort=2,period=3"], "no overlap")


def test_hospitals_treated_from_the_first_period_leave_with_a_ledger_entry(frame):
    late = frame[frame["time"] > 1].reset_index(drop=True)
    with pytest.raises(DesignError, match="no data before"):
        build(late)
    late.loc[(late["start"] == 2) & (late["unit"] > 0), "start"] = 4
    frame.loc[(frame["start"] == 2) & (frame["time"] < 2), "y"] = np.nan
    result = estimate(build(frame), frame["y"], estimator="group_time", aggregate=EVERY, gaps="pairs")
    cells = result.terms.set_index("term").filter(like="cohort=2,", axis=0)
    assert cells["note"].str.startswith("not identified").all()


def test_gaps_leave_no_hospital(frame):
    missing = frame["unit"] % 6 == frame["time"]
    frame.loc[missing, "y"] = np.nan
    with pytest.raises(DesignError, match="no hospital is there in every period"):
        estimate(build(frame), frame["y"], estimator="group_time", gaps="leave_out")
    assert np.isfinite(estimate(build(frame), frame["y"], estimator="group_time").params["att"])


def test_a_hospital_with_one_row_leaves_pairs(frame):
    frame.loc[(frame["unit"] == 2) & (frame["time"] > 0), "y"] = np.nan
    result = estimate(build(frame), frame["y"], estimator="group_time")
    assert [entry.rule for entry in result.ledger] == ["design", "outcome_missing", "singleton"]


def test_pairs_on_a_complete_panel_are_the_blocks(frame):
    """One hospital with a gap changes only the comparisons that need its missing row."""
    whole = estimate(build(frame), frame["y"], estimator="group_time", aggregate=EVERY)
    gappy = frame["y"].where(~((frame["unit"] == 2) & (frame["time"] == 5)))
    pairs = estimate(build(frame), gappy, estimator="group_time", aggregate=EVERY)
    cells = [t for t in whole.params.index if "," in t]
    same = [t for t in cells if not t.endswith("period=5")]
    np.testing.assert_allclose(pairs.params[same], whole.params[same], rtol=1e-10)
    assert (np.abs(pairs.params - whole.params)[[t for t in cells if t.endswith("period=5")]] > 1e-6).all()


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_all_paths_agree_with_covariates_and_weights(frame, method, varying, monkeypatch):
    """Together as in small panels, by blocks as in large ones, row by row as with gaps.

    Covariates and weights that vary in time send each propensity off from a foreign start.
    """
    from dipeval.estimate import group_time, group_time_together

    if varying:
        rng = np.random.default_rng(1)
        frame = frame.assign(x=rng.normal(size=360), w=rng.uniform(0.2, 3, 360))
    design = build(frame, covariates=["x"], weights="w", anticipation=1, reference=-2, n_cases="w")
    options = {"estimator": "group_time", "aggregate": EVERY, "method": method, "base_period": "universal"}
    together = estimate(design, frame["y"], **options)
    monkeypatch.setattr(group_time_together, "MOST_NUMBERS", 0)
    blocks = estimate(design, frame["y"], **options)
    monkeypatch.setattr(group_time, "BY_BLOCKS", ())
    rows = estimate(design, frame["y"], **options)
    for other in (together, rows):
        pd.testing.assert_frame_equal(other.terms, blocks.terms)
        np.testing.assert_allclose(other.params, blocks.params, rtol=1e-9, atol=1e-12)
        for name in ("city", "unit"):
            np.testing.assert_allclose(other.influence[name], blocks.influence[name], rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("overall", ["simple", "dynamic", "group", "calendar"])
def test_an_overall_effect_of_nothing_is_nan(frame, overall):
    """A constant covariate leaves no cell to average."""
    rows = rows_of(frame.assign(one=1.0), {"overall": overall}, covariates=["one"])
    assert is_nan_with(rows.loc["att"], "not identified")


def test_many_propensities_are_each_one():
    """Strong covariates, whose full steps overshoot; separation; collinear ones; rows that take no part."""
    from dipeval.estimate.propensity import fit_logit
    from dipeval.estimate.propensity_many import fit_logits

    rng = np.random.default_rng(5)
    x = np.stack([np.ones((6, 300)), rng.normal(size=(6, 300)), rng.normal(size=(6, 300))], axis=1)
    treated = (
        rng.random((6, 300)) < 1 / (1 + np.exp(2 - np.array([0, 0.5, 1.5, 2.5, 9, 0])[:, None] * x[:, 1]))
    ) * 1.0
    x[0, 2], treated[5] = 2 * x[0, 1], (x[5, 1] > 1) * 1.0
    weights = rng.uniform(0.5, 2, (6, 300)) * (rng.random((6, 300)) < 0.8)
    many = fit_logits(x, treated, weights)
    for m in range(6):
        held = weights[m] > 0
        one = fit_logit(x[m][:, held].T, treated[m, held] > 0, weights[m, held], np.zeros(3))
        assert many.reasons[m] == one.reason
        if not one.reason:
            np.testing.assert_allclose(many.coefficients[m], one.coefficients, rtol=1e-9)
            np.testing.assert_allclose(many.hessian[m], one.hessian, rtol=1e-6, atol=1e-9)
    assert sum(reason == "" for reason in many.reasons) >= 3 and len(set(many.reasons)) == 3


def test_a_propensity_that_a_bad_start_would_lose():
    """A start at which every propensity is 0 or 1, and a full step that overshoots."""
    from dipeval.estimate.propensity import fit_logit

    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(200), rng.normal(size=200)])
    treated = rng.random(200) < 1 / (1 + np.exp(-x[:, 1]))
    plain = fit_logit(x, treated, np.ones(200), np.zeros(2))
    for start in ([0.0, 900.0], [-40.0, 30.0], [3.0, -6.0]):
        found = fit_logit(x, treated, np.ones(200), np.array(start))
        assert not found.reason
        np.testing.assert_allclose(found.coefficients, plain.coefficients, rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_a_pair_is_the_panel_of_its_two_periods(frame, method):
    """Each cell of a panel with gaps equals the panel of the hospitals seen in both of its periods."""
    gappy = frame[np.random.default_rng(5).random(360) < 0.8].reset_index(drop=True)
    whole = estimate(
        build(gappy, covariates=["x"]), gappy["y"], estimator="group_time", aggregate=["cell"], method=method
    )
    for cohort, period, base in ((2, 4, 1), (4, 2, 1), (4, 5, 3)):
        kept = gappy[gappy["time"].isin([base, period])]
        both = kept.groupby("unit")["time"].transform("size") == 2
        compared = kept["start"].isna() | (kept["start"] == cohort) | (kept["start"] > max(period, base))
        two = kept[both & compared].reset_index(drop=True)
        two["time"] = 1 + (two["time"] == period)
        two["start"] = np.where(two["start"] == cohort, 2.0, np.nan)
        alone = estimate(
            build(two, covariates=["x"], event_window=(-1, 1)),
            two["y"],
            estimator="group_time",
            gaps="leave_out",
            method=method,
        )
        assert whole.params[f"cohort={cohort},period={period}"] == pytest.approx(
            alone.params["att"], rel=1e-9
        )
