"""Oster's bounds for one regression: the movement of its coefficient, and effects under ceilings and
strengths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from dipeval.check.omitted.benchmarks import says_enough
from dipeval.check.omitted.by_cluster import covariance
from dipeval.check.omitted.movement import (
    Adjusted,
    Movement,
    adjusted_effect,
    movement_of,
    proportional_effect,
    whole_movement,
)
from dipeval.check.omitted.partialled import OUTCOME, TREATMENT, Partialled, partial_r_squared
from dipeval.check.omitted.regression import Regression
from dipeval.errors import DataError, Problem, nearest

WHOLE = "whole"
Move = Callable[[np.ndarray], Movement]


@dataclass(frozen=True)
class Row:
    """Selection of one strength δ under one ceiling of R squared.

    Attributes
    ----------
    multiple : float
        Ceiling over R squared with covariates.
    found : Adjusted
    error : float
        Of the adjusted effect, by cluster.
    zero : float
        δ that makes the effect the one that is asked about; NaN where selection leads away from it.
    proportional : float
        The adjusted effect by the approximation that is often quoted.
    """

    multiple: float
    found: Adjusted
    error: float
    zero: float
    proportional: float


@dataclass(frozen=True)
class Selection:
    """Oster's question put to a regression.

    Attributes
    ----------
    regression : Regression
    movement : Movement
    errors : tuple of float
        Of the coefficient without and with covariates, by cluster.
    rows : tuple of Row
        That of the verdict first.
    effect : float
        The effect that selection is to explain.
    whole : bool
        Whether R squared counts what fixed effects explain.
    gained, taken : float
        Shares that covariates explain of what fixed effects (and the reform) leave of the outcome, and of the reform.
    telling : bool
        Whether that is enough, above chance, for their movement to say anything.
    unrelated : tuple of str
        Covariates that stand in both regressions.
    """

    regression: Regression
    movement: Movement
    errors: tuple[float, float]
    rows: tuple[Row, ...]
    effect: float
    whole: bool
    gained: float
    taken: float
    telling: bool
    unrelated: tuple[str, ...]


def selection_of(regression: Regression, options: Mapping[str, object]) -> Selection:
    """Move the coefficient and bound it, as the keys of `check.kinds.oster` say.

    Raises
    ------
    DataError
        No covariates, or all of them in both regressions; an impossible ceiling.
    """
    partialled = _moved(regression, options["unrelated"])
    whole = options["r_squared"] == WHOLE
    parts, move = (partialled.with_whole, whole_movement) if whole else (partialled.by_cluster, movement_of)
    movement, effect = move(parts.sum(0)), float(options["effect"])
    problems = [
        Problem("ceilings", f"holds {m:g}", "write multiples above 1 of R squared")
        for m in options["ceilings"]
        if not m > 1
    ]
    if problems or not options["ceilings"] or not options["deltas"]:
        empty = [
            Problem(k, "is empty", "leave it out, or name some")
            for k in ("ceilings", "deltas")
            if not options[k]
        ]
        raise DataError("check", problems + empty)

    def ends(products: np.ndarray) -> np.ndarray:
        moved = move(products)
        return np.array([moved.short, moved.long])

    errors = np.sqrt(np.diag(covariance(ends, parts, regression.factor)))
    rows = tuple(
        _row(move, parts, regression.factor, float(multiple), float(delta), effect)
        for multiple in options["ceilings"]
        for delta in options["deltas"]
    )
    places = list(partialled.places)
    gained = partial_r_squared(partialled.products, OUTCOME, places, [TREATMENT])
    taken = partial_r_squared(partialled.products, TREATMENT, places, [])
    telling = says_enough(partialled, gained, taken, len(places))
    known = float(errors[0]), float(errors[1])
    unrelated = tuple(options["unrelated"])
    return Selection(regression, movement, known, rows, effect, whole, gained, taken, telling, unrelated)


def _moved(regression: Regression, unrelated: tuple[str, ...]) -> Partialled:
    """Products net of the covariates that stand in both regressions."""
    known = {control.name: control.columns for control in regression.controls}
    problems = [
        Problem("unrelated", f"'{name}' is none of the covariates", nearest(name, known))
        for name in unrelated
        if name not in known
    ]
    if not set(known) - set(unrelated):
        todo = "name some, such as mean_age, or columns of the panel"
        problems.append(Problem("covariates", "none enters the regression, so nothing can move", todo))
    if problems:
        raise DataError("check", problems)
    return regression.partialled.given([column for name in unrelated for column in known[name]])


def _row(move: Move, parts: np.ndarray, factor: float, multiple: float, delta: float, effect: float) -> Row:
    movement = move(parts.sum(0))
    ceiling = movement.ceiling(multiple)
    found = adjusted_effect(movement, delta, ceiling)
    error = np.nan
    if np.isfinite(found.effect):
        error = float(np.sqrt(covariance(partial(_effect, move, multiple, delta), parts, factor)[0, 0]))
    zero = movement.delta(effect, ceiling)
    onward = (movement.long - effect) * movement.moved > 0
    return Row(
        multiple,
        found,
        error,
        zero if onward else np.nan,
        proportional_effect(movement, delta, ceiling),
    )


def _effect(move: Move, multiple: float, delta: float, products: np.ndarray) -> np.ndarray:
    movement = move(products)
    return np.array([adjusted_effect(movement, delta, movement.ceiling(multiple)).effect])
