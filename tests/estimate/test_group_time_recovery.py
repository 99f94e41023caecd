"""Group-time effects worked out by hand, and known effects that come back."""

import json

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer

EVERY = ["overall", "event_time", "cohort", "period", "cell"]
PANEL = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city", "hospital"]}


@pytest.fixture(scope="module")
def full(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    return frame.assign(cohort=frame["cohort"].where(frame["cohort"] > 0))


@pytest.fixture(scope="module")
def truth(shared):
    text = (shared / "reference" / "data" / "hospital_panel_truth.json").read_text(encoding="utf-8")
    return json.loads(text)


@pytest.fixture
def three():
    """Two hospitals reformed in period 2, one in period 3, two never."""
    outcomes = {"a": [1, 4, 9], "b": [2, 7, 8], "c": [3, 4, 9], "d": [1, 2, 4], "e": [2, 5, 5]}
    start = {"a": 2, "b": 2, "c": 3, "d": None, "e": None}
    rows = [(h, t + 1, start[h], y) for h, ys in outcomes.items() for t, y in enumerate(ys)]
    return pd.DataFrame(rows, columns=["hospital", "year", "start", "y"])


def run(frame, **options):
    design = {k: options.pop(k) for k in ("comparison", "weights") if k in options}
    built = build_design(
        frame,
        unit="hospital",
        time="year",
        cohort="start",
        clusters=["hospital"],
        event_window=(-2, 2),
        **design,
    )
    return estimate(built, frame["y"], estimator="group_time", aggregate=EVERY, **options)


def test_three_periods_by_hand(three):
    """Changes: a 3 then 5, b 5 then 1, c 1 then 5, d 1 then 2, e 3 then 0."""
    result = run(three, comparison="never_treated")
    effects = {
        "cohort=2,period=2": 4 - 2,
        "cohort=2,period=3": (8 + 6) / 2 - (3 + 3) / 2,
        "cohort=3,period=2": 1 - 2,
        "cohort=3,period=3": 5 - 1,
    }
    averages = {
        "att": (2 * 2 + 2 * 4 + 4) / 5,
        "event_time=-1": -1,
        "event_time=0": (2 * 2 + 4) / 3,
        "event_time=1": 4,
        "cohort=2": 3,
        "cohort=3": 4,
        "period=2": 2,
        "period=3": (2 * 4 + 4) / 3,
    }
    for term, value in (effects | averages).items():
        assert result.params[term] == pytest.approx(value, rel=1e-12), term
    late = run(three, comparison="not_yet_treated")
    assert late.params["cohort=2,period=2"] == pytest.approx(4 - (1 + 1 + 3) / 3, rel=1e-12)
    assert late.params["cohort=2,period=3"] == pytest.approx(4, rel=1e-12)
    overall = {"dynamic": (8 / 3 + 4) / 2, "group": (2 * 3 + 4) / 3, "calendar": (2 + 4) / 2}
    for kind, value in overall.items():
        found = run(three, comparison="never_treated", overall=kind)
        assert found.params["att"] == pytest.approx(value, rel=1e-12)


def test_error_of_a_cell_by_hand(three):
    """Changes 3 and 5 against 1 and 3: deviations ±1 over two each, squared and summed."""
    result = infer(run(three, comparison="never_treated"), cluster="hospital", small_sample="CR0")
    assert result.std_errors["cohort=2,period=2"] == pytest.approx(1, rel=1e-12)
    assert np.isfinite(result.std_errors["cohort=3,period=3"])


def test_universal_base_by_hand(three):
    result = run(three, comparison="never_treated", base_period="universal")
    assert result.params["cohort=3,period=1"] == pytest.approx(-1 + 2, rel=1e-12)
    rows = result.terms.set_index("term")
    assert rows.loc["cohort=3,period=2", "is_reference"] and rows.loc["cohort=2,period=1", "is_reference"]
    assert rows.loc["event_time=-1", "is_reference"] and result.params["event_time=-1"] == 0


def test_weights_are_copies(three):
    weighted = run(three.assign(w=np.where(three["hospital"] == "a", 2.0, 1.0)), weights="w")
    copied = run(pd.concat([three, three[three["hospital"] == "a"].assign(hospital="f")], ignore_index=True))
    np.testing.assert_allclose(weighted.params, copied.params, rtol=1e-12)


def test_what_stands_behind_the_terms(three):
    rows = run(three, comparison="never_treated").terms.set_index("term")
    facts = ["n_obs", "n_hospitals", "n_treated", "count"]
    assert rows.loc["cohort=2,period=3", facts].tolist() == [2, 2, 2, 2]
    assert rows.loc["att", ["n_obs", "n_hospitals", "n_treated"]].tolist() == [15, 5, 3]
    assert rows.loc["att", "count"] == 5 and rows.loc["att", "largest_share"] == pytest.approx(2 / 5)
    assert rows.loc["event_time=0", facts].tolist() == [3, 3, 3, 3]
    assert rows.loc["cohort=2", "largest_share"] == pytest.approx(0.5)


def test_facts_of_complete_panels_are_those_of_rows(full):
    """Counted by cohort and period or by row, with cases and without."""
    from dipeval.estimate.group_time_facts import cell_facts
    from dipeval.estimate.sample import make_sample
    from dipeval.estimate.terms import group_facts

    rng = np.random.default_rng(2)
    for cases in (None, "discharges"):
        design = build_design(full, **PANEL, n_cases=cases)
        sample = make_sample(design, full["log_cost"], [], "y", "y")
        cohorts = np.array(design.cohorts)
        position = np.searchsorted(cohorts, sample.unit_cohort)
        where = rng.integers(-1, 4, (len(cohorts) + 1, design.n_periods))
        where[-1] = -1
        fast = cell_facts(sample, position, where, 4)
        rows = group_facts(sample, where[sample.layout.spread(position), sample.time], 4)
        pd.testing.assert_frame_equal(pd.DataFrame(fast), pd.DataFrame(rows))


@pytest.mark.parametrize("options", [{}, {"gaps": "cross_sections"}, {"base_period": "universal"}])
def test_without_noise_every_effect_is_exact(full, truth, options):
    """Levels + a common trend + the true effects: each effect returns to rounding."""
    outcome = full["hospital"] * 0.01 + np.sin(full["month"]) + full["tau"]
    if options.get("gaps") == "cross_sections":
        outcome = outcome - full["hospital"] * 0.01
    design = build_design(full, **PANEL, comparison="never_treated", event_window=(-5, 47))
    result = estimate(design, outcome, estimator="group_time", **options)
    treated = full[full["month"] >= full["cohort"]]
    assert result.params["att"] == pytest.approx(treated["tau"].mean(), rel=1e-10)
    for event, effect in treated.groupby(treated["month"] - treated["cohort"])["tau"].mean().items():
        term = f"event_time={int(event)}"
        if term in result.params.index:
            assert result.params[term] == pytest.approx(effect, rel=1e-9)
    leads = result.params[[f"event_time={e}" for e in range(-5, 0)]]
    assert np.abs(leads).max() < 1e-12


@pytest.mark.parametrize("method", ["doubly_robust", "outcome_regression", "inverse_probability"])
def test_with_noise_truth_is_within_the_errors(full, truth, method):
    design = build_design(full, **PANEL, covariates=["log_beds", "teaching"], comparison="never_treated")
    result = infer(
        estimate(design, full["log_cost"], estimator="group_time", method=method), cluster="hospital"
    )
    assert abs(result.params["att"] - truth["overall_att"]) < 4 * result.std_errors["att"]
    leads = [f"event_time={e}" for e in range(-12, 0)]
    assert np.abs(result.params[leads] / result.std_errors[leads]).max() < 4


def test_drawn_cases_give_the_effect_back():
    """Cross-sections without hospitals: a trend by covariates that outcome regression must take out."""
    rng = np.random.default_rng(6)
    n = 40_000
    city, month = rng.integers(0, 40, n), rng.integers(0, 8, n)
    start = np.array([3.0, 5, np.nan, np.nan])[city % 4]
    x = rng.normal(size=n) + 0.3 * (city % 4 == 0)
    y = 0.5 * (city % 4) + 0.2 * month * x - 0.4 * (month >= start) + rng.normal(scale=0.5, size=n)
    frame = pd.DataFrame({"city": city, "month": month, "start": start, "x": x, "y": y})
    columns = {"unit": None, "time": "month", "cohort": "start", "clusters": ["city"], "covariates": ["x"]}
    design = build_design(frame, **columns, sampling="cross_sections", event_window=(-3, 4))
    result = infer(estimate(design, frame["y"], estimator="group_time"), cluster="city")
    assert abs(result.params["att"] + 0.4) < 4 * result.std_errors["att"] < 0.1
    plain = estimate(design, frame["y"], estimator="group_time", covariates=[])
    assert abs(plain.params["att"] + 0.4) > abs(result.params["att"] + 0.4)
    assert result.n_hospitals == 0 and result.terms["n_obs"].max() == n
