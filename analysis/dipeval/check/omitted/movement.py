"""Oster (2019): what the movement of a coefficient as covariates enter says about those that are not
observed.

Selection on what is not observed is δ times that on what is: ``δ Cov(D, W1) / Var(W1) = Cov(D, W2) /
Var(W2)`` with W1 the index of the covariates and W2 that of what is missing, orthogonal to W1. The regression
with both would reach the R squared Rmax. The bias v = β̃ - β of the regression with covariates then solves
(her section 3, all brought to one side)

    (1 - δ)(τσ - τ²) v³ + (2 - δ) τ b σ v² + [(R̃ - R°) s τ + σ τ b² - δ (Rmax - R̃) s (σ - τ)] v
        - δ (Rmax - R̃) s b σ = 0

where b = β° - β̃ is the movement of the coefficient, s the variance of the outcome, σ that of the treatment,
τ what covariates leave of it. The equation is linear in δ, so the δ that makes the effect some β is one
fraction. *Journal of Business & Economic Statistics* 37(2). All here is net of fixed effects, so R squared is
what is explained within them; `whole_movement` has the other convention.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.omitted.partialled import OUTCOME, TREATMENT, net_of

REAL = 1e-7
"""A root whose imaginary part is below this share of its size counts as real, once it solves the equation."""


@dataclass(frozen=True)
class Movement:
    """A coefficient without and with covariates, and what Oster's equation needs beside it.

    Attributes
    ----------
    short, long : float
        β° without and β̃ with covariates, in units of the outcome.
    short_r2, long_r2 : float
        R° and R̃.
    outcome_variance, treatment_variance, treatment_left : float
        s, σ, τ; in any common scale.
    """

    short: float
    long: float
    short_r2: float
    long_r2: float
    outcome_variance: float
    treatment_variance: float
    treatment_left: float

    @property
    def moved(self) -> float:
        """b = β° - β̃."""
        return self.short - self.long

    def ceiling(self, multiple: float) -> float:
        """Rmax = min(multiple R̃, 1)."""
        return min(multiple * self.long_r2, 1.0)

    def terms(self, ceiling: float) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients of v³, v², v, 1 of ``numerator - δ denominator = 0``, each of shape (4,)."""
        b, s = self.moved, self.outcome_variance
        sigma, tau = self.treatment_variance, self.treatment_left
        gained, missing = (self.long_r2 - self.short_r2) * s, (ceiling - self.long_r2) * s
        cube, square = tau * (sigma - tau), tau * b * sigma
        above = np.array([cube, 2 * square, gained * tau + sigma * tau * b**2, 0.0])
        below = np.array([cube, square, missing * (sigma - tau), missing * b * sigma])
        return above, below

    def delta(self, effect: float, ceiling: float) -> float:
        """δ that makes the effect equal `effect`; inf where no finite one does."""
        above, below = (np.polyval(terms, self.long - effect) for terms in self.terms(ceiling))
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.float64(above) / np.float64(below))


@dataclass(frozen=True)
class Adjusted:
    """Solutions of Oster's equation for one δ and one Rmax.

    Attributes
    ----------
    delta, ceiling : float
    effect : float
        β*, the root that is chosen; NaN where no root has the direction of the selection.
    others : tuple of float
        Effects by the other real roots, in order.
    """

    delta: float
    ceiling: float
    effect: float
    others: tuple[float, ...]


def movement_of(products: np.ndarray, others: float = 0.0) -> Movement:
    """The movement as covariates enter, from products of outcome, treatment and covariates.

    Parameters
    ----------
    products : numpy.ndarray, shape (2 + p, 2 + p)
        Net of fixed effects.
    others : float
        Sum of squares of the outcome that fixed effects explain, where R squared is to count it.

    Returns
    -------
    Movement
        O(p³).
    """
    covariates = range(TREATMENT + 1, len(products))
    left = net_of(products, covariates, [OUTCOME, TREATMENT])
    y, d, both = products[OUTCOME, OUTCOME], products[TREATMENT, TREATMENT], products[OUTCOME, TREATMENT]
    total = y + others
    return Movement(
        short=both / d,
        long=left[0, 1] / left[1, 1],
        short_r2=1 - (y - both**2 / d) / total,
        long_r2=1 - (left[0, 0] - left[0, 1] ** 2 / left[1, 1]) / total,
        outcome_variance=total,
        treatment_variance=d,
        treatment_left=left[1, 1],
    )


def whole_movement(wider: np.ndarray) -> Movement:
    """`movement_of` products whose last entry is what fixed effects explain, which R squared then counts."""
    return movement_of(wider[:-1, :-1], float(wider[-1, -1]))


def biases(movement: Movement, delta: float, ceiling: float) -> np.ndarray:
    """Real roots v of the equation, from the smallest in size to the largest; one to three.

    Notes
    -----
    Roots of the companion matrix, then Newton steps on the equation scaled by the size of its terms.
    """
    above, below = movement.terms(ceiling)
    equation = above - delta * below
    unit = abs(movement.moved) or abs(movement.long) or 1.0
    scaled = equation * unit ** np.arange(3, -1, -1)
    scaled = scaled / (np.abs(scaled).max() or 1.0)
    slope = np.polyder(scaled)
    found = []
    for root in np.roots(scaled):
        if abs(root.imag) > REAL * max(abs(root), REAL):
            continue
        v = float(root.real)
        for _ in range(3):
            steep = np.polyval(slope, v)
            step = np.polyval(scaled, v) / steep if steep else 0.0
            v -= step if abs(step) < 0.1 * max(abs(v), REAL) else 0.0
        found.append(v * unit)
    return np.array(sorted(found, key=abs))


def adjusted_effect(movement: Movement, delta: float, ceiling: float) -> Adjusted:
    """The effect once selection on what is not observed is δ times that on the covariates.

    Of several roots only those count that move the effect on in the direction in which the covariates moved
    it (her assumption 3; for δ < 0 the other direction), and of these the nearest to β̃: the first that is
    met as δ grows from 0. For 0 < δ <= 1 there always is one. Factors of the equation tell why roots of the
    other direction have no meaning: ``δ = τ v ((σ-τ) v² + 2 b σ v + g) / ((τ v² + m) ((σ-τ) v + b σ))`` with
    g and m above zero, so that one root stays near ``v = -b σ / (σ-τ)`` whatever δ is.

    Parameters
    ----------
    movement : Movement
    delta, ceiling : float
        δ and Rmax.

    Returns
    -------
    Adjusted
    """
    roots = biases(movement, delta, ceiling)
    still = (movement.moved == 0) | (delta == 0) | (roots == 0)
    onward = np.flatnonzero(still | (np.sign(roots) == np.sign(delta * movement.moved)))
    chosen = int(onward[0]) if len(onward) else -1
    others = tuple(float(movement.long - v) for k, v in enumerate(roots) if k != chosen)
    effect = float(movement.long - roots[chosen]) if len(onward) else np.nan
    return Adjusted(delta, ceiling, effect, others)


def proportional_effect(movement: Movement, delta: float, ceiling: float) -> float:
    """``β̃ - δ b (Rmax - R̃) / (R̃ - R°)``, which holds only where covariates weigh alike in both
    equations."""
    gained = movement.long_r2 - movement.short_r2
    if gained <= 0:
        return np.nan
    return movement.long - delta * movement.moved * (ceiling - movement.long_r2) / gained
