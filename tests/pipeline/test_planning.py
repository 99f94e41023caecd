"""`dipeval plan` on the small study: as it is, and with a reform that lies in the future."""

import re

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.pipeline.designing import placed_frame
from dipeval.pipeline.plan import declare
from dipeval.pipeline.planning import _grid, _trials, _untreated, plan_stage, plan_study
from dipeval.pipeline.restricting import design_panel_in
from dipeval.store.project import open_project

QUICK = "\n[plan]\ncities = [6, 12]\nbefore = [6]\nafter = [6]\ndraws = 100\neffects = [0.05, 0.2]\n"


def say_in_study(project, addition: str = QUICK) -> None:
    path = project / "analysis" / "studies" / "small.toml"
    path.write_text(path.read_text(encoding="utf-8") + addition, encoding="utf-8")


def test_it_says_and_draws_what_six_cities_show(run_project):
    say_in_study(run_project)
    lines = []
    told, folder = plan_study("small", root=run_project, say=lines.append)
    assert "What 6 cities can and cannot show" in told
    assert re.search(
        r"6 cities, 3 reformed \(half of them at once\), 6 months before and 6 months after: by formula", told
    )
    assert "no p-value can be small enough" in told and "(synthetic data)" in told
    place = run_project / folder
    assert {p.name for p in place.glob("*.png")} == {"plan_cities.png", "plan_periods.png", "plan_power.png"}
    rows = pd.read_csv(place / "plan_cities.csv")
    by = rows.set_index(["series", "x"])["value"]
    assert by["at_once", 12] < by["at_once", 6] < by["one_city", 6]
    assert any(line.startswith("plan: ") for line in lines)
    assert not (run_project / "figures" / "plans" / "small" / "index.html").exists()
    before = {p.name: p.read_bytes() for p in place.iterdir()}
    again = []
    assert plan_study("small", root=run_project, say=again.append) == (told, folder)
    assert not any("plan" in line for line in again)
    (place / "plan_cities.csv").unlink()
    plan_study("small", root=run_project)
    assert {p.name: p.read_bytes() for p in place.iterdir()} == before


def put_off(project) -> None:
    """The reform of every city comes ten years later."""
    for path in (project / "analysis" / "cities").glob("synthetic_*.toml"):
        text = path.read_text(encoding="utf-8")
        later = re.sub(r'payment = "(\d{4})', lambda m: f'payment = "{int(m[1]) + 10}', text)
        path.write_text(
            re.sub(r'full = "(\d{4})', lambda m: f'full = "{int(m[1]) + 10}', later), encoding="utf-8"
        )


def test_a_future_calendar_and_all_of_the_panel_are_what_is_planned_with(run_project):
    put_off(run_project)
    declared = declare(open_project(run_project), "small")
    panel = design_panel_in(run_project / "data_clean" / "small", declared)
    frame = placed_frame(declared, panel)[0].reset_index(drop=True)
    assert not frame["after"].any()
    own = _grid(declared, frame).calendars[0]
    assert own.name == "declared" and own.offsets[0] == 0 and np.isfinite(own.offsets).sum() == 3
    found = _untreated(declared, frame, frame["total_cost"].to_numpy(float))
    assert found.n_periods == 48 and found.count == frame["discharges"].sum()


@pytest.mark.slow
def test_the_reform_may_lie_in_the_future(run_project):
    """No row is treated, and files, panel and plan are made all the same."""
    say_in_study(run_project)
    put_off(run_project)
    chinese, folder = plan_study("small", language="zh", root=run_project)
    assert "6个城市能够与不能显示什么" in chinese
    series = set(pd.read_csv(run_project / folder / "plan_cities.csv")["series"])
    assert series == {"declared", "at_once", "waves", "one_city"}


def test_another_inference_makes_another_plan(run_project):
    """What a plan stands on is in its key."""
    declared = declare(open_project(run_project), "small")
    path = run_project / "analysis" / "studies" / "small.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('small_sample = "CR1"', 'small_sample = "CR3"'), encoding="utf-8")
    other = declare(open_project(run_project), "small")
    assert plan_stage(other).part != plan_stage(declared).part == plan_stage(declared).part
    assert [t.method for t in _trials(other)[1]][0] == "CR3" != [t.method for t in _trials(declared)[1]][0]


def test_too_little_before_the_reform_is_told(run_project):
    say_in_study(run_project)
    path = run_project / "analysis" / "studies" / "small.toml"
    text = path.read_text(encoding="utf-8").replace("anticipation", "#")
    text = text.replace("reference = -1", "reference = -1\nanticipation = 40")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="how they differ cannot be learned"):
        plan_study("small", root=run_project)
    assert not (run_project / "figures" / "plans" / "small").exists()


def test_a_study_without_a_design_cannot_be_planned(project):
    with pytest.raises(StudyError, match=r"has no \[design\]"):
        plan_study("tcm_hospitals", root=project)
