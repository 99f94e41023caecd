"""Lee's bounds in one comparison of two groups in which the reform may have moved who is observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.selection.trimming import Mean


@dataclass(frozen=True)
class Selection:
    """How far observation differs between two groups, G clusters.

    Attributes
    ----------
    treated, compared : float
        Share observed where treated, and where it is not (or as it would have been).
    logs : numpy.ndarray, shape (G,)
        Influence on ``ln(treated / compared)``.

    Notes
    -----
    Where both shares are equal the bounds have a kink in the shares; influence there is that of the side where fewer of the
    treated are observed.
    """

    treated: float
    compared: float
    logs: np.ndarray

    @property
    def more(self) -> bool:
        """Whether more are observed because of the reform, so that the treated are trimmed."""
        return self.treated > self.compared

    @property
    def share(self) -> float:
        """What is trimmed of the side with more observed: ``1 - smaller/larger``."""
        larger = max(self.treated, self.compared)
        return 1 - min(self.treated, self.compared) / larger

    @property
    def share_influence(self) -> np.ndarray:
        """Of clusters on `share` (G,)."""
        return (1 - self.share) * (self.logs if self.more else -self.logs)


@dataclass(frozen=True)
class Cell:
    """Bounds of one comparison.

    Attributes
    ----------
    selection : Selection
    plain, lower, upper : Mean
        The effect without any trimming, and its bounds for those observed with and without the reform.
    weight : Mean
        How many of these there are among the treated; its influence is in the same unit.
    observed : float
        Treated that are observed (weight).
    """

    selection: Selection
    plain: Mean
    lower: Mean
    upper: Mean
    weight: Mean
    observed: float


def difference(left: Mean, right: Mean) -> Mean:
    """One mean less another."""
    return Mean(left.value - right.value, left.influence - right.influence)


def average(cells: list[tuple[Mean, Mean]]) -> Mean:
    """Effects averaged by weights that are estimated too.

    Parameters
    ----------
    cells : list of (Mean, Mean)
        Effect and weight.
    """
    total = sum(weight.value for _, weight in cells)
    value = sum(effect.value * weight.value for effect, weight in cells) / total
    influence = sum(
        weight.value * effect.influence + (effect.value - value) * weight.influence
        for effect, weight in cells
    )
    return Mean(float(value), np.asarray(influence) / total)


def average_gap(cells: list[Cell]) -> Mean:
    """How much more is observed with the reform: ``ln(treated/compared)`` averaged by the weights of the cells, held fixed."""
    weights = np.array([cell.weight.value for cell in cells])
    logs = np.array([np.log(cell.selection.treated / cell.selection.compared) for cell in cells])
    influence = weights @ np.array([cell.selection.logs for cell in cells]) / weights.sum()
    return Mean(float(weights @ logs / weights.sum()), influence)
