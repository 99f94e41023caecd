"""``[plan]`` of a study file."""

import pytest

from dipeval.errors import StudyError
from dipeval.pipeline.registries import registries
from dipeval.study import parse_study
from dipeval.study.planning import PlanChoice, PlannedCalendar


@pytest.fixture(scope="module")
def parsed(root):
    text = (root / "analysis" / "studies" / "datasus.toml").read_text(encoding="utf-8")

    def parse(addition: str):
        return parse_study(text + addition, "study.toml", registries(), ("rio_grande_do_sul",))

    return parse


def test_it_may_be_left_out(parsed):
    assert parsed("").plan == PlanChoice()


def test_what_it_says_is_taken(parsed):
    said = """
[plan]
outcome = "length_of_stay"
effects = [0.3, -0.5]
cities = [6, 12]
before = [12]
after = [6, 12]
draws = 200
seed = 3

[plan.calendars.pilots]
treated = 2
waves = 2
apart = 3
title_en = "two pilots"
title_zh = "两个试点"
"""
    plan = parsed(said).plan
    assert (plan.outcome, plan.effects, plan.cities, plan.after) == (
        "length_of_stay",
        (0.3, -0.5),
        (6, 12),
        (6, 12),
    )
    assert plan.calendars == (PlannedCalendar("pilots", 2, 2, 3, "two pilots", "两个试点"),)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("cities = [6, 2]", "one treated, two beside it"),
        ("before = [0]", "1 or more periods"),
        ("effects = [0.1, 0]", "leave 0 out"),
        ("draws = 5", "plan.draws"),
        ('outcome = "length_of_sty"', "length_of_stay"),
        ("citys = [6]", "cities"),
        ("power = 1.2", "plan.power"),
        ("[plan.calendars.declared]\ntreated = 0.5", "the study's own dates"),
        ("[plan.calendars.half]\ntreated = 2.5", "write a share like 0.5"),
        ("[plan.calendars.half]\nwaves = 0", "plan.calendars.half.waves"),
    ],
)
def test_every_mistake_is_told(parsed, said, told):
    with pytest.raises(StudyError, match=told):
        parsed(f"\n[plan]\n{said}\n")
