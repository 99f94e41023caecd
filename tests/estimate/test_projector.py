"""The projector against dense least squares with dummies."""

import numpy as np
import pytest

from dipeval.estimate import projector as module
from dipeval.estimate.projector import fit_projector


def dummies(unit, time, n_units, n_periods):
    matrix = np.zeros((len(unit), n_units + n_periods))
    matrix[np.arange(len(unit)), unit] = 1
    matrix[np.arange(len(unit)), n_units + time] = 1
    return matrix


def ragged(seed, n_units=12, n_periods=7, share=0.6):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.flatnonzero(rng.random(n_units * n_periods) < share), n_periods)
    return rng, unit, time


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.6, 0.25])
def test_residuals_equal_dense_least_squares(weighted, share):
    rng, unit, time = ragged(1, share=share)
    weights = rng.uniform(0.2, 5, len(unit)) if weighted else None
    values = rng.normal(13, 2, len(unit))
    root = np.sqrt(np.ones(len(unit)) if weights is None else weights)
    matrix = dummies(unit, time, 12, 7)
    solution = np.linalg.lstsq(matrix * root[:, None], values * root, rcond=None)[0]
    projector = fit_projector(unit, time, weights, 12, 7)
    np.testing.assert_allclose(projector.residuals(values), values - matrix @ solution, atol=1e-12)
    fitted = projector.predict(projector.effects(values), unit, time)
    np.testing.assert_allclose(fitted, matrix @ solution, rtol=1e-12)
    assert (
        np.linalg.matrix_rank(matrix)
        == len(projector.units) + projector.n_periods_seen - projector.n_components
    )


def test_disconnected_parts_each_have_their_own_level():
    unit = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    time = np.array([0, 1, 0, 1, 2, 3, 2, 3])
    projector = fit_projector(unit, time, None, 4, 4)
    assert projector.n_components == 2
    values = np.array([1.0, 2, 3, 4, 10, 30, 20, 41])
    np.testing.assert_allclose(
        projector.residuals(values), [0, 0, 0, 0, 0.25, -0.25, -0.25, 0.25], atol=1e-14
    )


def test_units_outside_the_sample_cannot_be_predicted():
    projector = fit_projector(np.array([0, 0, 2, 2]), np.array([0, 1, 0, 1]), None, 3, 2)
    predicted = projector.predict(projector.effects(np.arange(4.0)), np.array([0, 1]), np.array([0, 0]))
    assert predicted[0] == pytest.approx(0) and np.isnan(predicted[1])


def test_blocks_of_any_size_give_one_projector(monkeypatch):
    _, unit, time = ragged(2)
    whole = fit_projector(unit, time, None, 12, 7)
    monkeypatch.setattr(module, "BLOCK_CELLS", 14)
    np.testing.assert_allclose(fit_projector(unit, time, None, 12, 7).inverse, whole.inverse, atol=1e-12)
