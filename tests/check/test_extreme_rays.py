"""Extreme rays of cones of weights, beside a search through all supports and by hand."""

from itertools import combinations

import numpy as np
import pytest

from dipeval.check.sensitivity.extreme_rays import TooManyRays, extreme_rays
from dipeval.check.sensitivity.moment_lines import orthogonal_to
from dipeval.check.sensitivity.restrictions import restrict


def _all_vertices(columns):
    """Vertices of {w ≥ 0 : w'X = 0, sum 1} from all sets of q + 1 weights."""
    m, q = columns.shape
    found = set()
    for used in combinations(range(m), q + 1):
        square = np.vstack([columns[list(used)].T, np.ones(q + 1)])
        if np.linalg.matrix_rank(square) == q + 1:
            part = np.linalg.solve(square, np.eye(q + 1)[-1])
            if (part >= -1e-10).all():
                weights = np.zeros(m)
                weights[list(used)] = part
                found.add(tuple(np.round(weights, 8) + 0.0))
    return found


def _as_set(rays):
    return set(map(tuple, np.round(rays, 8) + 0.0))


@pytest.mark.parametrize("seed", range(6))
def test_any_cone(seed):
    columns = np.random.default_rng(seed).normal(size=(8, 3))
    assert _as_set(extreme_rays(columns, 100)) == _all_vertices(columns)


@pytest.mark.parametrize("family", ["smoothness", "relative_magnitudes", "relative_smoothness"])
@pytest.mark.parametrize(("bias", "trend"), [(None, None), ("positive", None), (None, "decreasing")])
def test_the_cones_of_restrictions(family, bias, trend):
    piece = restrict(family, 0.7, 3, 3, bias=bias, trend=trend).pieces[0]
    for weights in (np.array([1.0, 0, 0]), np.full(3, 1 / 3), np.array([0.2, -0.5, 0.7])):
        columns = piece.A[piece.about_effects][:, 3:] @ orthogonal_to(weights)
        assert _as_set(extreme_rays(columns, 100)) == _all_vertices(columns)


@pytest.mark.parametrize("n_post", [4, 24])
def test_relative_magnitudes_have_two_rays_beside_one_of_each_effect(n_post):
    piece = restrict("relative_magnitudes", 1.0, 6, n_post).pieces[0]
    columns = piece.A[piece.about_effects][:, 6:] @ orthogonal_to(np.full(n_post, 1 / n_post))
    assert len(extreme_rays(columns, 100)) == n_post + 2


def test_a_limit_on_their_number_is_kept():
    piece = restrict("smoothness", 0.7, 4, 8, bias="positive").pieces[0]
    columns = piece.A[piece.about_effects][:, 4:] @ orthogonal_to(np.full(8, 1 / 8))
    assert len(extreme_rays(columns, most=5_000)) == 1221
    with pytest.raises(TooManyRays):
        extreme_rays(columns, most=500)


@pytest.mark.parametrize("weights", [[1.0, 0, 0], [0, 2.0, 0], [0.2, 0, -0.7], [1.0]])
def test_nuisance_effects_leave_the_average_as_it_is(weights):
    basis = orthogonal_to(np.array(weights))
    assert basis.shape == (len(weights), len(weights) - 1)
    assert np.allclose(np.array(weights) @ basis, 0)
    assert np.linalg.matrix_rank(basis) == len(weights) - 1 if len(weights) > 1 else basis.size == 0
