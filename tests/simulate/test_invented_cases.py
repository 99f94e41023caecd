"""The drawn cases: effects exact by construction, sizes and shares as published evaluations have them."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.simulate.calendar import national
from dipeval.simulate.costs import COMPONENTS
from dipeval.simulate.diagnoses import diagnoses
from dipeval.simulate.draw import draw_city
from dipeval.simulate.effects import city_effects
from dipeval.simulate.patients import DISPOSITION, INSURANCE, SEX
from dipeval.simulate.plan import make_plan


@pytest.fixture(scope="module")
def plan(example):
    return make_plan(example.study, example.cities)


@pytest.fixture(scope="module")
def draws(plan):
    common = national(plan.seed, plan.months)
    return [draw_city(plan, city, common) for city in plan.cities]


def everywhere(draws, pick):
    return np.concatenate([pick(draw) for draw in draws])


def test_components_sum_to_the_total_to_the_fen(draws):
    for draw in draws:
        np.testing.assert_array_equal(draw.costs.components.sum(axis=1), draw.costs.total)
        np.testing.assert_array_equal(sum(draw.components().values()), draw.costs.total)
        assert draw.costs.components.min() >= 0


def test_what_a_format_lacks_is_part_of_another_component(draws):
    page, lists = (next(d for d in draws if d.city.source == s) for s in ("front_page", "settlement_list"))
    assert set(page.components()) == set(COMPONENTS)
    assert set(lists.components()) == set(COMPONENTS) - {"blood_cost"}
    folded = lists.costs.components[:, COMPONENTS.index("blood_cost")]
    other = lists.costs.components[:, COMPONENTS.index("other_cost")]
    np.testing.assert_array_equal(lists.components()["other_cost"], folded + other)
    assert folded.sum() > 0


def test_every_total_moves_by_exactly_its_effect(plan, draws):
    for draw in draws:
        table = city_effects(plan.effects["total_cost"], draw.city.cohort, len(plan.months))
        effect = table[draw.hospitals.level[draw.patients.hospital], draw.patients.month]
        expected = draw.costs.untreated * np.exp(effect)
        assert np.abs(draw.costs.total - expected).max() <= 0.5 + 1e-6


def test_drugs_length_of_stay_and_who_comes_do_not_know_the_effect_on_cost(example, plan, draws):
    study = replace(example.study, simulation=replace(example.study.simulation, effects={}))
    without = make_plan(study, example.cities)
    common = national(plan.seed, plan.months)
    for draw, city in zip(draws[:3], without.cities[:3], strict=True):
        bare = draw_city(without, city, common)
        np.testing.assert_array_equal(bare.costs.total, draw.costs.untreated)
        np.testing.assert_array_equal(bare.costs.components[:, 0], draw.costs.components[:, 0])
        np.testing.assert_array_equal(bare.patients.diagnosis, draw.patients.diagnosis)
        np.testing.assert_array_equal(bare.patients.disposition, draw.patients.disposition)


def test_the_mean_stay_moves_by_the_effect(plan, draws):
    """Within five standard errors, over all treated stays of the plateau, against the same stays before."""
    study_effect = {"tertiary": {"start": -2.0, "plateau": -2.0, "months": 0}}
    shorter = replace(plan, effects={"length_of_stay": study_effect})
    none = replace(plan, effects={"length_of_stay": {"tertiary": {"start": 0, "plateau": 0, "months": 0}}})
    common = national(plan.seed, plan.months)
    city = plan.cities[0]
    drawn = {}
    for name, changed in (("shorter", shorter), ("none", none)):
        draw = draw_city(changed, city, common)
        after = (draw.patients.month >= city.cohort) & (draw.hospitals.level[draw.patients.hospital] == 0)
        drawn[name] = draw.costs.care_days[after]
    error = np.sqrt(sum(days.var() / len(days) for days in drawn.values()))
    assert len(drawn["none"]) > 5000
    assert abs(drawn["shorter"].mean() - drawn["none"].mean() + 2.0) < 5 * error
    assert drawn["shorter"].min() >= 1


def test_a_city_depends_on_nothing_but_its_own_plan(plan, draws):
    alone = replace(plan, cities=plan.cities[4:5])
    draw = draw_city(alone, alone.cities[0], national(alone.seed, alone.months))
    np.testing.assert_array_equal(draw.costs.total, draws[4].costs.total)
    np.testing.assert_array_equal(draw.costs.care_days, draws[4].costs.care_days)
    np.testing.assert_array_equal(draw.patients.day, draws[4].patients.day)
    assert draw.hospitals.names == draws[4].hospitals.names


def test_sizes_are_about_those_of_published_evaluations(draws):
    level = everywhere(draws, lambda d: d.hospitals.level[d.patients.hospital])
    total = everywhere(draws, lambda d: d.costs.total) / 100
    days = everywhere(draws, lambda d: d.costs.care_days)
    age = everywhere(draws, lambda d: d.patients.age)
    died = everywhere(draws, lambda d: d.patients.disposition) == DISPOSITION.index("death")
    drugs = everywhere(draws, lambda d: d.costs.components[:, 0]) / 100
    female = everywhere(draws, lambda d: d.patients.sex) == SEX.index("female")
    assert 390_000 < len(total) < 410_000
    assert 0.40 < (level == 0).mean() < 0.52
    assert 49 < age.mean() < 54 and 20 < age.std() < 24 and age.min() == 0 and age.max() <= 100
    assert 0.48 < female.mean() < 0.56
    assert 7 < days.mean() < 10 and days.min() == 1
    assert 1000 < total.sum() / days.sum() < 1400
    assert 0.2 < np.corrcoef(np.log(total), days)[0, 1] < 0.6
    for k in range(3):
        assert 0.9 < np.log(total[level == k]).std() < 1.0
        assert 0.001 < died[level == k].mean() < 0.006
        assert 0.24 < drugs[level == k].sum() / total[level == k].sum() < 0.33
    assert total[level == 0].mean() > total[level == 1].mean() > total[level == 2].mean()


def test_insurance_is_what_the_format_knows(draws):
    for draw in draws:
        share = np.bincount(draw.patients.insurance, minlength=len(INSURANCE)) / len(draw.patients.age)
        by_name = dict(zip(INSURANCE, share, strict=True))
        if draw.city.source == "front_page":
            assert 0.03 < by_name["self_pay"] < 0.05 and 0 < by_name["other"] < 0.02
        else:
            assert by_name["self_pay"] == by_name["other"] == 0


def test_each_treated_hospital_is_seen_before_its_reform_and_some_months_are_missing(draws):
    missing = 0
    for draw in draws:
        sends = draw.hospitals.expected > 0
        missing += int((~sends).sum())
        before = sends[:, : draw.city.cohort] if draw.city.cohort is not None else sends
        assert before.any(axis=1).all()
    assert 0 < missing < 200


def test_diagnoses_are_text_with_their_zeros():
    known = diagnoses()
    assert 140 <= len(known.codes) == len(set(known.codes))
    assert {"I63.900", "J18.900x003"} <= set(known.codes) and "47.0100" in known.procedures
    assert all(p for p, share in zip(known.procedures, known.operated, strict=True) if share > 0)
    frequency = np.diff(known.cumulative, prepend=0)
    assert frequency @ known.log_cost == pytest.approx(0, abs=1e-12)
