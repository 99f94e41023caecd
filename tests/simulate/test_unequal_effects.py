"""A reform of unlike strength by city: case by case its effects are as told, and the kinds of effects find them."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.errors import StudyError
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.pipeline.designing import design_study
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.simulate.plan import make_plan
from dipeval.simulate.true_effects import true_effects
from dipeval.store.project import open_project

BY_LEVEL = {"tertiary": -0.12, "secondary": -0.08, "primary": -0.04}


@pytest.fixture(scope="module")
def declared(root):
    return declare(open_project(root), "unequal_effects")


def test_effects_are_those_of_the_level_times_the_strength_of_the_city(declared):
    plan = make_plan(declared.study, declared.cities)
    level, late, nobody = np.arange(3), np.full(3, len(plan.months) - 1), np.zeros(3, int)
    for city in plan.cities:
        strength = declared.study.simulation.strengths.get(city.name, 1.0)
        found = true_effects(plan, city, "total_cost", level, late, nobody)
        expected = np.array(list(BY_LEVEL.values())) * (strength if city.cohort is not None else 0.0)
        assert np.allclose(found, expected)
    assert plan.strongest("total_cost") == pytest.approx(-0.12 * 1.5)


def test_strengths_of_cities_that_are_not_there_are_refused(declared):
    simulation = replace(declared.study.simulation, strengths={"synthetic_linx": 0.5})
    with pytest.raises(StudyError, match="simulate.strengths.synthetic_linx"):
        make_plan(replace(declared.study, simulation=simulation), declared.cities)


def test_doses_of_the_study_are_the_strengths_that_were_simulated(declared):
    (choice,) = [c for c in declared.study.descriptions if c.kind == "dose_response"]
    strengths = declared.study.simulation.strengths
    for city, dose in choice.options["by_city"].items():
        assert strengths[city] == pytest.approx(dose / 0.6, abs=1e-6)


@pytest.mark.slow
def test_the_kinds_of_effects_find_what_was_simulated(declared):

    frame, _ = simulate_panel(declared.study, declared.cities)
    designed = design_study(declared, HospitalPanel(frame, "quarter", "CNY", "discharges", Ledger()))
    study = declared.study
    given = Given(
        designed.frame, study.frequency, study.start, study.end, synthetic=True, design=designed.design
    )
    made = {}
    for choice in study.descriptions:
        if choice.kind in ("heterogeneity", "city_effects", "dose_response"):
            made |= {e.name: e.frame for e in KINDS[choice.kind].make(given, choice)}
    levels = made["by_level_mean_log_total_cost"].set_index("label_en")["value"]
    assert levels["Tertiary"] < levels["Secondary"] < levels["Primary"] < 0
    slope = made["by_share_mean_log_total_cost_slope"]
    assert ((slope["low"] < -0.16) & (slope["high"] > -0.11)).all()
    cities = made["by_city_mean_log_total_cost"]
    alone = cities[~cities["beside"] & ~cities["pooled"]]["value"].to_numpy()[:7]
    strengths = np.array([study.simulation.strengths[name] for name in sorted(study.cities[:7])])
    assert np.corrcoef(alone, -strengths)[0, 1] > 0.9
