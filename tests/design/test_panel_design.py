"""What a design knows about its rows."""

import numpy as np
import pandas as pd
import pytest


def test_codes_event_time_and_treatment(frame, build):
    design = build(frame, n_cases="cases")
    assert (design.n_obs, design.n_units, design.n_periods) == (36, 6, 6)
    assert design.period_labels == tuple(f"2019-{t:02d}" for t in range(1, 7))
    assert design.cohorts == (2.0, 4.0)
    assert [design.cohort_label(c) for c in design.cohorts] == ["2019-03", "2019-05"]
    a1 = design.unit == design.unit_names.index("A1")
    assert design.event_time[a1].tolist() == [-2, -1, 0, 1, 2, 3]
    assert design.treated[a1].tolist() == [False, False, True, True, True, True]
    c1 = design.unit == design.unit_names.index("C1")
    assert np.isnan(design.event_time[c1]).all() and not design.treated[c1].any()
    assert (design.n_clusters("city"), design.n_treated_clusters("city")) == (3, 2)
    assert design.n_cases[a1].tolist() == [10, 20, 30, 40, 50, 60]


def test_anticipation_moves_treatment_but_not_event_time(frame, build):
    design = build(frame, anticipation=1, reference=-2)
    a1 = design.unit == design.unit_names.index("A1")
    assert design.treated[a1].tolist() == [False, True, True, True, True, True]
    assert design.event_time[a1][0] == -2


def test_rows_in_any_order_give_one_design_and_align_brings_columns_along(frame, build):
    frame["y"] = np.arange(len(frame), dtype=float)
    straight = build(frame)
    shuffled_frame = frame.sample(frac=1, random_state=3)
    shuffled = build(shuffled_frame)
    for name in ("unit", "time", "cohort"):
        assert np.array_equal(getattr(straight, name), getattr(shuffled, name))
    assert np.array_equal(straight.align(frame["y"]), shuffled.align(shuffled_frame["y"]))
    with pytest.raises(ValueError, match="shape"):
        straight.align(np.zeros(3))


@pytest.mark.parametrize(
    ("labels", "cohorts"),
    [
        (["2018", "2019", "2020"], "2019"),
        (["2018Q3", "2018Q4", "2019Q1"], "2018Q4"),
        ([1, 2, 3], 2),
        ([2018, 2019, 2020], "2019"),
    ],
)
def test_every_frequency(labels, cohorts, build):
    rows = [(h, t, cohorts if h < 2 else None, h // 2) for h in range(4) for t in labels]
    frame = pd.DataFrame(rows, columns=["hospital", "month", "start", "city"])
    design = build(frame, event_window=(-1, 1))
    assert design.n_periods == 3
    assert design.cohort_label(design.cohorts[0]) == str(cohorts)


def test_never_is_empty_or_the_word_but_not_zero(frame, build):
    frame["start"] = frame["start"].fillna("never")
    assert build(frame).cohorts == (2.0, 4.0)
    numbers = frame.assign(
        month=frame["month"].str[-2:].astype(int), start=frame["city"].map({"A": 3, "B": 0})
    )
    design_problem = pytest.raises(Exception, match="before the first period")
    with design_problem:
        build(numbers)


def test_a_gap_in_the_calendar_stays_a_gap(frame, build):
    design = build(frame[frame["month"] != "2019-04"])
    assert design.n_periods == 6
    assert not (design.time == 3).any()
    assert design.warnings == ("1 of 6 periods have no row (2019-04); event times count them too",)
    assert build(frame).warnings == ()


def test_rows_outside_the_declared_calendar_are_in_the_ledger(frame, build):
    design = build(frame, periods=[f"2019-{t:02d}" for t in range(1, 6)])
    entry = next(e for e in design.ledger if e.rule == "outside_calendar")
    assert (entry.rows_before, entry.rows_after) == (36, 30)
    assert design.n_obs == 30 and design.n_rows_in == 36
    assert design.align(np.arange(36.0)).shape == (30,)


def test_hospitals_without_a_period_before_leave_with_entry_and_warning(frame, build):
    late = frame[~((frame["hospital"] == "A2") & (frame["month"] < "2019-03"))]
    design = build(late)
    assert "A2" not in design.unit_names
    assert [e.rule for e in design.ledger] == ["panel", "no_untreated_period"]
    entry = list(design.ledger)[-1]
    assert (entry.rows_rejected, entry.hospitals_before, entry.hospitals_after) == (4, 6, 5)
    assert any("1 hospitals without any period before" in w for w in design.warnings)


@pytest.mark.parametrize("start", ["2019-07", "2020-01"])
def test_never_treated_comparison_drops_hospitals_reformed_after_the_window(start, frame, build):
    frame.loc[frame["city"] == "B", "start"] = start
    assert build(frame).n_units == 6
    design = build(frame, comparison="never_treated")
    assert design.n_units == 4
    assert [e.rule for e in design.ledger][-1] == "treated_after_window"


def test_arrays_cannot_be_changed(frame, build):
    design = build(frame, covariates=["cases"])
    for array in (design.unit, design.cohort, design.clusters["city"], design.covariates["cases"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        design.anticipation = 2


def test_the_frame_is_not_changed(frame, build):
    before = frame.copy(deep=True)
    build(frame, covariates=["cases"], weights="cases")
    pd.testing.assert_frame_equal(frame, before)


def test_a_later_change_to_the_frame_does_not_reach_the_design(frame, build):
    frame["beds"] = np.arange(36.0)
    frame["period"] = np.tile(np.arange(6), 6)
    frame["first"] = frame["start"].str[-2:].astype(float) - 1
    design = build(frame, covariates=["beds"], weights="cases", time="period", cohort="first")
    before = {"beds": design.covariates["beds"].copy(), "w": design.weights.copy(), "t": design.time.copy()}
    frame.loc[0, ["beds", "cases", "period", "first"]] = -5
    frame["beds"] += 1
    assert np.array_equal(design.covariates["beds"], before["beds"])
    assert np.array_equal(design.weights, before["w"]) and np.array_equal(design.time, before["t"])
    assert design.event_time[0] == -2


@pytest.mark.parametrize("gap", [False, True])
def test_sorted_numbers_text_and_shuffled_rows_are_one_design(frame, build, gap):
    """Sorted whole numbers are read without a sort, balanced ones without periods by row: same result."""
    numbers = frame.assign(hospital=np.repeat(np.arange(6), 6), month=np.tile(np.arange(2018, 2024), 6))
    numbers["start"] = np.repeat([2020.0, 2022, np.nan], 12)
    text = numbers.assign(hospital="h" + numbers["hospital"].astype(str), month=numbers["month"].astype(str))
    text["start"] = text["start"].map(lambda year: "never" if np.isnan(year) else f"{year:.0f}")
    if gap:
        numbers, text = numbers.drop(index=[3, 17]), text.drop(index=[3, 17])
    want = build(numbers, covariates=["cases"])
    assert (want.layout.shared is None) == gap
    for other in (numbers.sample(frac=1, random_state=1), text, text.sample(frac=1, random_state=2)):
        design = build(other, covariates=["cases"])
        for name in ("unit", "time", "cohort", "event_time", "treated"):
            np.testing.assert_array_equal(getattr(design, name), getattr(want, name))
        np.testing.assert_array_equal(design.covariates["cases"], want.covariates["cases"])
        np.testing.assert_array_equal(design.clusters["city"], want.clusters["city"])
