"""Interrupted series by hand, of known changes, and what cannot be fitted."""

import numpy as np
import pytest

from dipeval.errors import DesignError
from dipeval.estimate.interrupted.arma import autocovariances
from dipeval.estimate.interrupted.breaks import earlier_break
from dipeval.estimate.interrupted.controlled import fit_controlled
from dipeval.estimate.interrupted.counts import fit_counts
from dipeval.estimate.interrupted.dates import placebo_dates
from dipeval.estimate.interrupted.diagnostics import cumby_huizinga
from dipeval.estimate.interrupted.effects import (
    average_effect,
    counterfactual_path,
    cumulative_effect,
    effects,
)
from dipeval.estimate.interrupted.fit import METHODS, fit_series
from dipeval.estimate.interrupted.segments import Interruption, Season, segments


def known(n=60, at=36, noise=0.0, seed=1):
    t = np.arange(n)
    rng = np.random.default_rng(seed)
    season = 0.3 * np.cos(2 * np.pi * (t + 1) / 12)
    return 5 + 0.02 * (t + 1) + season + (t >= at) * (-0.4 + 0.05 * (t - at)) + noise * rng.normal(size=n)


@pytest.mark.parametrize("method", METHODS)
def test_a_series_without_noise_comes_back(method):
    if method in ("prais_winsten", "ar1", "ar2", "arma11"):
        y = known(noise=1e-5)  # without any noise there is no autocorrelation to speak of
    else:
        y = known()
    fit = fit_series(y, segments(60, [Interruption(36)], Season("harmonics")), method)
    for term, value in {"level": -0.4, "slope": 0.05, "trend": 0.02, "cosine_1": 0.3}.items():
        assert fit.of(term)[0] == pytest.approx(value, abs=2e-5), term
    assert effects(fit).value == pytest.approx(-0.4 + 0.05 * np.arange(24), abs=1e-4)
    assert cumulative_effect(fit).value == pytest.approx(24 * average_effect(fit).value, rel=1e-12)
    after = counterfactual_path(fit).value[36:]
    assert known()[36:] - after == pytest.approx(-0.4 + 0.05 * np.arange(24), abs=1e-4)


def test_phase_in_and_a_window_that_is_left_out():
    design = segments(20, [Interruption(10, phase_in=3)])
    assert design.columns[8:16, 2].tolist() == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert design.columns[10:16, 3].tolist() == [0, 0, 0, 0, 1, 2]
    skipped = segments(20, [Interruption(10, left_out=4)])
    assert np.flatnonzero(~skipped.used).tolist() == [10, 11, 12, 13]
    y = known(20, 10)
    spoilt = np.where(skipped.used, y, np.nan)
    assert fit_series(spoilt, skipped).params == pytest.approx(fit_series(y, skipped).params, rel=1e-10)


def test_two_interruptions_and_seasons_by_period():
    t = np.arange(48)
    y = 1 + 0.1 * (t + 1) + 2.0 * (t >= 12) - 3.0 * (t >= 30) + np.tile([0, 1, 0, -1], 12)
    design = segments(
        48,
        [Interruption(12, slope=False, name="2018Q1"), Interruption(30, slope=False, name="2022Q3")],
        Season("periods", 4),
    )
    fit = fit_series(y, design, "ols")
    assert design.changes == ("2018Q1:level", "2022Q3:level")
    found = [fit.of(name)[0] for name in (*design.changes, "trend", "season_2", "season_4")]
    assert found == pytest.approx([2.0, -3.0, 0.1, 1.0, -1.0], abs=1e-10)


def test_the_difference_of_two_series_has_the_difference_of_their_changes():
    first, second = known(noise=0.1), known(noise=0.1, seed=2)
    made = fit_controlled(first, second, segments(60, [Interruption(36)]))
    np.testing.assert_allclose(made.difference.params, made.treated.params - made.control.params, atol=1e-12)
    stacked = np.vstack([np.hstack([x, x * d]) for d in (1.0, 0.0) for x in [made.treated.segments.columns]])
    both = np.linalg.lstsq(stacked, np.r_[first, second], rcond=None)[0]
    np.testing.assert_allclose(made.difference.params, both[4:], atol=1e-9)


