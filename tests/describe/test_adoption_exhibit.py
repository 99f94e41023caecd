"""Who is treated when."""

import numpy as np
import pytest

from dipeval.describe import adoption_map


def states(exhibit, line):
    frame = exhibit.frame
    return frame[frame["line"] == line].sort_values("period")["state"].tolist()


def test_states_by_city(small):
    kept = small[~((small["city"] == "Beihe") & (small["period"] == "2019"))]
    made = adoption_map(kept["city"], kept["period"], kept["cohort"])
    assert states(made, "Anlan") == ["not_yet", "treated", "treated"]
    assert states(made, "Beihe") == ["never", "no_data", "never"]
    assert made.frame["count"].isna().all()


def test_hospitals_of_one_city_with_different_dates_are_partly_treated(small):
    small.loc[small["hospital"] == "a2", "cohort"] = "2020"
    made = adoption_map(small["city"], small["period"], small["cohort"])
    assert states(made, "Anlan") == ["not_yet", "partly", "treated"]
    middle = made.frame[(made.frame["line"] == "Anlan") & (made.frame["period"] == "2019")].iloc[0]
    assert middle["value"] == 0.5 and middle["reform"] == "2019"


def test_early_adopters_come_first_and_the_calendar_is_whole(small):
    small["cohort"] = np.where(small["city"] == "Beihe", "2018", "2019")
    made = adoption_map(
        small["city"], small["period"], small["cohort"], periods=["2017", "2018", "2019", "2020", "2021"]
    )
    assert list(dict.fromkeys(made.frame["line"])) == ["Beihe", "Anlan"]
    assert states(made, "Beihe") == ["no_data", "treated", "treated", "treated", "no_data"]


def test_a_city_that_left_is_neither_treated_nor_without_data(small):
    kept = small[~((small["city"] == "Anlan") & (small["period"] == "2020"))]
    for rows in (small, kept):
        made = adoption_map(rows["city"], rows["period"], rows["cohort"], ended={"Anlan": "2020"})
        assert states(made, "Anlan") == ["not_yet", "treated", "left"]
        assert "left" not in states(made, "Beihe")


def test_a_period_outside_the_calendar_is_refused(small):
    with pytest.raises(ValueError, match="2020"):
        adoption_map(small["city"], small["period"], small["cohort"], periods=["2018", "2019"])
    with pytest.raises(ValueError, match="3 cohorts"):
        adoption_map(small["city"], small["period"], small["cohort"][:3])
