"""The event study as a vector: which event times, in which order, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dipeval.check.event_vector import SYMMETRIC, event_vector
from dipeval.errors import DesignError
from dipeval.estimate.registry import ESTIMATORS


def by_hospital(make_subject, panel, estimator):
    return make_subject(panel, estimator=estimator, others=(estimator,), clusters=("hospital",))


@pytest.mark.parametrize("estimator", ["twfe_event_study", "group_time", "sun_abraham"])
def test_leads_come_first_and_the_numbers_are_those_of_the_estimate(make_subject, panel, estimator):
    subject = by_hospital(make_subject, panel, estimator)
    found = subject.events((-4, 3))
    assert list(found.times) == [-4, -3, -2, 0, 1, 2, 3]
    assert (found.n_pre, found.n_post, found.reference) == (3, 4, -1)
    names = [f"event_time={t}" for t in found.times]
    fitted = subject.event_estimate
    np.testing.assert_array_equal(found.beta, fitted.params[names])
    np.testing.assert_array_equal(found.cov, fitted.cov.loc[names, names])
    assert not set(found.left_out) & {*found.times, found.reference}


def test_bins_of_all_beyond_are_left_out(make_subject, panel):
    found = by_hospital(make_subject, panel, "twfe_event_study").events()
    assert list(found.times) == [-5, -4, -3, -2, 0, 1, 2, 3, 4, 5]
    assert found.left_out == (-6, 6)


def test_an_estimator_without_one_reference_has_group_time_beside_it(subject):
    assert subject.estimator.name == "imputation"
    assert subject.event_study.name == "sun_abraham"
    with pytest.raises(DesignError, match="one reference period"):
        event_vector(subject.main)


def test_varying_bases_are_made_universal(make_subject, panel):
    subject = by_hospital(make_subject, panel, "group_time")
    assert subject.event_study.options["base_period"] == "universal"
    assert set(SYMMETRIC) <= set(ESTIMATORS)


def test_more_event_times_than_clusters_are_refused_with_a_window_that_works(subject):
    with pytest.raises(DesignError, match="singular") as told:
        subject.events((-6, 6))
    found = re.search(r"window = \[(-\d+), (\d+)\]", str(told.value))
    proposed = subject.events((int(found[1]), int(found[2])))
    assert proposed.n_pre >= 2 and proposed.n_post >= 2
    assert subject.events((-3, 2)).n_pre == 2


def test_one_pre_period_is_no_lead(make_subject, make_panel):
    frame = make_panel(starts={"a": "2019-02", "b": "2019-02", "c": "never", "d": "never"}, periods=6)
    subject = make_subject(
        frame, estimator="sun_abraham", others=("sun_abraham",), clusters=("hospital",), window=(-1, 4)
    )
    with pytest.raises(DesignError, match="no lead next to the reference -1.*no event time before it"):
        subject.events()


def test_methods_without_a_covariance_get_clustered_errors(make_subject, panel):
    from dipeval.study.inference import InferenceChoice

    drawn = InferenceChoice("randomisation", {"seed": 1, "n_draws": 99}, 0.95)
    subject = make_subject(panel, estimator="sun_abraham", others=("sun_abraham",), inference=drawn)
    found = subject.events((-3, 2))
    assert "CR1" in found.rule and np.isfinite(found.cov).all()


@pytest.mark.parametrize(
    ("estimator", "method", "told"),
    [
        ("twfe_event_study", "randomisation", {"seed": 1, "n_draws": 99}),
        ("twfe_event_study", "multiplier", {"seed": 1, "n_draws": 99}),
        ("twfe_event_study", "ibragimov_mueller", {}),
        ("twfe", "wild", {"seed": 1, "n_draws": 99}),
    ],
)
def test_every_inference_method_of_a_study_leaves_checks_an_answer(
    make_subject, make_panel, asked, estimator, method, told
):
    """Draws and permutations have no joint covariance, and the wild bootstrap none for group-time effects."""
    from dipeval.check.registry import CHECKS
    from dipeval.study.inference import InferenceChoice

    subject = make_subject(
        make_panel(hospitals=1),
        estimator=estimator,
        others=(estimator,),
        window=(-4, 3),
        inference=InferenceChoice(method, told, 0.95),
    )
    found = subject.events()
    assert found.degrees == 11 and np.linalg.eigvalsh(found.cov)[0] > 0
    checked = CHECKS["sensitivity"].check(
        subject, asked("sensitivity", restriction="smoothness", threshold=0.001)
    )
    assert np.isfinite([checked.effects[0].low, checked.effects[0].high]).all()
    assert any("errors are clustered, since" in note for note in checked.exhibits[0].notes_en)
    tested = CHECKS["pretrends"].check(subject, asked("pretrends", inferences=["cluster"]))
    owned = "the study's" in tested.exhibits[0].frame["row_en"].iloc[0]
    # A method without a joint test, as without a use for group-time effects, leaves it to clustered errors.
    assert owned == (method in ("randomisation", "multiplier"))
    assert tested.exhibits[0].frame["row"].iloc[0] == (method if owned else "cluster")
    assert "no p-value" not in tested.sentence[0]
