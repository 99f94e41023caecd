"""Trends and Table 1 of a study are judged together."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe import TextNumber, Variable, cost_structure, numbers_exhibit, table_one, trends
from dipeval.disclose import gate, gate_together
from dipeval.pipeline.shared_cells import with_shared_cells
from dipeval.results.exhibit import Exhibit
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


def judged(exhibits, frame, arm, after):
    shared, unshown = with_shared_cells(exhibits, frame, arm, after)
    return gate_together(shared, unshown=[unshown])


def held_cells(released):
    return {n for r, _ in released for n in r.exhibit.frame.loc[r.exhibit.frame["suppressed"], "cell"]}


def test_a_held_period_takes_another_of_its_arm_and_moment_along():
    exhibits, *rest = made()
    assert [w.rule for w in gate(exhibits[0])[1]] == ["too_few"]
    (released, withheld), (table, beside) = judged(exhibits, *rest)
    held = released.exhibit.frame[released.exhibit.frame["suppressed"]]
    assert held[["cohort", "period"]].to_numpy().tolist() == [["2018", "2016"], ["2018", "2017"]]
    assert sorted(w.rule for w in withheld) == ["secondary", "too_few"]
    assert beside == () and not table.exhibit.frame["suppressed"].any()


def test_cells_of_which_some_cases_lack_the_outcome_are_not_taken_for_whole():
    shared, unshown = with_shared_cells(*made(missing=True))
    assert (shared[0].frame["cell"] == "").sum() == 1
    sizes = {s.total: len(s.parts) for s in unshown.sums}
    assert sizes["arm=treated/when=before"] == 2 and len(sizes) == 7 + 4
    assert unshown.frame["count"].sum() == made()[1]["discharges"].sum()


def test_a_cohort_in_two_arms_is_parted_between_them():
    exhibits, frame, arm, after = made()
    arm[0] = "other"
    table = table_one(frame, arm, after, [])
    _, unshown = with_shared_cells([exhibits[0], table], frame, arm, after)
    parts = {s.total: set(s.parts) for s in unshown.sums}
    shared = parts["cohort=2018/period=2016"]
    assert len(shared) == 2
    assert len(shared & parts["arm=other/when=before"]) == len(shared & parts["arm=treated/when=before"]) == 1


def test_a_cost_structure_shares_the_cells_of_the_arms():
    exhibits, frame, arm, after = made()
    frame = frame.assign(total_cost=1000, drug_cost=300)
    parts = cost_structure(frame, ["drug_cost"], arm, after=after)
    shared, _ = with_shared_cells([*exhibits, parts], frame, arm, after)
    table = shared[1].frame.drop_duplicates("cell").set_index("cell")["count"]
    assert set(shared[2].frame["cell"]) == {n for n in table.index if n.startswith("arm=")}
    assert (shared[2].frame["count"].to_numpy() == table[shared[2].frame["cell"]].to_numpy()).all()


def test_years_and_the_whole_design_are_sums_of_periods_too():
    exhibits, frame, arm, after = made()
    frame = frame.assign(total_cost=1000, drug_cost=300)
    years = cost_structure(frame, ["drug_cost"], arm)
    text = numbers_exhibit([TextNumber("discharges", frame["discharges"].sum(), "d", "", 2500, 0.2)])
    text = replace(text, frame=text.frame.assign(count=float(frame["discharges"].sum())))
    held = held_cells(judged([exhibits[0], years, text], frame, arm, after))
    small = {"cohort=2018/period=2017", "arm=treated/period=2017"}
    assert small < held and len(held) == 4 and "design" not in held


def test_formats_that_stand_alone_add_up_to_their_arm():
    """What one format holds too few of is the arm less the other format, though no table shows it."""
    exhibits, frame, arm, after = made()
    frame = frame.assign(total_cost=1000, drug_cost=300, source_format="page")
    odd = (frame["hospital"] == "20180") & (frame["period"] == "2018")
    frame.loc[odd, ["source_format", "discharges"]] = ["list", 9]
    exhibits[1] = table_one(frame, arm, after, [])
    page = frame["source_format"] == "page"
    part = cost_structure(frame[page], ["drug_cost"], arm[page])
    part = replace(part, options={**part.options, "source": "page"})
    plain = held_cells(judged(exhibits[1:], frame, arm, after))
    both = held_cells(judged([exhibits[1], part], frame, arm, after))
    assert not plain and both


def test_descriptions_of_cases_are_made_of_the_same_places():
    """A month of all cases, less the month of the others, would be the month that is held back."""
    exhibits, frame, arm, after = made()
    year = frame[frame["period"] == "2017"]
    counts = [year["discharges"].sum(), year.loc[year["cohort"] == NEVER, "discharges"].sum(), 77]
    names = ["cases[]/period=2017", "cases[]/period=2017/treatment=control", "cases[]/period=2016"]
    told = pd.DataFrame(
        {"cell": names, "value": 1.0, "count": [float(n) for n in counts], "largest_share": 0.4}
    )
    described = Exhibit("d", "grid", "D", "述", told.assign(label_en=names, label_zh=names))
    _, unshown = with_shared_cells([*exhibits, described], frame, arm, after)
    sums = {s.total: len(s.parts) for s in unshown.sums}
    assert sums[names[0]] == 2 and sums[names[1]] == 1 and names[2] not in sums
    held = held_cells(judged([*exhibits, described], frame, arm, after))
    assert "cohort=2018/period=2017" in held and held & set(names[:2])
