"""Averages of true effects over treated hospital-periods: overall, by event time, by level, by both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .effects import LEVELS

TERMS = {"overall": (0, 1), "event_time": (0,), "level": (1,), "level_event_time": ()}
"""Averages that are reported, and the axes (level, event time) that each runs over."""
DIGITS = 10


@dataclass(frozen=True)
class Grid:
    """Treated hospital-periods by level and event time; every average is a sum over parts of this grid.

    Attributes
    ----------
    code : numpy.ndarray of int, shape (cells,)
        level · event_times + event time.
    discharges : numpy.ndarray of int, shape (cells,)
    event_times : int
        Event times in the grid, from 0 on.
    """

    code: np.ndarray
    discharges: np.ndarray
    event_times: int

    @classmethod
    def of(cls, cells: pd.DataFrame, facts: pd.DataFrame) -> Grid:
        """Return the grid of panel rows (``level``, ``discharges``) and their ``event_time``."""
        event_time = facts["event_time"].to_numpy().astype(np.int64)
        event_times = int(event_time.max(initial=-1)) + 1
        level = pd.Categorical(cells["level"], categories=LEVELS).codes
        return cls(level * event_times + event_time, cells["discharges"].to_numpy(), event_times)

    def labels(self) -> pd.DataFrame:
        """Return one row an average: ``term``, ``level``, ``event_time`` and the counts behind it."""
        parts = []
        for term, over in TERMS.items():
            number = self._sum(np.ones(len(self.code)), over)
            level, event_time = np.nonzero(number)
            shown = {
                "term": np.full(len(level), term, dtype=object),
                "level": np.full(len(level), "", dtype=object) if 0 in over else np.array(LEVELS)[level],
                "event_time": np.full(len(level), np.nan) if 1 in over else event_time.astype(float),
                "hospital_periods": number[level, event_time].astype(np.int64),
                "discharges": self._sum(self.discharges, over)[level, event_time].astype(np.int64),
            }
            parts.append(pd.DataFrame(shown).astype({"term": object, "level": object}))
        return pd.concat(parts, ignore_index=True)

    def averages(self, values: np.ndarray, weights: str) -> np.ndarray:
        """Return the averages of `values`, shape (cells,), in the order of `labels`.

        Parameters
        ----------
        weights : {"hospital_periods", "discharges"}
        """
        weight = self.discharges if weights == "discharges" else np.ones(len(self.code))
        found = []
        for over in TERMS.values():
            mass = self._sum(weight, over)
            found.append(self._sum(weight * values, over)[mass > 0] / mass[mass > 0])
        return np.round(np.concatenate(found), DIGITS) + 0.0

    def _sum(self, values: np.ndarray, over: tuple[int, ...]) -> np.ndarray:
        shape = (len(LEVELS), self.event_times)
        cells = np.bincount(self.code, weights=values, minlength=shape[0] * shape[1]).reshape(shape)
        return cells.sum(axis=over, keepdims=True) if over else cells
