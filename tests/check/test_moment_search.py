"""Where vertices are too many to list, those that are searched decide alike."""

import numpy as np
import pytest

from dipeval.check.sensitivity import moment_lines as listing
from dipeval.check.sensitivity.acceptance import accepted_set
from dipeval.check.sensitivity.conditional import Rule
from dipeval.check.sensitivity.extreme_rays import extreme_rays
from dipeval.check.sensitivity.least_favourable import least_favourable_value
from dipeval.check.sensitivity.moment_search import moment_search
from dipeval.check.sensitivity.restrictions import restrict
from dipeval.check.sensitivity.robust_interval import robust_interval
from dipeval.check.sensitivity.weight_search import weight_polytope

N_PRE, N_POST = 3, 6
MEAN = np.full(N_POST, 1 / N_POST)


def _drawn(seed):
    draws = np.random.default_rng(seed)
    root = draws.normal(size=(N_PRE + N_POST, N_PRE + N_POST + 3))
    return draws.normal(size=N_PRE + N_POST), root @ root.T / 9


def _piece(family, bias, trend, which):
    return restrict(family, 0.7, N_PRE, N_POST, bias=bias, trend=trend).pieces[which]


@pytest.mark.parametrize(
    ("family", "bias", "trend"),
    [
        ("relative_magnitudes", "positive", None),
        ("smoothness", None, "increasing"),
        ("smoothness", None, None),
    ],
)
def test_programmes_side_by_side_find_the_largest_of_all_vertices(family, bias, trend):
    beta, cov = _drawn(1)
    piece = _piece(family, bias, trend, 0)
    moments = listing.studentised(piece.A, piece.d, cov, N_PRE)
    columns = moments.A[:, N_PRE:] @ listing.orthogonal_to(MEAN)
    objectives = np.random.default_rng(2).normal(size=(60, len(columns)))
    found = weight_polytope(columns).best(objectives)
    every = extreme_rays(columns, 10_000)
    assert (found * objectives).sum(axis=1) == pytest.approx((objectives @ every.T).max(axis=1), abs=1e-10)
    assert np.abs(found @ columns).max() < 1e-12 and found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("family", "bias", "trend", "which"),
    [
        ("relative_magnitudes", "positive", None, 1),
        ("relative_magnitudes", None, "increasing", 3),
        ("smoothness", "negative", None, 0),
        ("relative_smoothness", None, "decreasing", 0),
    ],
)
def test_the_set_is_that_of_all_lines_with_its_gaps(family, bias, trend, which):
    beta, cov = _drawn(4)
    piece = _piece(family, bias, trend, which)
    given = piece.A, piece.d, beta, cov, N_PRE, MEAN
    every, search = listing.moment_lines(*given), moment_search(*given)
    for rule in (Rule(0.0452, largest=1.6), Rule(0.05)):
        found = search.lines(rule)
        assert len(found.level) < len(every.level)
        assert accepted_set(found, rule) == pytest.approx(accepted_set(every, rule), abs=1e-7)
    assert search.critical(0.005) == pytest.approx(least_favourable_value(every, 0.005), abs=0.03)
    assert search.critical(0.005) == search.critical(0.005)


def test_intervals_are_alike_listed_or_searched(monkeypatch):
    beta, cov = _drawn(5)
    restriction = restrict("smoothness", 0.5, N_PRE, N_POST, bias="negative")
    listed = robust_interval(restriction, beta, cov, MEAN)
    monkeypatch.setattr(listing, "MOST", 20)
    searched = robust_interval(restriction, beta, cov, MEAN)
    length = listed.high - listed.low
    assert searched.critical != listed.critical
    assert [searched.low, searched.high] == pytest.approx([listed.low, listed.high], abs=0.005 * length)
