"""Errors by row: heteroskedasticity-robust, and those of independent rows of equal variance.

A reform is assigned to cities, so these are not the errors of its effect; they are here because
published tables state them, and to compare with other software.
"""

from __future__ import annotations

import numpy as np

from dipeval.errors import Problem, nearest
from dipeval.infer.option_checks import level_problems, refuse
from dipeval.results import Estimate, Inference
from dipeval.results.student import critical_value, two_sided_p

SMALL_SAMPLE = ("HC1", "HC0")
NO_ROOM = "no standard error: not more rows than parameters"
NO_VARIATION = "no standard error: the model fits every row perfectly"
BY_ROW = (
    "errors by row take every row for an experiment of its own; a reform that is assigned to whole cities "
    "needs errors clustered by city (Bertrand, Duflo & Mullainathan 2004)"
)


def hetero_inference(estimate: Estimate, *, small_sample: str = "HC1", level: float = 0.95) -> Estimate:
    """Attach heteroskedasticity-robust errors (White 1980) to a regression.

    Parameters
    ----------
    estimate : Estimate
        K terms, with `row_errors`.
    small_sample : {"HC1", "HC0"}
        HC1 multiplies the covariance by N/(N-K), with K counting regressors and all effects.
    level : float

    Returns
    -------
    Estimate
        Compared with t(N-K), as fixest's ``vcov = "hetero"``.

    Raises
    ------
    DesignError
        The estimate has no errors by row, or an option is unknown.
    """
    _check(estimate, level, small_sample)
    rows = estimate.row_errors
    factor, words = 1.0, "no small-sample factor (HC0)"
    if small_sample == "HC1":
        factor = rows.n_obs / rows.df if rows.df else np.nan
        words = f"small-sample factor N/(N-K) with K = {rows.n_parameters} (HC1)"
    rule = f"standard errors robust to heteroskedasticity, {words}"
    return _attach(estimate, "hetero", small_sample, rows.hetero * factor, rule, level)


def iid_inference(estimate: Estimate, *, level: float = 0.95) -> Estimate:
    """Attach the errors of independent rows of equal variance to a regression.

    Parameters
    ----------
    estimate : Estimate
        K terms, with `row_errors`.
    level : float

    Returns
    -------
    Estimate
        Residual variance over N-K, compared with t(N-K), as fixest's ``vcov = "iid"``.

    Raises
    ------
    DesignError
        The estimate has no errors by row, or the level is impossible.
    """
    _check(estimate, level)
    rows = estimate.row_errors
    rule = f"standard errors of independent rows of equal variance, over N-K with K = {rows.n_parameters}"
    return _attach(estimate, "iid", "N-K", rows.iid / (rows.df or np.nan), rule, level)


def _check(estimate: Estimate, level: float, small_sample: str = "HC1") -> None:
    problems = []
    if estimate.row_errors is None:
        todo = 'use method "cluster"'
        problems.append(Problem("method", f"{estimate.estimator} keeps no errors by row", todo))
    if small_sample not in SMALL_SAMPLE:
        hint = nearest(small_sample, SMALL_SAMPLE)
        problems.append(Problem("small_sample", f"{small_sample!r} is unknown", hint))
    problems += level_problems(level)
    refuse(problems)


def _attach(
    estimate: Estimate, method: str, small_sample: str, cov: np.ndarray, rule: str, level: float
) -> Estimate:
    df = estimate.row_errors.df
    size = np.sqrt(np.diag(cov))
    known = np.isfinite(size) & (size > estimate.error_floor)
    cov = np.where(np.outer(known, known), cov, np.nan)
    std_error = np.where(known, size, np.nan)
    params = estimate.params.to_numpy()
    reach = (critical_value(level, df) if df else np.nan) * std_error
    spoken = (estimate.terms["note"] != "").to_numpy()
    why = NO_VARIATION if df else NO_ROOM
    inference = Inference(
        method=method,
        rule=f"{rule}, compared with t with {df} degrees of freedom",
        label=f"{method} ({small_sample}), t({df})",
        cluster="",
        small_sample=small_sample,
        df=float(df) if df else np.nan,
        level=level,
        cov=cov,
        std_error=std_error,
        p_value=two_sided_p(params / std_error, df) if df else np.full(len(params), np.nan),
        conf_low=params - reach,
        conf_high=params + reach,
        notes=tuple("" if ok or said else why for ok, said in zip(known, spoken, strict=True)),
        n_clusters=0,
        n_treated_clusters=0,
    )
    return estimate.with_inference(inference, BY_ROW)
