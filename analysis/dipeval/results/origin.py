"""Where an estimate came from, so that inference can estimate anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign

if TYPE_CHECKING:
    from dipeval.results.estimate import Estimate


@dataclass(frozen=True)
class Origin:
    """What was estimated, and the same estimator with the same options for other data.

    Attributes
    ----------
    design : PanelDesign
    outcome : array or pandas.Series, shape (design.n_rows_in,)
        In the order of the frame, as it was given; NaN where missing.
    again : callable
        From a design and an outcome to an estimate without inference; with ``only_overall=True`` without the
        terms beside the overall effect, where the estimator can leave them out.
    covariates : tuple of str
        Covariates of the design that the estimator adjusts for.
    is_linear : bool
        Whether the estimator's weights do not depend on the outcome.
    redated : callable or None
        From outcomes, calendars (D, G) and a clustering variable to the overall effect (D, R) and its
        influence (D, G, R) under each calendar, where the estimator can do all at once.
    """

    design: PanelDesign
    outcome: np.ndarray | pd.Series
    again: Callable[..., Estimate]
    covariates: tuple[str, ...] = ()
    redated: Callable[..., tuple[np.ndarray, np.ndarray]] | None = None
    is_linear: bool = True

    @property
    def values(self) -> np.ndarray:
        """The outcome in the order of the frame, float."""
        values = np.empty(self.design.n_rows_in)
        values.fill(np.nan)
        values[self.design.rows] = self.design.align(self.outcome)
        return values
