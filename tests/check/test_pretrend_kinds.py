"""Kinds of checks that look at the leads: verdicts, sentences, exhibits, and what they refuse."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dipeval.check.event_vector import event_vector
from dipeval.check.pretrend import joint_pretrend
from dipeval.check.pretrends.joint_tests import NamedTest, judgement
from dipeval.check.pretrends.power import LeadsTest, likelihood_ratio
from dipeval.check.registry import CHECKS
from dipeval.errors import DesignError, DipevalError
from dipeval.estimate.registry import ESTIMATORS
from dipeval.infer import infer
from dipeval.study.inference import InferenceChoice

FAST = ["wild", "multiplier", "sign_changes"]
PLAIN = {"estimator": "twfe_event_study", "others": ("twfe_event_study",)}


@pytest.fixture(scope="module")
def plain(make_subject, panel):
    """Two-way event study on the invented panel, errors by city."""
    return make_subject(panel, **PLAIN)


@pytest.fixture(scope="module")
def drifting(make_subject, make_panel):
    """Cities of the reform drift away by 0.03 a month."""
    return make_subject(make_panel(slope=0.03), **PLAIN)


def check(kind, subject, asked, **told):
    return CHECKS[kind].check(subject, asked(kind, **told))


def cells(exhibit, column):
    part = exhibit.frame[exhibit.frame["column"] == column]
    return dict(zip(part["row"], part["value"], strict=True))


def test_joint_tests_stand_side_by_side_as_each_method_has_them(plain, asked):
    found = check("pretrends", plain, asked, inferences=FAST, n_draws=99)
    p = cells(found.exhibits[0], "p")
    assert list(p) == ["cluster", *FAST]
    names = [f"event_time={t}" for t in range(-5, -1)]
    fitted = plain.event_estimate
    b, v = fitted.params[names], fitted.cov.loc[names, names]
    f = b @ np.linalg.inv(v) @ b / 4 * 8 / 11
    assert cells(found.exhibits[0], "statistic")["cluster"] == pytest.approx(f, rel=1e-9)
    several = infer(fitted, "multiplier", cluster="city", n_draws=99, seed=1)
    assert p["multiplier"] == pytest.approx(0.01 * round(p["multiplier"] * 100), abs=1e-12)
    assert several.inference.method == "multiplier"
    assert f"4 leads gives p = {p['cluster']:.3f}" in found.sentence[0]
    assert list(found.exhibits[1].frame["value"]) == [pytest.approx(value) for value in p.values()]


def test_bins_of_all_beyond_are_not_tested(plain, asked):
    """The binned far end is a lead of the estimate, which the plain test of all leads holds."""
    found = check("pretrends", plain, asked, inferences=["multiplier"])
    assert joint_pretrend(plain.event_estimate).df_num == 5
    assert "\u22125 to \u22122" in found.exhibits[0].notes_en[0]


def test_trends_are_found_and_their_absence_is_passed_with_power(plain, drifting, asked):
    told = {"inferences": ["wild"], "n_draws": 199}
    assert check("pretrends", plain, asked, **told).verdict == "passed"
    assert check("pretrends", drifting, asked, **told).verdict == "failed"


def test_a_test_without_power_is_informative(plain, asked):
    found = check("pretrends", plain, asked, inferences=["wild"], slope=1e-4, n_draws=99)
    assert found.verdict == "informative"
    assert "with a chance of 5%" in found.sentence[0] and "概率为5%" in found.sentence[1]


@pytest.mark.parametrize(
    ("own", "drawn", "least", "wild", "said"),
    [
        (0.01, 0.02, 0.001, 0.5, True),
        (0.01, 0.2, 0.001, 0.01, None),
        (0.2, 0.02, 0.001, 0.5, None),
        (0.2, 0.3, 0.001, 0.01, False),
        (0.01, 0.07, 1 / 15, 0.02, True),
        (0.01, np.nan, 0.001, 0.2, None),
        (np.nan, 0.3, 0.001, 0.3, None),
    ],
)
def test_who_judges(own, drawn, least, wild, said):
    """Randomisation beside the study's method; wild where randomisation cannot reject, or gives no test."""
    words = ("", "")
    tests = [
        NamedTest("cluster", words, p_value=own, own=True),
        NamedTest("wild", words, p_value=wild),
        NamedTest("randomisation", words, p_value=drawn, least_p=least),
    ]
    assert judgement(tests, 0.05) is said


