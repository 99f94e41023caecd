"""Power by simulation: how often a planned evaluation would find an effect, and how often one that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.power.city_tests import Question
from dipeval.check.power.drawing import Drawn
from dipeval.check.power.trial import Trial


@dataclass(frozen=True)
class Power:
    """Power of one estimator and test in one plan.

    Attributes
    ----------
    estimator, method, label_en, label_zh : str
        As of the trial.
    effects : numpy.ndarray, shape (E,)
        Sizes of effects, from 0 up.
    power : numpy.ndarray, shape (E,)
        Share of studies that find them; the first is the share of false alarms.
    error : numpy.ndarray, shape (E,)
        Its Monte Carlo error: draws of cities are independent, panels within a draw are not.
    """

    estimator: str
    method: str
    label_en: str
    label_zh: str
    effects: np.ndarray
    power: np.ndarray
    error: np.ndarray

    def at(self, effect: float) -> float:
        """Power against an effect of this size, by interpolation; beyond the largest that was tried, NaN."""
        return float(np.interp(abs(effect), self.effects, self.power, right=np.nan))

    def detectable(self, power: float) -> float:
        """The smallest effect that is found with this power; inf where none that was tried is.

        Read from the running maximum of power, since it grows with the effect and its draws do so but for noise.
        """
        risen = np.maximum.accumulate(self.power)
        if not risen[-1] >= power:
            return np.inf
        k = int(np.argmax(risen >= power))
        if k == 0:
            return 0.0
        low, high = risen[k - 1], risen[k]
        share = (power - low) / (high - low)
        return float(self.effects[k - 1] + share * (self.effects[k] - self.effects[k - 1]))


def simulated_power(
    drawn: Sequence[Drawn], trial: Trial, effects: np.ndarray, *, level: float, seed: int
) -> Power:
    """Power of a test against constant effects.

    Parameters
    ----------
    drawn : sequence of Drawn
    trial : Trial
    effects : numpy.ndarray, shape (E,)
        Sizes, from 0 up and rising.
    level : float
        0.95 for a test at 5 %.
    seed : int
        Of drawn calendars.

    Returns
    -------
    Power
        The mean over effects upwards and downwards. A study without an error rejects nothing.
    """
    asked = Question(np.concatenate([effects, -effects]), level)
    shares = []
    for k, one in enumerate(_some(drawn, trial.panels)):
        rejected = trial.rejected(one, asked, seed + k).mean(1)
        shares.append((rejected[: len(effects)] + rejected[len(effects) :]) / 2)
    by_draw = np.array(shares)
    error = (
        by_draw.std(0, ddof=1) / np.sqrt(len(by_draw)) if len(by_draw) > 1 else np.full(len(effects), np.nan)
    )
    names = trial.estimator, trial.method, trial.label_en, trial.label_zh
    return Power(*names, effects, by_draw.mean(0), error)


def _some(drawn: Sequence[Drawn], panels: int) -> Sequence[Drawn]:
    """About so many panels of as many draws as there are; 0: all of them."""
    if not panels:
        return drawn
    kept = drawn[:panels]
    each = max(1, panels // len(kept))
    return [replace(one, sums=one.sums[:, :, :each]) for one in kept]
