"""Products of a panel regression against the estimator itself and against dummies."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.omitted.by_cluster import covariance, fitted_coefficient, value_and_spread
from dipeval.check.omitted.movement import whole_movement
from dipeval.check.omitted.panel_products import partial_out
from dipeval.check.omitted.partialled import partial_r_squared
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer


def panel(seed=0, gaps=True):
    rng = np.random.default_rng(seed)
    rows = [(f"c{c}", f"h{c}{h}", t) for c in range(8) for h in range(3) for t in range(7)]
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period"])
    start = {"c0": 2, "c1": 3, "c2": 3, "c3": 5}
    frame["cohort"] = frame["city"].map(start)
    frame["beds"] = rng.normal(size=len(frame)) + 0.5 * (frame["period"] >= frame["cohort"])
    frame["staff"] = rng.normal(size=len(frame))
    frame["fixed"] = frame["hospital"].map({h: k for k, h in enumerate(frame["hospital"].unique())}) * 1.0
    frame["twice"] = 2 * frame["beds"] + 3
    frame["season"] = (frame["period"] % 3 + 3 * (frame["city"] < "c4")) * 1.0
    frame["w"] = rng.uniform(0.5, 2, len(frame))
    frame["y"] = rng.normal(size=len(frame)) + (frame["period"] >= frame["cohort"]) + 0.6 * frame["beds"]
    if gaps:
        frame = frame.sample(frac=0.9, random_state=1)
        frame.loc[frame.index[:4], "y"] = np.nan
    return frame.reset_index(drop=True)


def design_of(frame, weights=None, covariates=("beds", "staff")):
    columns = {"unit": "hospital", "time": "period", "cohort": "cohort", "clusters": ["city"]}
    window = {"event_window": (-3, 3), "weights": weights}
    return build_design(frame, **columns, **window, covariates=list(covariates))


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("absorb", [(), ("season",)])
def test_coefficients_and_clustered_errors_are_those_of_the_estimator(weights, absorb):
    frame = panel()
    design = design_of(frame, weights, ("beds", "staff", *absorb))
    found = partial_out(design, frame["y"].to_numpy(), cluster="city", absorb=absorb)
    fitted = infer(estimate(design, frame["y"], estimator="twfe", absorb=absorb), cluster="city")
    assert found.n_obs == fitted.n_obs and found.covariates == ("beds", "staff")
    assert fitted_coefficient(found).value == pytest.approx(fitted.params["treated"], rel=1e-9)
    factor = fitted.cr1_factor["city"][0] * 8 / 7
    error = np.sqrt(covariance(value_and_spread, found.by_cluster, factor)[0, 0])
    assert error == pytest.approx(fitted.std_errors["treated"], rel=1e-7)


def test_error_and_partial_r_squared_are_those_of_a_regression_with_dummies():
    frame = panel().dropna(subset="y")
    dummies = pd.get_dummies(frame[["hospital"]].assign(period=frame["period"].astype(str))).astype(float)
    treated = (frame["period"] >= frame["cohort"]).to_numpy(float)

    def squares(columns):
        matrix = np.column_stack([dummies, *columns])
        fitted = matrix @ np.linalg.lstsq(matrix, frame["y"], rcond=None)[0]
        return float(((frame["y"] - fitted) ** 2).sum()), np.linalg.matrix_rank(matrix)

    found = partial_out(design_of(frame), frame["y"].to_numpy(), cluster="city")
    whole, rank = squares([treated, frame["beds"], frame["staff"]])
    coefficient = fitted_coefficient(found)
    assert coefficient.degrees == len(frame) - rank
    for first, given in ((1, [2, 3]), (2, [1, 3])):
        without, _ = squares([[treated, frame["beds"], frame["staff"]][k - 1] for k in given])
        assert partial_r_squared(found.products, 0, first, given) == pytest.approx(1 - whole / without)
    without, _ = squares([frame["beds"], frame["staff"]])
    assert coefficient.partial_r2 == pytest.approx(1 - whole / without)
    spread = ((frame["y"] - frame["y"].mean()) ** 2).sum()
    assert found.outcome_squares.sum() == pytest.approx(spread)
    movement = whole_movement(found.with_whole.sum(0))
    assert movement.long_r2 == pytest.approx(1 - whole / spread)
    assert movement.short_r2 == pytest.approx(1 - squares([treated])[0] / spread)


def test_covariates_that_say_nothing_new_are_left_out_by_name():
    frame = panel()
    design = design_of(frame, covariates=("fixed", "beds", "twice", "staff"))
    found = partial_out(design, frame["y"].to_numpy(), cluster="city")
    assert (found.covariates, found.dropped) == (("beds", "staff"), ("fixed", "twice"))


def test_covariates_on_both_sides_count_as_fixed_effects():
    frame = panel()
    whole = partial_out(design_of(frame), frame["y"].to_numpy(), cluster="city")
    inside = whole.given(["staff"])
    assert inside.covariates == ("beds",) and inside.degrees == whole.degrees
    before, after = fitted_coefficient(whole), fitted_coefficient(inside)
    assert (after.value, after.std_error) == pytest.approx((before.value, before.std_error), rel=1e-10)


def test_treatment_that_fixed_effects_explain_is_refused():
    frame = panel(gaps=False)
    frame["same"] = (frame["period"] >= frame["cohort"]) * 1.0
    with pytest.raises(DesignError, match="does not vary"):
        partial_out(design_of(frame, covariates=("same",)), frame["y"].to_numpy(), cluster="city")


def test_errors_of_value_and_spread_match_a_simulation():
    """Standard deviation over panels of newly drawn cities, dates among them, against what clusters say."""
    values, said = [], []
    city, period = np.repeat(np.arange(50), 6), np.tile(np.arange(6), 50)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        start = np.where(rng.random(50) < 0.5, rng.integers(1, 6, 50), np.inf)
        frame = pd.DataFrame({"hospital": city, "city": city, "period": period, "cohort": start[city]})
        beds = rng.normal(size=300) + 0.5 * (period >= start[city])
        frame["beds"], size = beds, rng.exponential(size=50)[city]
        frame["y"] = (period >= start[city]) + beds + size * rng.normal(size=300)
        found = partial_out(design_of(frame, covariates=("beds",)), frame["y"].to_numpy(), cluster="city")
        values.append(value_and_spread(found.products))
        said.append(np.diag(covariance(value_and_spread, found.by_cluster, 50 / 49)))
    ratio = np.sqrt(np.mean(said, axis=0)) / np.std(values, axis=0)
    assert (np.abs(ratio - 1) < 0.25).all(), ratio