def test_six_cities_cannot_reject_by_randomisation(make_subject, make_panel, asked):
    starts = {**{f"c{k}": "2020-01" for k in range(4)}, "c4": "never", "c5": "never"}
    subject = make_subject(make_panel(starts=starts, hospitals=3), window=(-4, 4), **PLAIN)
    found = check("pretrends", subject, asked, inferences=["randomisation"], n_draws=99)
    p = cells(found.exhibits[0], "p")
    assert p["randomisation"] * 15 == pytest.approx(round(p["randomisation"] * 15))


def test_the_stated_violation_by_default_makes_the_whole_effect(plain, asked):
    found = check("pretrend_power", plain, asked)
    events = event_vector(plain.event_estimate, whole=False)
    slope = events.beta[events.n_pre :].mean() / 3.5
    line = found.exhibits[0].frame
    line = line[line["series"] == "violation"].set_index("event_time")["value"]
    assert line[5] == pytest.approx(6 * slope) and line[-1] == 0 and line[-5] == pytest.approx(-4 * slope)
    test = LeadsTest(events.cov[:4, :4], events.degrees)
    assert cells(found.exhibits[2], "joint")["power"] == pytest.approx(test.joint_power(line[:4].to_numpy()))
    assert cells(found.exhibits[2], "some")["bias"] == pytest.approx(events.beta[4:].mean())
    assert found.verdict == "passed" and "which alone would make the estimated effect," in found.sentence[0]
    assert "不到0.001倍" in found.sentence[1]


def test_a_path_that_the_leads_follow_is_found(drifting, asked):
    events = event_vector(drifting.event_estimate, whole=False)
    path = list(0.03 * (events.times + 1.0))
    assert check("pretrend_power", drifting, asked, path=path).verdict == "failed"


def test_likelihood_of_an_estimated_covariance():
    """Density of Hotelling's vector in one dimension: Student's t."""
    from scipy import stats

    ratio = likelihood_ratio(np.array([0.7]), np.array([1.0]), np.eye(1) * 0.25, 5.0)
    exact = stats.t(5).pdf((0.7 - 1) / 0.5) / stats.t(5).pdf(0.7 / 0.5)
    assert ratio == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(("k", "degrees", "least", "most"), [(4, 8, 0.015, 0.045), (10, 11, 0.08, 0.2)])
def test_likelihood_ratios_deceive_rarely_with_two_degrees_of_freedom_a_lead(k, degrees, least, most):
    """Chance of a ratio of 20 where trends are parallel, covariance estimated: below 1/20, but not with fewer."""
    from scipy import stats

    rng = np.random.default_rng(1)
    cov = 0.5 * np.ones((k, k)) + 0.5 * np.eye(k)
    line = 1.5 * np.arange(k, 0, -1) / k
    seen = rng.multivariate_normal(np.zeros(k), cov, size=1500)
    known = stats.wishart(degrees, cov / degrees).rvs(1500, random_state=2)
    large = [likelihood_ratio(b, line, v, degrees) >= 20 for b, v in zip(seen, known, strict=True)]
    assert least < np.mean(large) < most


def test_few_degrees_of_freedom_a_lead_leave_it_open(drifting, asked, make_subject, make_panel):
    events = event_vector(drifting.event_estimate, whole=False)
    assert events.degrees >= 2 * events.n_pre
    wide = make_subject(make_panel(slope=0.03), **{**PLAIN, "window": (-9, 6)})
    found = check("pretrend_power", wide, asked, slope=0.03)
    assert "more than 1,000 times" in found.sentence[0] and "超过1,000倍" in found.sentence[1]
    assert found.verdict == "informative"
    assert any("degrees of freedom a lead" in note for note in found.exhibits[2].notes_en)


