"""Every corner of the path is an optimum, with and without ties."""

import numpy as np
import pytest

from dipeval.check.sensitivity.shrinkage_path import shrinkage_path


def _missed(Q: np.ndarray, q: np.ndarray) -> float:
    """By how much the conditions of an optimum are missed, at all corners and between them."""
    path = shrinkage_path(Q, q)
    between = (path.penalties[1:] + path.penalties[:-1]) / 2
    worst = 0.0
    for penalty in np.concatenate([path.penalties, between]):
        point = path.at(penalty)
        gradient, active = Q @ point + q, np.abs(point) > 1e-13
        worst = max(
            worst, float(np.abs(gradient[active] + penalty * np.sign(point[active])).max(initial=0.0))
        )
        worst = max(worst, float((np.abs(gradient) - penalty).max(initial=0.0)))
    assert path.penalties[-1] == 0 and (np.diff(path.penalties) <= 0).all()
    return worst


def test_drawn_problems():
    draws = np.random.default_rng(1)
    for n in [1, 2, 3, 5, 8, 11] * 15:
        factor = draws.normal(size=(n + 2, n))
        assert _missed(factor.T @ factor, draws.normal(size=n)) < 1e-11


def test_ties():
    draws = np.random.default_rng(2)
    for n in [2, 3, 4, 6] * 20:
        factor = draws.integers(-1, 2, size=(n + 2, n))
        assert _missed(factor.T @ factor + np.eye(n), draws.integers(-2, 3, size=n).astype(float)) < 1e-11
    for n in (2, 4):
        assert _missed(np.eye(n), np.ones(n)) < 1e-14
        assert _missed(np.eye(n) + 1, np.ones(n)) < 1e-14


@pytest.mark.parametrize("q", [np.zeros(3), np.zeros(0)])
def test_nothing_to_shrink(q):
    path = shrinkage_path(np.eye(len(q)), q)
    assert path.penalties.tolist() == [0.0] and not path.at(0.0).any()


def test_one_element_by_hand():
    # min c² - 3c + λ|c|: c = (3 - λ) / 2.
    path = shrinkage_path(np.array([[2.0]]), np.array([-3.0]))
    assert path.penalties.tolist() == [3.0, 0.0]
    assert [path.at(penalty)[0] for penalty in (4.0, 3.0, 1.0, 0.0)] == [0.0, 0.0, 1.0, 1.5]
