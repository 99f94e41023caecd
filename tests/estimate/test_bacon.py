"""Goodman-Bacon decomposition against R's bacondecomp, by hand, and where its theorem ends."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.bacon_comparisons import comparisons
from dipeval.infer import infer

TYPES = {
    "Earlier vs Later Treated": "type=earlier_against_later",
    "Later vs Earlier Treated": "type=later_against_earlier",
    "Treated vs Untreated": "type=treated_against_untreated",
}


def weights(result):
    """The weights that the notes state."""
    notes = result.terms.set_index("term")["note"]
    return notes[notes.str.startswith("weight")].str.extract(r"weight ([0-9.]+)")[0].astype(float)


@pytest.fixture(scope="module")
def full(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    return frame.assign(cohort=frame["cohort"].where(frame["cohort"] > 0))


@pytest.mark.parametrize("record", ["mpdta", "hospital_full"])
def test_every_stored_comparison(record, reference, county_design, counties, full):
    stored = reference("bacon")[record]
    if record == "mpdta":
        result = estimate(county_design(), counties["lemp"], estimator="bacon")
    else:
        columns = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city"]}
        result = estimate(build_design(full, **columns), full["log_cost"], estimator="bacon")
    stated = weights(result)
    for value in stored["two_by_twos"]:
        other = "never" if value["untreated"] in (99999, "Inf") else value["untreated"]
        term = f"cohort={value['treated']},against={other}"
        assert result.params[term] == pytest.approx(value["estimate"], rel=1e-8)
        assert stated[term] == pytest.approx(value["weight"], abs=6e-7)
    for value in stored["by_type"]:
        term = TYPES[value["type"]]
        assert stated[term] == pytest.approx(value["weight"], abs=6e-7)
        assert result.params[term] == pytest.approx(value["contrib"] / value["weight"], rel=1e-8)
    assert sum(term.startswith("cohort") for term in result.params.index) == stored["n_2x2"]
    assert result.params["treated"] == pytest.approx(stored["twfe"], rel=1e-8)
    assert not any("weighted comparisons sum" in text for text in result.warnings)


def panel(seed=1, gaps=False):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(32 * 8), 8)
    city = unit // 2
    start = np.array([3, 5, np.inf, 6])[city % 4]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(1, 3, 32)[unit], rng.normal(size=len(unit))
    frame["y"] = unit + time**1.5 + rng.normal(size=len(unit)) + 0.3 * frame["x"] + (time >= start)
    return frame[rng.random(len(unit)) < 0.85].reset_index(drop=True) if gaps else frame


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"covariates": ["x"]}])
def test_the_weighted_comparisons_sum_to_the_coefficient(options):
    frame = panel()
    design = build(frame, **options)
    result, plain = (infer(estimate(design, frame["y"], estimator=name)) for name in ("bacon", "twfe"))
    stated = weights(result)
    single = [term for term in stated.index if term.startswith("cohort")]
    assert stated[single].sum() == pytest.approx(1, abs=1e-5)
    assert (stated[single] * result.params[single]).sum() == pytest.approx(plain.params["treated"], abs=1e-5)
    assert not any("weighted comparisons sum" in text for text in result.warnings)
    for term in plain.params.index:
        assert result.params[term] == pytest.approx(plain.params[term], rel=1e-10)
        assert result.std_errors[term] == pytest.approx(plain.std_errors[term], rel=1e-9)


@pytest.mark.parametrize("gaps", [False, True])
def test_a_comparison_is_the_regression_on_its_groups_and_periods(gaps):
    """Cohort 6 against cohort 3, which is treated already: periods from 3 on."""
    frame = panel(2, gaps)
    result = infer(estimate(build(frame), frame["y"], estimator="bacon"), small_sample="CR0")
    part = frame[frame["start"].isin([3, 6]) & (frame["time"] >= 3)]
    part = part.assign(start=part["start"].where(part["start"] == 6))
    alone = infer(estimate(build(part), part["y"], estimator="twfe"), small_sample="CR0")
    assert result.params["cohort=6,against=3"] == pytest.approx(alone.params["treated"], rel=1e-9)
    assert result.std_errors["cohort=6,against=3"] == pytest.approx(alone.std_errors["treated"], rel=1e-8)
    row = result.terms.set_index("term").loc["cohort=6,against=3"]
    assert (row["n_obs"], row["n_hospitals"], row["n_treated"]) == (len(part), 16, 16)
    assert any("weighted comparisons sum to" in text for text in result.warnings) == gaps


def test_three_groups_by_hand():
    """Cohorts 2 and 3 and never, one hospital each, three periods; shares 1/3, exposures 2/3, 1/3, 0."""
    rows = [("a", (1, 4, 9), 2), ("b", (2, 3, 8), 3), ("c", (3, 5, 6), None)]
    frame = pd.DataFrame(
        [(u, t + 1, s, y) for u, ys, s in rows for t, y in enumerate(ys)],
        columns=["unit", "time", "start", "y"],
    )
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["unit"]}
    design = build_design(frame, **columns, event_window=(-1, 1))
    result = estimate(design, frame["y"], estimator="bacon")
    expected = {
        "cohort=2,against=3": (4 - 1) - (3 - 2),
        "cohort=2,against=never": ((4 + 9) / 2 - 1) - ((5 + 6) / 2 - 3),
        "cohort=3,against=2": (8 - 3) - (9 - 4),
        "cohort=3,against=never": (8 - 2.5) - (6 - 4),
    }
    for term, value in expected.items():
        assert result.params[term] == pytest.approx(value, rel=1e-12, abs=1e-12)
    raw = np.array([1 / 3 * 1 / 3, 2 / 3 * 1 / 3, 2 / 3 * 1 / 3 - 1 / 3 * 1 / 3, 1 / 3 * 2 / 3])
    np.testing.assert_allclose(weights(result)[list(expected)], raw / raw.sum(), atol=1e-6)


def test_a_reform_after_the_window_is_no_treatment_yet():
    frame = panel(3)
    early = frame[frame["time"] < 6]
    result = estimate(build(early), early["y"], estimator="bacon")
    assert {term for term in result.params.index if "against=" in term} == {
        "cohort=3,against=5",
        "cohort=3,against=never",
        "cohort=5,against=3",
        "cohort=5,against=never",
    }


def test_a_cohort_that_is_not_there_in_a_period_is_refused():
    frame = panel(4)
    frame.loc[(frame["start"] == 5) & (frame["time"] == 7), "y"] = np.nan
    with pytest.raises(DesignError, match="5 in 7"):
        estimate(build(frame), frame["y"], estimator="bacon")


def test_anticipation_moves_the_treated_periods():
    frame = panel(5)
    moved = frame.assign(start=frame["start"] - 1)
    a = estimate(build(frame, anticipation=1, reference=-2), frame["y"], estimator="bacon")
    b = estimate(build(moved), frame["y"], estimator="bacon")
    np.testing.assert_allclose(a.params, b.params, rtol=1e-12)
    assert "cohort=3,against=5" in a.params.index and "cohort=2,against=4" in b.params.index


def test_cohorts_that_no_observed_period_tells_apart_are_one_to_the_other():
    """Without the months between two dates, no time has the reform in one and not in the other."""
    found = comparisons(np.array([3.0, 3.0, np.inf]), np.array([0.3, 0.2, 0.5]), 8)
    assert [(c.treated, c.against) for c in found] == [(0, 2), (1, 2)]
    assert sum(c.weight for c in found) == pytest.approx(1.0)
    assert all(np.isfinite(c.contrast(8)).all() for c in found)
