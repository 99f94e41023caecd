"""Announcement, simulated and actual payment: spans by city, left out or taken as the start."""

import numpy as np
import pytest

from dipeval.check.exclusions.transition import exclude_transition, spans_of
from dipeval.errors import DataError
from dipeval.study.model import Dates


def dates_of(frame, simulated="2019-07", **other):
    cohort = frame[frame["cohort"] != "never"].groupby("city")["cohort"].first()
    return {city: Dates(simulated=simulated, payment=start) for city, start in cohort.items()} | other


def test_spans_are_those_of_the_city_files(world, studied):
    frame = world()
    lacking = {"city02": Dates(payment="2020-02")}
    subject = studied(frame, dates=dates_of(frame, **lacking))
    spans = spans_of(subject, "simulated", "payment")
    assert spans.since["city00"] == "2019-07" and spans.until["city00"] == "2019-11"
    assert spans.lacking == ("city02",)
    inside = subject.rows[spans.inside(subject.rows)]
    assert set(inside.loc[inside["city"] == "city00", "period"]) == {
        "2019-07",
        "2019-08",
        "2019-09",
        "2019-10",
    }
    assert "city02" not in set(inside["city"]) and "city01" not in set(inside["city"])


def test_left_out_and_begun_earlier_are_those_designs(world, studied, asked):
    frame = world()
    subject = studied(frame, dates=dates_of(frame))
    found = exclude_transition(subject, asked("exclude_transition"))
    inside = spans_of(subject, "simulated", "payment").inside(subject.rows)
    # imputation compares with all periods before, so leaving rows out is the same as dating the reform earlier too
    assert found.effects[0].value == pytest.approx(subject.fit(inside).params.iloc[0], rel=1e-9)
    earlier = frame.assign(cohort=frame["cohort"].where(frame["cohort"] == "never", "2019-07"))
    assert found.effects[1].value == pytest.approx(studied(earlier).main.params.iloc[0], rel=1e-9)
    assert found.verdict == "passed" and "then the reform" in found.method[0]


def test_estimators_with_one_base_compare_with_the_period_before_the_span(world, studied, asked):
    def from_simulation(rows):
        return np.where((rows["cohort"] != "never") & (rows["period"] >= "2019-07"), -1.0, 0.0)

    frame = world(effect=from_simulation, noise=0.1)
    subject = studied(frame, "group_time", dates=dates_of(frame))
    assert abs(subject.main.params["att"]) < 0.3  # the base lies inside the simulated phase
    found = exclude_transition(subject, asked("exclude_transition", how=["leave_out"]))
    assert found.effects[0].value == pytest.approx(-1.0, abs=0.15)


def test_an_effect_of_the_simulated_phase_alone_fails(world, studied, asked):
    def while_simulated(rows):
        return np.where((rows["e"] < 0) & (rows["period"] >= "2019-07"), -2.0, 0.0)

    frame = world(effect=while_simulated)
    found = exclude_transition(studied(frame, dates=dates_of(frame)), asked("exclude_transition"))
    assert found.verdict == "failed"


def test_full_coverage_after_payment(world, studied, asked):
    frame = world()
    dates = {city: Dates(payment=d.payment, full="2020-05") for city, d in dates_of(frame).items()}
    found = exclude_transition(
        studied(frame, dates=dates), asked("exclude_transition", since="payment", until="full")
    )
    assert len(found.effects) == 1 and found.verdict == "passed"


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({}, "write dates.simulated and dates.payment"),
        ({"city00": Dates(simulated="2019", payment="2019-11")}, "too coarse for a panel by month"),
        ({"city00": Dates(simulated="2019-12", payment="2019-11")}, "comes after payment"),
        ({"city00": Dates(simulated="2019-06", payment="2019-09")}, "begins in 2019-11 there"),
    ],
)
def test_dates_that_cannot_be(world, studied, asked, dates, said):
    with pytest.raises(DataError, match=said):
        exclude_transition(studied(world(), dates=dates), asked("exclude_transition"))
