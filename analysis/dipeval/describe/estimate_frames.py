"""What an exhibit needs of an estimate: its plain frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd


class Tidied(Protocol):
    """Anything with the frames of an estimate."""

    terms: pd.DataFrame

    def tidy(self) -> pd.DataFrame: ...

    def glance(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class EstimateFrames:
    """The frames of one estimate with one inference; `terms` is parallel to `tidy`.

    Attributes
    ----------
    tidy : pandas.DataFrame, shape (K, …)
        The published contract, one row a term.
    terms : pandas.DataFrame, shape (K, …)
        ``kind`` (overall, event_time, lead, cohort, covariate), ``count`` and ``largest_share``.
    glance : pandas.DataFrame, shape (1, …)
        ``n_obs``, ``n_hospitals``, ``outcome_mean``, ``cluster``, ``n_clusters``, ``inference``,
        ``rule`` and more.
    """

    tidy: pd.DataFrame
    terms: pd.DataFrame
    glance: pd.DataFrame

    def __post_init__(self) -> None:
        if list(self.tidy["term"]) != list(self.terms["term"]):
            raise ValueError("the rows of tidy and terms name different terms")
        if len(self.glance) != 1:
            raise ValueError(f"glance has {len(self.glance)} rows, not one")

    @classmethod
    def of(cls, estimate: Tidied) -> EstimateFrames:
        """Take the frames of an estimate that has been inferred."""
        return cls(estimate.tidy(), estimate.terms, estimate.glance())

    def rows(self) -> pd.DataFrame:
        """`tidy` with ``kind``, ``count`` and ``largest_share`` beside it."""
        facts = self.terms[["kind", "count", "largest_share"]].reset_index(drop=True)
        return pd.concat([self.tidy.reset_index(drop=True), facts], axis=1)

    def fact(self, name: str) -> object:
        """One fact about the whole estimate."""
        return self.glance[name].iloc[0]
