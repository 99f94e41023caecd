"""The kind ``sensitivity``: verdicts by the rule, bounds that reach the breakdown value, what cannot be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.check.event_vector import EventVector
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED
from dipeval.check.registry import CHECKS
from dipeval.check.sensitivity.analysis import Analysis
from dipeval.check.sensitivity.asked import asked as to_analysis
from dipeval.check.sensitivity.asked import bounds, threshold, two_digits
from dipeval.check.sensitivity.breakdown import searched_breakdown
from dipeval.check.sensitivity.exhibits import method_note
from dipeval.check.sensitivity.of_study import verdict
from dipeval.check.sensitivity.words import sentence
from dipeval.disclose import gate
from dipeval.errors import DataError, DesignError
from dipeval.present.tabulation import tabulate

BETA = np.array([0.02, -0.01, -0.30, -0.32])
COV = 0.01**2 * (0.6 * np.eye(4) + 0.4)


def _events(beta=BETA, cov=COV, degrees=np.inf, n_pre=2) -> EventVector:
    times = np.array([*range(-1 - n_pre, -1), *range(len(beta) - n_pre)])
    counts, shares = np.full(len(beta), 500.0), np.full(len(beta), 0.1)
    return EventVector(
        times, beta, cov, n_pre, -1, degrees, 40, "invented", "twfe_event_study", counts, shares
    )


@pytest.fixture
def analysed(asked):
    """From an event study and keys of the kind to the analysis."""

    def make(events: EventVector | None = None, **told: object) -> Analysis:
        return to_analysis(events or _events(), asked("sensitivity", **told), 0.95)

    return make


@pytest.fixture(scope="module")
def seen(make_subject, make_panel):
    """A subject with four leads and effects."""
    return make_subject(make_panel(), window=(-3, 2))


def _decided(analysis: Analysis, bound: float, differ: bool | None = True) -> str:
    return verdict(analysis, analysis.at(bound), lambda: differ)


def test_verdicts_follow_the_rule(analysed):
    made = analysed(method="conditional")
    assert _decided(made, 0.5) == PASSED
    # The estimates themselves: steps of at most 0.03 before; the mean moves by 1.5 steps of M̄ times that.
    assert made.breakdown_of_set == pytest.approx(0.31 / (1.5 * 0.03))
    assert made.breakdown < made.breakdown_of_set
    beyond = made.breakdown * 1.01
    assert [_decided(made, beyond, differ) for differ in (True, False, None)] == [
        FAILED,
        INFORMATIVE,
        INFORMATIVE,
    ]
    nothing = analysed(_events(BETA * np.array([1, 1, 0.01, 0.01])), method="conditional")
    assert _decided(nothing, 0.5) == INFORMATIVE
    assert verdict(made, None, lambda: True) == INFORMATIVE


def test_drifting_cities_fail_and_sound_ones_do_not(make_subject, make_panel, asked, monkeypatch):
    monkeypatch.setattr("dipeval.check.sensitivity.leads.DRAWS", 39)
    sound = make_panel()
    drifting = sound.copy()
    months = pd.PeriodIndex(drifting["period"], freq="M").asi8
    drift = np.where(drifting["cohort"] != "never", 0.02 * (months - months.min()), 0.0)
    drifting["total_cost"] = (drifting["total_cost"] * np.exp(drift)).round().astype("int64")
    # So large a bound that neither is told from zero: the leads decide.
    told = asked("sensitivity", restriction="smoothness", window=[-3, 2], threshold=9.0, bounds=[9.0])
    for frame, verdict_of in ((sound, INFORMATIVE), (drifting, FAILED)):
        subject = make_subject(frame, estimator="twfe_event_study", window=(-6, 6))
        assert CHECKS["sensitivity"].check(subject, told).verdict == verdict_of


def test_the_breakdown_value_is_where_the_interval_touches_zero(analysed):
    for told in (
        {"method": "conditional"},
        {"restriction": "smoothness"},
        {"restriction": "smoothness", "bias": "negative"},
    ):
        made = analysed(**told)
        assert 0 < made.breakdown < np.inf
        assert made.margin(made.breakdown) == pytest.approx(0, abs=1e-6)
        assert made.margin(made.breakdown * 0.98) > 0 > made.margin(made.breakdown * 1.02)


def test_bounds_that_end_below_the_breakdown_value_are_extended(analysed):
    made = analysed(restriction="smoothness", bounds=[0.0, 0.01])
    shown, added = bounds(made, [0.0, 0.01], threshold(made, 0.01))
    assert made.breakdown > 0.01 and shown[:2] == (0.0, 0.01)
    assert added and shown[-1] == added[-1] >= made.breakdown and made.margin(shown[-1]) < 0
    assert bounds(made, [0.0, 1.0], float("nan")) == ((0.0, 1.0), ())


def test_the_threshold_is_what_was_before_the_reform(analysed):
    assert threshold(analysed(), None) == 1.0
    assert threshold(analysed(), 0.7) == 0.7
    # Leads 0.02, -0.01, 0: bends 0.04.
    assert threshold(analysed(restriction="smoothness"), None) == pytest.approx(0.04)
    single = _events(BETA[1:], COV[1:, 1:], n_pre=1)
    assert np.isnan(threshold(analysed(single, restriction="smoothness"), None))


def test_few_degrees_of_freedom_give_the_t_interval(analysed):
    made = analysed(_events(degrees=9.0), average="first")
    reach = 2.2621571628540993 * 0.01
    assert made.original == pytest.approx((-0.30 - reach, -0.30 + reach), rel=1e-10)
    assert analysed(average="first").enlarged == 1.0


def test_averages_of_effects(analysed):
    assert analysed(average="last").estimate == -0.32
    assert analysed().estimate == pytest.approx(-0.31)
    assert analysed(weights=[2, -1]).estimate == pytest.approx(-0.28)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"method": "fixed_length"}, "smoothness restriction alone"),
        ({"restriction": "smoothness", "method": "fixed_length", "bias": "positive"}, "no use of a sign"),
        ({"weights": [1, 0, 0]}, "3 weights for the 2 event times 0 to 1"),
        ({"bounds": [-1.0]}, "below 0"),
    ],
)
def test_what_cannot_be_asked(analysed, told, said):
    with pytest.raises(DataError, match=said):
        analysed(**told)


def test_a_finding_has_figure_table_sentence_and_a_line_of_the_forest(seen, asked):
    found = CHECKS["sensitivity"].check(
        seen, asked("sensitivity", "trends", restriction="smoothness", threshold=0.0001)
    )
    assert found.verdict == PASSED and [e.name for e in found.exhibits] == ["trends", "trends_table"]
    assert "breakdown value M = " in found.sentence[0] and "失效临界值M=" in found.sentence[1]
    picture, table = (gate(exhibit)[0] for exhibit in found.exhibits)
    frame = picture.exhibit.frame
    assert frame["series"].tolist()[0] == "original" and (frame["low"] < frame["high"]).all()
    broken = float(picture.exhibit.options["breakdown"])
    robust = frame[frame["series"] == "robust"]
    assert ((robust["high"] < 0) == (robust["x"] < broken)).all()
    assert tabulate(table)["md"].decode().count("| yes |") == int((frame["high"] < 0).sum())
    line = found.effects[0]
    assert line.low < line.value < line.high < 0 and line.count > 100 and "0.0001" in line.label[0]


def test_one_lead_has_no_bend_and_no_verdict_of_its_own(seen, asked):
    one = asked("sensitivity", restriction="smoothness", window=[-2, 2])
    found = CHECKS["sensitivity"].check(seen, one)
    assert found.verdict == INFORMATIVE and not found.effects
    assert any("single lead" in note for note in found.exhibits[0].notes_en)
    with pytest.raises(DesignError, match="needs 2 before"):
        CHECKS["sensitivity"].check(
            seen, asked("sensitivity", restriction="relative_smoothness", window=[-2, 2])
        )
    with pytest.raises(DataError, match="first and the last"):
        CHECKS["sensitivity"].check(seen, asked("sensitivity", window=[3]))


def test_small_cells_are_held_back_with_their_intervals(seen, asked):
    found = CHECKS["sensitivity"].check(seen, asked("sensitivity", restriction="smoothness"))
    exhibit = found.exhibits[0]
    held = gate(exhibit.with_frame(exhibit.frame.assign(count=3.0)))[0].exhibit.frame
    assert held[["value", "low", "high", "band_low", "band_high"]].isna().all().all()


def test_the_search_for_a_breakdown_value():
    marks = (0.5, 1.0, 2.0)
    assert searched_breakdown(lambda bound: 1.3 - bound, marks) == pytest.approx(1.3)
    assert searched_breakdown(lambda bound: 70 - bound, marks) == pytest.approx(70)
    assert searched_breakdown(lambda bound: 0.07 - bound, marks) == pytest.approx(0.07)
    assert np.isnan(searched_breakdown(lambda bound: -1.0 - bound, marks))
    assert searched_breakdown(lambda bound: 1.0, marks) == np.inf


def test_two_digits_are_rounded_up():
    assert [two_digits(x) for x in (0.0, 0.0123, 0.012, 1.0, 3.41, 1234.0)] == [
        0.0,
        0.013,
        0.012,
        1.0,
        3.5,
        1300.0,
    ]


def test_an_empty_interval_is_told_and_decides_nothing(analysed, seen):
    made = analysed(restriction="smoothness")
    empty = replace(made.at(0.001), low=np.nan, high=np.nan)
    assert empty.possible.empty and verdict(made, empty, lambda: True) == INFORMATIVE
    english, chinese = sentence(seen, _events(), made, empty)
    assert "the leads contradict the restriction" in english and "相矛盾" in chinese


@pytest.mark.parametrize(("degrees", "said"), [(np.inf, ""), (9.0, "1.15, the ratio of the t (9 degrees")])
def test_the_note_says_that_errors_were_enlarged(analysed, degrees, said):
    english, chinese = method_note(analysed(_events(degrees=degrees), restriction="smoothness"))
    assert said in english and ("放大" in chinese) == bool(said)


@pytest.mark.parametrize("method", ["conditional", "least_favourable"])
def test_leads_that_move_the_other_way_leave_a_number_where_lines_meet(analysed, method):
    # Equal effects after leads that fall by fifty errors, though trends may only rise: lines meet in one point at -0.3.
    steep = replace(_events(), beta=np.array([0.5, 0.0, -0.3, -0.3]))
    low, high, _ = analysed(steep, trend="increasing", method=method).interval(0.001)
    assert -0.35 < low < -0.3 and (-0.3 < high < -0.25 or method == "conditional")


@pytest.mark.parametrize("told", [{"bias": "positive"}, {"restriction": "smoothness", "trend": "increasing"}])
def test_an_assumption_that_excludes_what_is_asked_is_no_pass(analysed, seen, told):
    """A bias that is not negative cannot have made a negative effect, whatever the bound."""
    made = analysed(**told)
    assert np.isinf(made.breakdown) and made.excludes_zero(*made.interval(1.0)[:2])
    assert _decided(made, 1.0) == INFORMATIVE
    english, chinese = sentence(seen, _events(), made, made.at(1.0))
    assert "excludes by itself that it makes the effect" in english and "已排除由其造成该效应" in chinese
