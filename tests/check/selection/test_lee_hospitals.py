"""Lee's bounds among hospitals: by hand, against brute force, and recovery of a known effect."""

import numpy as np
import pytest

from dipeval.check.selection.hospital_bounds import OVERALL, hospital_bounds
from dipeval.check.selection.imbens_manski import bounded_interval, critical_reach
from dipeval.check.selection.trimming import both_ends
from dipeval.errors import DesignError

NAN = np.nan


def test_by_hand_where_the_reform_keeps_hospitals(make_panel):
    """Treated: all 4 stay, changes 1, 2, 3, 10. Compared: 2 of 4 stay, changes 0 and 1."""
    treated = [[0, c] for c in (1.0, 2.0, 3.0, 10.0)]
    compared = [[0, 0.0], [0, 1.0], [0, NAN], [0, NAN]]
    _, design, values = make_panel(np.array([*treated, *compared]), [1] * 4 + [np.inf] * 4)
    found = hospital_bounds(design, values)[OVERALL]
    assert found.share == pytest.approx(0.5)
    assert found.more == 1
    assert found.plain["city"].value == pytest.approx(4 - 0.5)
    assert found.lower["city"].value == pytest.approx(1.5 - 0.5)  # without 3 and 10
    assert found.upper["city"].value == pytest.approx(6.5 - 0.5)  # without 1 and 2


def test_by_hand_where_the_reform_drives_hospitals_out(make_panel):
    treated = [[0, 5.0], [0, 7.0], [0, NAN]]
    compared = [[0, 1.0], [0, 2.0], [0, 6.0]]
    _, design, values = make_panel(np.array([*treated, *compared]), [1] * 3 + [np.inf] * 3)
    found = hospital_bounds(design, values)[OVERALL]
    assert found.share == pytest.approx(1 / 3)
    assert found.more == 0
    assert found.lower["city"].value == pytest.approx(6 - 4)  # the lowest compared change is left out
    assert found.upper["city"].value == pytest.approx(6 - 1.5)


def test_without_selection_bounds_are_the_effect(make_panel):
    rng = np.random.default_rng(1)
    _, design, values = make_panel(rng.normal(size=(8, 4)), [2] * 4 + [np.inf] * 4)
    found = hospital_bounds(design, values)
    for one in found.values():
        assert one.lower["city"].value == pytest.approx(one.plain["city"].value)
        assert one.upper["city"].value == pytest.approx(one.plain["city"].value)


def test_a_fraction_of_a_boundary_value_is_kept():
    values, ones = np.array([1.0, 2.0, 4.0]), np.ones(3)
    low, high = both_ends(values, ones, np.arange(3), 3, 0.5, np.zeros(3))
    assert low.value == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert high.value == pytest.approx((4 + 0.5 * 2) / 1.5)


def _unbalanced(rng, n=40, periods=7):
    outcome = rng.normal(size=(n, periods)) + 0.2 * np.arange(periods)
    outcome[rng.random((n, periods)) < 0.2] = NAN
    outcome[:, 0] = rng.normal(size=n)
    first = np.where(np.arange(n) < 12, 3.0, np.where(np.arange(n) < 24, 5.0, np.inf))
    return outcome, list(first), [f"c{i % 9 + 9 * int(i < 12) + 18 * int(12 <= i < 24)}" for i in range(n)]


def test_influence_equals_the_derivative_by_clusters(make_panel):
    outcome, first, city = _unbalanced(np.random.default_rng(4))
    _, design, values = make_panel(outcome, first, city)
    ones, step = np.random.default_rng(8).uniform(0.5, 2, design.n_units), 1e-5
    found = hospital_bounds(design, values, base=2, weights=ones)[OVERALL]
    assert 0 < found.more < 1  # both directions of selection occur
    for g in range(0, design.n_clusters("city"), 3):
        moved = [
            hospital_bounds(
                design,
                values,
                base=2,
                weights=ones * (1 + sign * step * (design.unit_clusters["city"] == g)),
            )[OVERALL]
            for sign in (1, -1)
        ]
        for part in ("plain", "lower", "upper"):  # of the gap, weights of cells are held fixed
            up, down = (getattr(one, part)["city"].value for one in moved)
            assert getattr(found, part)["city"].influence[g] == pytest.approx(
                (up - down) / (2 * step), abs=1e-9
            )


