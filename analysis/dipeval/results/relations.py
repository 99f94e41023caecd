"""How the cells of exhibits hang together: totals and their parts, and numbers made from cells.

An exhibit names its cells in the text column ``cell`` (empty: the row is part of no total). Rows
of the same name, also in other exhibits, are about the same cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Sum:
    """The cases of `total` are those of `parts`, each once; all are names of cells."""

    total: str
    parts: tuple[str, ...]

    def __post_init__(self) -> None:
        names = (self.total, *self.parts)
        if not self.parts or not all(names) or len(set(names)) < len(names):
            raise ValueError(f"a sum needs a total and parts, each named and named once: {names}")


@dataclass(frozen=True)
class Derived:
    """`cell` is computed from the cells `of`: who knows it and all but one of them knows that one."""

    cell: str
    of: tuple[str, ...]


def cell_names(frame: pd.DataFrame, dimensions: Sequence[str], table: str = "") -> list[str]:
    """Name every row by its place: ``table/dimension=value/…``, in the order of `dimensions`.

    Exhibits that give the same `table`, dimensions and values share the cells.
    """
    labels = [[f"{name}={value}" for value in frame[name].astype("str")] for name in dimensions]
    return ["/".join(([table] if table else []) + list(words)) for words in zip(*labels, strict=True)]


def sums_over(
    frame: pd.DataFrame,
    dimensions: Sequence[str],
    totals: Mapping[str, str | Mapping[str, str]],
    table: str = "",
) -> tuple[Sum, ...]:
    """Read the sums from dimension columns in which one value stands for all.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
    dimensions : sequence of str
        Columns that place a row, as given to :func:`cell_names`.
    totals : mapping of str to str or mapping
        For each dimension that is added up: the value that means all of them (``{"sex": "all"}``), or
        each value's parent (``{"code": {"I21": "I", "I": "all"}}``) where totals have levels.
    table : str
        As given to :func:`cell_names`.

    Returns
    -------
    tuple of Sum
        Sorted by total and parts; totals that are not in the frame make no sum. Cost O(n × dimensions).

    Raises
    ------
    ValueError
        If a column is not among the dimensions.
    """
    strange = sorted(set(totals) - set(dimensions))
    if strange:
        raise ValueError(
            f"totals are declared for {strange}, which place no row; dimensions: {list(dimensions)}"
        )
    places = frame[list(dimensions)].astype("str").drop_duplicates().reset_index(drop=True)
    there = set(cell_names(places, dimensions, table))
    names = pd.Series(cell_names(places, dimensions, table), index=places.index)
    found: dict[str, set[tuple[str, ...]]] = {}
    for column, rule in totals.items():
        values = places[column]
        parent = (
            values.map(rule)
            if isinstance(rule, Mapping)
            else values.map(lambda v, t=rule: None if v == t else t)
        )
        inner = parent.notna()
        upper = places[inner].assign(**{column: parent[inner]})
        grouped: dict[str, list[str]] = {}
        for total, part in zip(cell_names(upper, dimensions, table), names[inner], strict=True):
            grouped.setdefault(total, []).append(part)
        for total, parts in grouped.items():
            if total in there:
                found.setdefault(total, set()).add(tuple(sorted(parts)))
    return tuple(Sum(total, parts) for total in sorted(found) for parts in sorted(found[total]))
