"""Which cells have a counterfactual, counted by hand."""

import numpy as np

from dipeval.design import identified_cells
from dipeval.design.cells import imputation_fault
from dipeval.design.connected import connected_components


def test_cells_of_a_staggered_design(frame, build):
    cells = identified_cells(build(frame))
    assert len(cells) == 12 and cells["identified"].all()
    first = cells[cells["cohort"] == "2019-03"]
    assert first["event_time"].tolist() == [-2, -1, 0, 1, 2, 3]
    assert (first["n_units"] == 2).all() and (first["n_treated_clusters"] == 1).all()


def test_cells_without_comparison_give_their_reason(frame, build):
    without_never = frame[frame["city"] != "C"]
    cells = identified_cells(build(without_never)).set_index(["cohort", "event_time"])
    assert cells.loc[("2019-03", 1), "identified"]
    lost = cells.loc[("2019-03", 2)]
    assert not lost["identified"] and lost["reason"] == "no untreated hospital is observed in this period"
    assert not cells.loc[("2019-05", 0), "identified"]


def test_cells_without_rows_and_half_lost_cells(frame, build):
    gap = frame[~((frame["city"] == "A") & (frame["month"] == "2019-04"))]
    cells = identified_cells(build(gap)).set_index(["cohort", "event_time"])
    assert cells.loc[("2019-03", 1), "reason"] == "no hospital of this cohort is observed"
    assert cells.loc[("2019-03", 1), "n_obs"] == 0


def test_components_by_hand():
    unit = np.array([0, 0, 1, 1, 2, 3, 3])
    time = np.array([0, 1, 1, 2, 3, 3, 4])
    of_unit, of_time = connected_components(unit, time, 5, 6)
    assert of_unit.tolist() == [0, 0, 3, 3, -1]
    assert of_time.tolist() == [0, 0, 0, 3, 3, -1]


def test_a_long_chain_is_one_component():
    n = 40
    unit = np.repeat(np.arange(n), 2)
    time = np.column_stack([np.arange(n), np.arange(n) + 1]).ravel()
    of_unit, of_time = connected_components(unit[::-1], time[::-1], n, n + 1)
    assert set(of_unit) == {0} and set(of_time) == {0}


def test_faults_by_hand():
    unit = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    time = np.array([0, 1, 3, 0, 1, 2, 3, 1])
    treated = np.array([0, 0, 1, 1, 1, 0, 0, 1], bool)
    fault = imputation_fault(unit, time, treated, 3, 5)
    # unit 0 lives in periods 0-1 untreated, unit 2 in 2-3: not linked; unit 1 is always treated
    assert fault.tolist() == [0, 0, 3, 1, 1, 0, 0, 3]
