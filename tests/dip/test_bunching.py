"""Bunching: a planted shift is found, no shift is not, and the same seed gives the same interval."""

import numpy as np
import pandas as pd
import pytest

from dipeval.dip.bunching import Window, bunching, ratio_counts
from dipeval.errors import DataError

WINDOW = Window(threshold=0.5, width=0.02, range=(0.1, 1.5), excluded=(0.4, 0.6), degree=5)


def ratios(seed: int, moved: float, hospitals: int = 30, cases: int = 60_000):
    """Lognormal ratios; of the cases between 0.44 and 0.5 the share `moved` goes to between 0.5 and 0.56."""
    draw = np.random.default_rng(seed)
    ratio = np.exp(draw.normal(-0.15, 0.6, cases))
    shifted = (ratio >= 0.44) & (ratio < 0.5) & (draw.random(cases) < moved)
    ratio[shifted] += 0.06
    return draw.integers(hospitals, size=cases), ratio, int(shifted.sum())


def counted(hospital, ratio, window=WINDOW):
    edges = window.edges()
    place = np.floor((ratio - window.range[0]) / window.width + 1e-9).astype(int)
    table = np.zeros((hospital.max() + 1, len(edges)))
    inside = (place >= 0) & (place < len(edges))
    np.add.at(table, (hospital[inside], place[inside]), 1)
    return table


def test_a_planted_shift_is_found():
    hospital, ratio, shifted = ratios(1, moved=0.5)
    made = bunching(counted(hospital, ratio), WINDOW, seed=7)
    assert made.excess == pytest.approx(shifted, rel=0.15) and shifted > 1000
    assert made.interval[0] > 0 and made.interval[0] < made.normalised < made.interval[1]
    assert made.resampled == "hospitals"


def test_who_is_in_excess_above_is_missing_below():
    hospital, ratio, _ = ratios(2, moved=0.3)
    made = bunching(counted(hospital, ratio), WINDOW, seed=7)
    assert made.excess == pytest.approx(made.missing, abs=1e-6)
    inside = made.bins[made.bins["is_excluded"]]
    assert inside["cases"].sum() == pytest.approx(inside["counterfactual"].sum())


def test_without_a_shift_the_interval_holds_zero():
    held = 0
    for seed in range(40):
        hospital, ratio, _ = ratios(seed, moved=0, cases=20_000)
        made = bunching(counted(hospital, ratio), WINDOW, seed=seed, draws=199)
        held += made.interval[0] <= 0 <= made.interval[1]
    assert held >= 33  # of 40; the nominal level is 0.95


def test_a_polynomial_is_met_exactly():
    edges = WINDOW.edges()
    counts = 500 + 3.0 * edges - 0.05 * edges**2
    made = bunching(counts, WINDOW, seed=1, draws=50)
    assert made.excess == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(made.bins["counterfactual"], counts)
    assert made.resampled == "cases"


def test_the_seed_makes_the_interval():
    hospital, ratio, _ = ratios(3, moved=0.2)
    table = counted(hospital, ratio)
    first, second = (bunching(table, WINDOW, seed=5).interval for _ in range(2))
    assert first == second != bunching(table, WINDOW, seed=6).interval
    assert list(bunching(table, WINDOW, seed=5).tidy()["threshold"]) == [0.5]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(0.5, 0.02, (0.1, 1.5), (0.5, 0.6)), "excluded holds the threshold"),
        (Window(0.5, 0.03, (0.1, 1.5), (0.4, 0.6)), "whole numbers of bins"),
        (Window(0.5, 0.1, (0.1, 1.0), (0.4, 0.6)), "bins for a polynomial of degree 5"),
    ],
)
def test_windows_that_are_none(window, expected):
    with pytest.raises(DataError, match=expected):
        bunching(np.ones(len(window.edges())), window, seed=1)


def test_counts_by_hospital_and_bin(engine):
    frame = pd.DataFrame(
        {"hospital": ["H1", "H1", "H2", "H2", "H2"], "cost_ratio": [1000, 5000, 4999, 14_999, 15_000]}
    ).astype({"hospital": "str", "cost_ratio": "Int64"})
    names, counts = ratio_counts(engine, engine.small_table(frame), WINDOW, 4)
    assert names == ["H1", "H2"] and counts.shape == (2, 70)
    found = {
        (h, round(float(WINDOW.edges()[b]))): counts[h, b] for h, b in zip(*counts.nonzero(), strict=True)
    }
    assert found == {(0, -20): 1, (0, 0): 1, (1, -1): 1, (1, 49): 1}
