"""Restrictions on the difference in trends say what their words say, by hand and on drawn paths."""

import numpy as np
import pytest

from dipeval.check.sensitivity.restrictions import restrict
from dipeval.errors import DesignError

N_PRE, N_POST = 3, 4


def _obeys(path: np.ndarray, family: str, bound: float, bias: str | None, trend: str | None) -> bool:
    """The definitions, read off the whole path with its reference."""
    whole = np.insert(path, N_PRE, 0.0)
    first, second = np.diff(whole), np.diff(whole, n=2)
    said = {
        "smoothness": np.abs(second).max() <= bound,
        "relative_magnitudes": np.abs(first[N_PRE:]).max() <= bound * np.abs(first[:N_PRE]).max(),
        "relative_smoothness": np.abs(second[N_PRE - 1 :]).max() <= bound * np.abs(second[: N_PRE - 1]).max(),
    }[family]
    signs = {None: True, "positive": (path[N_PRE:] >= 0).all(), "negative": (path[N_PRE:] <= 0).all()}[bias]
    moves = {None: True, "increasing": (first >= 0).all(), "decreasing": (first <= 0).all()}[trend]
    return bool(said and signs and moves)


@pytest.mark.parametrize("family", ["smoothness", "relative_magnitudes", "relative_smoothness"])
@pytest.mark.parametrize(
    ("bias", "trend"),
    [(None, None), ("positive", None), ("negative", None), (None, "increasing"), (None, "decreasing")],
)
def test_a_path_is_in_the_polyhedra_if_it_obeys_the_words(family, bias, trend):
    draws = np.random.default_rng(7)
    seen = set()
    restriction = restrict(family, 1.3, N_PRE, N_POST, bias=bias, trend=trend)
    for _ in range(400):
        path = draws.normal(size=N_PRE + N_POST)
        if trend is not None:
            steps = np.abs(draws.normal(size=N_PRE + N_POST)).cumsum()
            path = np.concatenate([steps[:N_PRE] - steps[N_PRE - 1] - 0.5, steps[N_PRE:] - steps[N_PRE - 1]])
            path = path if trend == "increasing" else -path
        if bias is not None:
            path[N_PRE:] = (
                np.abs(path[N_PRE:]) * (1 if bias == "positive" else -1) * draws.choice([1, 1, 1, -1])
            )
        if draws.random() < 0.7:
            path[N_PRE:] *= 0.3
        if family == "smoothness":
            path *= draws.choice([0.2, 1])
        expected = _obeys(path, family, 1.3, bias, trend)
        assert restriction.holds(path) == expected
        seen.add(expected)
    assert seen == {True, False}


def test_smoothness_with_one_lead_by_hand():
    piece = restrict("smoothness", 0.5, 1, 2).pieces[0]
    assert piece.A.tolist() == [[1, 1, 0], [0, -2, 1], [-1, -1, 0], [0, 2, -1]]
    assert piece.d.tolist() == [0.5] * 4
    assert piece.about_effects.all()


def test_relative_magnitudes_with_one_lead_by_hand():
    rises, falls = restrict("relative_magnitudes", 2.0, 1, 1).pieces
    # A step of -δ₋₁ before the reform: |δ₁| ≤ -2 δ₋₁ where it rises; the step itself is not negative.
    assert rises.A.tolist() == [[2, 1], [2, 0], [2, -1]] and (rises.largest, rises.sign) == (0, 1)
    assert falls.A.tolist() == [[-2, 0], [-2, 1], [-2, -1]] and (falls.largest, falls.sign) == (0, -1)
    assert not rises.d.any()


def test_codes_and_pieces_are_those_of_the_paper():
    assert restrict("smoothness", 1, 3, 2, bias="positive").code == "SDB"
    assert restrict("relative_magnitudes", 1, 3, 2, trend="increasing").code == "RMM"
    assert restrict("relative_smoothness", 1, 3, 2, bias="negative").code == "SDRMB"
    assert [len(restrict(f, 1, 4, 2).pieces) for f in ("relative_magnitudes", "relative_smoothness")] == [
        8,
        6,
    ]
    assert [p.largest for p in restrict("relative_magnitudes", 1, 2, 1).pieces] == [-1, -1, 0, 0]


def test_a_larger_bound_holds_all_that_a_smaller_one_holds():
    draws = np.random.default_rng(3)
    for family in ("smoothness", "relative_magnitudes", "relative_smoothness"):
        small, large = restrict(family, 0.8, N_PRE, N_POST), restrict(family, 0.9, N_PRE, N_POST)
        paths = draws.normal(size=(500, N_PRE + N_POST)) * np.array([1] * N_PRE + [0.2] * N_POST)
        assert all(large.holds(path) for path in paths if small.holds(path))


def test_everything_wrong_is_said_at_once():
    with pytest.raises(DesignError) as refused:
        restrict("smothness", -1.0, 0, 2, bias="up")
    said = str(refused.value)
    assert all(words in said for words in ("4 problems", "'smoothness'", "'up'", "-1.0", "0 periods before"))
    with pytest.raises(DesignError, match="needs 2 before"):
        restrict("relative_smoothness", 1.0, 1, 2)
