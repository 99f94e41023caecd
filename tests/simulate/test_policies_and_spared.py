"""Invented policies and spared patients: case by case, cost moves by exactly what the study says, where it says so."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.errors import StudyError
from dipeval.simulate.calendar import national
from dipeval.simulate.draw import draw_city
from dipeval.simulate.patients import INSURANCE
from dipeval.simulate.plan import make_plan
from dipeval.study.policies import Policy

CITY = "synthetic_anlan"
SHIFT, MORE, SHARE = 0.05, -0.1, 0.5
EFFECT = {"start": -0.2, "plateau": -0.2, "months": 0}
POLICY = Policy("prices", "Prices", "价格", CITY, "2019-06", "2020-06", SHARE, "invented")


@pytest.fixture(scope="module")
def study(example):
    """One city, with one effect at all levels."""
    effects = {"total_cost": dict.fromkeys(("tertiary", "secondary", "primary"), EFFECT)}
    simulation = replace(example.study.simulation, discharges=6_000, hospitals=5, effects=effects)
    return replace(example.study, cities=(CITY,), simulation=simulation)


def drawn(study, example, **changes):
    told = {"spared": ("employee",), "policies": {"prices": {"effect": SHIFT, "with_reform": MORE}}}
    simulation = replace(study.simulation, **{**told, **changes})
    plan = make_plan(replace(study, simulation=simulation, policies=(POLICY,)), example.cities)
    draw = draw_city(plan, plan.cities[0], national(plan.seed, plan.months))
    return plan, draw


def test_each_case_moves_by_its_effects(study, example):
    plan, draw = drawn(study, example)
    _, plain = drawn(study, example, spared=(), policies={})
    month, cohort = draw.patients.month, plan.cities[0].cohort
    labels = plan.months.astype(str)[month]
    in_force = (labels >= "2019-06") & (labels <= "2020-06")
    spared = draw.patients.insurance == INSURANCE.index("employee")
    paid = (month >= cohort) & ~spared
    assert (in_force & paid).any() and (in_force & ~paid).any() and (spared & (month >= cohort)).any()
    shift = np.log(draw.costs.untreated / plain.costs.untreated)
    np.testing.assert_allclose(shift, np.where(in_force, SHIFT * SHARE, 0), atol=2e-4)
    effect = np.log(draw.costs.total / draw.costs.untreated)
    expected = np.where(paid, -0.2 + np.where(in_force, MORE * SHARE, 0), 0)
    np.testing.assert_allclose(effect, expected, atol=2e-4)
    assert (draw.costs.components.sum(axis=1) == draw.costs.total).all()
    assert (draw.costs.components >= 0).all()


def test_words_that_are_not_there_are_told(study, example):
    with pytest.raises(StudyError) as told:
        drawn(study, example, spared=("employe",), policies={"price": {"effect": 0.1, "with_reform": 0.0}})
    said = " ".join(f"{p.where} {p.what} {p.todo}" for p in told.value.problems)
    assert "simulate.spared" in said and "employee" in said and "simulate.policies.price" in said
