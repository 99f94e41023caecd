"""Sums by cohort and period against dense matrices: with and without gaps, weights and a mask."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import unit_sums
from dipeval.estimate.cohort_panel import arrange
from dipeval.estimate.sample import make_sample
from dipeval.estimate.unit_sums import dot, subtract_scaled

N_PERIODS = 7


def draw(gaps, weighted):
    rng = np.random.default_rng(3)
    unit, time = np.divmod(np.arange(20 * N_PERIODS), N_PERIODS)
    start = np.array([2.0, 4, np.nan, 4])[unit % 4]
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "city": unit // 2})
    frame["w"], frame["y"] = rng.uniform(0.5, 3, len(frame)), rng.normal(50, 2, len(frame))
    frame["x"] = rng.normal(size=len(frame))
    if gaps:
        frame = frame[rng.random(len(frame)) < 0.8].reset_index(drop=True)
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"], "covariates": ["x"]}
    design = build_design(frame, **columns, event_window=(-2, 2), weights="w" if weighted else None)
    return frame, make_sample(design, frame["y"], None, "y", "test")


def dense(frame, weighted, untreated):
    """Weights, unit dummies and basis columns of cohort × period, by row."""
    weight = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    inside = weight * (frame["time"] < frame["start"].fillna(99)) if untreated else weight
    units = pd.get_dummies(frame["unit"]).to_numpy(float)
    cohort = np.searchsorted([2, 4, np.inf], frame["start"].fillna(np.inf))
    cell = np.zeros((len(frame), 3, N_PERIODS))
    cell[np.arange(len(frame)), cohort, frame["time"]] = 1
    return weight, np.asarray(inside, float), units, cell


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("untreated", [False, True])
def test_sums_and_products(gaps, weighted, untreated):
    frame, sample = draw(gaps, weighted)
    panel = arrange(sample, untreated=untreated)
    assert (panel.layout.shared is None) == gaps
    weight, inside, units, cell = dense(frame, weighted, untreated)
    y = frame["y"].to_numpy()
    means = (units.T @ (inside * y)) / (units.T @ inside)
    np.testing.assert_allclose(panel.centre(sample.outcome), y - units @ means, atol=1e-12)
    by_cell = np.einsum("i,igt->gt", inside * y, cell)
    np.testing.assert_allclose(panel.basis_sums(sample.outcome), by_cell, atol=1e-10)
    held = np.einsum("iu,i,igt->ugt", units, inside, cell)
    gram = np.einsum("ugs,ugt,u->gst", held, held, 1 / (units.T @ inside))
    np.testing.assert_allclose(panel.unit_gram(), gram, atol=1e-12)
    every = np.einsum("iu,i,igt->ugt", units, weight, cell)
    levels = np.einsum("ugs,ugt,u->gst", every, held, 1 / (units.T @ inside))
    np.testing.assert_allclose(panel.levels_by_period(), levels, atol=1e-12)
    assert panel.n_obs == (inside > 0).sum()
    coefficients = np.arange(3.0 * N_PERIODS).reshape(3, N_PERIODS)
    fitted = np.einsum("gt,igt->i", coefficients, cell)
    fitted -= units @ ((units.T @ (inside * fitted)) / (units.T @ inside))
    np.testing.assert_allclose(panel.take_out(sample.outcome, coefficients), y - fitted, atol=1e-11)


@pytest.mark.parametrize("gaps", [False, True])
def test_sums_over_groups_of_hospitals(gaps):
    frame, sample = draw(gaps, True)
    panel = arrange(sample)
    code = np.arange(20) % 3
    sums = panel.sums_by(code, 3)
    group = code[frame["unit"]]
    wanted = frame.groupby([group, frame["time"]])["y"].sum().unstack().to_numpy()
    np.testing.assert_allclose(sums.by_period(sample.outcome), wanted, rtol=1e-13)
    counts = frame.groupby([group, frame["time"]])["y"].size().unstack().to_numpy()
    np.testing.assert_array_equal(sums.by_period(None), counts)
    products = (frame["x"] * frame["y"]).groupby(group).sum()
    np.testing.assert_allclose(sums.of_products(sample.columns[0], sample.outcome), products, rtol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 511, 512, 513, 2000])
def test_inner_products_of_any_length(n):
    rng = np.random.default_rng(n)
    left, right = rng.normal(size=n), rng.normal(size=n)
    assert dot(left, right) == pytest.approx(np.sum(left * right), rel=1e-12, abs=1e-12)


def test_blocks_do_not_change_what_is_subtracted(monkeypatch):
    values, column = np.arange(10.0), np.ones(10)
    monkeypatch.setattr(unit_sums, "BLOCK_CELLS", 3)
    subtract_scaled(values, column, 2.0)
    np.testing.assert_array_equal(values, np.arange(10.0) - 2)


def test_a_panel_of_blocks_is_one_panel(monkeypatch):
    _, sample = draw(False, False)
    whole = arrange(sample).centre(sample.outcome)
    monkeypatch.setattr(unit_sums, "BLOCK_CELLS", 2 * N_PERIODS + 1)
    np.testing.assert_array_equal(arrange(sample).centre(sample.outcome), whole)
