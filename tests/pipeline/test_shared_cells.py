"""Trends and Table 1 of a study are judged together."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe import TextNumber, Variable, cost_structure, numbers_exhibit, table_one, trends
from dipeval.disclose import gate, gate_together
from dipeval.pipeline.shared_cells import with_shared_cells
from dipeval.study import NEVER

PERIODS = ("2016", "2017", "2018", "2019")


def made(missing=False):
    """Cohorts of three hospitals; the reform city has four cases in 2017."""
    rows = [
        {"city": cohort, "hospital": f"{cohort}{i}", "cohort": cohort, "period": period}
        | {"discharges": (1 + (i == 0) if (cohort, period) == ("2018", "2017") else 100 + 10 * i)}
        for cohort in ("2018", NEVER)
        for i in range(3)
        for period in PERIODS
    ]
    frame = pd.DataFrame(rows)
    arm = pd.Series(np.where(frame["cohort"] == NEVER, "control", "treated"))
    after = frame["period"] >= "2018"
    values = np.arange(len(frame), dtype="float64")
    if missing:
        values[0] = np.nan
    variable = Variable("stay", "Stay", "住院日", "days", values)
    lines = trends(frame, variable, frame["cohort"].where(frame["cohort"] != NEVER))
    return [lines, table_one(frame, arm, after, [variable])], frame, arm, after


def test_a_held_period_takes_another_of_its_arm_and_moment_along():
    exhibits, frame, arm, after = made()
    assert [w.rule for w in gate(exhibits[0])[1]] == ["too_few"]
    shared = with_shared_cells(exhibits, frame, arm, after)
    assert len(shared[1].sums) == 4
    (released, withheld), (table, beside) = gate_together(shared)
    held = released.exhibit.frame[released.exhibit.frame["suppressed"]]
    assert held[["cohort", "period"]].to_numpy().tolist() == [["2018", "2016"], ["2018", "2017"]]
    assert sorted(w.rule for w in withheld) == ["secondary", "too_few"]
    assert beside == () and not table.exhibit.frame["suppressed"].any()


def test_cells_of_which_some_cases_lack_the_outcome_are_not_taken_for_whole():
    exhibits, frame, arm, after = made(missing=True)
    shared = with_shared_cells(exhibits, frame, arm, after)
    assert (shared[0].frame["cell"] == "").sum() == 1
    assert [s.total for s in shared[1].sums] == [
        f"arm={place}" for place in ("control/when=after", "control/when=before", "treated/when=after")
    ]


def test_a_cohort_in_two_arms_adds_up_to_neither():
    exhibits, frame, arm, after = made()
    arm[0] = "other"
    table = table_one(frame, arm, after, [])
    sums = with_shared_cells([exhibits[0], table], frame, arm, after)[1].sums
    assert {s.total for s in sums} == {
        f"arm={a}" for a in ("control/when=after", "control/when=before", "treated/when=after")
    }


def test_a_cost_structure_shares_the_cells_of_the_arms():
    exhibits, frame, arm, after = made()
    frame = frame.assign(total_cost=1000, drug_cost=300)
    parts = cost_structure(frame, ["drug_cost"], arm, after=after)
    shared = with_shared_cells([*exhibits, parts], frame, arm, after)
    assert set(shared[2].frame["cell"]) == {t.total for t in shared[1].sums}
    table = shared[1].frame.drop_duplicates("cell").set_index("cell")["count"]
    assert (shared[2].frame["count"].to_numpy() == table[shared[2].frame["cell"]].to_numpy()).all()


def test_years_and_the_whole_design_are_sums_of_periods_too():
    exhibits, frame, arm, after = made()
    frame = frame.assign(total_cost=1000, drug_cost=300)
    years = cost_structure(frame, ["drug_cost"], arm)
    text = numbers_exhibit([TextNumber("discharges", frame["discharges"].sum(), "d", "", 2500, 0.2)])
    text = replace(text, frame=text.frame.assign(count=float(frame["discharges"].sum())))
    shared = with_shared_cells([exhibits[0], years, text], frame, arm, after)
    sums = {s.total: s.parts for s in shared[0].sums}
    assert sums["arm=treated/period=2017"] == ("cohort=2018/period=2017",)
    assert len(sums["design"]) == 8
    released = gate_together(shared)
    held = {n for r, _ in released for n in r.exhibit.frame.loc[r.exhibit.frame["suppressed"], "cell"]}
    small = {"cohort=2018/period=2017", "arm=treated/period=2017"}
    assert small < held and len(held) == 4 and "design" not in held
