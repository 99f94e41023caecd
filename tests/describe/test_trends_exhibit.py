"""Trends by cohort against hand computation."""

import numpy as np
import pytest

from dipeval.describe import Variable, trends
from dipeval.vocabulary import outcomes


def per_case(frame):
    return Variable.of_outcome(frame, outcomes()["cost_per_case"])


def value(exhibit, cohort, period):
    frame = exhibit.frame
    return frame[(frame["cohort"] == cohort) & (frame["period"] == period)].iloc[0]


def test_weighted_and_plain_means(small):
    weighted = trends(small, per_case(small), small["cohort"])
    plain = trends(small, per_case(small), small["cohort"], weighted=False)
    assert value(weighted, "2019", "2019")["value"] == pytest.approx(2500 / 250)
    assert value(plain, "2019", "2019")["value"] == pytest.approx((11 + 6) / 2)
    assert "weighted by discharges" in weighted.notes_en[0]
    assert "each hospital counted once" in plain.notes_en[0]


def test_reform_dates_travel_and_the_never_treated_come_last(small):
    made = trends(small, per_case(small), small["cohort"])
    assert list(dict.fromkeys(made.frame["cohort"])) == ["2019", "never"]
    assert set(made.frame.loc[made.frame["cohort"] == "2019", "reform"]) == {"2019"}
    assert set(made.frame.loc[made.frame["cohort"] == "never", "reform"]) == {""}


def test_rows_without_a_value_count_in_nothing_and_are_noted(small):
    small.loc[0, "discharges"] = 0
    made = trends(small, per_case(small), small["cohort"])
    row = value(made, "2019", "2018")
    assert row["value"] == pytest.approx(6) and row["count"] == 50 and row["largest_share"] == 1
    assert "Undefined in 1 hospital-years" in made.notes_en[1]


def test_a_group_without_any_value_is_nan_and_stays(small):
    small.loc[small["city"] == "Anlan", "discharges"] = 0
    made = trends(small, per_case(small), small["cohort"])
    assert np.isnan(value(made, "2019", "2020")["value"]) and value(made, "2019", "2020")["count"] == 0


def test_labels_of_the_caller_and_wrong_lengths(small):
    made = trends(small, per_case(small), small["cohort"], labels={"2019": ("Acute", "急性期")})
    assert value(made, "2019", "2018")["label_zh"] == "急性期"
    assert value(made, "never", "2018")["label_en"] == "Never treated"
    with pytest.raises(ValueError, match="cohorts"):
        trends(small, per_case(small), small["cohort"][:3])
