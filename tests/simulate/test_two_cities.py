"""The two-city study: totals and examinations fall, drugs and materials do not; told otherwise, they do."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.design.panel_design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project
from dipeval.vocabulary import outcomes

FALLS = ("log_total", "log_examination_total")
STAYS = ("log_drug_total", "log_consumables_total")


@pytest.fixture(scope="module")
def declared(root):
    return declare(open_project(root), "two_cities")


def effects(declared, **changes):
    """Effect and p-value by outcome: two groups before and after, errors by hospital."""
    study = declared.study
    study = replace(study, simulation=replace(study.simulation, **changes))
    frame = simulate_panel(study, declared.cities)[0]
    frame = frame.assign(
        hospital=frame["city"] + "/" + frame["hospital"],
        cohort=np.where(frame["city"] == "synthetic_yunhe", "2021Q1", None),
    )
    design = build_design(
        frame,
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["hospital"],
        comparison="never_treated",
    )
    found = {}
    for name in (*FALLS, *STAYS):
        values, _ = outcome_values(frame, outcomes()[name])
        made = infer(
            estimate(design, values, estimator="two_by_two", outcome=name), "cluster", cluster="hospital"
        )
        row = made.tidy().iloc[0]
        found[name] = (float(row["estimate"]), float(row["p_value"]))
    return pd.DataFrame(found, index=["estimate", "p_value"]).T


def test_the_pattern_is_found(declared):
    found = effects(declared)
    assert (found.loc[list(FALLS), "estimate"] < -0.05).all() and (
        found.loc[list(FALLS), "p_value"] < 0.01
    ).all()
    assert (found.loc[list(STAYS), "p_value"] > 0.1).all()


def test_told_otherwise_materials_fall_too(declared):
    found = effects(declared, unchanged=())
    assert found.loc["log_consumables_total", "estimate"] < -0.05
    assert found.loc["log_consumables_total", "p_value"] < 0.01
    effect = {
        level: {"start": 0.0, "plateau": 0.0, "months": 0} for level in ("tertiary", "secondary", "primary")
    }
    none = effects(declared, effects={"total_cost": effect})
    assert (none["p_value"] > 0.05).all()


def test_kept_components_are_the_same_with_and_without_the_reform(declared):
    """Only the size of the effect differs: consumables do not, to the fen, and components add up."""
    study = declared.study
    half = {
        level: {"start": -0.02, "plateau": -0.1, "months": 12}
        for level in ("tertiary", "secondary", "primary")
    }
    panels = [
        simulate_panel(replace(study, simulation=replace(study.simulation, **changes)), declared.cities)[0]
        for changes in ({}, {"effects": {"total_cost": half}})
    ]
    one, other = panels
    assert (one["consumables_cost"] == other["consumables_cost"]).all()
    assert (one["drug_cost"] == other["drug_cost"]).all()
    assert (one["total_cost"] != other["total_cost"]).any()
    for panel in panels:
        assert (panel[list(study.components)].sum(axis=1) == panel["total_cost"]).all()
