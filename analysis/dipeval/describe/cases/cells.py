"""Names of cells by what their cases are, so that all exhibits of a study speak of the same ones.

A cell is called after the cases behind it: ``cases[where]/dimension=level/…``. Dimensions that are added up
are left out, so the total of one table is the total of every other table of the same cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dipeval.describe.cases.tally import ALL
from dipeval.results.relations import Sum


def where_word(where: Mapping[str, object]) -> str:
    """The selection of cases as one word; empty for all cases."""
    return ",".join(f"{key}={_told(where[key])}" for key in sorted(where))


def _told(value: object) -> str:
    return "|".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def cell_name(where: str, place: Mapping[str, str], part: str = "") -> str:
    """The cell of the cases `where` at a place.

    Parameters
    ----------
    where : str
        From :func:`where_word`.
    place : mapping of str to str
        Level by dimension; `ALL` for a dimension that is added up.
    part : str
        Which of these cases stand behind the number, when not all (a numerator, those with a known value).
    """
    words = [f"{name}={level}" for name, level in sorted(place.items()) if level != ALL]
    return "/".join([f"cases[{where}]", *words, *([part] if part else [])])


def place_sums(
    places: pd.DataFrame, where: str, part: str = "", dimensions: Sequence[str] = ()
) -> tuple[Sum, ...]:
    """The sums among the places of a table with margins.

    Parameters
    ----------
    places : pandas.DataFrame, shape (n, dimensions)
        Every place that the table shows, one row each, `ALL` in margins.
    where, part : str
        As in :func:`cell_name`.
    dimensions : sequence of str, optional
        Which of the columns are added up; by default all.

    Returns
    -------
    tuple of Sum
        Sorted. A margin whose parts are not all shown makes no sum: the caller shows all levels, or one that
        stands for the rest. Cost O(n × dimensions).
    """
    records = places.drop_duplicates().to_dict("records")
    shown = {cell_name(where, place, part) for place in records}
    found: dict[str, set[tuple[str, ...]]] = {}
    for dimension in dimensions or places.columns:
        parts: dict[str, list[str]] = {}
        for place in records:
            if place[dimension] != ALL:
                upper = cell_name(where, {**place, dimension: ALL}, part)
                parts.setdefault(upper, []).append(cell_name(where, place, part))
        for total, names in parts.items():
            if total in shown:
                found.setdefault(total, set()).add(tuple(sorted(names)))
    return tuple(Sum(total, names) for total in sorted(found) for names in sorted(found[total]))
