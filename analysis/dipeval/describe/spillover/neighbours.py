"""From a map of neighbouring cities to the first period in which each hospital is exposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DataError, Problem, nearest


def exposed_from(design: PanelDesign, neighbours: Mapping[str, Sequence[str]]) -> np.ndarray:
    """First period in which a neighbour's reform is in force.

    Parameters
    ----------
    design : PanelDesign
        Whose hospitals are called ``city/hospital``.
    neighbours : mapping of str to sequence of str
        Cities that border on each other; said once, it holds both ways.

    Returns
    -------
    numpy.ndarray, shape (N,), float
        Time code; inf where no neighbour is ever reformed. A city is reformed with its first hospital.

    Raises
    ------
    DataError
        With all cities that the design does not know, and cities that are their own neighbour.
    """
    city = np.array([name.split("/", 1)[0] for name in design.unit_names])
    known = sorted(set(city.tolist()))
    problems = [
        Problem(f"neighbours: {name}", "is no city of the design", nearest(name, known))
        for name in sorted({*neighbours, *(n for near in neighbours.values() for n in near)} - set(known))
    ]
    problems += [
        Problem(f"neighbours.{name}", "is its own neighbour", "leave it out of its own list")
        for name, near in sorted(neighbours.items())
        if name in near
    ]
    if problems:
        raise DataError("spillover", problems)
    starts = {name: float(design.unit_cohort[city == name].min()) for name in known}
    borders: dict[str, set[str]] = {name: set() for name in known}
    for name, near in neighbours.items():
        for other in near:
            borders[name].add(other)
            borders[other].add(name)
    first = {name: min((starts[n] for n in near), default=np.inf) for name, near in borders.items()}
    return np.array([first[name] for name in city])
