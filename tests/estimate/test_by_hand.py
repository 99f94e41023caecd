"""Small designs worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer


def panel(outcomes, start):
    """One row a hospital and period; `outcomes` by hospital, `start` the first treated period or None."""
    rows = [
        (hospital, t + 1, start[hospital], y) for hospital, ys in outcomes.items() for t, y in enumerate(ys)
    ]
    return pd.DataFrame(rows, columns=["hospital", "year", "start", "y"])


def build(frame, **options):
    window = {"event_window": (-2, 2)}
    return build_design(
        frame, unit="hospital", time="year", cohort="start", clusters=["hospital"], **window | options
    )


TWO_BY_TWO = panel(
    {"a": [1, 4], "b": [2, 7], "c": [3, 4], "d": [5, 5]}, {"a": 2, "b": 2, "c": None, "d": None}
)


@pytest.mark.parametrize("estimator", ["twfe", "twfe_event_study", "imputation"])
def test_two_by_two(estimator):
    """Changes of 3 and 5 against 1 and 0: the effect is 4 - 0.5."""
    result = estimate(build(TWO_BY_TWO), TWO_BY_TWO["y"], estimator=estimator)
    term = {"twfe": "treated", "twfe_event_study": "event_time=0", "imputation": "att"}[estimator]
    assert result.params[term] == pytest.approx(3.5, rel=1e-12)


def test_two_by_two_errors():
    """Changes differ from their means by ±1 and ±0.5; each mean is over two: variance (2 + 0.5) / 4."""
    plain = infer(
        estimate(build(TWO_BY_TWO), TWO_BY_TWO["y"], estimator="imputation"),
        cluster="hospital",
        small_sample="CR0",
    )
    assert plain.std_errors["att"] == pytest.approx(np.sqrt(2.5 / 4), rel=1e-12)
    assert plain.inference.df == np.inf
    least_squares = infer(estimate(build(TWO_BY_TWO), TWO_BY_TWO["y"], estimator="twfe"), cluster="hospital")
    # G = 4, N = 8, K = treatment and two periods
    assert least_squares.std_errors["treated"] == pytest.approx(np.sqrt(2.5 / 4 * 4 / 3 * 7 / 5), rel=1e-12)
    assert least_squares.inference.df == 3


THREE = panel(
    {"a": [1, 4, 9], "b": [2, 3, 8], "c": [3, 5, 6]},
    {"a": 2, "b": 3, "c": None},
)


def test_three_by_three_imputation():
    """Period 2 from b and c: +1 and +2, so +1.5; period 3 from c with its level.

    Untreated rows: a1, b1 b2, c1 c2 c3. Least squares: c3 is fitted exactly, so γ2 = 1.5 (γ1 = 0),
    levels b = 1.75 and c = 3.25, γ3 = 2.75; a = 1.
    """
    result = estimate(build(THREE), THREE["y"], estimator="imputation", leads=0)
    expected = {
        "event_time=0": ((4 - 1 - 1.5) + (8 - 1.75 - 2.75)) / 2,
        "event_time=1": 9 - 1 - 2.75,
        "att": ((4 - 2.5) + (8 - 4.5) + (9 - 3.75)) / 3,
        "cohort=2": ((4 - 2.5) + (9 - 3.75)) / 2,
        "cohort=3": 8 - 4.5,
    }
    for term, value in expected.items():
        assert result.params[term] == pytest.approx(value, rel=1e-12)


def test_three_by_three_two_way():
    """Treatment a2 a3 b3; its doubly demeaned values are weights on y."""
    d = np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], float)
    residual = d - d.mean(1, keepdims=True) - d.mean(0) + d.mean()
    y = THREE["y"].to_numpy().reshape(3, 3)
    result = estimate(build(THREE), THREE["y"], estimator="twfe")
    assert result.params["treated"] == pytest.approx((residual * y).sum() / (residual**2).sum(), rel=1e-12)


def test_a_period_without_comparison_is_a_row_with_its_reason():
    frame = panel({"a": [1, 4, 9, 7], "b": [2, 3, 8, 9], "c": [3, 5, 6, 2]}, {"a": 2, "b": 3, "c": 4})
    result = infer(estimate(build(frame), frame["y"], estimator="imputation"), cluster="hospital")
    rows = result.tidy().set_index("term")
    assert rows.loc["event_time=1", "n_obs"] == 1
    assert (
        rows.loc["event_time=1", "note"] == "1 of 2 hospital-periods have no counterfactual and are left out"
    )
    lost = rows.loc["event_time=2"]
    assert np.isnan(lost[["estimate", "std_error", "p_value", "conf_low"]].astype(float)).all()
    assert lost["note"] == "not identified: none of 1 hospital-periods has a counterfactual"
    assert rows.loc["cohort=4", "note"].startswith("not identified")
    assert [e.rule for e in result.ledger] == ["design", "no_counterfactual"]
    assert any("3 of 6 treated hospital-periods have no counterfactual" in w for w in result.warnings)


def test_leads_that_are_all_covered_take_the_earliest_as_reference():
    frame = panel(
        {"a": [1, 2, 9], "b": [2, 3, 8], "c": [3, 5, 6], "d": [3, 4, 6]}, dict(a=3, b=3, c=None, d=None)
    )
    result = estimate(build(frame), frame["y"], estimator="imputation")
    rows = result.terms.set_index("term")
    assert rows.loc["event_time=-2", "is_reference"] and result.params["event_time=-2"] == 0
    # changes from period 1 to 2: a and b +1, c and d +1.5 on average
    assert result.params["event_time=-1"] == pytest.approx(-0.5, rel=1e-12)


def test_what_stands_behind_a_term():
    frame = TWO_BY_TWO.assign(cases=[10, 30, 10, 70, 5, 5, 5, 5])
    result = estimate(build(frame, n_cases="cases"), frame["y"], estimator="imputation")
    row = result.terms.set_index("term").loc["event_time=0"]
    assert (row["n_obs"], row["n_hospitals"], row["n_treated"]) == (2, 2, 2)
    assert (row["count"], row["largest_share"]) == (100, 0.7)
    whole = result.terms.set_index("term").loc["att"]
    assert (whole["n_obs"], whole["n_hospitals"], whole["n_treated"], whole["count"]) == (8, 4, 2, 100)
