"""Simultaneous intervals that know how few the clusters are."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer, inferred_band
from dipeval.infer.student_band import largest_t_test, student_band
from dipeval.results.student import critical_value


@pytest.fixture(scope="module")
def timed():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"city": np.repeat(np.arange(10), 12), "period": np.tile(np.arange(2001, 2013), 10).astype(str)}
    )
    frame["cohort"] = np.where(frame["city"] < 5, "2006", None)
    design = build_design(
        frame, unit="city", time="period", cohort="cohort", clusters=["city"], event_window=(-4, 6)
    )
    return estimate(design, rng.normal(size=len(frame)), estimator="twfe_event_study")


def test_one_term_has_its_own_interval_and_many_a_wider_one(timed):
    made = infer(timed, "cluster")
    one = student_band(made, seed=1, terms=["event_time=0"], n_draws=20_000)
    assert np.isclose(one.critical_value, critical_value(0.95, 9), rtol=0.12)
    many, plain = student_band(made, seed=1), inferred_band(made, seed=1)
    assert many.critical_value > plain.critical_value and many.critical_value > one.critical_value
    assert ((many.conf_high - many.conf_low) >= (plain.conf_high - plain.conf_low) * (1 - 1e-12)).all()
    assert "compared with t(9)" in many.rule and "seed 1" in many.rule


def test_without_degrees_of_freedom_it_is_the_multiplier_bootstrap(timed):
    made = infer(timed, "cluster", small_sample="CR0")
    made = made.with_inference(replace(made.inference, df=np.inf))
    assert student_band(made, seed=4).critical_value == inferred_band(made, seed=4).critical_value


def test_the_same_seed_gives_the_same_band(timed):
    made = infer(timed, "cluster")
    a, b, c = (student_band(made, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a.conf_low, b.conf_low) and a.critical_value != c.critical_value


def test_the_largest_t_rejects_where_an_interval_leaves_out_zero(timed):
    made = infer(timed, "cluster")
    statistic, p = largest_t_test(made, seed=1)
    band = student_band(made, seed=1)
    assert np.isclose(statistic, np.abs(band.estimates / band.std_error).max())
    assert (p <= 0.05) == bool(((band.conf_low > 0) | (band.conf_high < 0)).any())
    far = replace(made, params=made.params + 100)
    assert largest_t_test(far, seed=1)[1] == 1 / 1000


@pytest.mark.parametrize(
    ("words", "what"), [({"seed": None}, "no seed"), ({"seed": 1, "n_draws": 10}, "draws")]
)
def test_what_cannot_be_drawn_is_refused(timed, words, what):
    with pytest.raises(DesignError, match=what):
        student_band(infer(timed, "cluster"), **words)
    with pytest.raises(DesignError, match="no clustered errors"):
        student_band(timed, seed=1)


@pytest.mark.slow
def test_all_parts_are_covered_nearly_as_often_as_is_said():
    """Means of twelve clusters of seven numbers that sum to zero: 92 % together, where inferred_band covers 80 %."""
    rng = np.random.default_rng(1)
    mixed, covered = rng.normal(size=(7, 7)), {student_band: 0, inferred_band: 0}
    frame = pd.DataFrame({"city": np.repeat(np.arange(12), 2), "period": np.tile(["2001", "2002"], 12)})
    frame["cohort"] = np.where(frame["city"] < 6, "2002", None)
    design = build_design(
        frame, unit="city", time="period", cohort="cohort", clusters=["city"], event_window=(-1, 1)
    )
    from dipeval.estimate.composition.joint import joined

    for seed in range(200):
        y = rng.normal(size=(24, 7)) @ mixed
        y -= y.mean(axis=1, keepdims=True)
        made = joined({str(j): estimate(design, y[:, j], estimator="twfe") for j in range(7)}, "y").overall
        found = infer(made.estimate, "cluster")
        for band in covered:
            b = band(found, seed=seed, terms=list(found.params.index))
            covered[band] += bool(((b.conf_low < 0) & (b.conf_high > 0)).all())
    assert covered[student_band] / 200 > 0.87 > covered[inferred_band] / 200 + 0.03