def test_placebo_dates_rank_the_reform():
    y = known(noise=0.02)

    def fit_at(at):
        return fit_series(y, segments(60, [Interruption(at)], Season("harmonics")), "ols")

    found = placebo_dates(fit_at, 60, 36, margin=6)
    assert found.position.tolist() == list(range(6, 55)) and found.position[found.actual] == 36
    assert found.statistic.argmax() == found.actual and found.p_value == found.least == pytest.approx(1 / 49)
    assert found.level[found.actual] == pytest.approx(fit_at(36).of("level")[0])
    with pytest.raises(DesignError, match="leaves 30 periods"):
        placebo_dates(fit_at, 60, 30, margin=30)


def test_a_break_before_the_reform_is_found_and_none_is_not():
    t, rng = np.arange(40), np.random.default_rng(3)
    smooth = 0.05 * t + rng.normal(scale=0.3, size=40)
    broken = earlier_break(smooth + 2.0 * (t >= 22), seed=1)
    assert broken.at == 22 and broken.p_value < 0.01
    p = [earlier_break(0.05 * t + rng.normal(size=40), draws=99, seed=k).p_value for k in range(60)]
    assert 0.3 < np.mean(p) < 0.7 and np.mean(np.array(p) <= 0.1) < 0.25
    assert earlier_break(smooth[:9]) is None


def test_autocovariances_by_hand():
    """AR(1): phi^k / (1 - phi²); MA(1): 1 + theta², theta; ARMA(1,1): (1 + 2 phi theta + theta²) / (1 - phi²)."""
    none = np.empty(0)
    assert autocovariances(np.array([0.6]), none, 4) == pytest.approx(0.6 ** np.arange(4) / 0.64)
    assert autocovariances(none, np.array([0.5]), 4) == pytest.approx([1.25, 0.5, 0, 0])
    both = autocovariances(np.array([0.6]), np.array([0.5]), 3)
    assert both == pytest.approx([(1 + 0.6 + 0.25) / 0.64, 1.1 * 1.3 / 0.64, 0.6 * 1.1 * 1.3 / 0.64])


def test_cumby_huizinga_holds_its_level():
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(120), np.arange(120)])
    rejected = 0
    for _ in range(300):
        y = rng.normal(size=120)
        residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        rejected += cumby_huizinga(x, residuals, 1).p_value < 0.05
    assert 3 <= rejected <= 30  # 15 expected
    assert cumby_huizinga(x, np.convolve(rng.normal(size=121), [1, 0.8], "valid"), 1).p_value < 0.001


def test_counts_without_overdispersion_are_poisson():
    t = np.arange(60)
    design = segments(60, [Interruption(30)])
    y = np.round(np.exp(4 + 0.01 * t - 0.3 * (t >= 30)))
    plain, wide = (fit_counts(y, design, m) for m in ("poisson", "negative_binomial"))
    assert plain.of("level")[0] == pytest.approx(-0.3, abs=0.02) and plain.link == "log"
    assert wide.params == pytest.approx(plain.params, abs=1e-6)
    scaled = fit_counts(y * 7, design, "poisson", exposure=np.full(60, 7.0))
    assert scaled.params == pytest.approx(plain.params, abs=1e-10)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: segments(20, []), "there is none"),
        (lambda: segments(20, [Interruption(19)]), "two at least are needed on either side"),
        (lambda: segments(20, [Interruption(9), Interruption(9)]), "not in order"),
        (lambda: segments(8, [Interruption(4)], Season("harmonics", 12, 3)), "8 periods for"),
        (lambda: segments(30, [Interruption(9)], Season("waves")), "'waves' is unknown"),
        (lambda: segments(30, [Interruption(9, left_out=20)]), "cannot be told apart"),
        (
            lambda: fit_series(np.r_[np.ones(9), np.nan, np.ones(10)], segments(20, [Interruption(12)])),
            "has gaps",
        ),
        (lambda: fit_series(np.arange(20.0), segments(20, [Interruption(12)]), "neweywest"), "newey_west"),
        (lambda: fit_series(np.arange(20.0), segments(20, [Interruption(12)]), lags=20), "lags"),
        (lambda: fit_counts(-np.ones(20), segments(20, [Interruption(12)])), "negative counts"),
        (
            lambda: fit_counts(np.full(20, 0.5), segments(20, [Interruption(12)]), "negative_binomial"),
            "no whole numbers",
        ),
        (
            lambda: fit_controlled(np.ones(20), np.ones(19), segments(20, [Interruption(12)])),
            "has 19 periods",
        ),
    ],
)
def test_what_cannot_be_fitted(call, words):
    with pytest.raises(DesignError, match=words):
        call()
