"""What must not change the result, and what must change it in a known way."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer import infer

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"], "event_window": (-3, 4)}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(21)
    unit, time = np.divmod(np.arange(40 * 10), 10)
    city = unit // 4
    start = np.array([4.0, 6, 7, np.nan, np.nan])[city % 5]
    frame = pd.DataFrame({"unit": [f"h{u:02d}" for u in unit], "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.5, 2, 400), rng.normal(size=400)
    effect = np.where(time >= np.nan_to_num(start, nan=99), 0.3, 0)
    frame["y"] = unit * 0.1 + time * 0.05 + effect + 0.2 * frame["x"] + rng.normal(size=400)
    return frame[rng.random(400) < 0.9].reset_index(drop=True)


LINEAR = [name for name, spec in ESTIMATORS.items() if not spec.needs_amounts]
AMOUNTS = [name for name in ESTIMATORS if name not in LINEAR]


def run(frame, estimator, **options):
    design = build_design(frame, **COLUMNS | {"weights": "w", "covariates": ["x"]} | options)
    values = np.exp(frame["y"]) if estimator in AMOUNTS else frame["y"]
    return infer(estimate(design, values, estimator=estimator))


def same(a, b, rel=1e-9):
    assert list(a.params.index) == list(b.params.index)
    np.testing.assert_allclose(a.params, b.params, rtol=rel, atol=1e-11)
    np.testing.assert_allclose(a.std_errors, b.std_errors, rtol=rel, atol=1e-11)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_row_order_changes_no_bit(frame, estimator):
    a, b = run(frame, estimator), run(frame.sample(frac=1, random_state=1), estimator)
    assert a.to_json() == b.to_json()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_names_of_hospitals_and_cities(frame, estimator):
    renamed = frame.assign(unit=frame["unit"].str[::-1] + "x", city=(frame["city"] * 7) % 10)
    same(run(frame, estimator), run(renamed, estimator))


# a synthetic control must meet the treated one's level, which an effect of the hospital moves
@pytest.mark.parametrize("estimator", sorted(set(LINEAR) - {"synthetic_control"}))
def test_hospital_and_period_constants_drop_out(frame, estimator):
    shift = frame["unit"].str[1:].astype(int) ** 1.5 - 4.0 * frame["time"] + 100
    same(run(frame, estimator), run(frame.assign(y=frame["y"] + shift), estimator), rel=1e-8)


@pytest.mark.parametrize("estimator", AMOUNTS)
def test_units_of_amounts_scale_effects_on_them(frame, estimator):
    a, b = run(frame, estimator), run(frame.assign(y=frame["y"] + np.log(1000)), estimator)
    effects = ~a.params.index.str.startswith("covariate")
    np.testing.assert_allclose(b.params[effects], 1000 * a.params[effects], rtol=1e-8)
    np.testing.assert_allclose(b.std_errors[effects], 1000 * a.std_errors[effects], rtol=1e-8)


@pytest.mark.parametrize("estimator", LINEAR)
def test_units_of_the_outcome_scale_everything(frame, estimator):
    a, b = run(frame, estimator), run(frame.assign(y=-1000 * frame["y"]), estimator)
    np.testing.assert_allclose(b.params, -1000 * a.params, rtol=1e-9)
    np.testing.assert_allclose(b.std_errors, 1000 * a.std_errors, rtol=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_scale_of_the_weights(frame, estimator):
    same(run(frame, estimator), run(frame.assign(w=50 * frame["w"]), estimator))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_calendar_shift(frame, estimator):
    months = {t: f"20{18 + (t + 9) // 12}-{(t + 9) % 12 + 1:02d}" for t in range(12)}
    labelled = frame.assign(time=frame["time"].map(months), start=frame["start"].map(months))
    a, b = run(frame, estimator), run(labelled, estimator)
    np.testing.assert_array_equal(a.params.to_numpy(), b.params.to_numpy())


@pytest.mark.parametrize("estimator", ["twfe", "imputation"])
def test_reform_dates_matter(frame, estimator):
    shifted = frame.assign(start=frame["start"] + 1)
    term = "treated" if estimator == "twfe" else "att"
    assert abs(run(frame, estimator).params[term] - run(shifted, estimator).params[term]) > 0.01


# the penalty of synthetic difference-in-differences grows with the number of treated units
@pytest.mark.parametrize("estimator", sorted(set(ESTIMATORS) - {"synthetic_difference"}))
def test_frequency_weights_are_copies_for_the_points(frame, estimator):
    """A weight of 2 on a row is two equal hospitals for the coefficients."""
    doubled = frame.assign(w=np.where(frame["city"] == 3, 2.0, 1.0))
    copies = frame[frame["city"] == 3].assign(unit=lambda f: f["unit"] + "b")
    twice = pd.concat([frame, copies]).assign(w=1.0)
    a, b = run(doubled, estimator), run(twice, estimator)
    np.testing.assert_allclose(a.params, b.params, rtol=1e-9)
    if estimator != "imputation":
        np.testing.assert_allclose(
            a.influence["city"].T @ a.influence["city"],
            b.influence["city"].T @ b.influence["city"],
            rtol=1e-8,
            atol=1e-12,
        )
