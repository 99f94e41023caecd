"""Event-time rows of several estimators side by side."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe import EstimateFrames, event_study_exhibit
from dipeval.vocabulary import outcomes

STAFF = outcomes()["staff_share"]


def test_the_first_estimate_is_the_main_one_and_only_event_times_are_shown(estimate):
    made = event_study_exhibit([estimate(), estimate("twfe_event_study")], STAFF, frequency="year")
    frame = made.frame
    assert frame["event_time"].tolist() == [-2, -1, 0, 1] * 2
    assert set(frame.loc[frame["is_main"], "series"]) == {"imputation"}
    assert frame.loc[frame["is_reference"], "value"].tolist() == [0, 0]
    assert frame["count"].tolist() == [500.0] * 8
    assert made.title_en == "Effect of the reform on staff share of cost"


def test_what_is_not_identified_stays_and_is_noted_with_its_reason(estimate):
    reason = "not identified: no comparison"
    made = event_study_exhibit([estimate(notes={0: reason, 1: reason})], STAFF, frequency="year")
    assert made.frame["value"].isna().sum() == 2
    assert f"Imputation, event time 0, 1: no estimate, {reason}." in made.notes_en
    assert any(reason in note and "无估计值" in note for note in made.notes_zh)


def test_a_note_on_a_number_is_told_but_the_reference_is_not(estimate):
    made = event_study_exhibit(
        [estimate(notes={-2: "event time -2 and all before it"})], STAFF, frequency="year"
    )
    assert "Imputation, event time −2: event time -2 and all before it." in made.notes_en
    assert not any("reference period" in note for note in made.notes_en)
    assert made.notes_en[0] == "Imputation: 95% confidence intervals (CR1 by hospital, t(9))."


def test_the_truth_is_drawn_only_for_synthetic_data(estimate):
    truth = pd.DataFrame({"event_time": [-9, 0, 1], "true_effect": [0.0, -0.01, -0.02]})
    made = event_study_exhibit([estimate()], STAFF, frequency="year", truth=truth, synthetic=True)
    shown = made.frame[made.frame["series"] == "truth"]
    assert shown["event_time"].tolist() == [0, 1] and shown["value"].tolist() == [-0.01, -0.02]
    assert shown["count"].isna().all() and shown["std_error"].isna().all()
    with pytest.raises(ValueError, match="synthetic"):
        event_study_exhibit([estimate()], STAFF, frequency="year", truth=truth)


def test_estimates_that_do_not_belong_are_refused(estimate):
    with pytest.raises(ValueError, match="no event times of staff_share"):
        event_study_exhibit([estimate(outcome="mortality")], STAFF, frequency="year")
    with pytest.raises(ValueError, match="two estimates of one estimator"):
        event_study_exhibit([estimate(), estimate()], STAFF, frequency="year")
    with pytest.raises(ValueError, match="needs an estimate"):
        event_study_exhibit([], STAFF, frequency="year")


def test_frames_of_different_terms_are_refused(estimate):
    found = estimate()
    with pytest.raises(ValueError, match="different terms"):
        EstimateFrames(found.tidy, found.terms.iloc[::-1], found.glance)
    with pytest.raises(ValueError, match="not one"):
        EstimateFrames(found.tidy, found.terms, pd.concat([found.glance] * 2))


def test_real_estimates_have_the_frames(estimate):
    found = estimate()

    class Made:
        terms = found.terms

        def tidy(self):
            return found.tidy

        def glance(self):
            return found.glance

    rows = EstimateFrames.of(Made()).rows()
    assert {"kind", "count", "largest_share"} <= set(rows.columns)
    assert np.isfinite(rows["count"]).all()


def test_every_registered_estimator_has_a_short_name():
    from dipeval.describe.event_study import ESTIMATORS as NAMES
    from dipeval.estimate.registry import ESTIMATORS

    assert set(NAMES) == set(ESTIMATORS)
    assert all(english and chinese for english, chinese in NAMES.values())
