"""Traits of cases as outcomes: what moves is found, what does not is not."""

import numpy as np
import pytest

from dipeval.check.kinds.case_mix import check
from dipeval.check.selection.mix import moved_traits
from dipeval.check.selection.traits import panel_traits
from dipeval.errors import DataError


def test_traits_that_the_panel_tells(make_stays):
    made = panel_traits(make_stays(cities=2, hospitals=1))
    assert [(one.name, one.section) for one in made] == [
        ("mean_age", "patients"),
        ("log_discharges", "volume"),
    ]
    with pytest.raises(DataError, match="case_weight"):
        panel_traits(make_stays(cities=2, hospitals=1), ["casemix_by_points"])
    with pytest.raises(DataError, match="nothing about the cases"):
        panel_traits(make_stays(cities=2, hospitals=1).drop(columns="age").assign(discharges=10))


def test_nothing_moves(make_stays, make_subject, ask):
    frame = make_stays(seed=3)
    subject = make_subject(frame)
    found = check(subject, ask("mix", "case_mix", outcomes=(), tolerance=0.25))
    assert found.verdict == "passed"
    assert "None of 2" in found.sentence[0]
    assert "2项病例特征均未" in found.sentence[1]
    assert [e.name for e in found.exhibits] == ["mix", "mix_deviations"]
    narrow = check(subject, ask("mix", "case_mix", outcomes=(), tolerance=0.001))
    assert narrow.verdict == "informative"


def test_older_patients_are_found_and_scaled(make_stays, make_subject, ask):
    frame = make_stays(seed=3)
    frame["age"] = frame["age"] + 2 * frame["after"] * frame["discharges"]
    subject = make_subject(frame, estimator="twfe")
    found = check(subject, ask("mix", "case_mix", outcomes=("mean_age",), tolerance=0.25))
    assert found.verdict == "failed"
    assert "mean age" in found.sentence[0]
    ((age,), _) = moved_traits(subject, panel_traits(frame, ["mean_age"]))
    assert age.effect.value == pytest.approx(2, abs=0.1)
    untreated = (frame["age"] / frame["discharges"])[~frame["after"]]
    assert age.mean == pytest.approx(untreated.mean())
    assert age.standardised.value == pytest.approx(age.effect.value / np.std(untreated))


def test_a_trait_that_cannot_be_estimated_says_why(make_stays, make_subject):
    frame = make_stays(cities=8, hospitals=2)
    traits = panel_traits(frame, ["mean_age"])
    gone = np.where(frame["cohort"] == "never", np.nan, traits[0].values)
    only = [type(traits[0])("a", ("A", "甲"), "years", "patients", np.where(frame["after"], np.nan, gone))]
    ((found,), _) = moved_traits(make_subject(frame), only)
    assert found.effect.reason[0]
    assert np.isnan(found.adjusted)
