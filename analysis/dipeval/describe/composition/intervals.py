"""Estimates of all parts with intervals that hold together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError
from dipeval.estimate.composition.joint import Joint
from dipeval.infer import infer
from dipeval.infer.student_band import student_band
from dipeval.results import Estimate


@dataclass(frozen=True)
class Errors:
    """How uncertainty is stated: clustered errors, simultaneous over the parts of one route.

    Attributes
    ----------
    cluster : str
    small_sample : {"CR1", "CR0"}
    level : float
    seed, n_draws : int
    """

    cluster: str
    small_sample: str
    level: float
    seed: int
    n_draws: int


@dataclass(frozen=True)
class Stated:
    """P numbers with their intervals.

    Attributes
    ----------
    parts : tuple of str, length P
    value, std_error, low, high, p_value : numpy.ndarray, shape (P,)
        Errors and p-values are each number's own, intervals simultaneous; NaN where undefined.
    estimate : Estimate
        With the inference.
    critical_value : float
    rule : str
        In words; empty where nothing has an error.
    """

    parts: tuple[str, ...]
    value: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    estimate: Estimate
    critical_value: float
    rule: str

    def of(self, part: str) -> dict[str, float]:
        """``value``, ``low`` and ``high`` of one part."""
        at = self.parts.index(part)
        return {name: float(getattr(self, name)[at]) for name in ("value", "low", "high")}


def stated(joint: Joint, errors: Errors, *, bounded: bool = False) -> Stated:
    """Attach errors to the overall effects, or the counterfactual, of all parts.

    Parameters
    ----------
    joint : Joint
        Of one term, or with an overall one.
    errors : Errors
    bounded : bool
        For shares by routes that cannot leave 0 to 1: intervals are formed for the log odds of a share, with the
        error divided by share times one minus share, and taken back.

    Notes
    -----
    O(n_draws G P).
    """
    one = joint if len(joint.terms) == 1 else joint.overall
    made = infer(
        one.estimate, "cluster", cluster=errors.cluster, small_sample=errors.small_sample, level=errors.level
    )
    params, error = made.params.to_numpy(), made.std_errors.to_numpy()
    low, high = np.full((2, len(params)), np.nan)
    critical, rule = np.nan, ""
    known = np.isfinite(error)
    if known.any():
        names = [name for name, has in zip(made.params.index, known, strict=True) if has]
        try:
            band = student_band(made, seed=errors.seed, terms=names, n_draws=errors.n_draws)
        except DesignError:
            band = None  # every error is rounding: nothing varies between clusters
        if band is not None:
            low[known], high[known], critical, rule = (
                band.conf_low,
                band.conf_high,
                band.critical_value,
                band.rule,
            )
    if bounded:
        low, high = _inside(params, high - params)
    return Stated(one.parts, params, error, low, high, made.pvalues.to_numpy(), made, critical, rule)


def _inside(share: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intervals by log odds; none for a share of zero or one."""
    known = np.where((share > 0) & (share < 1), share, np.nan)
    odds = np.log(known / (1 - known))
    moved = reach / (known * (1 - known))
    return 1 / (1 + np.exp(-(odds - moved))), 1 / (1 + np.exp(-(odds + moved)))
