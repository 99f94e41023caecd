"""Joint tests of a curve: statistics by hand, exact calendars, all ways to a calendar agree, size and power."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from dipeval.describe.specification_curve import Choices, joint_tests, recalendared, specification_curve
from dipeval.describe.specification_curve.exhibits import curve_exhibits
from dipeval.describe.specification_curve.joint import TESTS, _statistics
from dipeval.disclose import gate
from dipeval.errors import DesignError
from dipeval.present import draw, tabulate

LOG, MEAN = "log_cost_per_case", "cost_per_case"
FEW = Choices(
    outcomes=(LOG,), estimators=("twfe", "imputation"), clusters=("city", "hospital"), excluded=((), ("d",))
)


def test_statistics_by_hand():
    """Three effects of size 1, 2, -6 with errors of 1 and 10 degrees: t of 2.23 is where p is 0.05."""
    effects, errors = np.array([[1.0, 2.5, -6.0]]), np.ones((1, 3))
    found = _statistics(effects, errors, np.full(3, 10.0), 0.05)[0]
    z = [stats.norm.isf(stats.t.sf(t, 10)) for t in (1, 2.5, 6)]
    np.testing.assert_allclose(found, [1.0, 2 / 3, 1 / 3, abs(z[0] + z[1] - z[2]) / np.sqrt(3)], rtol=1e-10)
    lost = _statistics(
        np.array([[1.0, np.nan, np.nan], [np.nan] * 3]), np.ones((2, 3)), np.full(3, 10.0), 0.05
    )
    np.testing.assert_allclose(lost[0], [1, 1, 0, z[0]], rtol=1e-10)
    assert np.isnan(lost[1]).all()


def test_all_calendars_when_they_are_few(make_world):
    """Four cities, two dates and two never: 4!/2! = 12 calendars, and the actual one is the most extreme."""
    frame = make_world(3, -0.3, n_cities=4)
    curve = specification_curve(frame, Choices(outcomes=(LOG,), estimators=("twfe", "imputation")))
    found = joint_tests(curve, frame, n_draws=12)
    assert (found.n_calendars, found.exact, found.seed) == (12, True, None)
    np.testing.assert_allclose(found.least_p, 1 / 12)
    tests = {test.name: test for test in found.tests}
    np.testing.assert_allclose(tests["median"].observed, np.median(curve.frame()["effect"]), rtol=1e-9)
    np.testing.assert_allclose(tests["median"].p_value, 1 / 12)
    assert tests["sign"].observed == 1.0 and tests["sign"].p_value >= 1 / 12


def test_each_way_to_a_calendar_gives_the_same(make_world, monkeypatch):
    """Sums by cluster and period, new dates in the same design, a new design: three ways to one curve."""
    frame = make_world(4, -0.05)
    curve = specification_curve(frame, FEW)
    quick = joint_tests(curve, frame, n_draws=6, seed=5)
    monkeypatch.setattr(recalendared, "_steady", lambda *_: False)
    anew = joint_tests(curve, frame, n_draws=6, seed=5)
    np.testing.assert_allclose(quick.draws, anew.draws, rtol=1e-7)
    origins = [replace(s.estimate, origin=replace(s.estimate.origin, redated=None)) for s in curve.every]
    slow = replace(
        curve, every=tuple(replace(s, estimate=e) for s, e in zip(curve.every, origins, strict=True))
    )
    monkeypatch.undo()
    np.testing.assert_allclose(joint_tests(slow, frame, n_draws=6, seed=5).draws, quick.draws, rtol=1e-7)


def test_a_design_that_drops_hospitals_is_built_anew(make_world):
    """Where the window begins at a date that may be dealt, each calendar leaves out other hospitals."""
    frame = make_world(5)
    frame.loc[frame["cohort"] == "2018-06", "cohort"] = "2018-02"
    frame = frame[(frame["period"] >= "2018-02") | (frame["hospital"].astype(int) % 3 > 0)].reset_index(
        drop=True
    )
    curve = specification_curve(frame, Choices(outcomes=(LOG,), clusters=("hospital",)))
    assert len(curve.every[0].estimate.warnings) and not recalendared._steady(
        curve.every[0], "city", [{"a": "2018-02"}]
    )
    found = joint_tests(curve, frame, n_draws=8, seed=1)
    np.testing.assert_allclose(found.tests[0].observed, curve.every[0].effect, rtol=1e-9)


def test_the_same_again_and_a_known_effect_is_found(make_world):
    frame = make_world(6, -0.15)
    curve = specification_curve(frame, Choices(outcomes=(LOG, MEAN), trims=(0.0, 0.02)))
    found = joint_tests(curve, frame, n_draws=99, seed=11)
    again = joint_tests(curve, frame.sample(frac=1, random_state=1), n_draws=99, seed=11)
    np.testing.assert_array_equal(found.draws, again.draws)
    assert found.frame().equals(again.frame()) and found.least_p == 0.01
    p = dict(zip(found.frame()["name"], found.frame()["p_value"], strict=True))
    assert p["median"] <= 0.03 and p["stouffer"] <= 0.05 and list(p) == list(TESTS)


def test_bad_calendars_are_refused(make_world):
    frame = make_world(1)
    curve = specification_curve(frame, Choices(outcomes=(LOG,)))
    with pytest.raises(DesignError, match="seed"):
        joint_tests(curve, frame, n_draws=99)
    with pytest.raises(DesignError, match="several adoption dates"):
        joint_tests(curve, frame.assign(region="one"), cluster="region", n_draws=99, seed=1)
    with pytest.raises(DesignError, match="is not in the panel"):
        joint_tests(curve, frame, cluster="regio", n_draws=99, seed=1)


def test_exhibits_pass_the_gate_and_are_drawn(make_world):
    frame = make_world(1, -0.1)
    choices = Choices(outcomes=(LOG, MEAN), estimators=("twfe",), windows=(("", ""), ("2018-07", "")))
    curve = specification_curve(frame, choices)
    tests = joint_tests(curve, frame, n_draws=20, seed=1)
    figure, table, joint = curve_exhibits(curve, tests, name="curve", currency="CNY", synthetic=True)
    assert (figure.kind, table.name, joint.name) == ("specification_curve", "curve_table", "curve_tests")
    for language in ("en", "zh"):
        assert draw(gate(figure)[0], language)["png"][:4] == b"\x89PNG"
    shown = tabulate(gate(table)[0], "en")["md"].decode()
    assert "no data before its reform" in shown and "2 of 4 specifications cannot be estimated" in shown
    shown = tabulate(gate(joint)[0], "en")["md"].decode()
    assert "smallest possible p is 0.0476" in shown and "seed 1" in shown and "Median effect" in shown


@pytest.mark.slow
def test_a_null_world_is_rejected_at_the_nominal_rate(make_world):
    """400 worlds without an effect, all 12 calendars of four cities: p <= 1/12 in at most one of twelve, and about so."""
    hits = np.zeros(2)
    for seed in range(400):
        frame = make_world(1000 + seed, 0.0, n_cities=4)
        curve = specification_curve(frame, Choices(outcomes=(LOG,), weights=("none", "discharges")))
        tests = {t.name: t.p_value for t in joint_tests(curve, frame, n_draws=12).tests}
        hits += [tests["median"] <= 1 / 12 + 1e-9, tests["stouffer"] <= 1 / 12 + 1e-9]
    # binomial with 400 draws at 1/12: mean 33.3, standard deviation 5.5
    assert (hits > 33.3 - 3 * 5.5).all() and (hits < 33.3 + 3 * 5.5).all(), hits
