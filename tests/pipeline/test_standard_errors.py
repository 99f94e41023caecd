"""Jackknife errors of a standardised outcome, against estimates made anew by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dipeval.design.panel_design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.pipeline.standard_errors import standard_errors
from dipeval.vocabulary import outcomes

NAME = "log_standardised_cost"


@pytest.fixture(scope="module")
def world():
    draw = np.random.default_rng(11)
    rows = [(c, f"{c}{h}", f"2019-{m:02d}") for c in "abcde" for h in range(3) for m in range(1, 9)]
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period"])
    frame["total_cost"] = draw.integers(500, 900, len(frame))
    frame["expected_cost"] = draw.integers(500, 900, len(frame))
    frame["discharges"] = 10
    frame["cohort"] = np.where(frame["city"].isin(["a", "b"]), "2019-05", None)
    design = build_design(frame, unit="hospital", time="period", cohort="cohort", clusters=["city"])
    without = [
        frame[frame["city"] != c][["city", "hospital", "period"]].assign(
            without=c, expected_cost=draw.integers(500, 900, (frame["city"] != c).sum()).astype(float)
        )
        for c in "abcde"
    ]
    return SimpleNamespace(frame=frame, design=design), pd.concat(without, ignore_index=True)


def twfe(frame):
    design = build_design(frame, unit="hospital", time="period", cohort="cohort", clusters=["city"])
    return float(
        estimate(design, outcome_values(frame, outcomes()[NAME])[0], estimator="twfe").params.iloc[0]
    )


def test_errors_are_those_of_estimates_made_anew(world):
    designed, without = world
    values = outcome_values(designed.frame, outcomes()[NAME])[0]
    made = infer(estimate(designed.design, values, estimator="twfe", outcome=NAME), "cluster")
    (row,) = standard_errors(designed, [SimpleNamespace(estimate=made)], without).to_dict("records")
    held, remade = [], []
    for city in "abcde":
        rest = designed.frame[designed.frame["city"] != city]
        held.append(twfe(rest))
        mine = without[without["without"] == city].drop(columns="without")
        other = rest.drop(columns="expected_cost").merge(mine, on=["city", "hospital", "period"])
        remade.append(twfe(other))
    for name, found in (("held", held), ("remade", remade)):
        expected = np.sqrt(4 / 5 * ((np.array(found) - np.mean(found)) ** 2).sum())
        assert row[name] == pytest.approx(expected, rel=1e-9), name
    assert row["cities"] == 5 and row["clustered"] == pytest.approx(float(made.std_errors.iloc[0]))
    assert row["held"] != pytest.approx(row["remade"], rel=1e-3)


def test_other_outcomes_have_none(world):
    designed, without = world
    values = outcome_values(designed.frame, outcomes()["log_cost_per_case"])[0]
    made = infer(estimate(designed.design, values, estimator="twfe", outcome="log_cost_per_case"), "cluster")
    assert standard_errors(designed, [SimpleNamespace(estimate=made)], without).empty
