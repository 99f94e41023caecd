"""Paths of cost that break an assumption: what they are by hand, and that the true effects stay."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.errors import StudyError
from dipeval.simulate import simulate_panel
from dipeval.simulate.calendar import simulated_months
from dipeval.simulate.drift import city_drift

TURN = {"at": "2019-03", "before": -0.01, "after": 0.02}


def test_a_path_by_hand():
    months = simulated_months("2019-01", 5)
    found = city_drift(months, TURN, {"level": 0.5, "growth": 0.001})
    np.testing.assert_allclose(found, [0.5, 0.491, 0.482, 0.503, 0.524], atol=1e-15)
    np.testing.assert_allclose(
        city_drift(months, {}, {"level": 0.5, "growth": 0.1}), 0.5 + 0.1 * np.arange(5)
    )
    assert city_drift(months, {"at": None, "before": 0.0, "after": 0.0}, None) is None


def test_costs_follow_the_path_and_effects_stay(small):
    """The same draws, so logs of untreated costs move by the path, up to the rounding of a fen."""
    simulation = small.study.simulation
    first = small.study.cities[0]
    plain, truth = simulate_panel(small.study, small.cities)
    paths = {first: {"level": 0.3, "growth": 0.002}}
    bent = replace(small.study, simulation=replace(simulation, paths=paths))
    moved, same = simulate_panel(bent, small.cities)
    here = (plain["city"] == first).to_numpy()
    logs = (moved["log_total_cost"] - plain["log_total_cost"]) / plain["discharges"] / 1e9
    elapsed = plain["period"].map({p: k for k, p in enumerate(sorted(plain["period"].unique()))})
    np.testing.assert_allclose(logs[here], (0.3 + 0.002 * elapsed)[here], atol=1e-4)
    assert (logs[~here] == 0).all() and (moved["discharges"] == plain["discharges"]).all()
    assert same.overall("mean_log_total_cost") == truth.overall("mean_log_total_cost")


def test_bad_paths_are_told_together(small):
    paths = {"synthetic_anlam": {"level": 0.0, "growth": 0.0}}
    simulation = replace(small.study.simulation, paths=paths, turn={**TURN, "at": "2031-01"})
    with pytest.raises(StudyError) as told:
        simulate_panel(replace(small.study, simulation=simulation), small.cities)
    text = str(told.value)
    assert "synthetic_anlan" in text and "2031-01 lies outside" in text
    with pytest.raises(StudyError, match="is missing"):
        simulation = replace(simulation, paths={}, turn={"at": None, "before": 0.1, "after": 0.0})
        simulate_panel(replace(small.study, simulation=simulation), small.cities)
