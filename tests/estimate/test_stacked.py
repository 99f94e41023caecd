"""Stacked difference in differences against diff-diff, against explicit stacks with dummies, and by hand."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.sample import make_sample
from dipeval.estimate.stacks import corrective_weights, stack_cohorts
from dipeval.infer import infer

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}


def draw(seed=3, cities=10, each=3, periods=12, gaps=0.0):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(cities * each * periods), periods)
    city = unit // each
    start = np.array([4.0, 6, 7, np.nan, np.nan])[city % 5]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["x"], frame["w"] = rng.normal(size=len(frame)), rng.integers(1, 9, len(frame)) * 1.0
    event = time - start
    frame["y"] = rng.normal(size=cities * each)[unit] + 0.1 * time + 0.4 * frame["x"]
    frame["y"] += rng.normal(scale=0.3, size=len(frame)) - np.where(event >= 0, 0.2 + 0.05 * event, 0)
    return frame[rng.random(len(frame)) >= gaps].reset_index(drop=True)


def explicit(frame, window, effects, weighted, covariates, comparison="not_yet_treated"):
    """The stacked frame as the paper writes it, by loops, and its weighted regression on dummies."""
    parts = []
    weight = frame["w"] if weighted else pd.Series(1.0, frame.index)
    for a in sorted(frame["start"].dropna().unique()):
        if a + window[0] < frame["time"].min() or a + window[1] > frame["time"].max():
            continue
        later = frame["start"] > a + window[1] if comparison == "not_yet_treated" else False
        chosen = (frame["start"] == a) | frame["start"].isna() | later
        chosen &= frame["time"].between(a + window[0], a + window[1])
        part = frame[chosen].assign(a=a, e=frame["time"] - a, d=(frame["start"] == a) * 1, base=weight)
        parts.append(part)
    stack = pd.concat(parts, ignore_index=True)
    if effects == "hospital":
        stack = stack[stack.groupby(["a", "unit"])["e"].transform("size") > 1].reset_index(drop=True)
    total = stack.groupby(["a", "d", "e"])["base"].sum().unstack("d")
    share = total / total.groupby("e").transform("sum")
    ratio = (share[1] / share[0]).reindex(pd.MultiIndex.from_frame(stack[["a", "e"]])).to_numpy()
    q = stack["base"] * np.where(stack["d"] == 1, 1.0, ratio)
    columns = {f"e{e}": (stack["e"] == e) * 1.0 for e in range(window[0], window[1] + 1) if e != -1}
    columns |= {f"d{k}": v * stack["d"] for k, v in list(columns.items())}
    columns |= {name: stack[name] for name in covariates}
    if effects == "hospital":
        dummies = pd.get_dummies(stack["a"].astype(str) + "/" + stack["unit"].astype(str), dtype=float)
    else:
        dummies = pd.DataFrame({"one": 1.0, "d": stack["d"] * 1.0})
    matrix = pd.concat([pd.DataFrame(columns), dummies], axis=1)
    fit = sm.WLS(stack["y"], matrix, weights=q).fit(
        cov_type="cluster", cov_kwds={"groups": stack["city"], "use_correction": False}
    )
    return fit, len(stack)


@pytest.mark.parametrize(
    ("record", "options"),
    [
        ("hospitals_not_yet", {"event_window": (-6, 6)}),
        ("hospitals_never", {"event_window": (-4, 9), "comparison": "never_treated"}),
        ("hospitals_with_gaps", {"event_window": (-6, 6)}),
    ],
)
def test_stored_values_of_diff_diff(record, options, oracle, shared, hospitals):
    stored = oracle("stacked")[record]
    frame = pd.read_csv(shared / "reference" / "data" / stored["data"])
    frame["cohort"] = frame["cohort"].where(frame["cohort"] > 0)
    design = build_design(
        frame, unit="hospital", time="month", cohort="cohort", clusters=["hospital"], **options
    )
    found = estimate(design, frame["log_cost"], estimator="stacked", effects="group")
    rows = infer(found, cluster="hospital").tidy().set_index("term")
    for value in [*stored["events"], {**stored["att"], "event_time": None}]:
        row = rows.loc["att" if value["event_time"] is None else f"event_time={value['event_time']}"]
        assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8)
        assert row["std_error"] == pytest.approx(value["std_error"], rel=1e-6)


def test_counties_with_a_window_that_one_cohort_fits(oracle, county_design, counties):
    stored = oracle("stacked")["counties"]
    design = county_design(event_window=(-2, 0))
    for effects in ("group", "hospital"):
        found = estimate(design, counties["lemp"], estimator="stacked", effects=effects)
        rows = infer(found, cluster="countyreal").tidy().set_index("term")
        for value in stored["events"]:
            row = rows.loc[f"event_time={value['event_time']}"]
            assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8)
            if effects == "group":
                assert row["std_error"] == pytest.approx(value["std_error"], rel=1e-6)


@pytest.mark.parametrize("comparison", ["not_yet_treated", "never_treated"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("effects", ["hospital", "group"])
def test_explicit_stacks_with_dummies(effects, weighted, comparison):
    frame = draw(gaps=0.06)
    options = {"weights": "w" if weighted else None, "covariates": ["x"], "comparison": comparison}
    design = build_design(frame, **COLUMNS, event_window=(-3, 4), **options)
    found = estimate(design, frame["y"], estimator="stacked", effects=effects)
    fit, n_stacked = explicit(frame, (-3, 4), effects, weighted, ["x"], comparison)
    plain = infer(found, cluster="city", small_sample="CR0").tidy().set_index("term")
    for e in (-3, -2, 0, 1, 2, 3, 4):
        row = plain.loc[f"event_time={e}"]
        assert row["estimate"] == pytest.approx(fit.params[f"de{e}"], rel=1e-8)
        assert row["std_error"] == pytest.approx(fit.bse[f"de{e}"], rel=1e-6)
    mean = np.array([1.0 if name in {f"de{e}" for e in range(5)} else 0.0 for name in fit.params.index]) / 5
    assert plain.loc["att", "estimate"] == pytest.approx(mean @ fit.params, rel=1e-8)
    assert plain.loc["att", "std_error"] == pytest.approx(
        np.sqrt(mean @ fit.cov_params().to_numpy() @ mean), rel=1e-6
    )
    assert plain.loc["covariate=x", "estimate"] == pytest.approx(fit.params["x"], rel=1e-8)
    # the rule: N and K of the stacked regression, hospital effects as one constant, as they lie in clusters
    k = 2 * 7 + 1 + (1 if effects == "hospital" else 2)
    assert found.n_parameters["city"] == k
    assert found.cr1_factor["city"][0] == pytest.approx((n_stacked - 1) / (n_stacked - k))


def test_moments_by_city_give_the_same_influence():
    """What CR2 and the wild bootstrap start from is the stacked regression, each hospital in its own city."""
    frame = draw()
    design = build_design(frame, **COLUMNS, event_window=(-3, 4))
    found = estimate(design, frame["y"], estimator="stacked")
    moments = found.moments("city")
    again = moments.score @ np.linalg.pinv(moments.gram.sum(0)) @ moments.picked
    known = np.isfinite(found.influence["city"]).all(0)
    np.testing.assert_allclose(again[:, known], found.influence["city"][:, known], atol=1e-12)
    plain, corrected = (infer(found, cluster="city", small_sample=rule).std_errors for rule in ("CR0", "CR2"))
    assert (corrected[known] > plain[known]).all()


def test_two_cohorts_by_hand():
    """Differences of differences of means, by the number of treated hospitals of each cohort."""
    frame = draw(gaps=0)[["unit", "time", "city", "start", "y"]]
    means = frame.assign(start=frame["start"].fillna(99)).groupby(["start", "time"])["y"].mean()
    size = frame.groupby("start")["unit"].nunique()

    def effect(a, e, clean):
        of_clean = frame[frame["start"].fillna(99).isin(clean)].groupby("time")["y"].mean()
        return means[a, a + e] - means[a, a - 1] - of_clean[a + e] + of_clean[a - 1]

    # the window (-3, 1): cohort 4 has 6, 7 and never as clean controls, 6 and 7 have never alone, or 7 not
    design = build_design(frame, **COLUMNS, event_window=(-3, 1))
    rows = infer(estimate(design, frame["y"], estimator="stacked")).tidy().set_index("term")
    clean = {4.0: [6, 7, 99], 6.0: [99], 7.0: [99]}
    for e in (-3, -2, 0, 1):
        wanted = sum(size[a] * effect(a, e, clean[a]) for a in clean) / sum(size[a] for a in clean)
        assert rows.loc[f"event_time={e}", "estimate"] == pytest.approx(wanted, rel=1e-10)


def test_corrective_weights_give_both_sides_the_same_cohorts():
    frame = draw(gaps=0.1)
    design = build_design(frame, **COLUMNS, event_window=(-3, 1))
    sample = make_sample(design, frame["y"].to_numpy(), (), "y", "y")
    stack = stack_cohorts(sample, (-3, 1), alone=True)
    sums = stack.sums(corrective_weights(stack, None))
    share = sums / sums.sum(0)
    np.testing.assert_allclose(share[:, 0], share[:, 1], rtol=1e-12)
    assert len(stack.cohorts) == 3 and (np.bincount(stack.hospital) > 1).any()


def test_cases_of_hospitals_are_stacked_too():
    """Each row twice is the same panel for the points."""
    frame = draw(gaps=0.05)
    one = estimate(build_design(frame, **COLUMNS, event_window=(-3, 3)), frame["y"], estimator="stacked")
    twice = pd.concat([frame, frame], ignore_index=True)
    design = build_design(twice, **COLUMNS, event_window=(-3, 3), sampling="cross_sections")
    other = estimate(design, twice["y"], estimator="stacked")
    np.testing.assert_allclose(other.params, one.params, rtol=1e-9)


def test_row_order_and_names_change_nothing():
    frame = draw(gaps=0.05)
    design = build_design(frame, **COLUMNS, event_window=(-3, 3))
    one = infer(estimate(design, frame["y"], estimator="stacked"))
    turned = frame.assign(unit="h" + frame["unit"].astype(str).str.zfill(3)).sample(frac=1, random_state=1)
    design = build_design(turned, **COLUMNS, event_window=(-3, 3))
    other = infer(estimate(design, turned["y"], estimator="stacked"))
    np.testing.assert_allclose(other.params, one.params, rtol=1e-10)
    np.testing.assert_allclose(other.std_errors, one.std_errors, rtol=1e-9)


def test_cohorts_that_do_not_fit_are_named():
    frame = draw()
    design = build_design(frame, **COLUMNS, event_window=(-5, 3))
    found = estimate(design, frame["y"], estimator="stacked")
    told = [text for text in found.warnings if text.startswith("cohorts without a stack")]
    assert told == ["cohorts without a stack: 4: observed 4 periods before and 8 from the reform on"]
    assert "outside_stacks" in {entry.rule for entry in found.ledger}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": [-9, 9]}, "no cohort has the whole window"),
        ({"window": [-1]}, "option window: is not of its form"),
        ({"window": [0, 3]}, "does not hold both the reference"),
        ({"window": [-3, -1]}, "does not hold both the reference"),
        ({"effects": "city"}, "'city' is unknown"),
    ],
)
def test_what_cannot_be_stacked(options, words):
    frame = draw()
    design = build_design(frame, **COLUMNS, event_window=(-3, 3))
    with pytest.raises(DesignError, match=words):
        estimate(design, frame["y"], estimator="stacked", **options)


def test_no_clean_control_is_left():
    """All are reformed within the window of the first."""
    frame = draw()
    frame = frame[frame["start"].notna()].reset_index(drop=True)
    design = build_design(frame, **COLUMNS, event_window=(-3, 4))
    with pytest.raises(DesignError, match="no hospital stays untreated over its window"):
        estimate(design, frame["y"], estimator="stacked")


def test_an_event_time_that_nobody_reports_is_nan():
    frame = draw()
    frame.loc[frame["time"] - frame["start"] == 2, "y"] = np.nan
    design = build_design(frame, **COLUMNS, event_window=(-3, 4))
    rows = infer(estimate(design, frame["y"], estimator="stacked")).tidy().set_index("term")
    assert (
        np.isnan(rows.loc["event_time=2", "estimate"])
        and "not identified" in rows.loc["event_time=2", "note"]
    )
    assert rows.loc["att", "note"] == "without event times 2, which are not identified"
    assert np.isfinite(rows.loc["att", "std_error"])
