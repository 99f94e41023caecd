"""Local projections against diff-diff, group-time effects, explicit regressions, and weights of hospitals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}


def draw(seed=5, cities=10, each=3, periods=10, gaps=0.0):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(cities * each * periods), periods)
    city = unit // each
    start = np.array([4.0, 5, 7, np.nan, np.nan])[city % 5]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["x"], frame["w"] = rng.normal(size=len(frame)), rng.integers(1, 9, cities * each)[unit] * 1.0
    event = time - start
    frame["y"] = rng.normal(size=cities * each)[unit] + 0.1 * time + 0.4 * frame["x"]
    frame["y"] += rng.normal(scale=0.3, size=len(frame)) - np.where(event >= 0, 0.2 + 0.05 * event, 0)
    return frame[rng.random(len(frame)) >= gaps].reset_index(drop=True)


@pytest.mark.parametrize(
    ("record", "design_options", "options"),
    [
        ("variance", {}, {}),
        ("variance_never", {"comparison": "never_treated"}, {}),
        ("variance_covariate", {"covariates": ["casemix"]}, {}),
        ("mean_of_all", {}, {"base": "mean"}),
        ("mean_of_four", {}, {"base": "mean", "base_periods": 4}),
        ("equal", {}, {"weighting": "equal"}),
        ("equal_covariate", {"covariates": ["casemix"]}, {"weighting": "equal"}),
        ("counties", {}, {}),
        ("counties_equal_covariate", {"covariates": ["lpop"]}, {"weighting": "equal"}),
    ],
)
def test_stored_values_of_diff_diff(record, design_options, options, oracle, shared):
    stored = oracle("local_projections")[record]
    frame = pd.read_csv(shared / "reference" / "data" / stored["data"])
    counties = record.startswith("counties")
    first, outcome = ("first.treat", "lemp") if counties else ("cohort", "log_cost")
    frame["start"] = frame[first].where(frame[first] > 0)
    names = ("countyreal", "year", "countyreal") if counties else ("hospital", "month", "city")
    columns = dict(zip(("unit", "time", "cluster"), names, strict=True))
    cluster, window = columns.pop("cluster"), (-3, 3) if counties else (-6, 6)
    design = build_design(
        frame, **columns, cohort="start", clusters=[cluster], event_window=window, **design_options
    )
    found = estimate(design, frame[outcome], estimator="local_projections", **options)
    # with equal weights and covariates diff-diff has no small-sample factor at all
    rule = "CR0" if record.endswith("equal_covariate") else "CR1"
    rows = infer(found, cluster=cluster, small_sample=rule).tidy().set_index("term")
    for value in [*stored["events"], {**stored["att"], "event_time": None}]:
        row = rows.loc["att" if value["event_time"] is None else f"event_time={value['event_time']}"]
        assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8), row.name
        if record == "equal":
            continue  # diff-diff takes the weights of dates as known: see the next test
        # it counts the clusters of each regression, we those of the sample, as the degrees of freedom do
        every, seen = len(found.clusters[cluster].names), value["n_clusters"]
        factor = 1.0 if rule == "CR0" else np.sqrt(every / (every - 1) / (seen / (seen - 1)))
        assert row["std_error"] == pytest.approx(value["std_error"] * factor, rel=1e-6), row.name


@pytest.mark.parametrize("comparison", ["not_yet_treated", "never_treated"])
@pytest.mark.parametrize("gaps", [0.0, 0.08])
def test_equal_weights_are_group_time_effects_by_event_time(comparison, gaps):
    """The same comparisons, averaged by the treated, so the same points and the same influence."""
    frame = draw(gaps=gaps)
    design = build_design(frame, **COLUMNS, event_window=(-3, 4), comparison=comparison)
    mine = estimate(design, frame["y"], estimator="local_projections", weighting="equal")
    theirs = estimate(design, frame["y"], estimator="group_time", base_period="universal", horizons="all")
    if gaps:  # group-time effects are averaged by all hospitals of a cohort, these by those that are observed
        one = estimate(
            design, frame["y"], estimator="group_time", base_period="universal", aggregate=["cell"]
        )
        cell = mine.params["event_time=4"]
        assert cell == pytest.approx(_by_observed(frame, one, 4), rel=1e-10)
        return
    for e in (0, 1, 2, 3, 4) if comparison == "not_yet_treated" else (-3, -2, 0, 1, 2, 3, 4):
        k, m = (x.params.index.get_loc(f"event_time={e}") for x in (mine, theirs))
        assert mine.params.iloc[k] == pytest.approx(theirs.params.iloc[m], rel=1e-10)
        np.testing.assert_allclose(mine.influence["city"][:, k], theirs.influence["city"][:, m], atol=1e-12)


def _by_observed(frame, cells, e):
    """Group-time effects at one event time by the hospitals of each cohort that are seen then and before."""
    total = size = 0.0
    at = frame.set_index(["unit", "time"]).index
    for start in (4, 5, 7):
        units = frame.loc[frame["start"] == start, "unit"].unique()
        n = sum((u, start + e) in at and (u, start - 1) in at for u in units)
        name = f"cohort={start},period={start + e}"
        if name in cells.params.index:
            total, size = total + n * cells.params[name], size + n
    return total / size


def explicit(frame, h, covariate, weight, comparison="not_yet_treated"):
    """Long differences by loops: one row a hospital and date."""
    y = {(r.unit, r.time): r for r in frame.itertuples()}
    rows = []
    for unit, start, city in frame[["unit", "start", "city"]].drop_duplicates().itertuples(index=False):
        for t in range(int(frame["time"].max()) + 1):
            before, there = y.get((unit, t - 1)), y.get((unit, t + h))
            if before is None or there is None:
                continue
            treated = start == t
            clean = np.isnan(start) or (comparison == "not_yet_treated" and start > t + max(h, 0))
            if treated or clean:
                w = getattr(before, weight) if weight else 1.0
                x = getattr(before, covariate) if covariate else 0.0
                rows.append((unit, city, t, treated * 1.0, there.y - before.y, x, w))
    found = pd.DataFrame(rows, columns=["unit", "city", "t", "d", "dy", "x", "w"])
    return found[found.groupby("t")["d"].transform("min") == 0].reset_index(drop=True)


@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize("covariate", [None, "x"])
def test_explicit_long_differences(covariate, weight):
    frame = draw(gaps=0.08)
    options = {"weights": weight, "covariates": [covariate] if covariate else []}
    design = build_design(frame, **COLUMNS, event_window=(-3, 4), **options)
    rows = infer(estimate(design, frame["y"], estimator="local_projections"), cluster="city").tidy()
    rows = rows.set_index("term")
    for h in (-3, -2, 0, 2, 4):
        long = explicit(frame, h, covariate, weight)
        matrix = pd.concat([long[["d"]], pd.get_dummies(long["t"], dtype=float)], axis=1)
        if covariate:
            matrix["x"] = long["x"]
        matrix.columns = matrix.columns.astype(str)
        fit = sm.WLS(long["dy"], matrix, weights=long["w"]).fit(
            cov_type="cluster", cov_kwds={"groups": long["city"]}
        )
        row = rows.loc[f"event_time={h}"]
        assert row["estimate"] == pytest.approx(fit.params["d"], rel=1e-8)
        # statsmodels' correction is G/(G-1) (N-1)/(N-K), K with the effects of dates
        assert row["std_error"] == pytest.approx(fit.bse["d"], rel=1e-6)


@pytest.mark.parametrize("options", [{}, {"weighting": "equal"}, {"weighting": "equal", "base": "mean"}])
def test_influence_is_the_derivative_by_the_weight_of_a_hospital(options):
    """With equal weights all of the estimator moves, shares of the dates too."""
    frame = draw(gaps=0.05)

    def points(w):
        design = build_design(
            frame.assign(w=w), **COLUMNS, event_window=(-2, 3), weights="w", covariates=["x"]
        )
        return estimate(design, frame["y"], estimator="local_projections", **options)

    found, step = points(frame["w"]), 1e-5
    for hospital in (0, 4, 7, 11):
        mine = (frame["unit"] == hospital).to_numpy()
        up, down = (points(frame["w"] * (1 + s * mine)).params for s in (step, -step))
        moved = (up - down) / (2 * step)
        row = list(found.clusters["unit"].names).index(str(hospital))
        known = np.isfinite(found.influence["unit"][row])
        np.testing.assert_allclose(
            found.influence["unit"][row][known], moved.to_numpy()[known], rtol=1e-5, atol=1e-9
        )


def test_two_dates_by_hand():
    """Each date's difference in differences; by n1 n0 / n with least squares, by n1 with equal weights."""
    frame = draw()
    by_unit = frame.pivot(index="unit", columns="time", values="y")
    start = frame.groupby("unit")["start"].first()
    effect, variance, equal = [], [], []
    for t in (4, 5, 7):
        moved = by_unit[t + 1] - by_unit[t - 1]
        clean = start.isna() | (start > t + 1)
        effect.append(moved[start == t].mean() - moved[clean].mean())
        n1, n0 = (start == t).sum(), clean.sum()
        variance.append(n1 * n0 / (n1 + n0))
        equal.append(n1)
    design = build_design(frame, **COLUMNS, event_window=(-2, 2))
    for weighting, weights in (("variance", variance), ("equal", equal)):
        found = estimate(design, frame["y"], estimator="local_projections", weighting=weighting)
        wanted = np.average(effect, weights=weights)
        assert found.params["event_time=1"] == pytest.approx(wanted, rel=1e-10)


