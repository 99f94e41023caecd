"""Series of counts: admissions, deaths, readmissions, with an offset for those who could have them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.interrupted.autocovariance import BARTLETT, long_run
from dipeval.estimate.interrupted.controlled import Controlled
from dipeval.estimate.interrupted.fit import SeriesFit
from dipeval.estimate.interrupted.segments import Segments
from dipeval.estimate.response.overdispersion import dispersion

Words = tuple[str, str]
COUNT_METHODS = (
    "quasi_poisson",
    "poisson",
    "negative_binomial",
    "poisson_newey_west",
    "poisson_hc1",
    "poisson_hc3",
)
COUNT_LABELS = {
    "quasi_poisson": ("Quasi-Poisson", "准泊松"),
    "poisson": ("Poisson", "泊松"),
    "negative_binomial": ("Negative binomial", "负二项"),
    "poisson_newey_west": ("Poisson, Newey–West", "泊松（Newey–West）"),
    "poisson_hc1": ("Poisson, robust (HC1)", "泊松（稳健HC1）"),
    "poisson_hc3": ("Poisson, robust (HC3)", "泊松（稳健HC3）"),
}
STEPS = 200


def fit_counts(
    outcome: np.ndarray,
    design: Segments,
    method: str = "quasi_poisson",
    *,
    exposure: np.ndarray | None = None,
    lags: int | None = None,
) -> SeriesFit:
    """Fit a series of counts with a log link.

    Parameters
    ----------
    outcome : numpy.ndarray, shape (n,)
        Whole numbers from 0 on; any amount from 0 on with robust errors.
    design : Segments
    method : str
        One of `COUNT_METHODS`: ``quasi_poisson``, ``poisson``, ``negative_binomial``, ``poisson_newey_west`` and others.
        Errors by Pearson's dispersion, t(m - k); by the Poisson variance; by the negative binomial variance
        mu + mu²/theta, given theta by maximum likelihood; of Newey & West; robust to the variance alone.
    exposure : numpy.ndarray, shape (n,), optional
        Population or discharges, above 0: rates are modelled.
    lags : int, optional
        Of Newey–West; default the integer part of ``4 (m / 100)^(2/9)``.

    Returns
    -------
    SeriesFit
        With a log link: coefficients are differences of logarithms of the rate.

    Raises
    ------
    DesignError
        Negative or missing counts, an exposure that is not above 0, an unknown method, no convergence.

    Notes
    -----
    McCullagh & Nelder (1989); scoring, O(m k²) a step.
    """
    problems = (
        []
        if method in COUNT_METHODS
        else [Problem("errors", f"{method!r} is unknown", nearest(method, COUNT_METHODS))]
    )
    y, x = np.asarray(outcome, float)[design.used], design.columns[design.used]
    if not (np.isfinite(y).all() and (y >= 0).all()):
        problems.append(Problem("series", "has gaps or negative counts", "mend them, or model the logarithm"))
    size = np.ones(len(design.used)) if exposure is None else np.asarray(exposure, float)
    size = size[design.used]
    if not (np.isfinite(size).all() and (size > 0).all()):
        problems.append(Problem("exposure", "is missing or not above 0 in some period", "mend it"))
    if method == "negative_binomial" and (y != np.round(y)).any():
        problems.append(Problem("series", "holds no whole numbers", 'use "quasi_poisson"'))
    if problems:
        raise DesignError("interrupted series", problems)
    offset = np.log(size)
    params, mean = _scored(y, x, offset, 0.0, None)
    theta = np.inf
    if method == "negative_binomial":
        params, mean, theta = _negative_binomial(y, x, offset, params, mean)
    cov, degrees, rule = _covariance(method, y, x, mean, theta, lags)
    return SeriesFit(design, params, cov, y - mean, degrees, method, rule[0], link="log", rule_zh=rule[1])


def counts_beside(treated: SeriesFit, control: SeriesFit) -> Controlled:
    """Two count series and the difference of their coefficients, as in one model in which every term differs.

    Given the regressors both series are taken as independent: what they share beyond trend and season makes these errors
    too large, what lasts makes them too small.
    """
    degrees = min(treated.degrees, control.degrees)
    words = ("both series taken as independent", "两序列视为独立")
    difference = replace(
        treated,
        params=treated.params - control.params,
        cov=treated.cov + control.cov,
        residuals=treated.residuals,
        degrees=degrees,
        rule=f"{words[0]}; {treated.rule}",
        rule_zh=f"{words[1]}；{treated.rule_zh}",
    )
    return Controlled(treated, control, difference)


def _scored(
    y: np.ndarray, x: np.ndarray, offset: np.ndarray, alpha: float, start: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and means under variance mu + alpha mu², by Fisher scoring from a least-squares start."""
    params = start
    if params is None:
        params = np.linalg.lstsq(x, np.log(np.maximum(y, 0.5)) - offset, rcond=None)[0]
    for _ in range(STEPS):
        mean = np.exp(x @ params + offset)
        weight = mean / (1 + alpha * mean)
        root = np.sqrt(weight)[:, None]
        move = np.linalg.lstsq(root * x, root[:, 0] * (y - mean) / mean, rcond=None)[0]
        params = params + move
        if not np.isfinite(params).all():
            break
        if np.abs(x @ move).max() < 1e-12:
            return params, np.exp(x @ params + offset)
    todo = "ask for fewer terms, or look at the counts"
    raise DesignError("interrupted series", [Problem("series", "the count model does not converge", todo)])