def test_influence_sums_to_nothing_and_nests(make_panel):
    outcome, first, city = _unbalanced(np.random.default_rng(5))
    _, design, values = make_panel(outcome, first, city)
    found = hospital_bounds(design, values)[OVERALL]
    for part in (found.plain, found.lower, found.upper):
        assert part["city"].influence.sum() == pytest.approx(0, abs=1e-10)
        nested = np.bincount(design.unit_clusters["city"], part["hospital"].influence)
        assert part["city"].influence == pytest.approx(nested, abs=1e-12)
    assert found.lower["city"].value <= found.plain["city"].value <= found.upper["city"].value


def test_bounds_hold_the_effect_that_selection_hides(make_panel):
    """The reform lets hospitals with low changes leave: the plain comparison is biased, the bounds are not."""
    rng = np.random.default_rng(7)
    n, effect = 3000, 1.0
    types = rng.normal(size=n)
    treated = np.arange(n) < n // 2
    outcome = np.column_stack([rng.normal(size=n), types + effect * treated])
    outcome[:, 1] += outcome[:, 0]
    gone = np.where(treated, types < -0.7, types < -1.5)
    outcome[gone, 1] = NAN
    city = [f"c{i % 40}{i < n // 2}" for i in range(n)]
    _, design, values = make_panel(outcome, list(np.where(treated, 1.0, np.inf)), city)
    found = hospital_bounds(design, values)[OVERALL]
    assert found.plain["city"].value > effect + 0.15
    assert found.lower["city"].value == pytest.approx(effect, abs=0.08)  # sharp: the leavers are the lowest


def test_interval_of_imbens_and_manski():
    assert critical_reach(0.0, 0.95) == pytest.approx(1.959963984540054, abs=1e-9)
    assert critical_reach(30.0, 0.95) == pytest.approx(1.6448536269514722, abs=1e-9)
    assert critical_reach(0.0, 0.95, 5) == pytest.approx(2.5705818366147395, abs=1e-9)
    low, high = bounded_interval(1.0, 2.0, 0.1, 0.2, 0.95)
    reach = critical_reach(5.0, 0.95)
    assert (low, high) == pytest.approx((1 - 0.1 * reach, 2 + 0.2 * reach))
    assert np.isnan(bounded_interval(1.0, 2.0, np.nan, 0.2, 0.95)).all()
    assert bounded_interval(1.0, 2.0, 0.0, 0.0, 0.95) == (1.0, 2.0)


def test_nobody_on_one_side_is_refused(make_panel):
    _, design, values = make_panel(np.array([[0, 1.0, 2.0], [0, 2.0, 1.0], [5.0, 6.0, 3.0]]), [2, 2, np.inf])
    assert hospital_bounds(design, values)[OVERALL].n_cells == 1
    with pytest.raises(DesignError, match="on both sides"):
        hospital_bounds(design, np.where(values >= 3, NAN, values), base=2)


def test_single_gaps_are_no_selection_in_blocks(make_panel):
    rng = np.random.default_rng(3)
    outcome = rng.normal(size=(12, 8))
    outcome[0, 5] = outcome[7, 6] = outcome[3, 2] = NAN
    _, design, values = make_panel(outcome, [4] * 6 + [np.inf] * 6)
    alone, together = (hospital_bounds(design, values, base=3, block=b)[OVERALL] for b in (1, 4))
    assert alone.share > 0
    assert (together.share, together.gap["city"].value) == (0, 0)
    after, before = np.nanmean(outcome[:, 4:], axis=1), np.nanmean(outcome[:, 1:4], axis=1)
    change = after - before
    assert together.lower["city"].value == pytest.approx(change[:6].mean() - change[6:].mean())
