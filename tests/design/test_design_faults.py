"""A design that cannot answer says what is wrong, where and what to do, all at once."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DesignError


def problems(build, frame, **options):
    with pytest.raises(DesignError) as caught:
        build(frame, **options)
    return str(caught.value), caught.value.problems


def test_hospital_month_twice(frame, build):
    text, _ = problems(build, pd.concat([frame, frame.iloc[[4]]]))
    assert "hospital-periods twice" in text and "A1 in 2019-05" in text


def test_cohort_changes_within_hospital(frame, build):
    frame.loc[3, "start"] = "2019-06"
    text, _ = problems(build, frame)
    assert "changes within a hospital" in text and "A1" in text


def test_hospital_in_two_clusters(frame, build):
    frame.loc[3, "city"] = "B"
    text, _ = problems(build, frame)
    assert "a hospital is in two clusters" in text and "A1" in text


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "zero or below"), (-1, "zero or below"), (np.inf, "infinite"), (np.nan, "missing")],
)
def test_weights(frame, build, value, words):
    frame["w"] = 1.0
    frame.loc[5, "w"] = value
    text, _ = problems(build, frame, weights="w")
    assert words in text and "column w" in text


def test_treated_city_without_data_before(frame, build):
    frame = frame[~((frame["city"] == "A") & (frame["month"] < "2019-03"))]
    text, found = problems(build, frame)
    assert "a treated cluster has no data before its reform" in text
    assert any(p.evidence == ("A",) for p in found)
    assert any(p.where == "cohort" and p.evidence == ("2019-03",) for p in found)


def test_cohort_before_the_first_period(frame, build):
    frame.loc[frame["city"] == "A", "start"] = "2018-11"
    text, _ = problems(build, frame)
    assert "has no data before its reform" in text and "before the first period" in text


def test_cluster_above_the_reform_does_not_need_data_before(frame, build):
    """A canton whose hospitals were reformed at different times may hold one without earlier data."""
    frame["canton"] = frame["hospital"].map({"A1": 1, "B1": 1, "C1": 1, "A2": 2, "B2": 2, "C2": 2})
    late = frame[~((frame["hospital"] == "A2") & (frame["month"] < "2019-03"))]
    assert "A2" not in build(late, clusters=["canton"]).unit_names


def test_no_comparison_left(frame, build):
    frame["start"] = "2019-03"
    text, _ = problems(build, frame)
    assert "no treated period has a never- or not-yet-treated comparison" in text


def test_no_never_treated_left(frame, build):
    frame["start"] = frame["start"].fillna("2019-06")
    build(frame)
    text, _ = problems(build, frame, comparison="never_treated")
    assert "no never-treated hospital is left" in text


def test_nobody_treated(frame, build):
    frame["start"] = None
    text, _ = problems(build, frame)
    assert "no hospital is treated inside the calendar" in text


def test_single_cluster(frame, build):
    text, _ = problems(build, frame.assign(country="x"), clusters=["city", "country"])
    assert "cluster country: has a single cluster" in text


def test_labels_that_are_no_period(frame, build):
    frame.loc[0, "month"] = "spring"
    frame.loc[0:5, "start"] = "later"
    text, found = problems(build, frame)
    assert "'spring'" in text and "'later'" in text and len(found) == 2


def test_mixed_frequencies(frame, build):
    frame.loc[frame["city"] == "A", "start"] = "2019Q2"
    text, _ = problems(build, frame)
    assert "mixes frequencies" in text
    frame.loc[frame["city"] == "B", "start"] = "2019Q3"
    text, _ = problems(build, frame)
    assert "another frequency than the periods" in text


def test_periods_not_equally_spaced(build):
    rows = [(h, t, 2004 if h < 2 else None, h) for h in range(4) for t in (2000, 2002, 2004, 2006)]
    frame = pd.DataFrame(rows, columns=["hospital", "month", "start", "city"])
    text, _ = problems(build, frame)
    assert "all periods are 2 apart" in text


def test_missing_identifiers(frame, build):
    frame.loc[0, "hospital"] = None
    frame.loc[1, "city"] = None
    frame.loc[2, "month"] = None
    text, found = problems(build, frame)
    assert {p.where for p in found} == {"column hospital", "column city", "column month"}
    assert text.startswith("design: 3 problems")


def test_text_and_infinity_in_a_covariate(frame, build):
    frame["beds"] = [str(k) for k in range(len(frame))]
    frame.loc[3, "beds"] = "many"
    text, _ = problems(build, frame, covariates=["beds"])
    assert "column beds: holds text" in text
    frame["beds"] = 1.0
    frame.loc[3, "beds"] = np.inf
    text, _ = problems(build, frame, covariates=["beds"])
    assert "column beds: holds infinite values" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unit": "hospitl"}, "did you mean 'hospital'?"),
        ({"comparison": "not_yet"}, "did you mean 'not_yet_treated'?"),
        ({"anticipation": -1}, "is negative"),
        ({"event_window": (2, 12)}, "does not span the reform"),
        ({"reference": 0}, "is not an untreated event time"),
        ({"reference": -1, "anticipation": 1}, "is not an untreated event time"),
        ({"event_window": (-4, 4.5)}, "are not all whole numbers"),
        ({"clusters": []}, "names no column"),
        ({"periods": ["2019-01", "2019-03"]}, "are not consecutive"),
    ],
)
def test_options(frame, build, options, words):
    text, _ = problems(build, frame, **options)
    assert words in text


def test_an_empty_panel(frame, build):
    text, _ = problems(build, frame.iloc[:0])
    assert "has no rows" in text