def test_equivalence_by_hand(plain, asked):
    from scipy import stats

    found = check("equivalence", plain, asked, bound=0.2)
    events = event_vector(plain.event_estimate, whole=False)
    errors = np.sqrt(np.diag(events.cov)[:4])
    limits = np.abs(events.beta[:4]) + stats.t(11).ppf(0.95) * errors
    smallest = cells(found.exhibits[0], "smallest")
    assert smallest["max"] == pytest.approx(limits.max(), rel=1e-9)
    assert found.verdict == "passed" and "12 clusters" in " ".join(found.exhibits[0].notes_en)
    frame = found.exhibits[1].frame.set_index("label_en")
    assert frame.loc["Bound", "high"] == 0.2
    assert frame.loc["Smallest bound rejected", "high"] == pytest.approx(limits.max(), rel=1e-9)
    inside = frame.loc["Event time \u22125", ["low", "high"]].abs().max()
    assert inside == pytest.approx(limits[0], rel=1e-6)


def test_trends_beyond_the_bound_are_told(drifting, asked):
    assert check("equivalence", drifting, asked, bound=0.02).verdict == "failed"
    assert check("equivalence", drifting, asked, bound=0.115).verdict == "informative"


def test_hospitals_as_clusters_have_a_test_of_the_mean_square(make_subject, panel, asked):
    subject = make_subject(panel, clusters=("hospital",), **PLAIN)
    found = check("equivalence", subject, asked)
    smallest = cells(found.exhibits[0], "smallest")
    assert set(smallest) == {"max", "max_joint", "mean", "rms"} and np.isfinite(list(smallest.values())).all()
    assert smallest["rms"] < smallest["max"]


def test_effects_may_outnumber_the_clusters(plain):
    """Tests of leads need their covariance alone: 4 leads and 6 effects from 12 clusters, or from fewer."""
    with pytest.raises(DesignError, match="singular"):
        event_vector(_six(plain))
    assert event_vector(_six(plain), whole=False).n_pre == 4


def _six(subject):
    """The estimate with its covariance of rank 6."""
    fitted = subject.event_estimate
    values, vectors = np.linalg.eigh(fitted.inference.cov[1:-1, 1:-1][np.ix_(*[_estimated(fitted)] * 2)])
    values[:-6] = 0
    cov = np.full_like(fitted.inference.cov, np.nan)
    at = _estimated(fitted) + 1
    cov[np.ix_(at, at)] = vectors * values @ vectors.T
    from dataclasses import replace

    return fitted.with_inference(replace(fitted.inference, cov=cov))


def _estimated(fitted):
    return np.flatnonzero(np.isfinite(np.diag(fitted.inference.cov)[1:-1]))


@pytest.mark.parametrize(
    ("kind", "told", "words"),
    [
        ("pretrends", {"inferences": ["wyld"]}, "wild"),
        ("pretrends", {"slope": 0.1, "path": [1.0]}, "stands beside a path"),
        ("pretrend_power", {"path": [0.1, 0.2]}, "has 2 numbers"),
        ("pretrend_power", {"path": [0.0] * 4 + [1.0] * 6}, "zero at all leads"),
        ("pretrend_power", {"slope": 0.0}, "nothing to find"),
        ("pretrend_power", {"window": [3]}, "first and last event time"),
        ("equivalence", {"bound": -1.0}, "positive number"),
    ],
)
def test_what_is_refused(plain, asked, kind, told, words):
    with pytest.raises(DesignError, match=words):
        check(kind, plain, asked, **told)


