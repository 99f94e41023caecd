"""What a study declares of making hospitals comparable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.balancing.score_weights import ATE, ATT, OVERLAP

MATCHING, ENTROPY = "matching", "entropy"
METHODS = (MATCHING, ATT, ENTROPY, OVERLAP, ATE)
MOST_TRIM = 0.4


@dataclass(frozen=True)
class BalancePlan:
    """One way of making hospitals comparable.

    Attributes
    ----------
    method : {"matching", "att", "entropy", "overlap", "ate"}
        Matching on the score; inverse probability weights to the treated (att) or to all (ate); entropy
        balancing to the treated; overlap weights.
    neighbours : int
        Matches of each treated hospital.
    caliper : float
        Largest distance of a match, in standard deviations of the logit of the score; infinity for none.
    replacement : bool
        Whether a hospital may serve as a match again.
    trim : float
        Hospitals with a score below it, or above 1 less it, are left out (Crump et al. 2009).
    common_support : bool
        Whether hospitals with a score outside the range of the other group are left out.
    moments : {1, 2}
        Entropy balancing of means, or of means and variances.
    """

    method: str = MATCHING
    neighbours: int = 1
    caliper: float = 0.2
    replacement: bool = True
    trim: float = 0.0
    common_support: bool = False
    moments: int = 1

    def __post_init__(self) -> None:
        problems = []
        if self.method not in METHODS:
            problems.append(Problem("method", f"{self.method!r} is unknown", nearest(self.method, METHODS)))
        if self.neighbours < 1:
            problems.append(
                Problem("neighbours", f"{self.neighbours} is no number of matches", "write 1 or more")
            )
        if not self.caliper > 0:
            problems.append(
                Problem("caliper", f"{self.caliper:g} lets nobody match", "write a number above 0")
            )
        if not 0 <= self.trim <= MOST_TRIM:
            problems.append(
                Problem("trim", f"{self.trim:g} is no bound", f"write a number from 0 to {MOST_TRIM}")
            )
        if self.moments not in (1, 2):
            problems.append(
                Problem("moments", f"{self.moments} is not 1 or 2", "write 1 for means, 2 for variances too")
            )
        if problems:
            raise DesignError("balance hospitals", problems)

    @property
    def has_caliper(self) -> bool:
        """Whether matches must lie within a distance."""
        return bool(np.isfinite(self.caliper))
