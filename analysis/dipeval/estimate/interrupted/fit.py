"""A segmented regression and its errors: least squares with robust errors, or errors that are modelled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.interrupted.arma import arma_fit
from dipeval.estimate.interrupted.autocovariance import BARTLETT, long_run
from dipeval.estimate.interrupted.segments import Segments

METHODS = ("newey_west", "ols", "hc1", "hc2", "hc3", "hc4", "prais_winsten", "ar1", "ar2", "arma11")
ARMA = {"ar1": (1, 0), "ar2": (2, 0), "arma11": (1, 1)}
LABELS = {
    "newey_west": ("Newey–West", "Newey–West"),
    "ols": ("Least squares, independent errors", "最小二乘（独立误差）"),
    "hc1": ("Robust to heteroskedasticity (HC1)", "异方差稳健（HC1）"),
    "hc2": ("Robust to heteroskedasticity (HC2)", "异方差稳健（HC2）"),
    "hc3": ("Robust to heteroskedasticity (HC3)", "异方差稳健（HC3）"),
    "hc4": ("Robust to heteroskedasticity (HC4)", "异方差稳健（HC4）"),
    "prais_winsten": ("Prais–Winsten", "Prais–Winsten"),
    "ar1": ("Errors AR(1), restricted likelihood", "AR(1) 误差（限制性极大似然）"),
    "ar2": ("Errors AR(2), restricted likelihood", "AR(2) 误差（限制性极大似然）"),
    "arma11": ("Errors ARMA(1,1), restricted likelihood", "ARMA(1,1) 误差（限制性极大似然）"),
}


@dataclass(frozen=True)
class SeriesFit:
    """A fitted series; n positions of which m are used, k terms.

    Attributes
    ----------
    segments : Segments
    params : numpy.ndarray, shape (k,)
    cov : numpy.ndarray, shape (k, k)
    residuals : numpy.ndarray, shape (m,)
        Of the used positions, on the scale of the outcome.
    degrees : float
        Of Student's t; inf for the normal distribution.
    method : str
    rule, rule_zh : str
        The errors in words, English and Chinese.
    autocorrelation : tuple of float
        Coefficients of modelled errors.
    link : {"identity", "log"}
    """

    segments: Segments
    params: np.ndarray
    cov: np.ndarray
    residuals: np.ndarray
    degrees: float
    method: str
    rule: str
    autocorrelation: tuple[float, ...] = field(default=())
    link: str = "identity"
    rule_zh: str = ""

    @property
    def std_errors(self) -> np.ndarray:
        """Standard errors (k,)."""
        return np.sqrt(np.diag(self.cov))

    def of(self, term: str) -> tuple[float, float]:
        """Estimate and standard error of a term."""
        k = self.segments.names.index(term)
        return float(self.params[k]), float(self.std_errors[k])


def fit_series(
    outcome: np.ndarray, design: Segments, method: str = "newey_west", *, lags: int | None = None
) -> SeriesFit:
    """Fit a series that is measured on a continuous scale.

    Parameters
    ----------
    outcome : numpy.ndarray, shape (n,)
        No value may be missing among those that are used.
    design : Segments
    method : str
        One of `METHODS`.
    lags : int, optional
        Of Newey–West; default the integer part of ``4 (m / 100)^(2/9)``.

    Returns
    -------
    SeriesFit
        Least squares are compared with t(m - k); the factor m / (m - k) is on robust errors.

    Raises
    ------
    DesignError
        Missing values, an unknown method, lags below zero.

    Notes
    -----
    O(m k²); modelled errors O(m²) a step of the likelihood.
    """
    y, x = _used(outcome, design)
    if method not in METHODS:
        problem = Problem("errors", f"{method!r} is unknown", nearest(method, METHODS))
        raise DesignError("interrupted series", [problem])
    if method in ARMA:
        found = arma_fit(y, x, ARMA[method])
        shown = ", ".join(f"{c:.3f}" for c in found.coefficients)
        degrees = len(y) - x.shape[1]
        rule = f"coefficients of the errors {shown}; t({degrees})"
        return SeriesFit(
            design,
            found.params,
            found.cov,
            found.residuals,
            degrees,
            method,
            rule,
            found.coefficients,
            rule_zh=f"误差系数{shown}；t({degrees})",
        )
    if method == "prais_winsten":
        return _prais_winsten(y, x, design)
    return _least_squares(y, x, design, method, lags)


def _used(outcome: np.ndarray, design: Segments) -> tuple[np.ndarray, np.ndarray]:
    y = np.asarray(outcome, float)[design.used]
    if not np.isfinite(y).all():
        place = np.flatnonzero(design.used)[~np.isfinite(y)]
        evidence = tuple(f"period {int(p) + 1} of {len(design.used)}" for p in place[:5])
        todo = "mend the gap, or begin or end the window beside it: periods must follow each other"
        raise DesignError("interrupted series", [Problem("series", "has gaps", todo, evidence, len(place))])
    return y, design.columns[design.used]


def _least_squares(
    y: np.ndarray, x: np.ndarray, design: Segments, method: str, lags: int | None
) -> SeriesFit:
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    params = bread @ (x.T @ y)
    params = params + bread @ (x.T @ (y - x @ params))  # one refinement
    residuals = y - x @ params
    scores = x * residuals[:, None]
    factor = n / (n - k)
    if method == "ols":
        cov, rule = bread * float(residuals @ residuals) / (n - k), ("equal variance", "等方差")
    elif method == "newey_west":
        chosen = int(np.floor(4 * (n / 100) ** (2 / 9))) if lags is None else lags
        if chosen < 0 or chosen >= n:
            raise DesignError("interrupted series", [Problem("lags", f"is {chosen}", f"write 0 to {n - 1}")])
        meat = long_run(scores, bandwidth=chosen + 1, kernel=BARTLETT).meat
        cov = bread @ meat @ bread * factor
        rule = f"{chosen} lags, factor n/(n-k)", f"滞后{chosen}期，校正因子n/(n-k)"
    else:
        leverage = np.einsum("ij,jk,ik->i", x, bread, x)
        power = {"hc2": 1.0, "hc3": 2.0, "hc4": np.minimum(4.0, n * leverage / k)}  # HC4: Cribari-Neto (2004)
        weight = np.full(n, factor) if method == "hc1" else (1 - leverage) ** -power[method]
        cov = bread @ ((scores * weight[:, None]).T @ scores) @ bread
        rule = "no autocorrelation", "不含自相关"
    words = f"{rule[0]}; t({n - k})", f"{rule[1]}；t({n - k})"
    return SeriesFit(design, params, cov, residuals, n - k, method, words[0], rule_zh=words[1])


def _prais_winsten(y: np.ndarray, x: np.ndarray, design: Segments) -> SeriesFit:
    """Prais & Winsten (1954), iterated until the autocorrelation stands still."""
    n, k = x.shape
    rho = 0.0
    for _ in range(500):
        turned = _quasi_differences(np.column_stack([y, x]), rho)
        params = np.linalg.lstsq(turned[:, 1:], turned[:, 0], rcond=None)[0]
        residuals = y - x @ params
        after = float(residuals[1:] @ residuals[:-1] / (residuals[:-1] @ residuals[:-1]))
        after = min(max(after, -0.9999), 0.9999)
        if abs(after - rho) < 1e-12:
            break
        rho = after
    else:
        what = "the autocorrelation of Prais–Winsten does not settle"
        raise DesignError("interrupted series", [Problem("errors", what, 'use "newey_west" or "ar1"')])
    left = turned[:, 0] - turned[:, 1:] @ params
    cov = np.linalg.inv(turned[:, 1:].T @ turned[:, 1:]) * float(left @ left) / (n - k)
    rule = f"rho = {rho:.3f}; t({n - k})"
    told = f"rho = {rho:.3f}；t({n - k})"
    return SeriesFit(design, params, cov, residuals, n - k, "prais_winsten", rule, (rho,), rule_zh=told)


def _quasi_differences(table: np.ndarray, rho: float) -> np.ndarray:
    first = np.sqrt(1 - rho**2) * table[:1]
    return np.vstack([first, table[1:] - rho * table[:-1]])
