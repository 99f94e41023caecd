"""The reform and concurrent policies as columns, the sets of them that meet, and what cannot be told apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.projector import fit_projector
from dipeval.study.policies import REFORM

SAME = 1e-10
TOGETHER = " + "


@dataclass(frozen=True)
class Measures:
    """Measures and their products by row of a design.

    Attributes
    ----------
    names : tuple of str
        The reform first.
    products : tuple of tuple of str
        Sets of two or more that have a coefficient of their own: beyond the sum of the others.
    columns : mapping of str to numpy.ndarray, shape (n_rows_in,)
        Each policy and each product but the reform itself, in the order of the frame.
    met : tuple of tuple of str
        Sets of two or more with the reform in force together somewhere.
    """

    names: tuple[str, ...]
    products: tuple[tuple[str, ...], ...]
    columns: Mapping[str, np.ndarray]
    met: tuple[tuple[str, ...], ...]


def measures_of(design: PanelDesign, policies: Mapping[str, np.ndarray], depth: int) -> Measures:
    """The reform, the policies, and their products up to `depth` measures.

    Parameters
    ----------
    design : PanelDesign
    policies : mapping of str to numpy.ndarray, shape (n_rows_in,)
        Exposure by row of the frame that the design was built from.
    depth : int
        2: each policy with the reform, and policies with each other; 1: no products.

    Raises
    ------
    DesignError
        With all pairs that move together in every city, and policies that are in force nowhere.

    Notes
    -----
    O(2^P n) for P policies; more than five are refused.
    """
    reform = np.zeros(design.n_rows_in)
    reform[design.rows] = design.treated
    values = {REFORM: reform, **policies}
    problems = _problems(design, values)
    if problems:
        raise DesignError("policies", problems)
    inside = np.zeros(design.n_rows_in, bool)
    inside[design.rows] = True
    sets = [s for k in range(2, len(values) + 1) for s in itertools.combinations(values, k)]
    on = {s: np.prod([values[name] for name in s], axis=0) for s in sets}
    met = tuple(s for s in sets if (on[s][inside] > 0).any())
    products = tuple(s for s in met if len(s) <= depth)
    columns = {name: values[name] for name in policies} | {TOGETHER.join(s): on[s] for s in products}
    return Measures(tuple(values), products, columns, tuple(s for s in met if REFORM in s))


def _problems(design: PanelDesign, values: Mapping[str, np.ndarray]) -> list[Problem]:
    problems = []
    if len(values) > 6:
        what, todo = f"are {len(values) - 1}", "name the five that matter most"
        return [Problem("policies", what, todo)]
    rows = {name: column[design.rows] for name, column in values.items()}
    for name, column in rows.items():
        if not column.any():
            todo = "check its dates and cities, or leave it out"
            problems.append(Problem(f"policy {name}", "is in force nowhere in the window", todo))
        elif (column == column[0]).all():
            what = "is in force everywhere throughout the window: nothing is without it"
            problems.append(Problem(f"policy {name}", what, "leave it out, or begin the window before it"))
    left = dict(zip(rows, _within(design, list(rows.values())), strict=True))
    return problems + [
        _inseparable(a, b) for a, b in itertools.combinations(left, 2) if _alike(left[a], left[b])
    ]


def refuse_same_dates(design: PanelDesign, policies: Mapping[str, np.ndarray]) -> None:
    """Stop where a policy that is to be adjusted for came with the reform in every city.

    Regressions would say that neither is identified; an estimator that learns slopes among the untreated, who
    never see such a policy, would give the effect of both for that of the reform.

    Parameters
    ----------
    design : PanelDesign
    policies : mapping of str to numpy.ndarray, shape (n_rows_in,)

    Raises
    ------
    DesignError
        With all such policies.

    Notes
    -----
    O(P n).
    """
    names = list(policies)
    columns = [design.treated.astype(float), *(policies[name][design.rows] for name in names)]
    reform, *left = _within(design, columns)
    problems = [_inseparable(REFORM, n) for n, one in zip(names, left, strict=True) if _alike(reform, one)]
    if problems:
        raise DesignError("design.policies", problems)


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    size = np.sqrt((one @ one) * (other @ other))
    return bool(size > 0 and abs(one @ other) >= (1 - SAME) * size)


def _inseparable(a: str, b: str) -> Problem:
    what = "came at the same time in every city: their effects cannot be told apart"
    todo = "leave one of them out and call the effect that of both, or add a city in which they differ"
    return Problem(f"{a} and {b}", what, todo)


def _within(design: PanelDesign, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What hospital and period effects leave of columns (n,); exactly zero where they leave nothing."""
    projector = fit_projector(design.unit, design.time, design.weights, design.n_units, design.n_periods)
    made = []
    for column in columns:
        left = projector.residuals(column)
        floor = 1e-9 * np.abs(column).max(initial=0.0)
        made.append(left if np.abs(left).max(initial=0.0) > floor else np.zeros_like(left))
    return made
