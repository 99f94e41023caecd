"""Table 1 against a panel computed by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe import Variable, table_one
from dipeval.describe.contributors import behind, contributors
from dipeval.vocabulary import outcomes


def arms_of(frame):
    return pd.Series(np.where(frame["cohort"].isna(), "control", "treated")), frame["period"] >= "2019"


def cell(exhibit, variable, arm, when, level=""):
    frame = exhibit.frame
    found = frame[
        (frame["variable"] == variable)
        & (frame["arm"] == arm)
        & (frame["when"] == when)
        & (frame["level"] == level)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_sizes(small):
    arms, after = arms_of(small)
    made = table_one(small, arms, after, [])
    assert cell(made, "hospitals", "treated", "after")["value"] == 2
    assert cell(made, "hospital_periods", "treated", "after")["value"] == 4
    assert cell(made, "discharges", "treated", "before")["value"] == 150
    assert cell(made, "discharges", "treated", "before")["count"] == 150
    assert cell(made, "discharges", "treated", "before")["largest_share"] == pytest.approx(100 / 150)


def test_mean_and_deviation_unweighted_and_weighted(small):
    arms, after = arms_of(small)
    per_case = Variable.of_outcome(small, outcomes()["cost_per_case"])
    plain = cell(table_one(small, arms, after, [per_case]), "cost_per_case", "treated", "before")
    assert plain["value"] == pytest.approx((10 + 6) / 2)
    assert plain["spread"] == pytest.approx(np.std([10, 6], ddof=1))
    weighted = table_one(small, arms, after, [per_case], weighted=True)
    assert cell(weighted, "cost_per_case", "treated", "before")["value"] == pytest.approx(1300 / 150)
    assert "weighted by discharges" in weighted.notes_en[0]
    assert "not weighted" in table_one(small, arms, after, [per_case]).notes_en[0]


def test_differences_stand_between_the_arms_of_one_moment(small):
    arms, after = arms_of(small)
    per_case = Variable.of_outcome(small, outcomes()["cost_per_case"])
    frame = table_one(small, arms, after, [per_case]).frame
    found = frame[(frame["statistic"] == "standardised_difference") & (frame["when"] == "before")].iloc[0]
    treated, control = np.array([10.0, 6.0]), np.array([10.0, 5.0])
    pooled = np.sqrt((treated.var(ddof=1) + control.var(ddof=1)) / 2)
    assert found["value"] == pytest.approx(abs(treated.mean() - control.mean()) / pooled)
    assert found["count"] == 100  # the smaller arm decides whether it may be shown


def test_attributes_count_hospitals_by_the_value_of_most_periods(small):
    small.loc[(small["hospital"] == "a1") & (small["period"] == "2020"), "level"] = "secondary"
    small.loc[small["hospital"] == "b2", "level"] = None
    arms, _ = arms_of(small)
    made = table_one(small, arms, pd.Series(False, index=small.index), [], ["level"])
    assert cell(made, "level", "treated", "before", "tertiary")["value"] == 1
    assert cell(made, "level", "treated", "before", "tertiary")["spread"] == 0.5
    assert cell(made, "level", "control", "before", "missing")["value"] == 1
    assert "secondary" not in set(made.frame["level"])
    shares = made.frame[(made.frame["statistic"] == "n_percent") & (made.frame["when"] == "before")]
    assert shares.groupby("arm")["spread"].sum().tolist() == pytest.approx([1, 1])
    order = list(dict.fromkeys(made.frame["level"]))
    assert [v for v in order if v in ("tertiary", "primary", "missing")] == ["tertiary", "primary", "missing"]


def test_a_numeric_attribute_is_described_as_a_variable(small):
    arms, after = arms_of(small)
    made = table_one(small, arms, after, [], ["total_cost"])
    assert cell(made, "total_cost", "treated", "before")["value"] == pytest.approx((1000 + 300) / 2)


def test_what_is_left_out_is_noted(small):
    small.loc[0, "discharges"] = 0
    arms, after = arms_of(small)
    arms[11] = None
    per_case = Variable.of_outcome(small, outcomes()["cost_per_case"])
    notes = " ".join(table_one(small, arms, after, [per_case]).notes_en)
    assert "1 hospital-years belong to no arm" in notes
    assert "Cost per case: undefined in 1 hospital-years" in notes


def test_series_that_do_not_fit_are_refused(small):
    arms, after = arms_of(small)
    with pytest.raises(ValueError, match="12 rows, 11 arms"):
        table_one(small, arms[:-1], after, [])
    with pytest.raises(ValueError, match="no row belongs to an arm"):
        table_one(small, pd.Series([None] * 12), after, [])
    with pytest.raises(ValueError, match="1 values for 12 rows"):
        table_one(small, arms, after, [Variable("x", "x", "x", "days", np.ones(1))])


def test_the_order_of_the_rows_changes_nothing(small):
    arms, after = arms_of(small)
    per_case = Variable.of_outcome(small, outcomes()["cost_per_case"])
    made = table_one(small, arms, after, [per_case], ["level"])
    turned = small.iloc[::-1].reset_index(drop=True)
    arms, after = arms_of(turned)
    again = table_one(
        turned, arms, after, [Variable.of_outcome(turned, outcomes()["cost_per_case"])], ["level"]
    )
    pd.testing.assert_frame_equal(made.frame, again.frame)


def test_contributors_count_cases_of_hospitals_within_cities(small):
    small["hospital"] = small["hospital"].str[1:]  # the same codes in two cities are two hospitals
    found = contributors(small, [small["period"]])
    assert behind(found, "2018") == {"count": 250.0, "largest_share": 0.4}
    assert behind(found, "1999")["count"] == 0