def _negative_binomial(
    y: np.ndarray, x: np.ndarray, offset: np.ndarray, params: np.ndarray, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients and theta in turn until both stand still, each by maximum likelihood; theta inf is Poisson."""
    ones, theta = np.ones(len(y)), np.inf
    for _ in range(STEPS):
        alpha = dispersion(mean, ones, y, y.astype(np.int64), ones)
        if not alpha:
            return params, mean, np.inf
        params, mean = _scored(y, x, offset, alpha, params)
        if abs(1 / alpha - theta) < 1e-11 / alpha:
            return params, mean, 1 / alpha
        theta = 1 / alpha
    what = "the negative binomial model does not settle"
    raise DesignError("interrupted series", [Problem("series", what, 'use "quasi_poisson"')])


def _covariance(
    method: str, y: np.ndarray, x: np.ndarray, mean: np.ndarray, theta: float, lags: int | None
) -> tuple[np.ndarray, float, Words]:
    n, k = x.shape
    working = mean / (1 + mean / theta)
    bread = np.linalg.inv(x.T @ (x * working[:, None]))
    if method == "quasi_poisson":
        dispersion = float(((y - mean) ** 2 / mean).sum()) / (n - k)
        words = (
            f"dispersion {dispersion:.2f}; t({n - k})",
            f"离散参数{dispersion:.2f}；t({n - k})",
        )
        return bread * dispersion, n - k, words
    if method == "negative_binomial":
        words = (
            f"theta {theta:.1f} taken as known; normal",
            f"θ={theta:.1f}视为已知；正态",
        )
        return bread, np.inf, words
    if method == "poisson":
        return bread, np.inf, ("variance equal to the mean; normal", "方差等于均值；正态")
    if method in ("poisson_hc1", "poisson_hc3"):
        leverage = working * np.einsum("ij,jk,ik->i", x, bread, x)
        weight = np.full(n, n / (n - k)) if method == "poisson_hc1" else (1 - leverage) ** -2
        scores = x * (y - mean)[:, None]
        cov = bread @ ((scores * weight[:, None]).T @ scores) @ bread
        words = (
            "robust to the variance, no autocorrelation; normal",
            "方差稳健，不含自相关；正态",
        )
        return cov, np.inf, words
    chosen = int(np.floor(4 * (n / 100) ** (2 / 9))) if lags is None else lags
    meat = long_run(x * (y - mean)[:, None], bandwidth=chosen + 1, kernel=BARTLETT).meat
    words = (
        f"{chosen} lags; normal",
        f"滞后{chosen}期；正态",
    )
    return bread @ meat @ bread, np.inf, words
