"""Optimal fixed-length intervals: against HonestDiD, against direct minimisation, and by hand."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq, linprog, minimize
from scipy.special import ndtr, ndtri, stdtrit

from dipeval.check.sensitivity.fixed_length import FixedLengthInterval, smoothness_frontier
from dipeval.check.sensitivity.folded_normal import folded_critical_value, folded_slope
from dipeval.check.sensitivity.restrictions import restrict
from dipeval.errors import DesignError

STORED = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "values" / "honestdid.json"
RECORDS = {"mpdta_SD_FLCI": np.eye(4)[0], "mpdta_SD_FLCI_avg": np.full(4, 0.25)}
BOUNDS = (0.0, 0.01, 0.02, 0.03, 0.04)
STOPPED = "the package's search over standard errors stops before the optimum here, see the test of its records below"


@cache
def _stored() -> tuple[np.ndarray, np.ndarray, dict[tuple[str, float], tuple[float, float]]]:
    """Event study and, by record and M, the interval of HonestDiD 0.2.6."""
    if not STORED.exists():
        pytest.skip("the stored values of HonestDiD are not here (../shared/reference)")
    stored = json.loads(STORED.read_text())
    study = stored["inputs"]["mpdta"]
    ends = {
        (record["id"], row["M"]): (row["lb"], row["ub"])
        for record in stored["records"]
        if record["id"] in RECORDS
        for row in record["results"]
    }
    return np.array(study["betahat"]), np.array(study["sigma"]), ends


@cache
def _draws_of_r() -> np.ndarray:
    """``set.seed(0); rnorm(1e6)`` of R: the draws from which HonestDiD takes its critical values."""
    seed, words = 0, []
    for _ in range(50 + 625):
        seed = (69069 * seed + 1) & 0xFFFFFFFF
        words.append(seed)
    generator = np.random.RandomState()
    generator.set_state(("MT19937", np.array(words[51:], dtype=np.uint32), 624))
    uniform = generator.randint(0, 2**32, size=2_000_000, dtype=np.uint32) * 2.3283064365386963e-10
    return ndtri((np.floor(134217728 * uniform[0::2]) + uniform[1::2]) / 134217728)


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("bound", BOUNDS)
def test_stored_intervals(record, bound, request):
    if (record, bound) in (("mpdta_SD_FLCI", 0.01), ("mpdta_SD_FLCI", 0.02)):
        request.applymarker(pytest.mark.xfail(reason=STOPPED, strict=True))
    beta, cov, ends = _stored()
    ours, (low, high) = (
        smoothness_frontier(cov, 3, RECORDS[record]).interval(beta, bound),
        ends[record, bound],
    )
    assert abs(ours.low - low) < 1e-3 * (high - low) and abs(ours.high - high) < 1e-3 * (high - low)


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("bound", BOUNDS)
def test_every_stored_interval_lies_on_the_frontier_with_a_simulated_critical_value(record, bound):
    """The whole difference is the package's million draws and where its search stops.

    With the critical values of its own draws, the point of our frontier that has the stored centre has the stored
    length to 1e-8, and the point that is optimal for us is no longer.
    """
    beta, cov, ends = _stored()
    frontier, (low, high) = smoothness_frontier(cov, 3, RECORDS[record]), ends[record, bound]

    def half(penalty: float) -> float:
        per_unit, error = frontier.spread(penalty)
        return error * float(np.quantile(np.abs(_draws_of_r() + bound * per_unit / error), 0.95))

    chosen = frontier.best_penalty(bound, 0.05)
    near = [p for p in (chosen * 0.9, min(chosen * 1.1 + 1e-6, frontier.path.penalties[0]))]
    offset = [float(frontier.weights(p) @ beta) - (low + high) / 2 for p in near]
    stopped = chosen
    if offset[0] * offset[1] < 0:
        stopped = brentq(lambda p: float(frontier.weights(p) @ beta) - (low + high) / 2, *near, xtol=1e-16)
    assert 2 * half(stopped) == pytest.approx(high - low, rel=2e-8)
    assert 2 * half(chosen) < (high - low) * (1 + 1e-7)


def test_the_shortest_of_all_weights():
    """Bias by a linear programme, length by direct minimisation over all weights of leads."""
    draws = np.random.default_rng(4)
    for n_pre, n_post in ((2, 1), (4, 3)):
        factor, weights = draws.normal(size=(30, n_pre + n_post)), draws.normal(size=n_post)
        cov, bound = factor.T @ factor / 30, draws.uniform(0.05, 1)
        frontier = smoothness_frontier(cov, n_pre, weights)
        ours = frontier.interval(np.zeros(n_pre + n_post), bound)
        piece = restrict("smoothness", bound, n_pre, n_post).pieces[0]
        worst = linprog(-ours.weights, A_ub=piece.A, b_ub=piece.d, bounds=(None, None))
        assert -worst.fun == pytest.approx(ours.bias, rel=1e-9)

        def length(c, frontier=frontier, cov=cov, bound=bound):
            v = frontier.start + frontier.moves @ c
            error = float(np.sqrt(v @ cov @ v))
            return error * folded_critical_value(bound * (frontier.fixed + np.abs(c).sum()) / error, 0.05)

        exact = frontier.path.at(frontier.best_penalty(bound, 0.05))
        options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000}
        other = minimize(length, exact + 0.05, method="Nelder-Mead", options=options)
        assert ours.half_length == pytest.approx(length(exact), rel=1e-13)
        assert ours.half_length <= other.fun * (1 + 1e-12) and other.fun < ours.half_length * (1 + 1e-6)


def test_one_lead_by_hand():
    # One lead, one effect: v = (1, 1), bias M, variance 1 + 1.
    ours = smoothness_frontier(np.eye(2), 1, np.ones(1)).interval(np.array([0.3, 2.0]), 0.5)
    assert isinstance(ours, FixedLengthInterval) and ours.weights.tolist() == [1.0, 1.0]
    assert ours.estimate == 2.3 and ours.bias == 0.5 and ours.std_error == pytest.approx(2**0.5)
    half = ours.half_length / 2**0.5
    assert ndtr(half - 0.5 / 2**0.5) - ndtr(-half - 0.5 / 2**0.5) == pytest.approx(0.95, abs=1e-15)


def test_without_curvature_it_is_the_estimate_net_of_a_line():
    # M = 0: generalised least squares of leads and effects on a straight line and the effects.
    draws = np.random.default_rng(5)
    factor, beta = draws.normal(size=(20, 5)), draws.normal(size=5)
    cov = factor.T @ factor
    design = np.column_stack([[-3, -2, -1, 1, 2], np.eye(5)[3], np.eye(5)[4]])
    precision = np.linalg.inv(cov)
    spread = np.linalg.inv(design.T @ precision @ design)
    effects = (spread @ design.T @ precision @ beta)[1:]
    for weights in (np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([-1.0, 2.0])):
        ours = smoothness_frontier(cov, 3, weights).interval(beta, 0.0)
        assert ours.estimate == pytest.approx(weights @ effects, rel=1e-10)
        assert ours.std_error == pytest.approx(np.sqrt(weights @ spread[1:, 1:] @ weights), rel=1e-10)


def test_scale_of_the_outcome_goes_through():
    beta, cov, _ = _stored()
    ours = smoothness_frontier(cov, 3, np.full(4, 0.25)).interval(beta, 0.01)
    large = smoothness_frontier(1e8 * cov, 3, np.full(4, 0.25)).interval(1e4 * beta, 100.0)
    assert large.low == pytest.approx(1e4 * ours.low, rel=1e-10)
    assert large.high == pytest.approx(1e4 * ours.high, rel=1e-10)


def test_covers_at_the_largest_bias():
    # |N(t, 1)| exceeds its critical value with probability α, at all t; the slope is that of the value.
    for bias in (0.0, 1e-4, 0.7, 3.0, 40.0):
        value = folded_critical_value(bias, 0.1)
        assert ndtr(bias - value) + ndtr(-bias - value) == pytest.approx(0.1, rel=1e-13)
        moved = (folded_critical_value(bias + 1e-6, 0.1) - value) / 1e-6
        assert folded_slope(value, bias) == pytest.approx(moved, abs=3e-6)


@pytest.mark.parametrize(
    ("cov", "n_pre", "weights", "said"),
    [
        (np.ones((3, 3)), 2, [1.0], "singular"),
        (np.eye(3), 0, [1.0, 0.0, 0.0], "0 periods before"),
        (np.eye(3), 2, [1.0, 1.0], "for 1 effects"),
        (np.eye(3), 2, [0.0], "not all 0"),
    ],
)
def test_refused(cov, n_pre, weights, said):
    with pytest.raises(DesignError, match=said):
        smoothness_frontier(cov, n_pre, np.array(weights))


def test_few_clusters_give_the_interval_of_a_regression_on_the_leads():
    """Straight trends, means of 12 clusters: the intercept of the effect on the bends of the leads, by least squares."""
    draws = np.random.default_rng(8).normal(size=(12, 5)) @ np.tril(np.ones((5, 5)))
    beta, cov = draws.mean(axis=0), np.cov(draws.T) / 12
    enlarged = stdtrit(11, 0.975) / ndtri(0.975)
    frontier = smoothness_frontier(cov * enlarged**2, 3, np.array([0.5, 0.5]), 11, enlarged)
    found = frontier.interval(beta, 0.0)
    design = np.column_stack([np.ones(12), draws @ frontier.moves])
    solved, left, _, _ = np.linalg.lstsq(design, draws @ frontier.start, rcond=None)
    error = np.sqrt(np.linalg.inv(design.T @ design)[0, 0] * left[0] / 9)
    reach = stdtrit(9, 0.975) * error
    assert [found.low, found.high] == pytest.approx([solved[0] - reach, solved[0] + reach], rel=1e-10)
    known = smoothness_frontier(cov * enlarged**2, 3, np.array([0.5, 0.5])).interval(beta, 0.0)
    assert known.estimate == pytest.approx(found.estimate) and known.half_length < 0.9 * found.half_length


@pytest.mark.slow
@pytest.mark.parametrize(("n_pre", "n_post", "bound"), [(4, 5, 0.0), (7, 3, 0.0), (4, 5, 0.1)])
def test_few_clusters_are_covered_at_the_level(n_pre, n_post, bound):
    """Twelve clusters and up to ten event times, the bias at its largest."""
    draws, k = np.random.default_rng(23), n_pre + n_post
    times = np.r_[np.arange(-n_pre, 0), np.arange(1, n_post + 1)].astype(float)
    path = 0.3 * times + bound / 2 * np.where(times > 0, times * (times + 1), 0)
    root = np.linalg.cholesky(0.04 * (0.5 * np.eye(k) + 0.5))
    enlarged, missed = stdtrit(11, 0.975) / ndtri(0.975), 0
    for _ in range(2_000):
        clusters = draws.normal(size=(12, k)) @ root.T * np.sqrt(12) + path
        cov = np.cov(clusters.T) / 12 * enlarged**2
        found = smoothness_frontier(cov, n_pre, np.full(n_post, 1 / n_post), 11, enlarged).interval(
            clusters.mean(axis=0), bound
        )
        missed += not found.low <= 0 <= found.high
    assert missed <= 0.05 * 2_000 + 3 * np.sqrt(0.05 * 0.95 * 2_000)
