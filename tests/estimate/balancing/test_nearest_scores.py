"""Neighbours on a line against brute force."""

import numpy as np
import pytest

from dipeval.estimate.balancing.nearest import EQUAL, nearest, nearest_once


def brute(score, pool, k, reach):
    found = []
    for value in score:
        far = np.abs(pool - value)
        limit = min(np.sort(far)[min(k, len(pool)) - 1], reach)
        found.append(set(np.flatnonzero(far <= limit + EQUAL).tolist()))
    return found


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("reach", [0.05, np.inf])
def test_nearest_with_ties_and_caliper_is_brute_force(k, reach):
    rng = np.random.default_rng(k)
    score, pool = np.round(rng.normal(size=60), 1), np.round(rng.normal(size=80), 1)
    score[0] = 9.0
    made, wanted = nearest(score, pool, k, reach), brute(score, pool, k, reach)
    found = [set(made.order[a:b].tolist()) for a, b in zip(made.first, made.last, strict=True)]
    assert found == wanted
    values = rng.normal(size=(80, 2))
    means, (used, squared) = made.means(values), made.uses()
    for i, near in enumerate(wanted):
        if near:
            assert means[i] == pytest.approx(values[sorted(near)].mean(0), abs=1e-12)
        else:
            assert np.isnan(means[i]).all()
    parts = [[1 / len(near) for near in wanted if j in near] for j in range(80)]
    assert used == pytest.approx([sum(p) for p in parts], abs=1e-12)
    assert squared == pytest.approx([sum(x * x for x in p) for p in parts], abs=1e-12)
    assert ((used == 0) == [not p for p in parts]).all()


def test_fewer_than_k_in_the_pool_all_serve():
    made = nearest(np.array([0.0]), np.array([3.0, 1.0]), 5)
    assert made.count.tolist() == [2]
    assert nearest(np.array([0.0]), np.array([]), 1).count.tolist() == [0]


def greedy(score, pool, k, reach):
    free, mates = set(range(len(pool))), np.full((len(score), k), -1)
    for turn in range(k):
        for i in np.argsort(-score, kind="stable"):
            near = min(free, key=lambda j: abs(pool[j] - score[i]), default=None)
            if near is not None and abs(pool[near] - score[i]) <= reach:
                mates[i, turn] = near
                free.remove(near)
    return mates


@pytest.mark.parametrize(("k", "reach"), [(1, np.inf), (1, 0.1), (2, 0.3)])
def test_without_replacement_is_the_greedy_search(k, reach):
    rng = np.random.default_rng(5)
    score, pool = rng.normal(0.5, 1, 40), rng.normal(0, 1, 90)
    made = nearest_once(score, pool, k, reach)
    assert (made.mates == greedy(score, pool, k, reach)).all()
    taken = made.mates[made.mates >= 0]
    assert len(taken) == len(set(taken.tolist()))
    values = rng.normal(size=90)
    both = made.count > 0
    wanted = [values[row[row >= 0]].mean() for row in made.mates[both]]
    assert made.means(values)[both] == pytest.approx(wanted, abs=1e-14)
    assert made.uses()[0].sum() == pytest.approx(both.sum())


def test_more_to_match_than_a_pool_holds():
    made = nearest_once(np.arange(5.0), np.array([4.0, 0.2]))
    assert sorted(made.mates.ravel().tolist()) == [-1, -1, -1, 0, 1]
