"""Sensitivity beside what was published: every stored record of the reference is met, long event studies, other units."""

import json

import numpy as np
import pytest
from scipy.optimize import linprog

from dipeval.check.sensitivity.analysis import Analysis
from dipeval.check.sensitivity.conditional import Rule
from dipeval.check.sensitivity.moment_lines import moment_lines, orthogonal_to, studentised
from dipeval.check.sensitivity.restrictions import FAMILIES, restrict
from dipeval.check.sensitivity.robust_interval import robust_interval

ELSEWHERE = {
    "mpdta_RM_CLF_APPROX",
    "mpdta_RM_CLF_avg_APPROX",
    "mpdta_RM_Conditional",
    "mpdta_SD_CLF_APPROX",
    "mpdta_SD_Conditional",
    "mpdta_SD_FLCI",
    "mpdta_SD_FLCI_avg",
}
"""Records of test_robust_interval.py and test_fixed_length.py."""
ORIGINALS = {"mpdta_original": (1.0, 0.0, 0.0, 0.0), "mpdta_original_avg": (0.25, 0.25, 0.25, 0.25)}
MEDICAID = {0.5: (0.0240, 0.0672), 1.0: (0.0170, 0.0720), 1.5: (0.00824, 0.0797), 2.0: (-0.000916, 0.0881)}
MEDICAID_SMOOTH = {
    0.0: (0.0259, 0.0607),
    0.01: (0.0132, 0.0787),
    0.02: (0.00286, 0.0907),
    0.03: (-0.00714, 0.101),
    0.04: (-0.0171, 0.111),
    0.05: (-0.0271, 0.121),
}
"""As the README of HonestDiD prints them, to three digits: Medicaid expansion and insurance, effect in the first year."""


@pytest.fixture(scope="module")
def study(shared):
    """Leads, effects, covariance and number of leads of a stored event study."""
    stored = json.loads((shared / "reference/values/honestdid.json").read_text(encoding="utf-8"))["inputs"]

    def of(name: str) -> tuple[np.ndarray, np.ndarray, int]:
        one = stored[name]
        return np.array(one["betahat"]), np.array(one["sigma"]), one["numPrePeriods"]

    return of


def _analysis(study, weights, family="relative_magnitudes", method="least_favourable", **shape) -> Analysis:
    beta, cov, n_pre = study
    shape = {"bias": None, "trend": None, **shape}
    return Analysis(beta, cov, n_pre, np.inf, np.asarray(weights, float), family, method, level=0.95, **shape)


def test_every_stored_record_is_tested(reference):
    assert set(reference("honestdid")) == ELSEWHERE | set(ORIGINALS)


@pytest.mark.parametrize("record", ORIGINALS)
def test_the_original_interval_is_that_of_the_reference(study, reference, record):
    ends = reference("honestdid")[record]
    found = _analysis(study("mpdta"), ORIGINALS[record]).original
    assert found == pytest.approx((ends["lb"], ends["ub"]), rel=1e-10)


def test_medicaid_as_published(study):
    """Printed ends are points of a grid of 1,000 within the set, and a simulated optimum: one step, and the last digit."""
    given = study("ehec")
    step = 40 * np.sqrt(given[1][5, 5]) / 999
    robust = _analysis(given, (1, 0))
    for bound, ends in MEDICAID.items():
        assert robust.interval(bound)[:2] == pytest.approx(ends, abs=1.2 * step)
    assert 1.5 < robust.breakdown < 2.0
    smooth = _analysis(given, (1, 0), "smoothness", "fixed_length")
    for bound, ends in MEDICAID_SMOOTH.items():
        digit = 5e-4 if max(ends) > 0.1 else 5e-5
        assert smooth.interval(bound)[:2] == pytest.approx(ends, abs=digit + 1e-3 * (ends[1] - ends[0]))
    assert 0.02 < smooth.breakdown < 0.03