def test_pooled_effect_and_cohorts_that_it_does_not_hold():
    frame = draw()
    design = build_design(frame, **COLUMNS, event_window=(-2, 12))
    found = estimate(design, frame["y"], estimator="local_projections")
    rows = found.terms.set_index("term")
    # a reform in 4 of ten periods is followed for six; nobody else that long
    assert rows.loc["att", "note"] == "mean over event times 0 to 5; without the cohorts 5, 7"
    assert rows.loc["event_time=3", "note"] == "without the cohorts 7"
    assert rows.loc["event_time=6", "note"].startswith("not identified")
    alone = estimate(design, frame["y"], estimator="local_projections", aggregate=["overall"])
    assert list(alone.params.index) == ["att"] and alone.params["att"] == found.params["att"]


def test_row_order_scale_and_shift():
    frame = draw(gaps=0.05)
    design = build_design(frame, **COLUMNS, event_window=(-2, 3), covariates=["x"])
    one = infer(estimate(design, frame["y"], estimator="local_projections"))
    turned = frame.sample(frac=1, random_state=2)
    design = build_design(turned, **COLUMNS, event_window=(-2, 3), covariates=["x"])
    other = infer(estimate(design, 10 * turned["y"] + 7, estimator="local_projections"))
    np.testing.assert_allclose(other.params, 10 * one.params, rtol=1e-9)
    np.testing.assert_allclose(other.std_errors, 10 * one.std_errors, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weighting": "size"}, "'size' is unknown"),
        ({"base": "first"}, "'first' is unknown"),
        ({"base_periods": 3}, "option base_periods: is not of its form"),
        ({"base": "mean", "base_periods": 0}, "option base_periods: is not of its form"),
        ({"horizons": [-3, -2]}, "has none from the reform on"),
        ({"aggregate": ["cohort"]}, "'cohort' is unknown"),
    ],
)
def test_options_that_are_not_of_their_form(options, words):
    frame = draw()
    design = build_design(frame, **COLUMNS, event_window=(-3, 3))
    with pytest.raises(DesignError, match=words):
        estimate(design, frame["y"], estimator="local_projections", **options)


def test_no_clean_control_is_nan_with_its_reason():
    frame = draw()
    frame = frame[frame["start"].notna()].reset_index(drop=True)
    design = build_design(frame, **COLUMNS, event_window=(-2, 3))
    rows = infer(estimate(design, frame["y"], estimator="local_projections")).tidy().set_index("term")
    assert np.isnan(rows.loc["event_time=3", "estimate"])
    assert rows.loc["event_time=3", "note"].startswith("not identified: no hospital stays untreated")
    assert np.isfinite(rows.loc["event_time=0", "std_error"])


def test_cross_sections_are_refused():
    frame = draw()
    twice = pd.concat([frame, frame], ignore_index=True)
    design = build_design(twice, **COLUMNS, event_window=(-2, 3), sampling="cross_sections")
    with pytest.raises(DesignError, match="long differences need a panel"):
        estimate(design, twice["y"], estimator="local_projections")
