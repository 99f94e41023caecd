"""Trajectories as points: their level, their shape, or their growth; and the clusters of these points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.clusters.fitting import Fitted, Settings, fitted
from dipeval.describe.clusters.formed_periods import formed_rows
from dipeval.describe.clusters.paths import (
    CITY,
    STAGE,
    UNITS,
    Paths,
    adjusted,
    calendar_of,
    completed,
    paths_of,
    smoothed,
)
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    from dipeval.study.descriptions import DescriptionChoice

LEVEL, SHAPE, GROWTH = "level", "shape", "growth"
ASPECTS = (LEVEL, SHAPE, GROWTH)
LOGARITHMS = "log points"
DOMINATES, LIKE_UNITS = 0.25, 5.0
"""Part of all squares above which one unit is said to dominate, and how many times its even part it must then have."""


@dataclass(frozen=True)
class Trajectories:
    """Units in clusters by their paths.

    Attributes
    ----------
    panel : pandas.DataFrame
        Rows of the periods on which they were formed.
    unit : {"hospital", "city"}
    paths : tuple of Paths
        Complete, adjusted and smoothed, of the units that are clustered; one an outcome.
    moved : tuple of pandas.DataFrame, each of shape (units, columns)
        What of the paths is compared, in the outcome's own terms: the mean, the path less its mean, or growth.
    points : ndarray, shape (units, all columns)
        The same in one scale.
    found, beside : Fitted
        Clusters by what the study compares; and, for how far both agree, by the other of level and shape.
    left_out, filled : int
        Units without clusters for want of periods; unit-periods that were filled.
    """

    panel: pd.DataFrame
    unit: str
    paths: tuple[Paths, ...]
    moved: tuple[pd.DataFrame, ...]
    points: np.ndarray
    found: Fitted
    beside: Fitted
    left_out: int
    filled: int

    @property
    def units(self) -> pd.Index:
        """The units that are clustered, sorted."""
        return self.paths[0].values.index

    def by_hospital(self, word: Sequence[object] | np.ndarray) -> pd.Series:
        """A word of each unit, by ``city`` and ``hospital``; hospitals of a city have that of their city."""
        own = pd.Series(np.asarray(word), index=self.units)
        hospitals = (
            self.panel[list(UNITS["hospital"])]
            .astype("str")
            .drop_duplicates()
            .sort_values(["city", "hospital"])
        )
        index = pd.MultiIndex.from_frame(hospitals)
        found = own.reindex(index.get_level_values("city") if self.unit == CITY else index)
        return pd.Series(found.to_numpy(), index=index).dropna()

    @property
    def cluster(self) -> pd.Series:
        """1 … k by ``city`` and ``hospital``, 0 where there are no clusters."""
        made = self.found.partition
        number = np.zeros(len(self.units)) if made is None else made.labels + 1.0
        return self.by_hospital(number).astype("int64")


def form_trajectories(panel: pd.DataFrame, choice: DescriptionChoice) -> Trajectories:
    """Part hospitals or cities by their paths. Errors: `kinds.trajectory_clusters.make`.

    Notes
    -----
    Cost O(rows of the panel) for each outcome, then as :func:`fitting.fitted` for as many points as there are units, twice.
    """
    options = choice.options
    rows, unit = formed_rows(panel, choice), str(options["unit"])
    periods = calendar_of(rows)
    aspect = str(options["compare"])
    if len(periods) < (2 if aspect == GROWTH else 3) and aspect != LEVEL:
        todo = 'widen the span (formed), or write compare = "level"'
        raise DataError(STAGE, [Problem("formed", f"{len(periods)} periods have no shape", todo)])
    raw, left_out, filled = completed(
        [paths_of(rows, str(name), unit) for name in dict.fromkeys(options["outcomes"])],
        str(options["missing"]),
    )
    frequency = "quarter" if "Q" in periods[0] else "month" if "-" in periods[0] else "year"
    paths = [smoothed(adjusted(p, str(options["seasonal"]), frequency), int(options["smooth"])) for p in raw]
    other = SHAPE if aspect == LEVEL else LEVEL
    moved = [compared(p, aspect, unit_spread=bool(options["unit_spread"])) for p in paths]
    points = in_one_scale(moved, str(options["scale"]))
    if other == SHAPE and len(periods) < 3:
        others = points
    else:
        others = in_one_scale([compared(p, other) for p in paths], str(options["scale"]))
    return Trajectories(
        rows,
        unit,
        tuple(paths),
        tuple(moved),
        points,
        fitted(points, _settings(choice, len(points), int(options["k"]))),
        fitted(others, _settings(choice, len(points), int(options["beside_k"]))),
        left_out,
        filled,
    )


def _settings(choice: DescriptionChoice, units: int, k: int) -> Settings:
    options = choice.options
    return Settings(
        k,
        int(options["most"]),
        int(options["seed"]),
        str(options["method"]),
        int(options["reference_draws"]),
        int(options["stability_draws"]),
        units,
    )


def compared(paths: Paths, aspect: str, *, unit_spread: bool = False) -> pd.DataFrame:
    """What of a path is held against others.

    Parameters
    ----------
    aspect : {"level", "shape", "growth"}
        With y the path over T periods: its mean (one column); y less its mean (T columns); ln y(t) − ln y(t−1), or
        y(t) − y(t−1) of an outcome that is a logarithm (T − 1 columns).
    unit_spread : bool
        Divide each path of shape by its own standard deviation: only when it rises and falls counts, not how far.

    Returns
    -------
    pandas.DataFrame, shape (units, columns)

    Raises
    ------
    DataError
        A path that does not move, where it is to be divided by its spread; values without a logarithm.
    """
    values = paths.values
    if aspect == LEVEL:
        return values.mean(axis=1).to_frame("mean")
    if aspect == GROWTH:
        is_log = paths.outcome.unit == LOGARITHMS
        if not is_log and (values.to_numpy() <= 0).any():
            count = int((values.to_numpy() <= 0).sum())
            what = "is 0 or less, where growth is not defined"
            raise DataError(STAGE, [Problem(paths.outcome.name, what, 'write compare = "shape"', (), count)])
        logs = values if is_log else np.log(values)
        return logs.diff(axis=1).iloc[:, 1:]
    moved = values.sub(values.mean(axis=1), axis=0)
    if not unit_spread:
        return moved
    spread = moved.std(axis=1, ddof=0)
    still = spread <= 1e-12 * values.abs().max(axis=1)
    if still.any():
        what, todo = "does not move in some units, which then have no spread", "write unit_spread = false"
        raise DataError(STAGE, [Problem(paths.outcome.name, what, todo, (), int(still.sum()))])
    return moved.div(spread, axis=0)


def in_one_scale(moved: Sequence[pd.DataFrame], scale: str) -> np.ndarray:
    """All outcomes side by side, shape (units, all columns).

    Parameters
    ----------
    scale : {"standardise", "none"}
        ``standardise``: what is compared of an outcome is divided by one number, the square root of its mean squared
        distance to the mean unit, all periods together, so that outcomes count alike and a path keeps its shape.

    Raises
    ------
    DataError
        Outcomes in which all units are alike.
    """
    blocks, problems = [], []
    for i, frame in enumerate(moved):
        block = frame.to_numpy("float64")
        # Sums over sorted values do not depend on the order of the units.
        middle = np.sort(block, axis=0).mean(axis=0)
        squares = np.sort(((block - middle) ** 2).sum(axis=1))
        spread = float(np.sqrt(squares.sum() / len(block)))
        if spread <= 1e-12 * max(1.0, float(np.abs(block).max())):
            problems.append(
                Problem(f"outcomes[{i + 1}]", "is alike in all units and parts nothing", "leave it out")
            )
            continue
        blocks.append(block / spread if scale == "standardise" else block)
    if problems:
        raise DataError(STAGE, problems)
    return np.column_stack(blocks)


def dominating(points: np.ndarray) -> float:
    """Part of all squares that the farthest unit makes, where it is more than should be; else 0."""
    squares = ((points - np.sort(points, axis=0).mean(axis=0)) ** 2).sum(axis=1)
    part = float(squares.max() / np.sort(squares).sum())
    return part if part > max(DOMINATES, LIKE_UNITS / len(points)) else 0.0