@pytest.mark.parametrize("family", FAMILIES)
def test_nine_leads_and_twenty_three_effects(study, family):
    """The statistic of the lines is that of the linear programme of Andrews, Roth & Pakes where the set ends."""
    beta, cov, n_pre = study("lw")
    weights = np.eye(23)[0]
    restriction = restrict(family, 0.2 if family == "smoothness" else 1.0, n_pre, 23)
    found = robust_interval(restriction, beta, cov, weights)
    assert np.isfinite([found.low, found.high]).all() and found.low < weights @ beta[n_pre:] < found.high
    piece = restriction.pieces[0]
    lines = moment_lines(piece.A, piece.d, beta, cov, n_pre, weights)
    moments = studentised(piece.A, piece.d, cov, n_pre)
    free = np.column_stack([-moments.A[:, n_pre:] @ orthogonal_to(weights), -np.ones(len(moments.d))])
    for theta in (found.low, found.high):
        left = moments.A @ beta - moments.d + theta * moments.slopes(weights)
        solved = linprog(np.eye(23)[-1], A_ub=free, b_ub=-left, bounds=(None, None), method="highs")
        assert lines.at(np.array([theta])).max() == pytest.approx(solved.fun, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shape", [{}, {"bias": "positive"}, {"trend": "decreasing"}])
def test_units_and_sign_of_the_outcome_carry_over(study, family, shape):
    """In thousandths and with the sign turned: the same intervals and breakdown values."""
    beta, cov, n_pre = study("bc")
    other = {"positive": "negative", "decreasing": "increasing"}
    turned = {key: other[word] for key, word in shape.items()}
    unit = 1000.0 if family == "smoothness" else 1.0
    methods = ["least_favourable"] * (not shape) + ["conditional"]
    methods += ["fixed_length_hybrid"] * (family == "smoothness") + ["fixed_length"] * (
        family == "smoothness" and not shape
    )
    for method in methods:
        close = 1e-3 if method == "least_favourable" else 1e-8
        one = _analysis((beta, cov, n_pre), np.eye(4)[0], family, method, **shape)
        two = _analysis((-1000 * beta, 1e6 * cov, n_pre), np.eye(4)[0], family, method, **turned)
        low, high, _ = one.interval(0.05)
        assert two.interval(0.05 * unit)[:2] == pytest.approx((-1000 * high, -1000 * low), rel=close)
    if family == "smoothness":
        assert two.breakdown == pytest.approx(unit * one.breakdown, rel=1e-6, nan_ok=True)


def test_a_wide_set_of_precise_estimates_has_ends():
    """Trends may part by far more than a thousand errors: the interval is wide, and no line without ends."""
    cov = 1e-12 * (np.eye(4) + 0.5)
    restriction = restrict("smoothness", 1.0, 2, 2)
    found = robust_interval(restriction, np.zeros(4), cov, np.array([1.0, 0.0]), method="conditional")
    # δ_1 is at most the bend at the reference, where the leads are zero.
    assert [found.low, found.high] == pytest.approx([-1.0, 1.0], abs=1e-4)


def _conditional(size: float, hybrid: float | None) -> Rule:
    return Rule(size) if hybrid is None else Rule((size - size / 10) / (1 - size / 10), largest=hybrid)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "bound", "path", "shape"),
    [
        ("smoothness", 0.0, (-1.0, -0.5, 0.5, 1.0), {}),
        ("smoothness", 1.0, (2.0, 0.5, 0.5, 2.0), {}),
        ("smoothness", 1.0, (0.0, 0.0, 1.0, 3.0), {"bias": "positive"}),
        ("smoothness", 0.0, (0.0, 0.0, 0.0, 0.0), {"trend": "increasing"}),
        ("relative_magnitudes", 1.0, (-2.0, -1.0, 1.0, 2.0), {}),
        ("relative_magnitudes", 0.5, (-0.4, 0.0, 0.2, 0.4), {"bias": "positive"}),
        ("relative_smoothness", 1.0, (1.0, 0.0, 1.0, 3.0), {}),
    ],
)
@pytest.mark.parametrize("average", [(1.0, 0.0), (0.5, 0.5)])
def test_sets_hold_the_truth_at_the_edge_of_the_restriction(family, bound, path, shape, average):
    """At most one in twenty misses it, but for chance (three errors of 3,000 draws, whose level of all cases is 0.02)."""
    from dipeval.check.sensitivity.conditional import accepted
    from dipeval.check.sensitivity.least_favourable import least_favourable_value

    draws, weights, cov = 3_000, np.array(average), 0.04 * (0.5 * np.eye(4) + 0.5)
    restriction = restrict(family, bound, 2, 2, **shape)
    assert restriction.holds(np.array(path), 1e-9)
    drawn = np.random.default_rng(17).multivariate_normal(path, cov, size=draws)
    kept = np.zeros((2, draws), bool)
    for piece in restriction.pieces:
        critical = None
        for k, beta in enumerate(drawn):
            lines = moment_lines(piece.A, piece.d, beta, cov, 2, weights)
            critical = least_favourable_value(lines, 0.005) if critical is None else critical
            for row, hybrid in enumerate((None, critical)):
                # The effect is zero, so that the estimates are the difference in trends and their errors.
                kept[row, k] |= accepted(lines, np.zeros(1), _conditional(0.05, hybrid))[0]
    assert (kept.mean(axis=1) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / draws)).all()
