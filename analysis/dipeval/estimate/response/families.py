"""Families of two-way models: how the mean follows the linear predictor, and the variance the mean.

Only the mean has to be right for the coefficients (Gourieroux, Monfort & Trognon 1984); errors are clustered, so
no variance is believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

MOST_PREDICTOR = 500.0
"""Predictors beyond it are drawn in: their exponential would overflow in a first step that overshoots."""
Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Family:
    """A quasi-likelihood, all functions by row.

    Attributes
    ----------
    name : str
    mean : callable
        Of the predictor.
    slope : callable
        Derivative of the mean by the predictor, as a function of the mean.
    variance : callable
        Of the mean, up to a factor.
    start : callable
        Predictor to begin with, from the outcome and its weighted mean.
    information : callable
        From outcome and mean to minus the derivative of the score by the predictor, as observed.
    loss : callable
        From outcome and mean to half the deviance without what depends on the outcome alone.
    log_link : bool
        Whether a coefficient is a change in logarithms of the mean.
    low, high : float
        Between which outcomes must lie; an outcome at the edge in all rows of a hospital separates it.
    """

    name: str
    mean: Function
    slope: Function
    variance: Function
    start: Callable[[np.ndarray, float], np.ndarray]
    information: Callable[[np.ndarray, np.ndarray], np.ndarray]
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray]
    log_link: bool = True
    low: float = 0.0
    high: float = np.inf


def _exponential(predictor: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(predictor, -MOST_PREDICTOR, MOST_PREDICTOR))


def _same(values: np.ndarray) -> np.ndarray:
    return values


def _log_start(outcome: np.ndarray, centre: float) -> np.ndarray:
    return np.log((outcome + centre) / 2)


def _safe_log(values: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(values, np.finfo(float).tiny))


LINEAR = Family(
    "linear",
    _same,
    np.ones_like,
    np.ones_like,
    lambda outcome, centre: np.zeros_like(outcome),
    lambda outcome, mean: np.ones_like(mean),
    lambda outcome, mean: (outcome - mean) ** 2 / 2,
    log_link=False,
    low=-np.inf,
)
"""Least squares; one step solves it."""

POISSON = Family(
    "poisson",
    _exponential,
    _same,
    _same,
    _log_start,
    lambda outcome, mean: mean,
    lambda outcome, mean: mean - outcome * _safe_log(mean),
)
"""Pseudo-maximum likelihood (Santos Silva & Tenreyro 2006): any outcome from zero up, whole or not."""

GAMMA = Family(
    "gamma",
    _exponential,
    _same,
    lambda mean: mean**2,
    _log_start,
    lambda outcome, mean: outcome / mean,
    lambda outcome, mean: _safe_log(mean) + outcome / mean,
)
"""Standard deviation in proportion to the mean (Manning & Mullahy 2001), as costs often have."""

LOGIT = Family(
    "logit",
    expit,
    lambda mean: mean * (1 - mean),
    lambda mean: mean * (1 - mean),
    lambda outcome, centre: np.log((outcome + centre) / (2 - outcome - centre)),
    lambda outcome, mean: mean * (1 - mean),
    lambda outcome, mean: -outcome * _safe_log(mean) - (1 - outcome) * _safe_log(1 - mean),
    log_link=False,
    high=1.0,
)
"""Share of cases with something, between 0 and 1."""


def negative_binomial(dispersion: float) -> Family:
    """NB2: variance ``μ + α μ²`` with a given α (Cameron & Trivedi 2013, section 3.3).

    Parameters
    ----------
    dispersion : float
        α, above zero.
    """
    return Family(
        "negative_binomial",
        _exponential,
        _same,
        lambda mean: mean * (1 + dispersion * mean),
        _log_start,
        lambda outcome, mean: mean * (1 + dispersion * outcome) / (1 + dispersion * mean) ** 2,
        lambda outcome, mean: (
            (outcome + 1 / dispersion) * np.log1p(dispersion * mean) - outcome * _safe_log(mean)
        ),
    )
