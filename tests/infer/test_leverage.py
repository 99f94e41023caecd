"""CR2 and CR3 from cluster sums against dense matrices with every dummy, and against sandwich."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.leverage import bias_reduced, jackknife

ESTIMATORS = ["twfe", "twfe_event_study", "sun_abraham", "extended_two_way"]
FULL = 1e-9


def panel(seed=3, n_cities=7, gaps=True):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, n_cities)
    city = np.repeat(np.arange(n_cities), sizes)
    unit, time = (grid.ravel() for grid in np.meshgrid(np.arange(len(city)), np.arange(8), indexing="ij"))
    start = np.array([3, 5, np.inf, 3, np.inf, 5, np.inf])[:n_cities]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit], "x": rng.normal(size=len(unit))})
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in start[frame["city"]]]
    shock = rng.normal(size=(n_cities, 8)).cumsum(1)
    frame["y"] = 1e3 * (frame["x"] + shock[frame["city"], time] + rng.normal(size=len(unit)))
    frame["weight"] = rng.uniform(0.5, 3, len(frame))
    keep = rng.random(len(frame)) < (0.9 if gaps else 2)
    return frame[keep].reset_index(drop=True)


def design_of(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"], "covariates": ["x"]}
    return build_design(frame, **columns | {"event_window": (-2, 3)} | options)


def dense(frame, weighted):
    """The static regression with a dummy for each hospital and period."""
    treated = pd.to_numeric(frame["start"], errors="coerce").le(frame["time"])
    dummies = [pd.get_dummies(frame[name]).to_numpy(float) for name in ("time", "unit")]
    root = np.sqrt(frame["weight"].to_numpy()) if weighted else np.ones(len(frame))
    columns = np.column_stack([treated, frame["x"], *dummies]) * root[:, None]
    return columns, frame["y"].to_numpy() * root, frame["city"].to_numpy()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_cr2_and_its_degrees_of_freedom(weighted, gaps):
    frame = panel(gaps=gaps)
    found = bias_reduced(
        estimate(
            design_of(frame, weights="weight" if weighted else None), frame["y"], estimator="twfe"
        ).moments("city")
    )
    columns, outcome, city = dense(frame, weighted)
    inverse = np.linalg.pinv(columns.T @ columns, rcond=1e-12, hermitian=True)
    hat = columns @ inverse @ columns.T
    residual = outcome - hat @ outcome
    chosen = inverse[:, :2]
    adjusted, vectors = [], []
    for g in np.unique(city):
        rows = np.flatnonzero(city == g)
        values, axes = np.linalg.eigh(np.eye(len(rows)) - hat[np.ix_(rows, rows)])
        root = (axes * np.where(values > FULL, np.maximum(values, FULL) ** -0.5, 0)) @ axes.T
        pull = np.zeros((len(outcome), 2))
        pull[rows] = root @ columns[rows] @ chosen
        adjusted.append(pull.T @ residual)
        vectors.append(pull)
    errors = np.sqrt((np.array(adjusted) ** 2).sum(0))
    assert np.sqrt((found.contributions**2).sum(0)) == pytest.approx(errors, rel=1e-9)
    for k in range(2):
        pulls = np.column_stack([pull[:, k] for pull in vectors])
        gamma = pulls.T @ (pulls - hat @ pulls)
        assert found.df[k] == pytest.approx(np.trace(gamma) ** 2 / (gamma**2).sum(), rel=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
def test_cr3_is_the_regression_without_each_city(weighted):
    frame = panel()
    found = jackknife(
        estimate(
            design_of(frame, weights="weight" if weighted else None), frame["y"], estimator="twfe"
        ).moments("city")
    )
    columns, outcome, city = dense(frame, weighted)
    whole = np.linalg.lstsq(columns, outcome, rcond=1e-12)[0][:2]
    moved = [
        np.linalg.lstsq(columns[city != g], outcome[city != g], rcond=1e-12)[0][:2] - whole
        for g in np.unique(city)
    ]
    n = len(moved)
    assert found.contributions == pytest.approx(np.sqrt((n - 1) / n) * np.array(moved), rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_moments_give_estimate_and_influence_again(name):
    frame = panel()
    result = estimate(design_of(frame, weights="weight"), frame["y"], estimator=name)
    moments = result.moments("city")
    again = moments.inverse @ moments.right.sum(0) @ moments.picked
    known = ~np.isnan(result.params.to_numpy())
    assert again[known] == pytest.approx(result.params.to_numpy()[known], rel=1e-9, abs=1e-9)
    has_error = ~np.isnan(result.influence["city"]).any(0)
    influence = moments.score @ moments.directions
    size = np.abs(result.influence["city"][:, has_error]).max()
    assert influence[:, has_error] == pytest.approx(
        result.influence["city"][:, has_error], rel=1e-9, abs=1e-9 * size
    )


@pytest.mark.parametrize("rule", ["CR2", "CR3"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_units_of_measurement_and_order_do_not_matter(name, rule):
    frame = panel()
    other = frame.assign(x=frame["x"] * 1e6, y=frame["y"] * 10 + 5).sample(frac=1, random_state=1)
    other = other.reset_index(drop=True)
    one, two = (
        infer(estimate(design_of(f), f["y"], estimator=name), small_sample=rule).tidy()
        for f in (frame, other)
    )
    one, two = (table[~table["term"].str.startswith("covariate")] for table in (one, two))
    assert two["std_error"].to_numpy() == pytest.approx(
        10 * one["std_error"].to_numpy(), rel=1e-7, nan_ok=True
    )
    assert two["df"].to_numpy() == pytest.approx(one["df"].to_numpy(), rel=1e-6, nan_ok=True)


def test_a_term_that_leans_on_one_city_has_no_jackknife():
    frame = panel()
    frame.loc[frame["start"] != "never", "start"] = "never"
    frame.loc[frame["city"] == 0, "start"] = "3"
    row = infer(estimate(design_of(frame), frame["y"], estimator="twfe"), small_sample="CR3").tidy().iloc[0]
    assert np.isnan(row["std_error"]) and "without city 0 it is not identified" in row["note"]


def test_rules_of_regressions_are_refused_elsewhere():
    frame = panel()
    result = estimate(design_of(frame), frame["y"], estimator="imputation")
    with pytest.raises(DesignError, match="imputation is no single regression"):
        infer(result, small_sample="CR2")
    with pytest.raises(DesignError, match="satterthwaite is not known for CR1"):
        infer(result, df="satterthwaite")


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="sandwich inverts I - H_gg, which is singular where a dummy of the city stands in the regression: "
    "its HC2 is NaN there and its HC3 rests on rounding; the tests above compare with regressions made anew",
)
def test_sandwich_hc3_with_dummies_of_the_cluster(reference, shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel.csv", dtype={"month": str})
    frame["start"] = frame["cohort"].map("{:.0f}".format).where(frame["cohort"] > 0, "never")
    design = build_design(
        frame,
        unit="city",
        time="month",
        cohort="start",
        clusters=["city"],
        covariates=["casemix"],
        sampling="cross_sections",
    )
    result = infer(estimate(design, frame["log_cost"], estimator="twfe"), small_sample="CR3")
    stored = reference("its_base_sandwich")["hospital_vcovCL_city_HC3"]["estimates"]
    assert result.std_errors.to_numpy() == pytest.approx([row["std_error"] for row in stored], rel=1e-6)
