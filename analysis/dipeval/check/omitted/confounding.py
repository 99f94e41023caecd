"""Cinelli & Hazlett (2020): how strong must a confounder be, in partial R squared, to undo an effect?

``R_Y`` is the share of what treatment, covariates and fixed effects leave of the outcome that a confounder Z
explains, ``R_D`` the share of what covariates and fixed effects leave of the treatment. The bias is then
exactly ``se sqrt(degrees) sqrt(R_Y R_D / (1 - R_D))`` whatever Z is, also several variables together, and the
error that the regression with Z would state is ``se sqrt((1 - R_Y) / (1 - R_D) · degrees / (degrees - 1))``
(their sections 3 and 4). *Journal of the Royal Statistical Society B* 82(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.results.student import critical_value


@dataclass(frozen=True)
class Coefficient:
    """A regression coefficient with the error that holds for independent errors of one variance.

    Attributes
    ----------
    value, std_error : float
    degrees : int
        Rows minus all parameters.
    """

    value: float
    std_error: float
    degrees: int

    @property
    def t(self) -> float:
        """Statistic against zero."""
        return self.value / self.std_error

    @property
    def partial_r2(self) -> float:
        """Of the treatment with the outcome: how much an extreme confounder, R_Y = 1, needs of the
        treatment."""
        return self.t**2 / (self.t**2 + self.degrees)

    @property
    def spread(self) -> float:
        """``se sqrt(degrees)``: residual of the outcome over residual of the treatment, standard
        deviations."""
        return self.std_error * float(np.sqrt(self.degrees))


def bias_of(coefficient: Coefficient, outcome: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    """Size of the bias under R_Y `outcome` and R_D `treatment` (below 1), arrays that broadcast."""
    return coefficient.spread * np.sqrt(outcome * treatment / (1 - treatment))


def adjusted_value(coefficient: Coefficient, outcome: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    """The effect where the bias has the sign that makes it smaller (or turns its sign)."""
    sign = 1.0 if coefficient.value >= 0 else -1.0
    return coefficient.value - sign * bias_of(coefficient, outcome, treatment)


def adjusted_error(coefficient: Coefficient, outcome: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    """Standard error of the regression with the confounder."""
    degrees = coefficient.degrees
    return coefficient.std_error * np.sqrt((1 - outcome) / (1 - treatment) * degrees / (degrees - 1))


def robustness_value(coefficient: Coefficient, share: float = 1.0, level: float | None = None) -> float:
    """Share of both residuals that a confounder must explain to take away `share` of the effect.

    Parameters
    ----------
    coefficient : Coefficient
    share : float
        q: 1 takes the effect to zero.
    level : float, optional
        1 - α: until the interval of this level touches ``(1 - q)`` of the effect; default: until the value
        does.

    Returns
    -------
    float
        RV_q or RV_{q,α} (section 4): the smallest R such that some confounder with ``R_Y <= R`` and ``R_D <=
        R`` does it. A larger R_Y moves the effect and shortens its interval; beyond the point where the
        second wins, the strongest confounder has a smaller R_Y than R, and only R_D binds.
    """
    f = share * abs(coefficient.t) / np.sqrt(coefficient.degrees)
    if level is None:
        return equal_strength(f)
    least = float(critical_value(level, np.array([coefficient.degrees - 1.0]))[0])
    least /= np.sqrt(coefficient.degrees - 1)
    if f <= least:
        return 0.0
    if f * least >= 1:
        return float((f**2 - least**2) / (1 + f**2))
    return equal_strength(f - least)


def equal_strength(strength: float) -> float:
    """R with ``R / sqrt(1 - R) = strength``: both residuals are explained alike."""
    return float((np.sqrt(strength**4 + 4 * strength**2) - strength**2) / 2)


@dataclass(frozen=True)
class Strength:
    """A confounder's partial R squared with outcome and treatment; NaN where no confounder can be so
    strong."""

    outcome: float
    treatment: float
    capped: bool = False


def strength_of(
    benchmark_outcome: float, benchmark_treatment: float, times: float, times_outcome: float | None = None
) -> Strength:
    """The strongest a confounder can be that is some multiple as strong as covariates, orthogonal to them.

    Parameters
    ----------
    benchmark_outcome : float
        Partial R squared of the covariates with the outcome, given treatment and the other covariates.
    benchmark_treatment : float
        With the treatment, given the other covariates.
    times : float
        k_D: how many times as much of the treatment it explains.
    times_outcome : float, optional
        k_Y; default as k_D.

    Returns
    -------
    Strength
        Their section 4 on bounds by observed covariates; `capped` where R_Y would pass 1 and is taken for 1.
    """
    times_outcome = times if times_outcome is None else times_outcome
    treatment = times * benchmark_treatment / (1 - benchmark_treatment)
    if treatment >= 1 or times * benchmark_treatment >= 1:
        return Strength(np.nan, np.nan)
    crossed = times * benchmark_treatment**2 / ((1 - times * benchmark_treatment) * (1 - benchmark_treatment))
    if crossed >= 1:
        return Strength(np.nan, np.nan)
    odds = benchmark_outcome / (1 - benchmark_outcome)
    outcome = (np.sqrt(times_outcome) + np.sqrt(crossed)) ** 2 / (1 - crossed) * odds
    return Strength(float(min(outcome, 1.0)), float(treatment), bool(outcome > 1))


def contour(coefficient: Coefficient, effect: float, treatment: np.ndarray) -> np.ndarray:
    """R_Y at which the adjusted effect is `effect`, for each R_D; above 1 where no confounder gets there."""
    size = abs(coefficient.value - effect) / coefficient.spread
    with np.errstate(divide="ignore"):
        return size**2 * (1 - treatment) / treatment
