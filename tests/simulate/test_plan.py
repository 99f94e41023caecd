"""What can be simulated, and one error for all that cannot."""

from dataclasses import replace

import pytest

from dipeval.errors import StudyError
from dipeval.simulate import simulate_panel, simulate_study
from dipeval.simulate.plan import make_plan


def test_sizes_of_the_embedded_example(example):
    plan = make_plan(example.study, example.cities)
    assert len(plan.cities) == 12 and len(plan.months) == 48
    assert sum(city.hospitals for city in plan.cities) == 110
    assert sum(city.discharges for city in plan.cities) == pytest.approx(400_000, rel=1e-4)
    assert len({city.cohort for city in plan.cities} - {None}) == 5
    assert sum(city.cohort is None for city in plan.cities) == 3
    small = [city for city in plan.cities if city.name in ("synthetic_dongpu", "synthetic_lanting")]
    assert all(5000 < city.discharges < 8000 for city in small)


def test_another_seed_changes_nothing_but_the_seed(example):
    plan = make_plan(example.study, example.cities)
    other = make_plan(example.study, example.cities, seed=7)
    assert (plan.seed, other.seed) == (20200101, 7)
    assert plan.cities == other.cities


def test_all_problems_of_a_study_come_at_once(example):
    effects = {
        "total_cost": {"tertiary": {"start": 0.0, "plateau": -2.0, "months": -1}},
        "length_of_stay": {"primary": {"start": -9.0, "plateau": 0.0, "months": 3}},
    }
    study = replace(
        example.of_size(10, effects=effects).study,
        keep={"principal_diagnosis": ("I63.900",)},
        treatment=replace(example.study.treatment, by="level"),
    )
    cities = {
        **example.cities,
        "synthetic_anlan": replace(example.cities["synthetic_anlan"], synthetic=False),
    }
    cities["synthetic_qinghe"] = replace(cities["synthetic_qinghe"], source="yearbook")
    cities.pop("synthetic_mulan")
    with pytest.raises(StudyError) as error:
        simulate_panel(study, cities)
    where = [problem.where for problem in error.value.problems]
    for part in (
        "design.by",
        "data.keep",
        "simulate.discharges",
        "effects.total_cost",
        "effects.total_cost.tertiary.months",
        "effects.length_of_stay",
        "city synthetic_anlan",
        "city synthetic_qinghe",
    ):
        assert any(part in place for place in where), part
    assert "synthetic_mulan" in str(error.value)


def test_a_study_without_a_simulation_says_so(example):
    with pytest.raises(StudyError, match=r"\[simulate\]"):
        simulate_panel(replace(example.study, simulation=None), example.cities)


def test_a_format_that_cannot_be_dressed_is_an_error_before_any_file(example):
    source = example.sources["front_page"]
    rule = replace(source.columns["drug_cost"], items=(("XYF", "西药费"), ("NEU", "新药费")))
    changed = replace(source, columns={**source.columns, "drug_cost": rule}, codes={})
    with pytest.raises(StudyError) as error:
        simulate_study(example.study, example.cities, {**example.sources, "front_page": changed})
    text = str(error.value)
    assert "NEU" in text and "dress.toml" in text and "no code for employee" in text
    with pytest.raises(StudyError, match="settlement_list"):
        simulate_study(example.study, example.cities, {"front_page": source})
