"""What has passed the gate: the only thing that `present` draws."""

from __future__ import annotations

from dataclasses import InitVar, dataclass

import pandas as pd

from dipeval.results.exhibit import Exhibit

SEAL = object()
OF_ESTIMATES = ("event_study", "regression_table", "family", "counterfactual", "composition_path")
"""Kinds whose counts serve the judgement alone: event times are sums of periods of cohorts, so their counts would
give away periods that are held back elsewhere. Tables of any kind are of estimates where their options say so."""


@dataclass(frozen=True)
class Rules:
    """When a number is held back.

    Attributes
    ----------
    minimum_cell : int
        A number behind which fewer cases stand is held back (0 cases is a fact, and stays).
    dominance : float
        So is one where the largest hospital holds a larger share of the cases.
    rounding_base : int
        Released counts are multiples of it; 1 leaves them exact.
    """

    minimum_cell: int = 10
    dominance: float = 0.85
    rounding_base: int = 1

    def __post_init__(self) -> None:
        if self.minimum_cell < 1 or not 0 < self.dominance <= 1:
            raise ValueError(f"minimum_cell must be at least 1 and dominance in (0, 1]: {self}")
        if self.rounding_base < 1:
            raise ValueError(f"rounding_base must be at least 1: {self}")


@dataclass(frozen=True)
class Withheld:
    """One row that was held back: where it stood, by which rule and why, never what it was."""

    exhibit: str
    row_en: str
    row_zh: str
    reason_en: str
    reason_zh: str
    rule: str = ""


@dataclass(frozen=True)
class Released:
    """An exhibit that passed the gate; only :func:`dipeval.disclose.gate` can make one.

    Attributes
    ----------
    exhibit : Exhibit
        With the column ``suppressed``; do not change its frame.
    rules : Rules
        What it was judged by.
    """

    exhibit: Exhibit
    rules: Rules
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only dipeval.disclose.gate makes a Released: send the exhibit through it")

    @property
    def public(self) -> pd.DataFrame:
        """What may be written as data: without the columns that only the judgement needs.

        The largest share is left out (with the count it is the number of cases of one hospital), and of
        estimates the count of cases, also where it is called ``n_obs``.
        """
        frame = self.exhibit.frame
        if self.exhibit.kind not in OF_ESTIMATES and not self.exhibit.options.get("of_estimates", False):
            return frame.drop(columns="largest_share")
        if "n_obs" in frame.columns:
            frame = frame.assign(n_obs=frame["n_obs"].where(frame["n_obs"] != frame["count"]))
        return frame.drop(columns=["largest_share", "count"])