@pytest.mark.parametrize("kind", ["pretrends", "pretrend_power", "equivalence"])
def test_one_pre_period_and_too_many_leads_are_refused(make_subject, make_panel, asked, kind):
    frame = make_panel(starts={"a": "2019-02", "b": "2019-02", "c": "never", "d": "never"}, periods=6)
    own = {"estimator": "sun_abraham", "others": ("sun_abraham",), "window": (-1, 4)}
    with pytest.raises(DesignError, match="no lead next to the reference"):
        check(kind, make_subject(frame, clusters=("hospital",), **own), asked)
    starts = {"a": "2020-01", "b": "2020-01", "c": "never", "d": "never"}
    with pytest.raises(DesignError, match="singular"):
        check(kind, make_subject(make_panel(starts=starts, hospitals=2), **PLAIN), asked)


def test_a_method_without_a_covariance_is_the_studys_all_the_same(make_subject, make_panel, asked):
    drawn = InferenceChoice("randomisation", {"seed": 1, "n_draws": 99}, 0.95)
    small = make_panel(hospitals=1, periods=20)
    subject = make_subject(small, inference=drawn, window=(-3, 3), **PLAIN)
    found = check("pretrends", subject, asked, inferences=["cluster"])
    assert list(cells(found.exhibits[0], "p")) == ["randomisation", "cluster"]
    assert "(Randomisation over the reform calendar)" in found.sentence[0]


def test_one_other_method_is_told_in_the_singular_and_which_event_study_it_is(subject, asked):
    """The main estimator of `subject` is imputation: leads and effects are those of group-time effects."""
    found = check("pretrends", subject, asked, inferences=["multiplier"], n_draws=99, window=[-3, 2])
    assert re.search(r", 1 other method \d\.\d{3};", found.sentence[0])
    assert re.search(r"，其他1种方法的p值为\d\.\d{3}；", found.sentence[1])
    for notes in (found.exhibits[0], check("equivalence", subject, asked, window=[-3, 2]).exhibits[0]):
        assert any("\u22123 to \u22122 against \u22121" in note for note in notes.notes_en)
        assert any("the main estimator (" in note for note in notes.notes_en)
        assert any("主估计方法（" in note for note in notes.notes_zh)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_as_the_main_one_has_an_answer_or_a_refusal(
    make_subject, make_panel, asked, estimator
):
    """With nothing else in the study; a refusal says what to do, and nothing else is raised."""
    frame = make_panel(hospitals=2, periods=24)
    for outcome in ("log_cost_per_case", "cost_per_case"):
        subject = make_subject(
            frame, outcome=outcome, estimator=estimator, others=(estimator,), window=(-4, 3)
        )
        answers = 0
        for kind, told in (
            ("pretrends", {"inferences": ["multiplier"], "n_draws": 99}),
            ("pretrend_power", {}),
            ("equivalence", {}),
            ("sensitivity", {"restriction": "smoothness", "threshold": 0.0}),
        ):
            try:
                found = check(kind, subject, asked, **told)
            except DipevalError as error:
                assert all(problem.todo for problem in error.problems)
                continue
            answers += 1
            assert found.verdict in ("passed", "failed", "informative")
            assert all(found.sentence) and len(found.exhibits) >= 2
        assert answers == 4 or outcome == "log_cost_per_case"


@pytest.mark.slow
def test_clean_data_are_flagged_at_most_at_the_level_and_drifts_are_found(make_subject, make_panel, asked):
    """Of 60 panels of 12 cities none clean failed, a drift of 0.01 a month 43 % (clustered errors alone 68 %); here 20."""
    said = {}
    for slope in (0.0, 0.01):
        verdicts = []
        for seed in range(100, 120):
            subject = make_subject(make_panel(seed=seed, slope=slope, hospitals=3), **PLAIN)
            told = {"inferences": ["randomisation"], "n_draws": 99}
            verdicts.append(
                [
                    check("pretrends", subject, asked, **told).verdict,
                    check("equivalence", subject, asked).verdict,
                    check("pretrend_power", subject, asked).verdict,
                ]
            )
        said[slope] = (np.array(verdicts) == "failed").mean(0)
    assert (said[0.0] <= 0.05).all()
    assert said[0.01][0] > 0.3
