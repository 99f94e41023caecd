"""Designs that are broken on purpose: what moves, by how much, and that true effects stay."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.errors import StudyError
from dipeval.simulate import simulate_panel
from dipeval.simulate.diagnoses import diagnoses
from dipeval.simulate.violations import NONE, closed, reformed_drift, with_lighter_cases


def broken(small, **told):
    simulation = replace(small.study.simulation, violations={**NONE, **told})
    return simulate_panel(replace(small.study, simulation=simulation), small.cities)


def reformed(small, panel):
    dates = {name: small.cities[name].dates for name in small.study.cities}
    start = panel["city"].map({name: one.payment or "9999-12" for name, one in dates.items()})
    return start, panel["period"] >= start


def test_a_drift_by_hand():
    told = {**NONE, "drift": 0.01, "anticipated": -0.1, "anticipated_months": 2}
    np.testing.assert_allclose(reformed_drift(5, 3, told), [0, -0.09, -0.08, 0.03, 0.04], atol=1e-15)
    assert reformed_drift(5, None, told) is None and reformed_drift(5, 3, NONE) is None


def test_costs_of_reformed_cities_drift_and_effects_stay(small):
    plain, truth = simulate_panel(small.study, small.cities)
    moved, same = broken(small, drift=0.002, anticipated=-0.05, anticipated_months=3)
    logs = (moved["log_total_cost"] - plain["log_total_cost"]) / plain["discharges"] / 1e9
    start, _ = reformed(small, plain)
    month = plain["period"].map({p: k for k, p in enumerate(sorted(plain["period"].unique()))})
    begins = start.map({p: k for p, k in zip(plain["period"], month, strict=True)})
    early = (month >= begins - 3) & (month < begins)
    said = np.where(start < "9999", 0.002 * month - 0.05 * early, 0.0)
    np.testing.assert_allclose(logs, said, atol=1e-4)
    assert same.overall("mean_log_total_cost") == truth.overall("mean_log_total_cost")


def test_lower_hospitals_of_reformed_cities_close(small):
    plain, _ = simulate_panel(small.study, small.cities)
    moved, _ = broken(small, closing=0.5)
    start, since = reformed(small, plain)
    lower = plain[(start < "9999") & (plain["level"] != "tertiary")]["hospital"].unique()
    there = set(moved.loc[reformed(small, moved)[1], "hospital"])
    stayed = [name in there for name in lower]
    assert 0.35 < np.mean(stayed) < 0.65
    others = set(plain.loc[since, "hospital"]) - set(lower)
    assert others <= there and set(plain["hospital"]) == set(moved["hospital"])
    level = np.array([0, 1, 1, 2, 2, 2])
    assert not closed(1, "a", level, None, 0.9).any() and not closed(1, "a", level, 3, 0.9)[0]


def test_cases_become_lighter_from_the_reform_on():
    known, month = diagnoses(), np.repeat([0, 1], 20_000)
    drawn = np.searchsorted(known.cumulative, np.random.default_rng(1).random(40_000), side="right")
    found = with_lighter_cases(1, "a", 1, 0.5, drawn, month, known)
    assert (found[:20_000] == drawn[:20_000]).all()
    light = known.log_cost[found[20_000:]].mean() - known.log_cost[drawn[20_000:]].mean()
    assert light < -0.1
    assert with_lighter_cases(1, "a", None, 0.5, drawn, month, known) is drawn


def test_nothing_broken_is_the_same_world(small):
    plain, _ = simulate_panel(small.study, small.cities)
    same, _ = broken(small)
    assert plain.equals(same)


def test_anticipation_needs_a_size_and_a_length(small):
    with pytest.raises(StudyError, match="a size or a length alone"):
        broken(small, anticipated=-0.05)
