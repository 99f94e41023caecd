"""P-values that keep their level with few cities."""

from __future__ import annotations

import numpy as np
import pytest

from dipeval.check.blaming import blaming_p_values
from dipeval.check.sound import DEALT, OWN, sound_p_values
from dipeval.check.subject import effect_of
from dipeval.infer import infer
from dipeval.infer.adjusted_p import holm


@pytest.fixture(scope="module")
def plain(make_subject, make_panel):
    """Two-way fixed effects: all calendars at once."""
    frame = make_panel(effect=0.0, hospitals=2)
    return make_subject(frame, estimator="twfe", others=("twfe",))


def test_one_hypothesis_has_the_p_value_of_randomisation(plain):
    found = sound_p_values([plain.main], "city", seed=3)
    alone = infer(plain.main, "randomisation", cluster="city", n_draws=199, seed=3, terms=["treated"])
    assert found.dealt and found.rule[0] == DEALT[0].format(cluster="city", n=199)
    assert found.p_values[0] == found.adjusted[0] == pytest.approx(alone.pvalues["treated"])


def test_alike_hypotheses_count_once_and_others_are_adjusted(plain):
    other = plain.fit(values=np.random.default_rng(2).normal(size=len(plain.values)))
    twice = sound_p_values([plain.main, plain.main, None], "city")
    assert twice.adjusted[0] == twice.p_values[0] and np.isnan(twice.adjusted[2])
    both = sound_p_values([plain.main, other], "city")
    assert (both.adjusted >= both.p_values).all()


def test_a_clear_effect_is_found(make_subject, make_panel):
    subject = make_subject(make_panel(hospitals=2), estimator="twfe", others=("twfe",))
    assert sound_p_values([subject.main], "city").adjusted[0] == pytest.approx(1 / 200)


def test_where_calendars_cannot_be_dealt_the_own_p_values_decide(make_subject, make_panel):
    frame = make_panel(hospitals=2)
    by_hospital = make_subject(frame, estimator="twfe", others=("twfe",), clusters=("hospital", "city"))
    found = sound_p_values([by_hospital.main, by_hospital.main], "region")
    assert not found.dealt and found.rule == OWN
    np.testing.assert_array_equal(found.adjusted, holm(found.p_values))


def test_an_estimator_without_an_overall_effect_is_judged_by_the_mean_of_its_path(make_subject, make_panel):
    """As the main effect is; under the calendars of the others, so that draws are joint."""
    subject = make_subject(
        make_panel(hospitals=2, periods=14), estimator="twfe_event_study", others=("twfe", "twfe_event_study")
    )
    found = sound_p_values([subject.main], "city", n_draws=39)
    assert found.dealt and found.adjusted[0] <= 0.05
    noise = subject.fit(values=np.random.default_rng(2).normal(size=len(subject.values)))
    assert sound_p_values([noise], "city", n_draws=39).p_values[0] > 0.1
    blame = blaming_p_values([noise, None], subject.design)
    assert blame.p_values[0] == pytest.approx(effect_of(noise, ("", ""), 0.95).p_value)
    assert np.isnan(blame.adjusted[1])


@pytest.mark.slow
def test_sound_panels_are_blamed_no_more_often_than_stated(make_subject, make_panel):
    """Errors by cluster blame twice as many of the same panels."""
    dealt, own = [], []
    for seed in range(300):
        frame = make_panel(seed=seed, effect=0.0, hospitals=2, city_shock=0.03)
        fitted = make_subject(frame, estimator="twfe", others=("twfe",)).main
        dealt.append(sound_p_values([fitted], "city").adjusted[0] <= 0.05)
        own.append(fitted.pvalues["treated"] <= 0.05)
    assert np.mean(dealt) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean(own) > np.mean(dealt)
