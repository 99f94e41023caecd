"""Anticipation and donut: against designs by hand, and effects that stand on the periods around the reform alone."""

import numpy as np
import pytest

from dipeval.check.exclusions.again import event_times, redesigned
from dipeval.check.exclusions.around_reform import anticipation, donut, moved
from dipeval.errors import DataError
from dipeval.infer import infer


def test_event_times_and_moved_reforms(world):
    rows = world(cities=4, periods=14)
    expected = world(cities=4, periods=14, effect=lambda r: r["e"].fillna(0))
    assert len(expected) == len(rows)
    times = event_times(rows)
    at = (rows["city"] == "city00") & (rows["hospital"] == "h0")
    assert times[at].tolist() == [float(k - 10) for k in range(14)]
    assert np.isnan(times[rows["city"] == "city01"]).all()
    assert set(moved(rows, 11)["cohort"]) == {"2018-12", "2019-03", "never"}


@pytest.mark.parametrize("estimator", ["imputation", "twfe", "group_time"])
def test_what_is_left_out_has_no_part_in_the_effect(world, studied, asked, estimator):
    """Whatever the outcome is within the donut, and in the periods before, the estimate stays."""
    frame = world(noise=0.1, cities=6, hospitals=3, periods=18)
    subject = studied(frame, estimator)
    times = event_times(frame)
    wild = frame.assign(care_days=frame["care_days"] + 1e4 * ((times >= -2) & (times < 2)))
    for found in (
        donut(subject, asked("donut", periods=[2])),
        donut(studied(wild, estimator), asked("donut", periods=[2])),
    ):
        assert found.effects[0].value == pytest.approx(-1.0, abs=0.15)
        assert "2 months" in found.effects[0].label[0]
    before = frame.assign(care_days=frame["care_days"] + 1e4 * ((times >= -2) & (times < 0)))
    pair = [anticipation(studied(f, estimator), asked("anticipation", periods=[2])) for f in (frame, before)]
    assert pair[0].effects[0].value == pytest.approx(pair[1].effects[0].value, rel=1e-9)


def test_anticipation_left_out_is_that_of_the_design(world, studied, asked):
    subject = studied(world(noise=0.15), "twfe")
    found = anticipation(subject, asked("anticipation", periods=[1, 3]))
    imputed = studied(world(noise=0.15))
    alike = redesigned(
        imputed,
        ("", ""),
        imputed.rows,
        (event_times(imputed.rows) >= -3) & (event_times(imputed.rows) < 0),
        anticipation=3,
    )
    # imputation leaves the anticipated periods out of what it compares with, so leaving out their rows changes nothing
    assert alike.effect.value == pytest.approx(
        imputed.refit(imputed.rows, anticipation=3).params["att"], rel=1e-9
    )
    assert found.verdict == "passed"
    assert (
        found.exhibits[0].frame["panel_en"].tolist()[1:]
        == ["Effect of the reform"] * 2 + ["Change before the reform"] * 2
    )


def test_a_change_before_the_reform_fails(world, studied, asked):
    def early(rows):
        return np.select([rows["e"] >= 0, rows["e"] >= -2], [-1.0, 0.8], 0.0)

    found = anticipation(studied(world(effect=early), "twfe"), asked("anticipation", periods=[1, 2]))
    table = found.exhibits[1].frame
    said = table[(table["column"] == "state")].set_index("label_en")["text_en"]
    assert found.verdict == "failed"
    assert said["In the 2 months before: Conclusion"] == "changed already"


def test_too_little_data_to_see_anticipation_is_no_pass(world, studied, asked):
    noisy = studied(world(noise=1.2, hospitals=3), "twfe")
    found = anticipation(noisy, asked("anticipation", periods=[1]))
    assert found.verdict == "informative" and "with a chance of only" in found.sentence[0]


def test_an_effect_at_the_reform_alone_fails_the_donut(world, studied, asked):
    def spike(rows):
        return np.where((rows["e"] >= 0) & (rows["e"] < 2), -5.0, 0.0)

    found = donut(studied(world(effect=spike)), asked("donut", periods=[2]))
    assert found.verdict == "failed"


def test_more_periods_than_there_are_stay_with_their_reason(sound, asked):
    found = donut(sound, asked("donut", periods=[1, 14]))
    assert (
        np.isfinite(found.effects[0].value)
        and np.isnan(found.effects[1].value)
        and found.effects[1].reason[0]
    )


@pytest.mark.parametrize("periods", [[], [0, 1]])
def test_periods_must_be_some(sound, asked, periods):
    with pytest.raises(DataError, match=r"\[1, 2, 3\]"):
        donut(sound, asked("donut", periods=periods))


def test_few_clusters_have_the_jackknife_of_what_came_before(world, studied, asked):
    subject = studied(world(cities=6), "twfe")
    table = anticipation(subject, asked("anticipation", periods=[2])).exhibits[1].frame
    shown = table[(table["label_en"] == "In the 2 months before: Effect (interval)")].iloc[0]
    rows = moved(subject.rows, 2)[~(event_times(subject.rows) >= 0)]
    fitted = infer(subject.refit(rows), "cluster", cluster="city", small_sample="CR3")
    assert (shown["low"], shown["high"]) == tuple(fitted.conf_int().iloc[0])


@pytest.mark.slow
def test_clean_panels_are_rarely_flagged_and_early_changes_found(world, studied, asked):
    """Of 100 clean panels at most 9 fail (a rate of 5 % gives more with a chance below 3 %); of early ones most do."""
    clean = [studied(world(seed=s, noise=0.6, hospitals=3, effect=-0.5), "twfe") for s in range(100)]
    failed = [anticipation(one, asked("anticipation")).verdict == "failed" for one in clean]
    assert sum(failed) <= 9

    def early(rows):
        return np.select([rows["e"] >= 0, rows["e"] >= -2], [-1.0, 0.8], 0.0)

    broken = [studied(world(seed=s, noise=0.6, effect=early), "twfe") for s in range(20)]
    assert sum(anticipation(one, asked("anticipation")).verdict == "failed" for one in broken) >= 16
