"""Repeated cross-sections: rows are cases drawn anew in each period."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import identified_cells
from dipeval.errors import DesignError


@pytest.fixture
def cases(frame) -> pd.DataFrame:
    """Two cases a hospital and month."""
    return pd.concat([frame, frame], ignore_index=True).drop(columns="cases")


def test_a_panel_refuses_two_rows_a_month_and_names_the_way_out(cases, build):
    with pytest.raises(DesignError, match='sampling="cross_sections" if rows are cases'):
        build(cases)
    with pytest.raises(DesignError, match="unit: names no column"):
        build(cases, unit=None)
    with pytest.raises(DesignError, match="did you mean 'cross_sections'"):
        build(cases, sampling="cross_section")


def test_cases_within_hospitals(cases, build):
    design = build(cases, sampling="cross_sections")
    assert (design.n_obs, design.n_units, design.n_hospitals) == (72, 6, 6)
    assert design.sampling == "cross_sections" and design.has_units
    assert (np.diff(design.unit * 6 + design.time) >= 0).all()


def test_cases_without_hospitals_are_units_sorted_by_cohort_and_period(cases, build):
    design = build(cases, sampling="cross_sections", unit=None)
    assert (design.n_obs, design.n_units, design.n_hospitals, design.has_units) == (72, 72, None, False)
    assert np.array_equal(design.unit, np.arange(72))
    assert np.array_equal(np.lexsort((design.time, design.cohort)), np.arange(72))
    assert design.cohorts == (2.0, 4.0) and np.isinf(design.cohort[-1])
    months = cases["month"].str[-2:].astype(float).to_numpy()
    assert np.array_equal(design.align(months), design.time + 1.0)
    assert {entry.hospitals_after for entry in design.ledger} == {None}


def test_cells_of_cases_are_judged_by_cohort(cases, build):
    cells = identified_cells(build(cases, sampling="cross_sections", unit=None))
    assert cells["identified"].all() and set(cells["n_obs"]) == {8 // 2}
    lost = identified_cells(
        build(cases[cases["city"] != "C"], sampling="cross_sections", unit=None)
    ).set_index(["cohort", "event_time"])
    assert not lost.loc[("2019-03", 2), "identified"] and lost.loc[("2019-03", 1), "identified"]


def test_a_cohort_without_cases_before_its_reform(cases, build):
    late = cases[~((cases["city"] == "A") & (cases["month"] < "2019-03"))]
    with pytest.raises(DesignError, match="has no data before its reform"):
        build(late, sampling="cross_sections", unit=None)


def test_a_hospital_still_has_one_cohort_and_one_city(cases, build):
    cases.loc[3, "start"] = "2019-06"
    with pytest.raises(DesignError, match="changes within a hospital"):
        build(cases, sampling="cross_sections")
    assert build(cases, sampling="cross_sections", unit=None).n_obs == 72
